package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
)

type leastSquaresMethod func(context.Context, []float64, TransOperator, []float64, *Options) (Result, error)

// bothLeastSquares are the methods for min ‖Ax − b‖² + λ‖x‖².
var bothLeastSquares = map[string]leastSquaresMethod{"LSQR": LSQR, "CGLS": CGLS}

func TestCGLSLeastSquares(t *testing.T) {
	for _, sh := range [][2]int{{1, 1}, {7, 3}, {40, 40}, {90, 40}, {40, 90}, {200, 60}} {
		m, n := sh[0], sh[1]
		for _, kappa := range []float64{2, 1e3} {
			for _, lambda := range []float64{0, 0.05} {
				if lambda == 0 && m < n {
					continue // see TestCGLSShortest
				}
				a, b := singular(uint64(m), logspace(1/kappa, 1, min(m, n)), m, n), normal(3, m)
				want := ridgeSolution(t, a, m, n, b, lambda)
				chol, err := NewCholesky(bg, gram(transpose(a, m, n), n, m), n, &CholeskyOptions{Ridge: lambda + 1e-3})
				if err != nil {
					t.Fatal(err)
				}
				for _, pre := range []Preconditioner{nil, chol} {
					x := make([]float64, n)
					fill(x, math.NaN())
					res, err := CGLS(bg, x, matrix(a, m, n), b, &Options{Ridge: lambda, RelTol: 1e-12, Preconditioner: pre, MaxIter: 3000})
					what := fmt.Sprintf("%d × %d κ=%g λ=%g preconditioned %t: %+v, %v", m, n, kappa, lambda, pre != nil, res, err)
					if err != nil || res.Reason != Converged {
						t.Fatal(what)
					}
					if e := norm(sub(x, want)); e > 1e-11*kappa*kappa*norm(want) {
						t.Errorf("%s: ‖x − x*‖ = %g", what, e)
					}
					r := sub(b, mulVec(a, m, n, x))
					g := mulVec(transpose(a, m, n), n, m, r)
					for i := range g {
						g[i] -= lambda * x[i]
					}
					if tr := math.Sqrt(dot(r, r) + lambda*dot(x, x)); math.Abs(tr-res.TrueResidual) > 1e-12*norm(b) || math.Abs(norm(g)-res.NormalResidual) > 1e-12*norm(b) || math.Abs(tr-res.Residual) > 1e-8*norm(b) {
						t.Errorf("%s: true %g, normal %g", what, tr, norm(g))
					}
					if res.MulVecs < res.Iterations || res.MulTransVecs < res.Iterations || (pre == nil) != (res.PrecondSolves == 0) {
						t.Errorf("%s: counts", what)
					}
				}
			}
		}
	}
}

// CGLS, LSQR and CG on the normal equations run through the same iterates.
func TestCGLSIteratesAreThoseOfCGAndLSQR(t *testing.T) {
	const m, n = 30, 12
	a, b, x0 := singular(3, logspace(0.2, 1, n), m, n), normal(4, m), normal(5, n)
	at := transpose(a, m, n)
	for _, lambda := range []float64{0, 0.1} {
		chol, err := NewCholesky(bg, symmetric(9, logspace(0.5, 2, n)), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, pre := range []Preconditioner{nil, chol} {
			for k := 1; k <= 8; k++ { // later ones have lost orthogonality, each method in its way
				o := &Options{Ridge: lambda, MaxIter: k, RelTol: 1e-14, X0: x0, Preconditioner: pre}
				x, y, z := make([]float64, n), make([]float64, n), make([]float64, n)
				res, err := CGLS(bg, x, matrix(a, m, n), b, o)
				if err != nil || res.Iterations != k {
					t.Fatalf("%+v, %v", res, err)
				}
				must(t)(LSQR(bg, y, matrix(a, m, n), b, o))
				must(t)(CG(bg, z, matrix(gram(at, n, m), n, n), mulVec(at, n, m, b), o))
				if d, e := norm(sub(x, y)), norm(sub(x, z)); d > 1e-11*norm(x) || e > 1e-11*norm(x) {
					t.Errorf("λ=%g, preconditioned %t, iteration %d: LSQR is %g away, CG %g", lambda, pre != nil, k, d, e)
				}
			}
		}
	}
}

// The shortest solution of a wide system and the shortest minimiser of a
// rank-deficient one, from zero; with X0, the one nearest to it.
func TestCGLSShortest(t *testing.T) {
	const m, n = 30, 80
	a, b, x0 := singular(5, logspace(0.01, 1, m), m, n), normal(3, m), normal(8, n)
	at := transpose(a, m, n)
	for _, start := range [][]float64{nil, x0} {
		x, r := make([]float64, n), b
		res, err := CGLS(bg, x, matrix(a, m, n), b, &Options{RelTol: 1e-12, X0: start})
		if err != nil || res.Reason != Converged {
			t.Fatalf("%+v, %v", res, err)
		}
		if start != nil {
			r = sub(b, mulVec(a, m, n, x0))
			x = sub(x, x0)
		}
		want := mulVec(at, n, m, gaussSolve(gram(a, m, n), m, r))
		if e := norm(sub(x, want)); e > 1e-9*norm(want) {
			t.Errorf("wide: ‖x − Aᵀ(AAᵀ)⁻¹b‖ = %g", e)
		}
	}
	d := logspace(0.1, 1, m)
	clear(d[10:])
	a = singular(6, d, m, n)
	x := make([]float64, n)
	res, err := CGLS(bg, x, matrix(a, m, n), b, &Options{RelTol: 1e-12})
	if err != nil || res.Reason != Converged || res.Iterations > 15 {
		t.Fatalf("deficient: %+v, %v", res, err)
	}
	limit := ridgeSolution(t, a, m, n, b, 1e-10)
	if e := norm(sub(x, limit)); e > 1e-5*norm(limit) {
		t.Errorf("deficient: ‖x − x*‖ = %g", e)
	}
}

func TestCGLSCallbackHistoryAndLimits(t *testing.T) {
	const m, n = 60, 25
	a, b := singular(5, logspace(1e-2, 1, n), m, n), normal(3, m)
	for _, exp := range []int{0, 498} { // of b: the callback sees its units
		op, sb := matrix(a, m, n), scaled(b, exp)
		for _, lambda := range []float64{0, 0.01} {
			calls, history := 0, make([]float64, 200)
			x := make([]float64, n)
			res, err := CGLS(bg, x, op, sb, &Options{Ridge: lambda, History: history, Callback: func(it Iteration) bool {
				y := scaled(it.X, -exp)
				r := sub(b, mulVec(a, m, n, y))
				if d := norm(sub(scaled(it.R, -exp), r)); d > 1e-13*norm(b) {
					t.Errorf("iteration %d: R is off by %g", it.Iteration, d)
				}
				if tr := math.Sqrt(dot(r, r) + lambda*dot(y, y)); it.Iteration != calls || math.Abs(tr-math.Ldexp(it.Residual, -exp)) > 1e-12*norm(b) || history[calls] != it.Residual {
					t.Errorf("call %d: %d, residual %g, true %g", calls, it.Iteration, it.Residual, tr)
				}
				calls++
				return true
			}})
			if err != nil || calls != res.Iterations+1 || !res.Converged() {
				t.Errorf("%+v, %d calls, %v", res, calls, err)
			}
			for k := 1; k <= res.Iterations; k++ {
				if history[k] > history[k-1]*(1+4*eps) {
					t.Errorf("residual grows in iteration %d", k)
				}
			}
			for what, o := range map[string]*Options{
				"MaxIter":   {MaxIter: 4, Ridge: lambda},
				"Callback":  {Callback: func(it Iteration) bool { return it.Iteration < 4 }},
				"TimeLimit": {TimeLimit: 1},
			} {
				want := map[string]StopReason{"MaxIter": MaxIterations, "Callback": Callback, "TimeLimit": TimeLimit}[what]
				res, err = CGLS(bg, x, op, sb, o)
				if err != nil || res.Reason != want || want != TimeLimit && res.Iterations != 4 || math.Abs(res.TrueResidual-res.Residual) > 1e-12*norm(sb) {
					t.Errorf("%s: %+v, %v", what, res, err)
				}
			}
		}
	}
}

func TestCGLSEdges(t *testing.T) {
	a := matrix([]float64{1, 0, 0, 1, 0, 0}, 3, 2)
	x := []float64{math.NaN(), 1}
	res, err := CGLS(bg, x, a, make([]float64, 3), &Options{X0: []float64{1, 2}})
	if err != nil || res.Reason != ZeroRHS || x[0] != 0 || x[1] != 0 {
		t.Errorf("zero b: %+v, %v", res, err)
	}
	calls := 0
	res, err = CGLS(bg, x, a, []float64{0, 0, 5}, &Options{Callback: func(it Iteration) bool {
		calls++
		return len(it.R) == 3 && it.R[2] == 5
	}})
	if err != nil || res.Reason != Converged || res.Iterations != 0 || calls != 1 || x[0] != 0 || res.TrueResidual != 5 || res.NormalResidual != 0 {
		t.Errorf("b outside: %+v, %v, %v", res, x, err)
	}
	res, err = CGLS(bg, x, a, []float64{3, 4, 0}, nil)
	if err != nil || res.Reason != Converged || res.Iterations != 1 || math.Abs(x[0]-3) > 8*eps || math.Abs(x[1]-4) > 8*eps {
		t.Errorf("one step: %+v, %v, %v", res, x, err)
	}
	for _, b := range [][]float64{{1, math.NaN(), 0}, {math.Inf(1), 0, 0}} {
		if res, err := CGLS(bg, x, a, b, nil); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("b=%v: %+v, %v", b, res, err)
		}
	}
	if res, err := CGLS(bg, x, nans{}, []float64{1, 2, 3}, nil); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
		t.Errorf("operator of NaN: %+v, %v", res, err)
	}
	if _, err := CGLS(bg, x, a, []float64{1, 2, 3}, &Options{X0: make([]float64, 3)}); !errors.Is(err, ErrShape) {
		t.Errorf("X0: %v", err)
	}
	if _, err := CGLS(bg, x, a, []float64{1, 2, 3}, &Options{Ridge: -1}); !errors.Is(err, ErrOption) {
		t.Errorf("ridge: %v", err)
	}
	for name, solve := range bothLeastSquares {
		for _, pre := range []Preconditioner{negative{}, null{}} { // a singular one is no proof of convergence
			res, err := solve(bg, x, a, []float64{1, 2, 3}, &Options{Preconditioner: pre})
			if !errors.Is(err, ErrIndefinite) || res.Reason != Indefinite {
				t.Errorf("%s, %T: %+v, %v", name, pre, res, err)
			}
		}
	}
}

type null struct{}

func (null) SolveVec(dst, _ []float64) { clear(dst) }

// Powers of two in A and b change nothing but the scale; with a preconditioner
// of the scale of AᵀA, or of none, neither.
func TestLeastSquaresScales(t *testing.T) {
	const m, n = 50, 20
	a, b := singular(5, logspace(0.1, 1, n), m, n), normal(3, m)
	g := symmetric(7, logspace(0.1, 1, n))
	chol, err := NewCholesky(bg, g, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, solve := range bothLeastSquares {
		for _, lambda := range []float64{0, 0.25} {
			for _, pre := range []Preconditioner{nil, chol} {
				want := make([]float64, n)
				base, err := solve(bg, want, matrix(a, m, n), b, &Options{Preconditioner: pre, Ridge: lambda})
				if err != nil || !base.Converged() {
					t.Fatalf("%s: %+v, %v", name, base, err)
				}
				for _, ea := range []int{-498, 498} {
					for _, eb := range []int{-498, 0, 498} {
						o := &Options{Ridge: math.Ldexp(lambda, 2*ea)}
						if pre != nil {
							o.Preconditioner = scaledPre{pre, -2 * ea}
						}
						x := make([]float64, n)
						res, err := solve(bg, x, matrix(scaled(a, ea), m, n), scaled(b, eb), o)
						ldexp(x, x, ea-eb)
						if err != nil || res.Reason != Converged || res.Iterations != base.Iterations || norm(sub(x, want)) > 1e-9*norm(want) {
							t.Errorf("%s, λ=%g, preconditioned %t: A·2^%d, b·2^%d: %+v, %v", name, lambda, pre != nil, ea, eb, res, err)
						}
					}
				}
			}
		}
	}
}

// scaledPre is 2^exp·M⁻¹.
type scaledPre struct {
	p   Preconditioner
	exp int
}

func (s scaledPre) SolveVec(dst, r []float64) {
	s.p.SolveVec(dst, r)
	ldexp(dst, dst, s.exp)
}
