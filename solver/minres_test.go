package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
)

// spectrum returns n values, those of logspace with every third negative.
func spectrum(lo, hi float64, n int) []float64 {
	d := logspace(lo, hi, n)
	for i := 1; i < n; i += 3 {
		d[i] = -d[i]
	}
	return d
}

// absolute returns a factor of |A| + c·I for A = symmetric(seed, d).
func absolute(t *testing.T, seed uint64, d []float64, c float64) *Cholesky[float64] {
	t.Helper()
	e := make([]float64, len(d))
	for i, v := range d {
		e[i] = math.Abs(v) + c
	}
	f, err := NewCholesky(bg, symmetric(seed, e), len(d), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMINRESSolves(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 33, 100} {
		for _, kappa := range []float64{1, 10, 1e3} {
			for _, shift := range []float64{0, 0.3, -0.31} {
				d := spectrum(1/kappa, 1, n)
				if kappa == 1 && shift != 0 {
					continue
				}
				a, b, x0 := symmetric(uint64(n), d), normal(5, n), normal(6, n)
				for _, pre := range []Preconditioner{nil, absolute(t, uint64(n), d, 0.01)} {
					for _, start := range [][]float64{nil, x0} {
						x := make([]float64, n)
						fill(x, math.NaN())
						res, err := MINRES(bg, x, matrix(a, n, n), b, &Options{Ridge: shift, MaxIter: 100*n + 50, Preconditioner: pre, X0: start})
						what := fmt.Sprintf("n=%d κ=%g λ=%g preconditioned %t: %+v", n, kappa, shift, pre != nil, res)
						if err != nil || res.Reason != Converged {
							t.Fatalf("%s: %v", what, err)
						}
						full := addDiag(a, n, shift)
						r := sub(b, mulVec(full, n, n, x))
						if tr := norm(r); tr > 1.01e-10*norm(b) || math.Abs(tr-res.TrueResidual) > 1e-3*tr+1000*float64(n)*eps*norm(b) {
							t.Errorf("%s: true residual %g", what, tr)
						}
						want := gaussSolve(full, n, b)
						if e := norm(sub(x, want)); e > 1e-7*norm(want) {
							t.Errorf("%s: ‖x − x*‖ = %g", what, e)
						}
						if (pre == nil) != (res.PrecondSolves == 0) || res.MulTransVecs != 0 || res.MulVecs < res.Iterations || res.MulVecs > res.Iterations+4+2*res.Restarts {
							t.Errorf("%s: counts", what)
						}
					}
				}
			}
		}
	}
}

// Each iterate has the smallest residual, in the norm of M⁻¹, of the Krylov
// space of M⁻¹A and M⁻¹b: that of a dense least-squares problem on a basis of it.
func TestMINRESIsMinimal(t *testing.T) {
	const n = 12
	d := spectrum(0.2, 1, n)
	a, b := symmetric(4, d), normal(5, n)
	m := symmetric(8, logspace(0.5, 2, n))
	chol, err := NewCholesky(bg, m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, pre := range []*Cholesky[float64]{nil, chol} {
		o := Options{RelTol: 1e-13}
		solve, weigh := func(y, x []float64) { copy(y, x) }, func(y, x []float64) { copy(y, x) }
		if pre != nil {
			o.Preconditioner = pre
			solve, weigh = pre.SolveVec, pre.SolveRTrans // √(rᵀM⁻¹r) = ‖R⁻ᵀr‖
		}
		for k := 1; k <= 9; k++ {
			x := make([]float64, n)
			o.MaxIter = k
			must(t)(MINRES(bg, x, matrix(a, n, n), b, &o))
			// Columns R⁻ᵀA(M⁻¹A)ʲM⁻¹b, each of length 1.
			basis, rhs, v := make([]float64, n*k), make([]float64, n), make([]float64, n)
			solve(v, b)
			for j := range k {
				av := mulVec(a, n, n, v)
				column := make([]float64, n)
				weigh(column, av)
				l := norm(column)
				for i, c := range column {
					basis[i*k+j] = c / l
				}
				solve(v, av)
				rescale(v, 1/norm(v))
			}
			weigh(rhs, b)
			q, err := NewQR(bg, basis, n, k, nil)
			if err != nil {
				t.Fatal(err)
			}
			best, err := q.SolveVec(make([]float64, k), rhs)
			if err != nil {
				t.Fatal(err)
			}
			r := make([]float64, n)
			weigh(r, sub(b, mulVec(a, n, n, x)))
			if math.Abs(norm(r)-best) > 1e-9*norm(b) {
				t.Errorf("preconditioned %t, iteration %d: residual %g, the least is %g", pre != nil, k, norm(r), best)
			}
		}
	}
}

// The residual falls in every iteration, that of the callback is the true one,
// and an indefinite system takes as many steps as A has eigenvalues.
func TestMINRESCallbackHistoryAndLimits(t *testing.T) {
	const n = 60
	d := spectrum(1e-2, 1, n)
	a, b := symmetric(2, d), normal(1, n)
	for _, pre := range []*Cholesky[float64]{nil, absolute(t, 2, d, 0.05)} {
		calls, last, history := 0, math.Inf(1), make([]float64, 500)
		o := Options{History: history, MaxIter: 2000}
		if pre != nil {
			o.Preconditioner = pre
		}
		o.Callback = func(it Iteration) bool {
			r := sub(b, mulVec(a, n, n, it.X))
			if d := norm(sub(r, it.R)); d > 1e-11*norm(b) || math.Abs(norm(r)-it.Residual) > 1e-11*norm(b) || it.Iteration != calls || history[calls] != it.Residual {
				t.Errorf("call %d: %d, R off by %g", calls, it.Iteration, d)
			}
			calls++
			l := norm(r)
			if pre != nil {
				pre.SolveRTrans(r, r)
				l = norm(r)
			}
			if l > last*(1+1e-9) {
				t.Errorf("iteration %d: the norm grows from %g to %g", it.Iteration, last, l)
			}
			last = l
			return true
		}
		res, err := MINRES(bg, make([]float64, n), matrix(a, n, n), b, &o)
		if err != nil || !res.Converged() || calls != res.Iterations+1 {
			t.Errorf("%+v, %d calls, %v", res, calls, err)
		}
		o.Callback = nil
		for _, tc := range []struct {
			want StopReason
			set  func(*Options)
		}{
			{MaxIterations, func(o *Options) { o.MaxIter = 7 }},
			{TimeLimit, func(o *Options) { o.TimeLimit = 1 }},
			{Callback, func(o *Options) { o.Callback = func(it Iteration) bool { return it.Iteration < 7 } }},
		} {
			p := o
			tc.set(&p)
			res, err := MINRES(bg, make([]float64, n), matrix(a, n, n), b, &p)
			if err != nil || res.Reason != tc.want || tc.want != TimeLimit && res.Iterations != 7 || math.Abs(res.TrueResidual-res.Residual) > 1e-10*norm(b) {
				t.Errorf("%v: %+v, %v", tc.want, res, err)
			}
		}
	}
	for k := 1; k <= 6; k++ {
		for i := range d {
			d[i] = float64(1+i%k) * float64(1-i%k%2*2)
		}
		res, err := MINRES(bg, make([]float64, n), matrix(symmetric(3, d), n, n), normal(4, n), nil)
		if err != nil || res.Iterations != k || res.Reason != Converged {
			t.Errorf("%d eigenvalues: %d iterations, %v, %v", k, res.Iterations, res.Reason, err)
		}
	}
}

// A singular system without a solution ends as Inconsistent, never as Converged,
// at a minimiser; with one, it is solved.
func TestMINRESSingular(t *testing.T) {
	const n = 40
	for seed := range uint64(6) {
		d := spectrum(0.05, 1, n)
		clear(d[25:30])
		a, v, b := symmetric(seed, d), normal(seed+5, n), normal(seed+9, n)
		op := matrix(a, n, n)
		m := symmetric(seed+70, logspace(0.5, 2, n))
		chol, err := NewCholesky(bg, m, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, pre := range []*Cholesky[float64]{nil, chol} {
			for _, start := range [][]float64{nil, normal(seed+100, n)} {
				for _, tol := range []float64{1e-6, 1e-10, 1e-13, -1} {
					o := Options{X0: start, RelTol: tol}
					if pre != nil {
						o.Preconditioner = pre
					}
					x := make([]float64, n)
					if tol > 1e-12 {
						res, err := MINRES(bg, x, op, mulVec(a, n, n, v), &o)
						if err != nil || res.Reason != Converged {
							t.Errorf("seed %d tol %g: consistent: %+v, %v", seed, tol, res, err)
						}
					}
					res, err := MINRES(bg, x, op, b, &o)
					r := sub(b, mulVec(a, n, n, x))
					y := append([]float64(nil), r...)
					if pre != nil {
						pre.SolveVec(y, r)
					}
					g := norm(mulVec(a, n, n, y))
					what := fmt.Sprintf("seed %d, preconditioned %t, tolerance %g: residual %g, normal %g: %+v, %v", seed, pre != nil, tol, norm(r), g, res, err)
					if err != nil || res.Converged() || res.Reason != Inconsistent {
						t.Error(what)
					}
					if g > 2*max(tol, 0x1p-26)*norm(y) || math.Abs(g-res.NormalResidual) > 1e-12*norm(b) || math.Abs(norm(r)-res.TrueResidual) > 1e-12*norm(b) {
						t.Errorf("%s: not a minimiser", what)
					}
					if e := norm(x); !(e < 1e6*norm(b)) {
						t.Errorf("%s: x of norm %g", what, e)
					}
				}
			}
		}
		// b in the null space: x = 0 is the answer.
		e := make([]float64, n)
		e[27] = 1
		null := symmetric(seed, e)
		b = mulVec(null, n, n, normal(seed, n))
		x := make([]float64, n)
		res, err := MINRES(bg, x, op, b, nil)
		if err != nil || res.Reason != Inconsistent || math.Abs(res.TrueResidual-norm(b)) > 1e-12*norm(b) || norm(x) > 1e-9*norm(b) {
			t.Errorf("b in the null space: ‖x‖ = %g, %+v, %v", norm(x), res, err)
		}
	}
	// A = 0.
	x := make([]float64, 2)
	res, err := MINRES(bg, x, matrix(make([]float64, 4), 2, 2), []float64{3, 4}, nil)
	if err != nil || res.Reason != Inconsistent || res.Converged() || res.TrueResidual != 5 || res.NormalResidual != 0 || norm(x) != 0 {
		t.Errorf("A = 0: %v, %+v, %v", x, res, err)
	}
}

func TestMINRESEdges(t *testing.T) {
	op := matrix([]float64{0, 1, 1, 0}, 2, 2) // CG breaks down at once
	x := []float64{math.NaN(), 3}
	res, err := MINRES(bg, x, op, make([]float64, 2), &Options{X0: []float64{1, 2}})
	if err != nil || res.Reason != ZeroRHS || x[0] != 0 || x[1] != 0 {
		t.Errorf("zero b: %+v %v %v", res, x, err)
	}
	res, err = MINRES(bg, x, op, []float64{1, 0}, nil)
	if err != nil || res.Reason != Converged || x[0] != 0 || x[1] != 1 {
		t.Errorf("α = 0: %+v %v %v", res, x, err)
	}
	calls := 0
	res, err = MINRES(bg, x, op, []float64{1, 0}, &Options{X0: x, Callback: func(it Iteration) bool { calls++; return len(it.R) == 2 }})
	if err != nil || res.Reason != Converged || res.Iterations != 0 || calls != 1 {
		t.Errorf("exact start: %+v, %v", res, err)
	}
	for _, b := range [][]float64{{1, math.NaN()}, {math.Inf(1), 0}} {
		if res, err := MINRES(bg, x, op, b, nil); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("b=%v: %+v, %v", b, res, err)
		}
	}
	for _, start := range [][]float64{nil, {1, 2}} {
		if res, err := MINRES(bg, x, nans{}, []float64{1, 2}, &Options{X0: start}); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("operator of NaN: %+v, %v", res, err)
		}
	}
	for _, pre := range []Preconditioner{negative{}, null{}} {
		if res, err := MINRES(bg, x, op, []float64{1, 2}, &Options{Preconditioner: pre}); !errors.Is(err, ErrIndefinite) || res.Reason != Indefinite {
			t.Errorf("%T: %+v, %v", pre, res, err)
		}
	}
	if _, err := MINRES(bg, make([]float64, 3), op, []float64{1, 2}, nil); !errors.Is(err, ErrShape) {
		t.Errorf("dst: %v", err)
	}
	if _, err := MINRES(bg, x, op, []float64{1, 2}, &Options{Ridge: math.Inf(-1)}); !errors.Is(err, ErrOption) {
		t.Errorf("ridge: %v", err)
	}
}

func TestMINRESScales(t *testing.T) {
	const n = 30
	d := spectrum(0.01, 1, n)
	a, b := symmetric(3, d), normal(4, n)
	f := absolute(t, 3, d, 0.1)
	for _, pre := range []*Cholesky[float64]{nil, f} {
		var o Options
		if pre != nil {
			o.Preconditioner = pre
		}
		want := make([]float64, n)
		base, err := MINRES(bg, want, matrix(a, n, n), b, &o)
		if err != nil || !base.Converged() {
			t.Fatal(base, err)
		}
		for _, ea := range []int{-498, 0, 498} {
			for _, eb := range []int{-498, 0, 498} {
				x := make([]float64, n)
				if pre != nil {
					o.Preconditioner = scaledPre{pre, -ea}
				}
				res, err := MINRES(bg, x, matrix(scaled(a, ea), n, n), scaled(b, eb), &o)
				ldexp(x, x, ea-eb)
				if err != nil || res.Reason != Converged || max(res.Iterations-base.Iterations, base.Iterations-res.Iterations) > 1 || norm(sub(x, want)) > 1e-7*norm(want) {
					t.Errorf("preconditioned %t, A·2^%d, b·2^%d: %+v, %v", pre != nil, ea, eb, res, err)
				}
			}
		}
	}
}

// The context ends a solve before any product, at the last x reached.
func TestMINRESCancelled(t *testing.T) {
	const n = 40
	d := spectrum(1e-3, 1, n)
	a, b, x0 := matrix(symmetric(2, d), n, n), normal(1, n), normal(3, n)
	f := absolute(t, 2, d, 0.1)
	for _, o := range []Options{{}, {X0: x0}, {Preconditioner: f}} {
		for at := range 9 {
			ctx, cancel := context.WithCancelCause(bg)
			why := errors.New("why")
			x := make([]float64, n)
			p := o
			res, err := MINRES(ctx, x, &cutShort{a, cancel, why, at}, b, &p)
			if !errors.Is(err, why) || res.Reason != Cancelled || !math.IsNaN(res.TrueResidual) || !math.IsNaN(res.NormalResidual) {
				t.Errorf("at %d: %+v, %v", at, res, err)
			}
			want := make([]float64, n)
			if p.MaxIter = res.Iterations; p.MaxIter > 0 {
				MINRES(bg, want, a, b, &p)
			} else if o.X0 != nil {
				want = x0
			}
			if !sameBits(x, want) {
				t.Errorf("at %d: x is not iterate %d", at, res.Iterations)
			}
			cancel(nil)
		}
	}
}
