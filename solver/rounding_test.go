package solver

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Asked for more than there is, LSQR and CGLS end at what rounding leaves: a bad
// preconditioner, which lets the null space and its rounding grow, makes neither an
// error nor an x that is far from those before. Of 2000 other seeds, 24000 solves, three
// of CGLS return the start, as Stagnated: their residual doubled in the first run.
func TestLeastSquaresEndsAtRounding(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 8))
		m, n := 1+rng.IntN(16), 1+rng.IntN(12)
		k := min(m, n)
		d := logspace(math.Pow(10, -2*rng.Float64()), 1, k)
		d[k-1] = 1
		clear(d[:rng.IntN(k)])
		a := singular(seed, d, m, n)
		b := mulVec(a, m, n, normal(seed+1, n))
		for i, e := range normal(seed+2, m) {
			b[i] += e * float64(seed%2) // half of them have a solution
		}
		ata := gram(transpose(a, m, n), n, m)
		rp, err := NewRPCholesky(bg, matrix(ata, n, n), n, &RPCholeskyOptions{Rank: 1 + rng.IntN(n), Ridge: math.Pow(10, -9*rng.Float64()), Seed: seed})
		check(t, err)
		ny, err := NewNystrom(bg, matrix(ata, n, n), n, &NystromOptions{Rank: 1 + rng.IntN(n), Ridge: math.Pow(10, -9*rng.Float64()), Seed: seed})
		check(t, err)
		for name, solve := range bothLeastSquares {
			for _, pre := range []Preconditioner{nil, rp, ny} {
				for _, start := range []bool{false, true} {
					x, o := make([]float64, n), Options{RelTol: 1e-16, MaxIter: 3000, Preconditioner: pre}
					if start {
						o.X0 = normal(seed+3, n)
					}
					res, err := solve(bg, x, matrix(a, m, n), b, &o)
					r := sub(b, mulVec(a, m, n, x))
					g := norm(mulVec(transpose(a, m, n), n, m, r))
					// ‖A‖ is one: A·x is rounded by (m+n)·u·‖x‖, and so is that which LSQR and
					// CGLS reach, over some 30 steps at most that are not much shorter than x.
					rounding := 30 * float64(m+n) * eps / 2 * (norm(x) + norm(b))
					limit := rounding
					if pre != nil {
						// It weighs the null space by up to 10⁹. Steps whose rounding would be
						// a sixteenth of the residual are refused, and A takes ‖r‖/16 to no more.
						limit = norm(r) / 16
					}
					if err != nil || norm(r) > rounding && g > limit {
						t.Errorf("%s, seed %d, %d × %d, d=%.2g, %T, start %t: ‖r‖ = %g, ‖Aᵀr‖ = %g: %+v, %v", name, seed, m, n, d, pre, start, norm(r), g, res, err)
					}
				}
			}
		}
	}
}

// A textbook solve, whose preconditioner is zero for the columns that were left out,
// has no error to tell of.
func TestTextbookWithoutSomeColumns(t *testing.T) {
	left := 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 9))
		n := 2 + rng.IntN(6)
		m := n + rng.IntN(20)
		a := singular(seed, logspace(math.Pow(10, -13-4*rng.Float64()), 1, n), m, n)
		b := noisy(seed, a, m, n, math.Pow(10, -16*rng.Float64()))
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Method: Textbook, Seed: seed, SketchRatio: 1 + float64(rng.IntN(3))})
		check(t, err)
		x := make([]float64, n)
		res, err := l.Solve(bg, x, b)
		if res.Rank < n {
			left++
		}
		if err != nil || math.IsNaN(res.BackwardError) || checkFinite("", "x", x) != nil {
			t.Error(fmt.Sprintf("seed %d, %d × %d: %+v, %v", seed, m, n, res, err))
		}
	}
	if left == 0 {
		t.Error("no column was left out: the matrices are no trial")
	}
}
