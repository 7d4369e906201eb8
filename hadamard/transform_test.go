package hadamard

import (
	"math/bits"
	"testing"
)

func TestImpulseGivesARowOfH(t *testing.T) {
	for n := 1; n <= 256; n *= 2 {
		for k := 0; k < n; k++ {
			x := make([]float64, n)
			x[k] = 1
			Transform(x)
			for i, v := range x {
				if want := 1 - 2*float64(bits.OnesCount(uint(i&k))&1); v != want {
					t.Fatalf("n=%d: (H·e_%d)[%d] = %v, want %v", n, k, i, v, want)
				}
			}
		}
	}
}
