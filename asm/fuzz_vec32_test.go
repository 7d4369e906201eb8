package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzVectors32 compares the kernels on vectors of float32, and the scale of a
// transform, with generic code.
func FuzzVectors32(f *testing.F) {
	f.Add(uint16(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint16(67), uint8(0x21), uint8(1), uint64(2))
	f.Add(uint16(255), uint8(0x13), uint8(2), uint64(3))
	f.Add(uint16(1000), uint8(0x77), uint8(3), uint64(4))
	f.Fuzz(func(t *testing.T, length uint16, offset, kind uint8, seed uint64) {
		n := int(length) % 1100
		rng := rand.New(rand.NewPCG(seed, 60))
		what := fmt.Sprintf("n=%d offset=%d kind=%d seed=%d", n, offset, kind, seed)
		x, y := fuzzValues32(rng, n, int(offset), kind), fuzzValues32(rng, n, int(offset)/16, kind)
		z, alpha := fuzzValues(rng, n, int(offset)/4, kind), fuzzValues(rng, 1, 0, kind)[0]
		if got, want := DotWide(x[:n], z[:n]), 0+dotWideGeneric(x[:n], z[:n]); !same(got, want) {
			t.Fatalf("DotWide %s: %x, want %x (path %s)", what, got, want, Info())
		}
		if got, want := Dot32(x[:n], y[:n]), 0+dot32Generic(x[:n], y[:n]); !same(got, want) {
			t.Fatalf("Dot32 %s: %x, want %x (path %s)", what, got, want, Info())
		}
		wantZ := append([]float64(nil), z...)
		AxpyWide(z[:n], alpha, x[:n])
		axpyWideGeneric(wantZ[:n], alpha, x[:n])
		equalBits(t, "AxpyWide "+what, z, wantZ)

		got, want := y, append([]float32(nil), y...)
		Axpy32(got[:n], alpha, x[:n])
		axpy32Generic(want[:n], alpha, x[:n])
		fwhtCheck(t, "Axpy32 "+what, got, want)
		FWHTScale(got[:n], alpha)
		scale32Generic(want[:n], float32(alpha))
		fwhtCheck(t, "FWHTScale "+what, got, want)
		Scale32(got[:n], alpha, x[:n])
		scaleTwice32Generic(want[:n], alpha, x[:n])
		fwhtCheck(t, "Scale32 "+what, got, want)
		Scale32(got[:n], math.Pi, got[:n])
		scaleTwice32Generic(want[:n], math.Pi, want[:n])
		fwhtCheck(t, "Scale32 in place "+what, got, want)
	})
}
