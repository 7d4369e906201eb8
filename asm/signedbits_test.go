package asm

import (
	"math/rand/v2"
	"testing"
)

func TestSignedBits(t *testing.T) { onEveryPath(t, checkSignedBits) }

func checkSignedBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, n := range []int{0, 1, 63, 64, 65, 200, 1<<15 + 77} {
		bits, signs := make([]uint64, (n+63)/64), make([]uint64, (n+63)/64)
		for i := range bits {
			bits[i], signs[i] = rng.Uint64(), rng.Uint64()
		}
		dst := make([]float32, n+1)
		dst[n] = 7
		SignedBits(dst[:n], bits, signs)
		for i, v := range dst[:n] {
			want := float32(0)
			if bits[i/64]>>(i%64)&1 != 0 {
				want = 1 - 2*float32(signs[i/64]>>(i%64)&1)
			}
			if !fwhtSame(v, want) {
				t.Fatalf("n=%d: element %d is %v, want %v (path %s)", n, i, v, want, Info())
			}
		}
		if dst[n] != 7 {
			t.Fatalf("n=%d: wrote past the end", n)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic on words that do not suffice")
		}
	}()
	SignedBits(make([]float32, 65), make([]uint64, 1), make([]uint64, 2))
}
