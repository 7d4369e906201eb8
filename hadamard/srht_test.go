package hadamard

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// hadamard returns H[i][k] of any order that is large enough.
func hadamard(i, k int) float64 { return 1 - 2*float64(bits.OnesCount(uint(i&k))&1) }

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func norm(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += float64(v * v)
	}
	return math.Sqrt(s)
}

func newSRHT(t testing.TB, n, s int, seed uint64) *SRHT {
	t.Helper()
	sk, err := NewSRHT(n, s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return sk
}

func TestSRHTEqualsItsExplicitMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 5, 64, 65, 100, 513} {
		for _, s := range []int{1, 2, 7, 64, 1024} {
			sk, err := NewSRHT(n, s, uint64(n*s))
			if err != nil {
				continue
			}
			x, got := normals(rng, n), make([]float64, s)
			sk.Apply(got, x)
			for j, r := range sk.Rows() {
				var want float64
				for i, v := range x {
					want += hadamard(r, i) * sk.Sign(i) * v / math.Sqrt(float64(s))
				}
				if math.Abs(got[j]-want) > 1e-14*norm(x)*math.Sqrt(float64(n)) {
					t.Fatalf("n=%d s=%d seed=%d: (Sx)[%d] = %g, entrywise %g", n, s, n*s, j, got[j], want)
				}
			}
		}
	}
}
