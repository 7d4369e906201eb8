package newton

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkGramProduct measures gramRate of the planner's cost model: 10⁹ elements of an
// explicit matrix a second.
func BenchmarkGramProduct(b *testing.B) {
	for _, n := range []int{2048, 8192} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			g, x, y := make([]float64, n*n), make([]float64, n), make([]float64, n)
			for i := range g {
				g[i] = rng.NormFloat64()
			}
			copy(x, g)
			p := newGramProduct(g, n, 0)
			for b.Loop() {
				p.MulVec(y, x)
			}
			b.ReportMetric(float64(n)*float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "G/s")
		})
	}
}

// TestGramProductIsTheMatrix: every element is the inner product of a row, for any
// number of workers.
func TestGramProductIsTheMatrix(t *testing.T) {
	const n = 37
	rng := rand.New(rand.NewPCG(1, 2))
	g, x, want := make([]float64, n*n), make([]float64, n), make([]float64, n)
	for i := range g {
		g[i] = float64(rng.IntN(9) - 4) // sums of small integers are exact in any order
	}
	for i := range x {
		x[i] = float64(rng.IntN(9) - 4)
	}
	for i := range want {
		for k, v := range x {
			want[i] += g[i*n+k] * v
		}
	}
	for _, workers := range []int{1, 2, 5} {
		got := make([]float64, n)
		newGramProduct(g, n, workers).MulVec(got, x)
		for i, v := range got {
			if v != want[i] {
				t.Fatalf("%d workers: element %d is %v, want %v", workers, i, v, want[i])
			}
		}
	}
}
