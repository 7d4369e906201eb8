package solver

import (
	"fmt"
	"math"
	"testing"
)

// Of coherent rows a small sketch adds up some that have nothing to do with each other,
// and columns look dependent that are not. Then the sketch grows, or the result says
// that x is no minimiser: what it claims is true of A itself.
func TestLeastSquaresOfCoherentRows(t *testing.T) {
	grown, refused := 0, 0
	for seed := range uint64(15) {
		for _, n := range []int{2, 3, 5, 30} {
			m := 60*n + 10
			a := make([]float64, m*n)
			for i := range n {
				a[i*n+i] = 1 + float64(i%3)
			}
			b := noisy(seed, a, m, n, 1e-3)
			best := householderSolution(t, a, m, n, b)
			for _, o := range []LeastSquaresOptions{
				{SketchRatio: 1}, {SketchRatio: 1.5}, {}, {Method: Textbook, SketchRatio: 1},
				{NewSketch: func(n, s int, seed uint64) (Sketch, error) { return NewSparseSign(n, s, 1, seed) }},
			} {
				o.Seed = seed
				l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &o)
				check(t, err)
				x := make([]float64, n)
				res, err := l.Solve(bg, x, b)
				what := fmt.Sprintf("seed %d, n=%d, ratio %g, method %d: %+v, %v", seed, n, o.SketchRatio, o.Method, res, err)
				far := norm(sub(x, best)) > 1e-10*norm(best)
				grown += res.Sketches
				if far {
					refused++
				}
				if o.Method == Textbook {
					if err == nil && res.Converged() && far {
						t.Error(what)
					}
					continue
				}
				// Of a sketch of n rows, or of one sign, the estimate may remain too large.
				faithful := o.NewSketch == nil && o.SketchRatio != 1
				if err != nil || far && (res.Converged() || res.Rank == n) || !far && faithful && res.Reason != Converged {
					t.Errorf("error %g of %g: %s", norm(sub(x, best)), norm(best), what)
				}
				if eta := backwardError(t, a, m, n, x, b); eta > 3*res.BackwardError+1e-16 {
					t.Errorf("backward error %g: %s", eta, what)
				}
			}
		}
	}
	if grown == 0 || refused == 0 {
		t.Errorf("%d sketches grew, %d solves were refused: the matrices are no trial", grown, refused)
	}
}

// Columns that do depend on others are left out as before, and no sketch is made for
// them; of a square matrix too, whose x is a minimiser but not the shortest.
func TestLeastSquaresLeavesOutWhatDepends(t *testing.T) {
	for seed := range uint64(10) {
		for _, m := range []int{8, 60, 400} {
			const n, rank = 8, 5
			a := mulMat(normal(seed, m*rank), normal(seed+1, rank*n), m, rank, n)
			for i := range a {
				a[i] *= math.Exp2(float64(7 * (i % n))) // columns of other scales
			}
			b := noisy(seed+2, a, m, n, 0.1)
			l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Seed: seed})
			check(t, err)
			x := make([]float64, n)
			res, err := l.Solve(bg, x, b)
			r := sub(b, mulVec(a, m, n, x))
			g := mulVec(transpose(a, m, n), n, m, r)
			zeros := 0
			for j, v := range x {
				if v == 0 {
					zeros++
				}
				column := make([]float64, m)
				for i := range column {
					column[i] = a[i*n+j]
				}
				if math.Abs(g[j]) > 1e-11*norm(column)*norm(b) {
					t.Errorf("seed %d, %d × %d: column %d has a product of %g with the residual", seed, m, n, j, g[j])
				}
			}
			if err != nil || res.Reason != Converged || res.Rank != rank || res.Sketches != 0 || zeros != n-rank {
				t.Errorf("seed %d, %d × %d: x = %v: %+v, %v", seed, m, n, x, res, err)
			}
		}
	}
}

// mulMat returns the m × n product of an m × k and a k × n matrix.
func mulMat(a, b []float64, m, k, n int) []float64 {
	c := make([]float64, m*n)
	for i := range m {
		for p := range k {
			for j := range n {
				c[i*n+j] += a[i*k+p] * b[p*n+j]
			}
		}
	}
	return c
}
