package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestWidenIsExact has all numbers of 16 bits, and their values from their
// definition.
func TestWidenIsExact(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		src, dst := make([]uint16, 1<<16), make([]float32, 1<<16)
		for i := range src {
			src[i] = uint16(i)
		}
		WidenFloat16(dst, src)
		for i, v := range dst {
			exponent, fraction := i>>10&31, float64(i&1023)
			want := math.Ldexp(1024+fraction, exponent-25)
			switch {
			case exponent == 0:
				want = math.Ldexp(fraction, -24)
			case exponent == 31 && fraction == 0:
				want = math.Inf(1)
			case exponent == 31:
				want = math.NaN()
			}
			if i>>15 == 1 {
				want = -want
			}
			if !same(float64(v), want) {
				t.Fatalf("float16 %#04x is %v, want %v (path %s)", i, v, want, Info())
			}
		}
		WidenBFloat16(dst, src)
		for i, v := range dst {
			if math.Float32bits(v) != uint32(i)<<16 {
				t.Fatalf("bfloat16 %#04x is %#08x (path %s)", i, math.Float32bits(v), Info())
			}
		}
	})
}

func TestQuantizeInt8RoundsToEvenAndSaturates(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		inf, nan := float32(math.Inf(1)), float32(math.NaN())
		x := []float32{0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, 127, 127.5, 1e9, -126.5, -127.5, -128, -1e30, inf, -inf, nan, 1e-45, 0.49999997, -0.50000006, 3, 3e9}
		want := []int8{0, 0, 2, 2, 0, -2, -2, 126, 127, 127, 127, -126, -127, -127, -127, 127, -127, 127, 0, 0, -1, 3, 127}
		for pad := range 33 { // in every lane
			y, got := append(make([]float32, pad), x...), make([]int8, pad+len(x)+33)
			QuantizeInt8(got, append(y, make([]float32, 33)...), 1)
			for i, v := range want {
				if got[pad+i] != v {
					t.Fatalf("%v becomes %d, want %d (path %s)", x[i], got[pad+i], v, Info())
				}
			}
		}
	})
}

func TestQuantizeMatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(81, 82))
		for n := range 150 {
			fuzzQuantize(t, rng, n, n%4, n%2 == 0)
		}
		fuzzQuantize(t, rng, quantizeChunk+77, 1, true)
	})
}

// fuzzQuantize compares the kernels with their definitions, and what is behind.
func fuzzQuantize(t *testing.T, rng *rand.Rand, n, offset int, edges bool) {
	t.Helper()
	what := fmt.Sprintf("n=%d offset=%d edges=%v", n, offset, edges)
	x, half := values32(rng, n, offset, edges), make([]uint16, n+offset)[offset:]
	for i := range half {
		half[i] = uint16(rng.Uint32())
	}
	if got, want := MaxAbs(x), math.Float32frombits(maxAbsGeneric(x)); !same(float64(got), float64(want)) {
		t.Fatalf("MaxAbs %s: %v, want %v (path %s)", what, got, want, Info())
	}
	got, want := make([]int8, n+behind), make([]int8, n+behind)
	for i := range got {
		got[i], want[i] = 99, 99
	}
	by := float32(math.Exp2(float64(rng.IntN(12))))
	QuantizeInt8(got[:n], x, by)
	quantizeInt8Generic(want[:n], x, by)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("QuantizeInt8 %s by %v: element %d is %d, want %d (path %s)", what, by, i, got[i], want[i], Info())
		}
	}
	wide, wantWide := make([]float32, n+behind), make([]float32, n+behind)
	WidenFloat16(wide[:n], half)
	widenFloat16Generic(wantWide[:n], half)
	equalBits32(t, "WidenFloat16 "+what, wide, wantWide)
	WidenBFloat16(wide[:n], half)
	widenBFloat16Generic(wantWide[:n], half)
	equalBits32(t, "WidenBFloat16 "+what, wide, wantWide)
}

func FuzzQuantize(f *testing.F) {
	f.Add(uint16(1), uint8(0), uint64(1))
	f.Add(uint16(77), uint8(1), uint64(2))
	f.Add(uint16(1000), uint8(3), uint64(3))
	f.Fuzz(func(t *testing.T, n uint16, offset uint8, seed uint64) {
		fuzzQuantize(t, rand.New(rand.NewPCG(seed, 83)), int(n), int(offset%4), seed%2 == 0)
	})
}

func TestQuantizePanicsOnLengths(t *testing.T) {
	x, h := make([]float32, 8), make([]uint16, 7)
	for name, f := range map[string]func(){
		"WidenBFloat16": func() { WidenBFloat16(x, h) },
		"WidenFloat16":  func() { WidenFloat16(x, h) },
		"QuantizeInt8":  func() { QuantizeInt8(make([]int8, 7), x, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
