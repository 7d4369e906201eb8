package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
)

// sketched returns S·A for an m × n matrix A and a Gaussian S of s rows.
func sketched(seed uint64, a []float64, m, n, s int) []float64 {
	g := normal(seed, s*m)
	out := make([]float64, s*n)
	for i := range s {
		for k := range m {
			f := g[i*m+k] / math.Sqrt(float64(s))
			for j := range n {
				out[i*n+j] += f * a[k*n+j]
			}
		}
	}
	return out
}

// ridgeSolution returns the minimiser of ‖Ax − b‖² + λ‖x − x0‖², λ > 0 or A of
// full column rank, from the QR factors of [A; √λ·I].
func ridgeSolution(t *testing.T, a []float64, m, n int, b []float64, lambda float64) []float64 {
	t.Helper()
	big, rhs := append([]float64(nil), a...), append([]float64(nil), b...)
	big, rhs = append(big, make([]float64, n*n)...), append(rhs, make([]float64, n)...)
	for j := range n {
		big[(m+j)*n+j] = math.Sqrt(lambda)
	}
	q, err := NewQR(bg, big, m+n, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, n)
	if _, err := q.SolveVec(x, rhs); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestLSQRLeastSquares(t *testing.T) {
	for _, sh := range [][2]int{{1, 1}, {7, 3}, {40, 40}, {90, 40}, {200, 60}} {
		m, n := sh[0], sh[1]
		for _, kappa := range []float64{2, 1e3} {
			for _, lambda := range []float64{0, 0.05} {
				a, b := singular(uint64(m), logspace(1/kappa, 1, n), m, n), normal(3, m)
				want := ridgeSolution(t, a, m, n, b, lambda)
				x := make([]float64, n)
				res, err := LSQR(bg, x, matrix(a, m, n), b, &Options{Ridge: lambda, RelTol: 1e-12})
				what := fmt.Sprintf("%d × %d κ=%g λ=%g: %+v, %v", m, n, kappa, lambda, res, err)
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
				if tr := math.Sqrt(dot(r, r) + lambda*dot(x, x)); math.Abs(tr-res.TrueResidual) > 1e-12*norm(b) || math.Abs(norm(g)-res.NormalResidual) > 1e-12*norm(b) {
					t.Errorf("%s: true %g, normal %g", what, tr, norm(g))
				}
				if math.Abs(res.Residual-res.TrueResidual) > 1e-8*norm(b) {
					t.Errorf("%s: recurrence", what)
				}
			}
		}
	}
}

// The shortest solution of a wide system, and the shortest minimiser of a
// rank-deficient one, from zero.
func TestLSQRShortest(t *testing.T) {
	const m, n = 30, 80
	a, b := singular(5, logspace(0.01, 1, m), m, n), normal(3, m)
	x := make([]float64, n)
	res, err := LSQR(bg, x, matrix(a, m, n), b, &Options{RelTol: 1e-12})
	if err != nil || res.Reason != Converged {
		t.Fatalf("%+v, %v", res, err)
	}
	u := gaussSolve(gram(a, m, n), m, b)
	want := mulVec(transpose(a, m, n), n, m, u)
	if e := norm(sub(x, want)); e > 1e-9*norm(want) {
		t.Errorf("wide: ‖x − Aᵀ(AAᵀ)⁻¹b‖ = %g", e)
	}
	// Singular values beyond 10 are zero: x has no part outside their span.
	d := logspace(0.1, 1, m)
	clear(d[10:])
	a = singular(6, d, m, n)
	res, err = LSQR(bg, x, matrix(a, m, n), b, &Options{RelTol: 1e-12})
	if err != nil || res.Reason != Converged || res.Iterations > 15 {
		t.Fatalf("deficient: %+v, %v", res, err)
	}
	limit := ridgeSolution(t, a, m, n, b, 1e-10)
	if e := norm(sub(x, limit)); e > 1e-5*norm(limit) {
		t.Errorf("deficient: ‖x − x*‖ = %g", e)
	}
}

func TestLSQRWarmStart(t *testing.T) {
	const m, n = 70, 30
	a, b := singular(5, logspace(0.01, 1, n), m, n), normal(3, m)
	op := matrix(a, m, n)
	for _, lambda := range []float64{0, 0.02} {
		want := ridgeSolution(t, a, m, n, b, lambda)
		x0 := normal(9, n)
		kept := append([]float64(nil), x0...)
		x := make([]float64, n)
		for i := range x {
			x[i] = math.NaN()
		}
		res, err := LSQR(bg, x, op, b, &Options{Ridge: lambda, X0: x0, RelTol: 1e-12})
		if err != nil || res.Reason != Converged || norm(sub(x, want)) > 1e-8*norm(want) || !sameBits(x0, kept) {
			t.Errorf("λ=%g: off by %g: %+v, %v", lambda, norm(sub(x, want)), res, err)
		}
		res, err = LSQR(bg, x, op, b, &Options{Ridge: lambda, X0: x})
		if lambda == 0 {
			continue // the first test compares with ‖A‖ it has not yet seen
		}
		if err != nil || res.Reason != Converged {
			t.Errorf("λ=%g again: %+v, %v", lambda, res, err)
		}
	}
}

// Sketch-and-precondition for a tall system: iterations do not see κ(A).
func TestLSQRPreconditioned(t *testing.T) {
	const m, n = 400, 40
	for _, kappa := range []float64{10, 1e4, 1e7} {
		for _, lambda := range []float64{0, 1e-6} {
			a := singular(7, logspace(1/kappa, 1, n), m, n)
			b := mulVec(a, m, n, normal(1, n))
			noise := normal(2, m)
			for i := range b {
				b[i] += 0.1 * noise[i]
			}
			p, err := NewSketchQR(bg, sketched(8, a, m, n, 4*n), 4*n, n, &SketchQROptions{Ridge: lambda})
			if err != nil {
				t.Fatal(err)
			}
			want := ridgeSolution(t, a, m, n, b, lambda)
			x := make([]float64, n)
			res, err := LSQR(bg, x, matrix(a, m, n), b, &Options{Preconditioner: p, Ridge: lambda})
			what := fmt.Sprintf("κ=%g λ=%g: %+v, %v", kappa, lambda, res, err)
			if err != nil || res.Reason != Converged || res.Iterations > 60 || res.PrecondSolves < res.Iterations {
				t.Errorf("%s", what)
			}
			if e := norm(sub(x, want)); e > 1e-8*kappa*norm(want) {
				t.Errorf("%s: ‖x − x*‖ = %g of %g", what, e, norm(want))
			}
			// The fit is as good as the best one.
			if best := norm(sub(b, mulVec(a, m, n, want))); lambda == 0 && res.TrueResidual > best*(1+1e-9) {
				t.Errorf("%s: best residual %g", what, best)
			}
		}
	}
	res, err := LSQR(bg, make([]float64, 2), matrix([]float64{1, 0, 0, 2}, 2, 2), []float64{1, 1}, &Options{Preconditioner: negative{}})
	if !errors.Is(err, ErrIndefinite) || res.Reason != Indefinite {
		t.Errorf("negative preconditioner: %+v, %v", res, err)
	}
}

func TestLSQREdges(t *testing.T) {
	a := matrix([]float64{1, 0, 0, 1, 0, 0}, 3, 2)
	x := []float64{math.NaN(), 1}
	res, err := LSQR(bg, x, a, make([]float64, 3), &Options{X0: []float64{1, 2}})
	if err != nil || res.Reason != ZeroRHS || x[0] != 0 || x[1] != 0 {
		t.Errorf("zero b: %+v, %v", res, err)
	}
	// b orthogonal to the range: zero is the answer, without an iteration.
	res, err = LSQR(bg, x, a, []float64{0, 0, 5}, nil)
	if err != nil || res.Reason != Converged || res.Iterations != 0 || x[0] != 0 || res.TrueResidual != 5 || res.NormalResidual != 0 {
		t.Errorf("b outside: %+v, %v, %v", res, x, err)
	}
	// Exact in one step.
	res, err = LSQR(bg, x, a, []float64{3, 4, 0}, nil)
	if err != nil || res.Reason != Converged || res.Iterations != 1 || math.Abs(x[0]-3) > 1e-15*8 || math.Abs(x[1]-4) > 1e-15*8 {
		t.Errorf("one step: %+v, %v, %v", res, x, err)
	}
	for _, b := range [][]float64{{1, math.NaN(), 0}, {math.Inf(1), 0, 0}} {
		if res, err := LSQR(bg, x, a, b, nil); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("b=%v: %+v, %v", b, res, err)
		}
	}
	if res, err := LSQR(bg, x, nans{}, []float64{1, 2, 3}, nil); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
		t.Errorf("operator of NaN: %+v, %v", res, err)
	}
	if _, err := LSQR(bg, x, a, []float64{1, 2, 3}, &Options{X0: make([]float64, 3)}); !errors.Is(err, ErrShape) {
		t.Errorf("X0: %v", err)
	}
}

type nans struct{}

func (nans) MulVec(dst, x []float64)      { fill(dst, math.NaN()) }
func (nans) MulTransVec(dst, y []float64) { fill(dst, math.NaN()) }

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

func TestLSQRScales(t *testing.T) {
	const m, n = 50, 20
	a, b := singular(5, logspace(0.1, 1, n), m, n), normal(3, m)
	want := make([]float64, n)
	base, err := LSQR(bg, want, matrix(a, m, n), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, ea := range []int{-498, 498} {
		for _, eb := range []int{-498, 0, 498} {
			sa, sb, x := make([]float64, m*n), make([]float64, m), make([]float64, n)
			ldexp(sa, a, ea)
			ldexp(sb, b, eb)
			res, err := LSQR(bg, x, matrix(sa, m, n), sb, nil)
			ldexp(x, x, ea-eb)
			if err != nil || res.Reason != Converged || res.Iterations != base.Iterations || norm(sub(x, want)) > 1e-9*norm(want) {
				t.Errorf("A·2^%d, b·2^%d: %+v, %v", ea, eb, res, err)
			}
		}
	}
}

// cutShort cancels the context during product number at and returns rubbish
// from then on, as an operator bound to that context may.
type cutShort struct {
	a      TransOperator
	cancel func(error)
	why    error
	at     int
}

func (c *cutShort) MulVec(dst, x []float64) {
	if c.spent(dst) {
		return
	}
	c.a.MulVec(dst, x)
}

func (c *cutShort) MulTransVec(dst, y []float64) {
	if c.spent(dst) {
		return
	}
	c.a.MulTransVec(dst, y)
}

func (c *cutShort) spent(dst []float64) bool {
	c.at--
	if c.at >= 0 {
		return false
	}
	c.cancel(c.why)
	fill(dst, math.NaN())
	return true
}

func TestLeastSquaresMethodsCancelled(t *testing.T) {
	const m, n = 30, 60
	a := matrix(singular(5, logspace(1e-3, 1, m), m, n), m, n)
	b := normal(1, m)
	for name, solve := range map[string]leastSquaresMethod{"LSQR": LSQR, "CGLS": CGLS, "MinNorm": MinNorm} {
		for at := range 12 {
			ctx, cancel := context.WithCancelCause(bg)
			why := errors.New("why")
			x := make([]float64, n)
			res, err := solve(ctx, x, &cutShort{a, cancel, why, at}, b, nil)
			if !errors.Is(err, why) || res.Reason != Cancelled || !math.IsNaN(res.TrueResidual) {
				t.Errorf("%s at %d: %+v, %v", name, at, res, err)
			}
			if e := checkFinite("", "x", x); e != nil {
				t.Errorf("%s at %d: %v", name, at, e)
			}
			if name != "MinNorm" && res.Iterations > 0 {
				want := make([]float64, n)
				solve(bg, want, a, b, &Options{MaxIter: res.Iterations})
				if !sameBits(x, want) {
					t.Errorf("%s at %d: x is not iterate %d", name, at, res.Iterations)
				}
			}
			cancel(nil)
		}
	}
}

func TestLSQRCallbackHistoryAndLimits(t *testing.T) {
	const m, n = 60, 25
	a, b := singular(5, logspace(1e-2, 1, n), m, n), normal(3, m)
	op := matrix(a, m, n)
	for _, lambda := range []float64{0, 0.01} {
		calls, history := 0, make([]float64, 200)
		x := make([]float64, n)
		res, err := LSQR(bg, x, op, b, &Options{Ridge: lambda, History: history, Callback: func(it Iteration) bool {
			r := sub(b, mulVec(a, m, n, it.X))
			if tr := math.Sqrt(dot(r, r) + lambda*dot(it.X, it.X)); it.Iteration != calls || math.Abs(tr-it.Residual) > 1e-9*norm(b) || it.R != nil || history[calls] != it.Residual {
				t.Errorf("call %d: %d, residual %g, true %g", calls, it.Iteration, it.Residual, tr)
			}
			calls++
			return true
		}})
		if err != nil || calls != res.Iterations+1 {
			t.Errorf("%+v, %d calls, %v", res, calls, err)
		}
		for k := 1; k <= res.Iterations; k++ {
			if history[k] > history[k-1] {
				t.Errorf("residual grows in iteration %d", k)
			}
		}
		res, err = LSQR(bg, x, op, b, &Options{MaxIter: 4, Ridge: lambda})
		if err != nil || res.Reason != MaxIterations || res.Iterations != 4 || math.Abs(res.TrueResidual-res.Residual) > 1e-12*norm(b) {
			t.Errorf("MaxIter: %+v, %v", res, err)
		}
		res, err = LSQR(bg, x, op, b, &Options{Callback: func(it Iteration) bool { return it.Iteration < 3 }})
		if err != nil || res.Reason != Callback || res.Iterations != 3 {
			t.Errorf("Callback: %+v, %v", res, err)
		}
		res, err = LSQR(bg, x, op, b, &Options{TimeLimit: 1})
		if err != nil || res.Reason != TimeLimit {
			t.Errorf("TimeLimit: %+v, %v", res, err)
		}
	}
}

// Where A and b are both tiny Aᵀr vanishes, where both are huge it overflows,
// though A, b and x are ordinary doubles: no method takes the one for a
// minimum nor the other for an error.
func TestLeastSquaresOfTinyAndHuge(t *testing.T) {
	const m, n = 400, 20
	a, b := normal(1, m*n), normal(2, m)
	want := householderSolution(t, a, m, n, b)
	residual := norm(sub(b, mulVec(a, m, n, want)))
	solvers := map[string]func(dst []float64, a *Matrix, b []float64) (Result, error){
		"LSQR": func(dst []float64, a *Matrix, b []float64) (Result, error) { return LSQR(bg, dst, a, b, nil) },
		"CGLS": func(dst []float64, a *Matrix, b []float64) (Result, error) { return CGLS(bg, dst, a, b, nil) },
	}
	for name, method := range map[string]LeastSquaresMethod{"Refined": Refined, "Textbook": Textbook} {
		solvers[name] = func(dst []float64, a *Matrix, b []float64) (Result, error) {
			l, err := NewLeastSquares(bg, a, m, n, &LeastSquaresOptions{Method: method, Tol: map[LeastSquaresMethod]float64{Textbook: 1e-10}[method]})
			if err != nil {
				return Result{}, err
			}
			res, err := l.Solve(bg, dst, b)
			return res.Result, err
		}
	}
	for name, solve := range solvers {
		base := make([]float64, n)
		if res, err := solve(base, matrix(a, m, n), b); err != nil || res.Reason != Converged || norm(sub(base, want)) > 1e-8*norm(want) {
			t.Errorf("%s: off by %g: %+v, %v", name, norm(sub(base, want)), res, err)
		}
		for _, e := range [][2]int{{-565, -565}, {-565, 0}, {-900, -900}, {-900, -300}, {-450, -850}, {531, 531}, {0, 531}, {900, 900}, {450, 950}} {
			x := make([]float64, n)
			res, err := solve(x, matrix(scaled(a, e[0]), m, n), scaled(b, e[1]))
			if err != nil || res.Reason != Converged || math.Abs(math.Ldexp(res.TrueResidual, -e[1])-residual) > 1e-12*residual {
				t.Errorf("%s: A·2^%d, b·2^%d: %+v, %v", name, e[0], e[1], res, err)
			}
			if d := norm(sub(scaled(x, e[0]-e[1]), base)); !(d <= 1e-13*norm(want)) {
				t.Errorf("%s: A·2^%d, b·2^%d: off by %g of %g", name, e[0], e[1], d, norm(want))
			}
		}
	}
}
