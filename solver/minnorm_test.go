package solver

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// wide returns an n × cols matrix of the given condition with a right-hand side,
// and a sketched preconditioner of its Gram matrix.
func wide(t *testing.T, seed uint64, n, cols int, kappa, ridge float64) (*Matrix, []float64, *SketchQR) {
	t.Helper()
	j := singular(seed, logspace(1/kappa, 1, n), n, cols)
	return matrix(j, n, cols), normal(seed+17, n), gaussSketch(t, seed+9, j, n, cols, ridge)
}

// duplicates returns rows of norm near 1, the second half those of the first
// displaced by eps, and the rest as wide.
func duplicates(t *testing.T, seed uint64, n, cols int, eps float64) (*Matrix, []float64, *SketchQR) {
	t.Helper()
	j := normal(seed, n*cols)
	for i := range j {
		j[i] /= math.Sqrt(float64(cols))
		if h := i - n/2*cols; h >= 0 {
			j[i] = j[h] + eps*j[i]
		}
	}
	return matrix(j, n, cols), normal(seed+17, n), gaussSketch(t, seed+9, j, n, cols, 0)
}

func gaussSketch(t *testing.T, seed uint64, j []float64, n, cols int, ridge float64) *SketchQR {
	t.Helper()
	s := 4 * n
	p, err := NewSketchQR(bg, sketched(seed, transpose(j, n, cols), cols, n, s), s, n, &SketchQROptions{Ridge: ridge})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rel returns ‖b − J·x‖/‖b‖.
func rel(j *Matrix, x, b []float64) float64 {
	return norm(sub(b, mulVec(j.a, j.m, j.n, x))) / norm(b)
}

// Three ways to the shortest solution of J·x = b (paper, section on stability):
// CG on JJᵀ claims what is not so, refinement in x and LSQR on R⁻ᵀJ deliver.
func TestMinNormIsStableWhereGramIsNot(t *testing.T) {
	const n, cols = 60, 500
	for _, tc := range []struct {
		kappa, floor float64
		dup          bool // near-duplicate rows; otherwise singular values evenly in the exponent
	}{
		{1e5, 1e-10, false},
		{1e6, 1e-8, false},
		{1e7, 1e-6, false},
		{3e6, 1e-6, true},
	} {
		for seed := range uint64(3) {
			what := fmt.Sprintf("κ=%g near-duplicates=%t seed=%d", tc.kappa, tc.dup, seed)
			j, b, p := wide(t, seed, n, cols, tc.kappa, 0)
			if tc.dup {
				j, b, p = duplicates(t, seed, n, cols, 1e-6)
			}

			// x = Jᵀg with g from CG: recurrence against truth.
			g, x := make([]float64, n), make([]float64, cols)
			op := &gramOperator{j: j, t: make([]float64, cols)}
			res, err := CG(bg, g, op, b, &Options{Preconditioner: p, NoRestart: true, RelTol: 1e-12})
			j.MulTransVec(x, g)
			if err != nil || res.Residual > 1e-12*norm(b) || rel(j, x, b) < tc.floor || res.Converged() {
				t.Errorf("%s: CG leaves %g: %+v, %v", what, rel(j, x, b), res, err)
			}
			for _, only := range []bool{true, false} {
				res, err = CG(bg, g, op, b, &Options{Preconditioner: p, RelTol: 1e-12, NoRestart: only})
				j.MulTransVec(x, g)
				if err != nil || res.Converged() || res.Reason != Stagnated {
					t.Errorf("%s: CG with restarts leaves %g: %+v, %v", what, rel(j, x, b), res, err)
				}
			}

			// The default asks for 1e-10; where that is out of reach it says so, and is near.
			res, err = MinNorm(bg, x, j, b, &Options{Preconditioner: p})
			if err != nil || rel(j, x, b) > 1e-9 || res.Converged() != (res.RelResidual() <= 1e-10) || !res.Converged() && res.Reason != Stagnated {
				t.Errorf("%s: MinNorm by default leaves %g: %+v, %v", what, rel(j, x, b), res, err)
			}
			res, err = MinNorm(bg, x, j, b, &Options{Preconditioner: p, RelTol: 1e-9})
			if err != nil || res.Reason != Converged || rel(j, x, b) > 1e-9 || math.Abs(res.RelResidual()-rel(j, x, b)) > 0.5*rel(j, x, b)+1e-11 || res.Restarts > 3 || res.Restarts < 1 {
				t.Errorf("%s: MinNorm leaves %g: %+v, %v", what, rel(j, x, b), res, err)
			}
			if res.MulVecs != res.Iterations+res.Restarts+1 || res.MulTransVecs != res.MulVecs {
				t.Errorf("%s: counts %+v", what, res)
			}

			lp, err := NewLeftPreconditioned(j, p, n)
			if err != nil {
				t.Fatal(err)
			}
			c, y := make([]float64, n), make([]float64, cols)
			p.SolveRTrans(c, b)
			res, err = LSQR(bg, y, lp, c, &Options{RelTol: 1e-17, NoRestart: true})
			if err != nil || rel(j, y, b) > max(1e-9, tc.kappa*eps) || res.Iterations > 80 {
				t.Errorf("%s: LSRN leaves %g: %+v, %v", what, rel(j, y, b), res, err)
			}
			// Both are the shortest: the same vector, to the accuracy of either.
			if d := norm(sub(x, y)); d > 1e-9*tc.kappa*norm(y) {
				t.Errorf("%s: MinNorm and LSRN differ by %g of %g", what, d, norm(y))
			}
		}
	}
}

func TestMinNormAgreesWithDirectSolution(t *testing.T) {
	for _, n := range []int{1, 5, 40} {
		cols := 3*n + 10
		j, b, p := wide(t, 3, n, cols, 50, 0)
		want := mulVec(transpose(j.a, n, cols), cols, n, gaussSolve(gram(j.a, n, cols), n, b))
		for _, pre := range []Preconditioner{nil, p} {
			x := make([]float64, cols)
			fill(x, math.NaN())
			res, err := MinNorm(bg, x, j, b, &Options{Preconditioner: pre})
			if err != nil || res.Reason != Converged || norm(sub(x, want)) > 1e-8*norm(want) {
				t.Errorf("n=%d: off by %g: %+v, %v", n, norm(sub(x, want)), res, err)
			}
		}
	}
}

func TestMinNormNearestToStart(t *testing.T) {
	const n, cols = 20, 70
	j, b, p := wide(t, 4, n, cols, 1e3, 0)
	x0, x, step := normal(8, cols), make([]float64, cols), make([]float64, cols)
	kept := append([]float64(nil), x0...)
	res, err := MinNorm(bg, x, j, b, &Options{X0: x0, Preconditioner: p})
	if err != nil || res.Reason != Converged || !sameBits(x0, kept) {
		t.Fatalf("%+v, %v", res, err)
	}
	if _, err := MinNorm(bg, step, j, sub(b, mulVec(j.a, n, cols, x0)), &Options{Preconditioner: p}); err != nil {
		t.Fatal(err)
	}
	for i := range step {
		step[i] += x0[i]
	}
	if d := norm(sub(x, step)); d > 1e-6*norm(x) {
		t.Errorf("x − (x0 + J⁺(b − J·x0)) has norm %g", d)
	}
}

func TestMinNormRidge(t *testing.T) {
	const n, cols = 30, 90
	for _, lambda := range []float64{1e-6, 1e-2, 3} {
		j, b, p := wide(t, 5, n, cols, 1e4, lambda)
		want := ridgeSolution(t, j.a, n, cols, b, lambda)
		x := make([]float64, cols)
		res, err := MinNorm(bg, x, j, b, &Options{Ridge: lambda, Preconditioner: p, RelTol: 1e-11})
		if err != nil || res.Reason != Converged || norm(sub(x, want)) > 1e-6*norm(want) {
			t.Errorf("λ=%g: off by %g of %g: %+v, %v", lambda, norm(sub(x, want)), norm(want), res, err)
		}
		// LSQR minimises the same.
		y := make([]float64, cols)
		if res, err := LSQR(bg, y, j, b, &Options{Ridge: lambda, MaxIter: 3000}); err != nil || norm(sub(y, want)) > 1e-6*norm(want) {
			t.Errorf("λ=%g: LSQR off by %g: %+v, %v", lambda, norm(sub(y, want)), res, err)
		}
	}
}

func TestMinNormEdges(t *testing.T) {
	const n, cols = 20, 60
	j, b, p := wide(t, 6, n, cols, 1e4, 0)
	x := make([]float64, cols)
	res, err := MinNorm(bg, x, j, make([]float64, n), nil)
	if err != nil || res.Reason != ZeroRHS || norm(x) != 0 {
		t.Errorf("zero b: %+v, %v", res, err)
	}
	res, err = MinNorm(bg, x, j, b, &Options{MaxIter: 3})
	if err != nil || res.Reason != MaxIterations || res.Iterations != 3 || math.Abs(rel(j, x, b)-res.RelResidual()) > 1e-9 {
		t.Errorf("MaxIter: %+v, %v", res, err)
	}
	calls := 0
	res, err = MinNorm(bg, x, j, b, &Options{Preconditioner: p, Callback: func(it Iteration) bool {
		if it.Iteration != calls || len(it.X) != cols || len(it.R) != n {
			t.Errorf("call %d: %d", calls, it.Iteration)
		}
		calls++
		return calls < 5
	}})
	if err != nil || res.Reason != Callback || res.Iterations != 4 {
		t.Errorf("Callback: %+v, %v", res, err)
	}
	if res, err := MinNorm(bg, x, j, b, &Options{X0: []float64{1}}); !errors.Is(err, ErrShape) {
		t.Errorf("X0: %+v, %v", res, err)
	}
	if res, err := MinNorm(bg, x, nans{}, b, nil); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
		t.Errorf("NaN: %+v, %v", res, err)
	}
	// Exact start.
	MinNorm(bg, x, j, b, &Options{Preconditioner: p, RelTol: 1e-11})
	if res, err := MinNorm(bg, x, j, b, &Options{X0: x}); err != nil || res.Reason != Converged || res.Iterations != 0 {
		t.Errorf("exact start: %+v, %v", res, err)
	}
	// Duplicate rows with different right-hand sides have no solution.
	a := append([]float64(nil), j.a...)
	copy(a[cols:2*cols], a[:cols])
	res, err = MinNorm(bg, x, matrix(a, n, cols), b, nil)
	if res.Converged() || rel(matrix(a, n, cols), x, b) < 1e-3 {
		t.Errorf("inconsistent: %+v, %v", res, err)
	}
	if e := checkFinite("", "x", x); e != nil {
		t.Error(e)
	}
}

func TestLeftPreconditionedIsAdjoint(t *testing.T) {
	const n, cols = 25, 60
	j, _, p := wide(t, 2, n, cols, 100, 0)
	chol, err := NewCholesky(bg, gram(j.a, n, cols), n, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Factor{p, chol} {
		lp, err := NewLeftPreconditioned(j, f, n)
		if err != nil {
			t.Fatal(err)
		}
		u, v := normal(1, n), normal(2, cols)
		av, atu := make([]float64, n), make([]float64, cols)
		lp.MulVec(av, v)
		lp.MulTransVec(atu, u)
		if l, r := dot(u, av), dot(v, atu); math.Abs(l-r) > 1e-11*norm(av)*norm(u) {
			t.Errorf("⟨u, Av⟩ = %g, ⟨Aᵀu, v⟩ = %g", l, r)
		}
	}
	if _, err := NewLeftPreconditioned(j, p, -1); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
}

// JJᵀ overflows, or vanishes, long before J does. The solution is that of J of norm
// one, scaled, with a ridge scaled along, a preconditioner and a start as well.
func TestMinNormAtTheEndsOfTheRange(t *testing.T) {
	const n, cols = 6, 15
	for seed := range uint64(5) {
		j := singular(seed, logspace(0.01, 1, n), n, cols)
		b, x0 := normal(seed+1, n), normal(seed+2, cols)
		for _, ridge := range []float64{0, 1e-3} {
			for _, start := range []bool{false, true} {
				for _, pre := range []bool{false, true} {
					var o Options
					o.Ridge = ridge
					if pre {
						o.Preconditioner = gaussSketch(t, seed, j, n, cols, ridge)
					}
					if start {
						o.X0 = x0
					}
					want := make([]float64, cols)
					must(t)(MinNorm(bg, want, matrix(j, n, cols), b, &o))
					for _, exp := range []int{-1015, -700, -515, -498, -300, 300, 498, 512, 515, 700, 1015} { // 2⁵¹⁵ is 10¹⁵⁵
						if ridge > 0 && (exp < -515 || exp > 515) || pre && exp < -1000 {
							continue // λ would not be a number, or M⁻¹r
						}
						// With J·2^exp, λ·2^2exp and b·2^(exp/2), x is scaled by 2^−(exp/2).
						o := o
						o.Ridge = math.Ldexp(ridge, 2*exp)
						if o.Ridge != 0 && (math.IsInf(o.Ridge, 1) || o.Ridge < 0x1p-1022) {
							continue
						}
						by := exp - exp/2
						scaledJ := scaled(j, exp)
						if pre {
							o.Preconditioner = gaussSketch(t, seed, scaledJ, n, cols, o.Ridge)
						}
						if start {
							o.X0 = scaled(x0, exp/2-exp)
						}
						x := make([]float64, cols)
						calls := 0
						o.Callback = func(it Iteration) bool {
							if it.Iteration != calls {
								t.Errorf("iteration %d told as number %d", calls, it.Iteration)
							}
							calls++
							return true
						}
						res, err := MinNorm(bg, x, matrix(scaledJ, n, cols), scaled(b, exp/2), &o)
						if e := norm(sub(scaled(x, by), want)); err != nil || res.Reason != Converged || e > 1e-7*norm(want) || calls != res.Iterations+1 {
							t.Errorf("seed %d, J·2^%d, ridge %g, start %t, preconditioned %t: off by %g of %g: %+v, %v", seed, exp, o.Ridge, start, pre, e, norm(want), res, err)
						}
					}
				}
			}
		}
	}
	// Nothing is scaled where nothing would help.
	x := make([]float64, 3)
	if res, err := MinNorm(bg, x, matrix(make([]float64, 6), 2, 3), []float64{1, 1}, nil); !errors.Is(err, ErrIndefinite) {
		t.Errorf("J = 0: %+v, %v", res, err)
	}
}

// A preconditioner of another scale than JJᵀ, which may be no number, is as good as
// one of the same.
func TestMinNormWithAPreconditionerOfAnotherScale(t *testing.T) {
	const n, cols = 6, 15
	j, b := singular(1, logspace(0.01, 1, n), n, cols), normal(2, n)
	m := inverseDiagonal{1, 2, 3, 4, 5, 6}
	want := make([]float64, cols)
	must(t)(MinNorm(bg, want, matrix(j, n, cols), b, &Options{Preconditioner: m}))
	for _, exp := range []int{-900, -700, -530, -500, 500, 530, 700, 900} {
		for _, size := range []int{-600, -300, 0, 300, 600} { // of M
			x, p := make([]float64, cols), make(inverseDiagonal, n)
			for i, v := range m {
				p[i] = math.Ldexp(v, -size)
			}
			res, err := MinNorm(bg, x, matrix(scaled(j, exp), n, cols), scaled(b, exp/2), &Options{Preconditioner: p})
			if e := norm(sub(scaled(x, exp-exp/2), want)); err != nil || res.Reason != Converged || e > 1e-7*norm(want) {
				t.Errorf("J·2^%d, M·2^%d: off by %g of %g: %+v, %v", exp, size, e, norm(want), res, err)
			}
		}
	}
}
