package solver

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// trueResidual returns ‖b − (A+λI)x‖.
func trueResidual(a []float64, n int, ridge float64, x, b []float64) float64 {
	return norm(sub(b, mulVec(addDiag(a, n, ridge), n, n, x)))
}

func TestCGSolves(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 33, 100} {
		for _, kappa := range []float64{1, 10, 1e4, 1e6} {
			for _, ridge := range []float64{0, 0.3} {
				a, b := symmetric(uint64(n), logspace(1/kappa, 1, n)), normal(5, n)
				x := make([]float64, n)
				res, err := CG(bg, x, matrix(a, n, n), b, &Options{Ridge: ridge, MaxIter: 50*n + 50})
				what := fmt.Sprintf("n=%d κ=%g λ=%g: %+v", n, kappa, ridge, res)
				if err != nil || res.Reason != Converged || !res.Converged() {
					t.Fatalf("%s: %v", what, err)
				}
				if tr := trueResidual(a, n, ridge, x, b); tr > 1.01e-10*norm(b) || math.Abs(tr-res.TrueResidual) > 1e-3*tr+100*float64(n)*eps*norm(b) {
					t.Errorf("%s: true residual %g", what, tr)
				}
				if res.MulVecs != res.Iterations+1+res.Restarts || res.MulTransVecs != 0 || res.PrecondSolves != 0 || res.RHSNorm == 0 {
					t.Errorf("%s: counts", what)
				}
			}
		}
	}
}

// CG ends after as many steps as A has distinct eigenvalues.
func TestCGTerminatesWithDistinctEigenvalues(t *testing.T) {
	const n = 60
	for k := 1; k <= 6; k++ {
		d := make([]float64, n)
		for i := range d {
			d[i] = float64(1 + i%k)
		}
		res, err := CG(bg, make([]float64, n), matrix(symmetric(3, d), n, n), normal(4, n), nil)
		if err != nil || res.Iterations != k || res.Reason != Converged {
			t.Errorf("%d eigenvalues: %d iterations, %v, %v", k, res.Iterations, res.Reason, err)
		}
	}
}

func TestCGBoundByCondition(t *testing.T) {
	const n = 200
	for _, kappa := range []float64{4, 100, 1e4} {
		a := symmetric(6, logspace(1/kappa, 1, n))
		res, err := CG(bg, make([]float64, n), matrix(a, n, n), normal(4, n), &Options{RelTol: 1e-8})
		// ‖e_k‖_A ≤ 2((√κ−1)/(√κ+1))^k ‖e_0‖_A, and at most √κ more in the residual.
		limit := int(math.Sqrt(kappa)/2*math.Log(2*math.Sqrt(kappa)/1e-8)) + 2
		if err != nil || res.Reason != Converged || res.Iterations > limit {
			t.Errorf("κ=%g: %d iterations, bound %d, %v, %v", kappa, res.Iterations, limit, res.Reason, err)
		}
	}
}

func TestCGWithExactPreconditioner(t *testing.T) {
	const n = 90
	a, b := symmetric(8, logspace(1e-7, 1, n)), normal(4, n)
	for _, ridge := range []float64{0, 1e-3} {
		c, err := NewCholesky(bg, a, n, &CholeskyOptions{Ridge: ridge})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		res, err := CG(bg, x, matrix(a, n, n), b, &Options{Ridge: ridge, Preconditioner: c, RelTol: 1e-9})
		if err != nil || res.Reason != Converged || res.Iterations > 3 || res.PrecondSolves < res.Iterations {
			t.Errorf("λ=%g: %+v, %v", ridge, res, err)
		}
	}
	// A preconditioner for another ridge still helps.
	c, err := NewCholesky(bg, a, n, &CholeskyOptions{Ridge: 1e-4})
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := CG(bg, make([]float64, n), matrix(a, n, n), b, &Options{Ridge: 1e-3})
	pre, err := CG(bg, make([]float64, n), matrix(a, n, n), b, &Options{Ridge: 1e-3, Preconditioner: c})
	if err != nil || pre.Reason != Converged || 2*pre.Iterations > plain.Iterations {
		t.Errorf("nearby ridge: %d iterations against %d, %v", pre.Iterations, plain.Iterations, err)
	}
}

// (G + μI)g = r leaves r − Gg = μg.
func TestCGRidgeIdentity(t *testing.T) {
	const n, mu = 80, 0.05
	j := normal(2, n*300)
	g, r := gram(j, n, 300), normal(3, n)
	x := make([]float64, n)
	if res, err := CG(bg, x, matrix(g, n, n), r, &Options{Ridge: mu, RelTol: 1e-13}); err != nil || res.Reason != Converged {
		t.Fatalf("%+v %v", res, err)
	}
	left, right := norm(sub(r, mulVec(g, n, n, x))), mu*norm(x)
	if math.Abs(left-right) > 1e-10*norm(r) {
		t.Errorf("‖r − Gg‖ = %g, μ‖g‖ = %g", left, right)
	}
}

func TestCGWarmStart(t *testing.T) {
	const n = 50
	a, b := symmetric(1, logspace(1e-3, 1, n)), normal(4, n)
	op := matrix(a, n, n)
	x := make([]float64, n)
	cold, err := CG(bg, x, op, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	x0 := append([]float64(nil), x...)
	for i := range x0 {
		x0[i] *= 1 + 1e-6*float64(i%3)
	}
	keptX, keptB := append([]float64(nil), x0...), append([]float64(nil), b...)
	for i := range x {
		x[i] = math.NaN()
	}
	warm, err := CG(bg, x, op, b, &Options{X0: x0})
	if err != nil || warm.Reason != Converged || warm.Iterations >= cold.Iterations {
		t.Errorf("warm %+v, cold %+v, %v", warm, cold, err)
	}
	if !sameBits(x0, keptX) || !sameBits(b, keptB) {
		t.Error("X0 or b changed")
	}
	// X0 may be dst, and an exact start takes no iteration.
	calls := 0
	again, err := CG(bg, x, op, b, &Options{X0: x, RelTol: 2e-10, Callback: func(it Iteration) bool { calls++; return true }})
	if err != nil || again.Reason != Converged || again.Iterations != 0 || again.MulVecs != 1 || calls != 1 {
		t.Errorf("exact start: %+v, %d calls, %v", again, calls, err)
	}
	// Whatever dst holds: the same bits.
	y := make([]float64, n)
	for i := range y {
		y[i] = math.NaN()
	}
	z := make([]float64, n)
	CG(bg, y, op, b, nil)
	CG(bg, z, op, b, nil)
	if !sameBits(y, z) {
		t.Error("garbage in dst matters")
	}
}

func TestCGZeroRHS(t *testing.T) {
	x := []float64{math.NaN(), 3}
	res, err := CG(bg, x, OperatorFunc(func(dst, x []float64) { t.Error("product") }), make([]float64, 2), &Options{X0: []float64{1, 2}})
	if err != nil || res.Reason != ZeroRHS || !res.Converged() || x[0] != 0 || x[1] != 0 || res.TrueResidual != 0 || res.RelResidual() != 0 {
		t.Errorf("%+v %v %v", res, x, err)
	}
	if res, err := CG(bg, nil, nil, nil, nil); err != nil || res.Reason != ZeroRHS {
		t.Errorf("order 0: %v %v", res, err)
	}
}

func TestCGIndefinite(t *testing.T) {
	const n = 30
	d := logspace(0.1, 1, n)
	d[7] = -0.5
	a := symmetric(2, d)
	x := make([]float64, n)
	res, err := CG(bg, x, matrix(a, n, n), normal(1, n), nil)
	if !errors.Is(err, ErrIndefinite) || res.Reason != Indefinite {
		t.Errorf("%+v, %v", res, err)
	}
	if tr := trueResidual(a, n, 0, x, normal(1, n)); math.Abs(tr-res.TrueResidual) > 1e-12 {
		t.Errorf("TrueResidual %g, is %g", res.TrueResidual, tr)
	}
	if res, err := CG(bg, x, matrix(a, n, n), normal(1, n), &Options{Ridge: 1}); err != nil || res.Reason != Converged {
		t.Errorf("ridge beyond the negative eigenvalue: %+v, %v", res, err)
	}
	// A preconditioner that is not positive.
	res, err = CG(bg, x, matrix(a, n, n), normal(1, n), &Options{Ridge: 1, Preconditioner: negative{}})
	if !errors.Is(err, ErrIndefinite) || res.Iterations != 0 {
		t.Errorf("negative preconditioner: %+v, %v", res, err)
	}
}

type negative struct{}

func (negative) SolveVec(dst, r []float64) {
	for i, v := range r {
		dst[i] = -v
	}
}

// A singular system: solved when consistent, never called converged when not.
func TestCGSingular(t *testing.T) {
	const n = 40
	d := logspace(0.1, 1, n)
	for i := 30; i < n; i++ {
		d[i] = 0
	}
	a := symmetric(3, d)
	x := make([]float64, n)
	b := mulVec(a, n, n, normal(9, n))
	if res, err := CG(bg, x, matrix(a, n, n), b, nil); err != nil || res.Reason != Converged {
		t.Errorf("consistent: %+v, %v", res, err)
	}
	b = normal(9, n)
	res, err := CG(bg, x, matrix(a, n, n), b, nil)
	if res.Converged() || trueResidual(a, n, 0, x, b) < 1e-3 {
		t.Errorf("inconsistent: %+v, %v", res, err)
	}
	if e := checkFinite("", "x", x); e != nil {
		t.Errorf("inconsistent: %v", e)
	}
}

func TestCGNotFinite(t *testing.T) {
	op := matrix([]float64{2, 0, 0, 1}, 2, 2)
	x := make([]float64, 2)
	for _, tc := range []struct {
		b  []float64
		op Operator
		o  Options
	}{
		{b: []float64{1, math.NaN()}, op: op},
		{b: []float64{1, math.Inf(1)}, op: op},
		{b: []float64{math.MaxFloat64, math.MaxFloat64}, op: op},
		{b: []float64{1, 1}, op: op, o: Options{X0: []float64{0, math.NaN()}}},
		{b: []float64{1, 1}, op: OperatorFunc(func(dst, x []float64) { dst[0], dst[1] = math.NaN(), 0 })},
		{b: []float64{1, 1}, op: OperatorFunc(func(dst, x []float64) { dst[0], dst[1] = math.NaN(), 0 }), o: Options{X0: []float64{1, 2}}},
		{b: []float64{1, 1}, op: matrix([]float64{1e-310, 0, 0, 1e-310}, 2, 2)},
	} {
		res, err := CG(bg, x, tc.op, tc.b, &tc.o)
		if !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("b=%v X0=%v: %+v, %v", tc.b, tc.o.X0, res, err)
		}
	}
}

func TestCGOptionsAreChecked(t *testing.T) {
	op := matrix([]float64{1}, 1, 1)
	one := []float64{1}
	for _, o := range []Options{{RelTol: math.NaN()}, {AbsTol: -1}, {AbsTol: math.NaN()}, {MaxIter: -1}, {Ridge: -1}, {Ridge: math.NaN()}, {TimeLimit: -1}} {
		if _, err := CG(bg, make([]float64, 1), op, one, &o); !errors.Is(err, ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := CG(bg, make([]float64, 1), op, one, &Options{X0: make([]float64, 2)}); !errors.Is(err, ErrShape) {
		t.Errorf("X0: %v", err)
	}
	if _, err := CG(bg, make([]float64, 2), op, one, nil); !errors.Is(err, ErrShape) {
		t.Errorf("dst: %v", err)
	}
}

func TestCGScales(t *testing.T) {
	const n = 30
	a, b := symmetric(3, logspace(0.01, 1, n)), normal(4, n)
	want := make([]float64, n)
	base, err := CG(bg, want, matrix(a, n, n), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, ea := range []int{-498, 0, 498} {
		for _, eb := range []int{-498, -300, 300, 498} {
			if ea*eb < 0 && max(eb-ea, ea-eb) > 900 {
				continue // x near the end of the range
			}
			sa, sb := make([]float64, n*n), make([]float64, n)
			ldexp(sa, a, ea)
			ldexp(sb, b, eb)
			x := make([]float64, n)
			var last float64
			res, err := CG(bg, x, matrix(sa, n, n), sb, &Options{Callback: func(it Iteration) bool {
				last = it.Residual
				if rn := math.Ldexp(norm(scaled(it.R, -eb)), eb); math.Abs(rn-it.Residual) > 1e-10*rn {
					t.Fatalf("A·2^%d, b·2^%d: residual vector of norm %g, residual %g", ea, eb, rn, it.Residual)
				}
				return true
			}})
			ldexp(x, x, ea-eb)
			if err != nil || res.Reason != Converged || max(res.Iterations-base.Iterations, base.Iterations-res.Iterations) > 1 || norm(sub(x, want)) > 1e-7*norm(want) || last != res.Residual {
				t.Errorf("A·2^%d, b·2^%d: %+v, %v", ea, eb, res, err)
			}
		}
	}
}

func scaled(x []float64, exp int) []float64 {
	y := make([]float64, len(x))
	ldexp(y, x, exp)
	return y
}

// With κ = 1e14 the recurrence runs to zero while the residual stays far above.
func TestCGNeverClaimsFalseConvergence(t *testing.T) {
	const n = 60
	for seed := range uint64(4) {
		a, b := symmetric(seed, logspace(1e-14, 1, n)), normal(seed+50, n)
		op := matrix(a, n, n)
		c, err := NewCholesky(bg, a, n, &CholeskyOptions{Ridge: 1e-14})
		if err != nil {
			t.Fatal(err)
		}
		for _, pre := range []Preconditioner{nil, c} {
			for _, only := range []bool{false, true} {
				x := make([]float64, n)
				res, err := CG(bg, x, op, b, &Options{Preconditioner: pre, NoRestart: only, RelTol: 1e-12, MaxIter: 5000})
				r := make([]float64, n)
				op.MulVec(r, x) // x is of size 1e13: another order of sums is another residual
				tr := norm(sub(b, r))
				what := fmt.Sprintf("seed %d, preconditioned %t, NoRestart %t: true %g: %+v, %v", seed, pre != nil, only, tr, res, err)
				if err != nil && !errors.Is(err, ErrIndefinite) {
					t.Error(what)
				}
				if res.Converged() && tr > 1.1e-12*norm(b) || math.Abs(tr-res.TrueResidual) > 1e-12*tr {
					t.Error(what)
				}
				if only && res.Restarts != 0 {
					t.Error(what)
				}
				if res.Reason == Stagnated && !(res.Residual <= 1e-12*res.RHSNorm && tr > 1e-12*norm(b)) {
					t.Error(what)
				}
			}
		}
	}
}
