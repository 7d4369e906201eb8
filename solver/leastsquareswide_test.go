package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// A wide A is solved as LSQR solves it or better: in the sense of least squares, by
// the shortest x to κ roundings, whatever its rank, κ being that of what is not
// singular to working precision.
func TestLeastSquaresWideRank(t *testing.T) {
	const m, n = 16, 100
	for _, rank := range []int{m, 11, 1} {
		for _, kappa := range []float64{10, 1e6, 1e12} {
			d := make([]float64, m)
			copy(d, logspace(1/kappa, 1, rank))
			a := singular(3, d, m, n)
			inside := mulVec(a, m, n, normal(2, n))
			outside := append([]float64(nil), inside...)
			for i, v := range normal(5, m) {
				outside[i] += 1e-3 * v
			}
			for name, b := range map[string][]float64{"consistent": inside, "inconsistent": outside} {
				if rank == m && name == "inconsistent" {
					continue // every b is in the range
				}
				what := fmt.Sprintf("rank %d, κ=%g, %s", rank, kappa, name)
				l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
				if err != nil {
					t.Fatal(err)
				}
				x := make([]float64, n)
				res, err := l.Solve(bg, x, b)
				beyond := kappa == 1e12 && rank > 1 // what the rounds can do
				if err != nil || res.Converged() == beyond || res.Reason == Stagnated != beyond || res.Rank != rank || res.Iterations > 200 {
					t.Errorf("%s: %+v, %v", what, res, err)
				}
				r := sub(b, mulVec(a, m, n, x))
				g := norm(mulVec(transpose(a, m, n), n, m, r))
				size := norm(a)*norm(x) + norm(b)
				if math.Abs(norm(r)-res.TrueResidual) > 8*eps*size || math.Abs(g-res.NormalResidual) > 8*eps*norm(a)*size {
					t.Errorf("%s: residual %g, normal %g of %+v", what, norm(r), g, res)
				}
				if beyond {
					if res.BackwardError > eps*kappa*eps*kappa {
						t.Errorf("%s: %+v", what, res)
					}
					continue
				}
				if g > 8*eps*norm(a)*size {
					t.Errorf("%s: normal residual %g: %+v", what, g, res)
				}
				// Of an inconsistent b a part of roundings in the directions of A that
				// it hardly sees counts for 1/κ² of it.
				want := shortest(a, m, n, b)
				limit := 100 * eps * kappa * norm(want)
				if name == "inconsistent" {
					limit += 100 * eps * kappa * kappa * 1e-3 * math.Sqrt(m)
				}
				if e := norm(sub(x, want)); e > limit {
					t.Errorf("%s: off by %g of %g: %+v", what, e, norm(want), res)
				}
				y := make([]float64, n)
				lsqr, err := LSQR(bg, y, matrix(a, m, n), b, &Options{RelTol: 1e-15, MaxIter: 2000})
				if err != nil {
					t.Fatal(err)
				}
				if res.TrueResidual > lsqr.TrueResidual*(1+1e-10)+8*eps*size {
					t.Errorf("%s: residual %g, by LSQR %g", what, res.TrueResidual, lsqr.TrueResidual)
				}
			}
		}
	}
}

// With a ridge, x of a wide A is Aᵀg with (AAᵀ + λI)g = b.
func TestLeastSquaresWideRidge(t *testing.T) {
	const m, n = 12, 80
	for _, rank := range []int{m, 8} {
		for _, lambda := range []float64{1e-30, 1e-24, 1e-6, 1, 1e4} {
			d := make([]float64, m)
			copy(d, logspace(1e-4, 1, rank))
			a := singular(3, d, m, n)
			b := normal(4, m)
			l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Ridge: lambda})
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float64, n)
			res, err := l.Solve(bg, x, b)
			// [A √λ·I] is wide too, and its shortest solution begins with x.
			root := math.Sqrt(lambda)
			stacked := make([]float64, m*(n+m))
			for i := range m {
				copy(stacked[i*(n+m):], a[i*n:(i+1)*n])
				stacked[i*(n+m)+n+i] = root
			}
			want := shortest(stacked, m, n+m, b)
			if lambda < 1e-20 { // below what shows
				want = shortest(a, m, n, b)
			}
			tol := 1e-12 * norm(want[:n]) * (1 + 1/math.Sqrt(lambda+1e-8))
			if e := norm(sub(x, want[:n])); err != nil || !res.Converged() || e > tol {
				t.Errorf("rank %d, λ=%g: off by %g of %g: %+v, %v", rank, lambda, e, norm(want[:n]), res, err)
			}
			r := sub(b, mulVec(a, m, n, x))
			if tr := math.Sqrt(dot(r, r) + lambda*dot(x, x)); math.Abs(tr-res.TrueResidual) > 1e-14*norm(b) {
				t.Errorf("rank %d, λ=%g: damped residual %g: %+v", rank, lambda, tr, res)
			}
		}
	}
}

// The callback sees every iteration once, counted through the rounds, and can stop
// the solve; a time limit stops it as well. Both leave the best x.
func TestLeastSquaresCallback(t *testing.T) {
	for _, sh := range [][2]int{{500, 20}, {20, 500}} {
		m, n := sh[0], sh[1]
		a := tall("incoherent", 3, 500, 20, 1e8)
		if m < n {
			a = transpose(a, 500, 20)
		}
		op, b := matrix(a, m, n), noisy(4, a, m, n, 0.1)
		for _, method := range []LeastSquaresMethod{Refined, Textbook} {
			what := fmt.Sprintf("%d × %d, method %d", m, n, method)
			stop, seen := math.MaxInt, 0
			o := &LeastSquaresOptions{Method: method, Callback: func(it Iteration) bool {
				if it.Iteration != seen || len(it.X) != n || !(it.Residual >= 0) {
					t.Errorf("%s: iteration %d is told as %+v", what, seen, it)
				}
				if it.R != nil {
					if e := norm(sub(it.R, sub(b, mulVec(a, m, n, it.X)))); len(it.R) != m || e > 8*eps*(norm(a)*norm(it.X)+norm(b)) {
						t.Errorf("%s: iteration %d: R is off by %g", what, seen, e)
					}
				} else if method == Refined {
					t.Errorf("%s: no residual", what)
				}
				seen++
				return it.Iteration < stop
			}}
			x := make([]float64, n)
			solve := func(o *LeastSquaresOptions) LeastSquaresResult {
				t.Helper()
				l, err := NewLeastSquares(bg, op, m, n, o)
				if err != nil {
					t.Fatal(err)
				}
				res, err := l.Solve(bg, x, b)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if r := sub(b, mulVec(a, m, n, x)); math.Abs(norm(r)-res.TrueResidual) > 8*eps*(norm(a)*norm(x)+norm(b)) {
					t.Errorf("%s: residual %g: %+v", what, norm(r), res)
				}
				return res
			}
			res := solve(o)
			if res.Reason == Callback || seen != res.Iterations+1 {
				t.Errorf("%s: told %d times: %+v", what, seen, res)
			}
			for stop = range min(res.Iterations, 3) {
				seen = 0
				if res := solve(o); res.Reason != Callback || res.Iterations != stop || seen != stop+1 {
					t.Errorf("%s: stopped at %d, told %d times: %+v", what, stop, seen, res)
				}
			}
			o.Callback, o.TimeLimit = nil, 1
			if res := solve(o); res.Reason != TimeLimit || res.Iterations != 0 {
				t.Errorf("%s: %+v", what, res)
			}
		}
		if _, err := NewLeastSquares(bg, op, m, n, &LeastSquaresOptions{TimeLimit: -time.Second}); !errors.Is(err, ErrOption) {
			t.Error(err)
		}
	}
}

// A wide A has its sketch doubled too, and goes on from the x it has.
func TestLeastSquaresWideDoublesTheSketch(t *testing.T) {
	const m, n = 20, 1200
	a := transpose(tall("coherent", 3, n, m, 1e4), n, m)
	b := mulVec(a, m, n, normal(2, n))
	for _, lambda := range []float64{0, 1e-8} {
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Ridge: lambda, RoundIter: 40, NewSketch: func(long, s int, seed uint64) (Sketch, error) {
			sk, err := NewGaussian(long, s, seed)
			if err != nil || s >= 8*m {
				return sk, err
			}
			return lame{sk, n / 2}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		res, err := l.Solve(bg, x, b)
		if err != nil || !res.Converged() || res.SketchRows != 8*m || res.Sketches != 1 {
			t.Errorf("λ=%g: %+v, %v", lambda, res, err)
		}
		r := sub(b, mulVec(a, m, n, x))
		g := mulVec(transpose(a, m, n), n, m, r)
		for i, v := range x {
			g[i] -= lambda * v
		}
		if norm(g) > 1e-13*norm(a)*norm(b) {
			t.Errorf("λ=%g: normal residual %g: %+v", lambda, norm(g), res)
		}
	}
	ctx, cancel := context.WithCancel(bg)
	l, err := NewLeastSquares(ctx, matrix(a, m, n), m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if res, err := l.Solve(ctx, make([]float64, n), b); !errors.Is(err, context.Canceled) || res.Reason != Cancelled {
		t.Errorf("%+v, %v", res, err)
	}
}
