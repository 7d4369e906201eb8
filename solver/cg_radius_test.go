package solver

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// model returns ½sᵀAs − bᵀs.
func model(a []float64, n int, b, s []float64) float64 {
	return dot(s, mulVec(a, n, n, s))/2 - dot(b, s)
}

// trustRegion returns the minimiser of the model over ‖s‖_M ≤ Δ for a positive
// definite A: (A + μM)s = b, μ by bisection. m is M.
func trustRegion(a, m []float64, n int, b []float64, radius float64) []float64 {
	solve := func(mu float64) ([]float64, float64) {
		c := append([]float64(nil), a...)
		for i := range c {
			c[i] += mu * m[i]
		}
		s := gaussSolve(c, n, b)
		return s, math.Sqrt(dot(s, mulVec(m, n, n, s)))
	}
	s, length := solve(0)
	if length <= radius {
		return s
	}
	lo, hi := 0.0, 1.0
	for {
		if _, length = solve(hi); length < radius {
			break
		}
		hi *= 2
	}
	for range 100 {
		if _, length = solve((lo + hi) / 2); length > radius {
			lo = (lo + hi) / 2
		} else {
			hi = (lo + hi) / 2
		}
	}
	s, _ = solve(hi)
	return s
}

// On a definite model: within the radius CG itself; else a point on the
// boundary that gets at least half of what can be had there (Yuan 2000), each
// iterate longer and lower than the one before.
func TestCGRadiusDefinite(t *testing.T) {
	const n = 40
	for seed := range uint64(3) {
		a, b, x0 := symmetric(seed, logspace(1e-3, 1, n)), normal(seed+9, n), normal(seed+30, n)
		m := addDiag(symmetric(seed, logspace(1e-2, 2, n)), n, 0.1)
		chol, err := NewCholesky(bg, m, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		op := matrix(a, n, n)
		r0 := sub(b, mulVec(a, n, n, x0))
		for _, pre := range []*Cholesky[float64]{nil, chol} {
			o := Options{X0: x0}
			metric := addDiag(make([]float64, n*n), n, 1)
			if pre != nil {
				o.Preconditioner, metric = pre, m
			}
			length := func(s []float64) float64 { return math.Sqrt(dot(s, mulVec(metric, n, n, s))) }
			free := make([]float64, n)
			must(t)(CG(bg, free, op, b, &o))
			full := length(sub(free, x0))
			for _, f := range []float64{1e-3, 0.1, 0.5, 0.99, 1.01, 10} {
				radius := f * full
				what := fmt.Sprintf("seed %d, preconditioned %t, Δ = %g of the way", seed, pre != nil, f)
				x := make([]float64, n)
				lastLength, lastModel := -1.0, 1.0
				o.Radius = radius
				o.Callback = func(it Iteration) bool {
					s := sub(it.X, x0)
					l, q := length(s), model(a, n, r0, s)
					// Beyond n iterations lost orthogonality costs half of the digits.
					if l > radius*(1+1e-12) || l < lastLength*(1-1e-7) || q > lastModel+1e-10 {
						t.Errorf("%s: iteration %d: length %g after %g, model %g after %g", what, it.Iteration, l, lastLength, q, lastModel)
					}
					lastLength, lastModel = l, q
					return true
				}
				res, err := CG(bg, x, op, b, &o)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if f > 1 {
					if res.Reason != Converged || !sameBits(x, free) {
						t.Errorf("%s: %+v: not CG itself", what, res)
					}
					continue
				}
				s := sub(x, x0)
				if l := length(s); res.Reason != Boundary || res.Converged() || math.Abs(l-radius) > 1e-12*radius {
					t.Errorf("%s: %+v: length %g of %g", what, res, l, radius)
				}
				best := model(a, n, r0, trustRegion(a, metric, n, r0, radius))
				if q := model(a, n, r0, s); q > best/2 || q < best-1e-8 {
					t.Errorf("%s: model %g, at best %g", what, q, best)
				}
				if tr := trueResidual(a, n, 0, x, b); math.Abs(tr-res.TrueResidual) > 1e-12*norm(b) || math.Abs(tr-res.Residual) > 1e-10*norm(b) || !math.IsNaN(res.Curvature) {
					t.Errorf("%s: %+v: true residual %g", what, res, tr)
				}
			}
		}
	}
}

// Negative curvature ends at the boundary without an error, or without a radius
// in ErrIndefinite; the direction is handed out in both cases.
func TestCGNegativeCurvature(t *testing.T) {
	const n = 30
	for seed := range uint64(4) {
		d := logspace(0.1, 1, n)
		d[7], d[20] = -0.5, -1e-3
		a, b := symmetric(seed, d), normal(seed+1, n)
		chol, err := NewCholesky(bg, symmetric(seed+50, logspace(0.5, 2, n)), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, pre := range []Preconditioner{nil, chol} {
			for _, exp := range []int{0, -498, 498} { // of A and b
				sa, sb := scaled(a, exp), scaled(b, exp)
				for _, radius := range []float64{0, 0.01, 1e4, 1e6} {
					what := fmt.Sprintf("seed %d, preconditioned %t, 2^%d, Δ = %g", seed, pre != nil, exp, radius)
					x, p := make([]float64, n), make([]float64, n)
					res, err := CG(bg, x, matrix(sa, n, n), sb, &Options{Radius: radius, Direction: p, Preconditioner: pre})
					l := norm(x)
					if pre != nil {
						l = math.Sqrt(dot(x, mulVec(symmetric(seed+50, logspace(0.5, 2, n)), n, n, x)))
					}
					switch {
					case radius == 0 && (!errors.Is(err, ErrIndefinite) || res.Reason != Indefinite),
						radius == 0.01 && (err != nil || res.Reason != Boundary),
						radius > 1 && (err != nil || res.Reason != NegativeCurvature),
						radius > 0 && math.Abs(l-radius) > 1e-12*radius,
						res.Converged():
						t.Errorf("%s: %+v, length %g, %v", what, res, l, err)
					}
					if radius == 0.01 {
						if norm(p) != 0 || !math.IsNaN(res.Curvature) {
							t.Errorf("%s: a direction though none was met", what)
						}
						continue
					}
					curv := dot(p, mulVec(a, n, n, p))
					if math.Abs(norm(p)-1) > 1e-14 || !(curv < 0) || math.Abs(curv-math.Ldexp(res.Curvature, -exp)) > 1e-13 {
						t.Errorf("%s: direction of length %g and curvature %g, Result says %g", what, norm(p), curv, res.Curvature)
					}
					if tr := norm(sub(sb, mulVec(sa, n, n, x))); exp == 0 && math.Abs(tr-res.TrueResidual) > 1e-10*tr {
						t.Errorf("%s: true residual %g, Result says %g", what, tr, res.TrueResidual)
					}
				}
			}
		}
	}
	// A step of no curvature is followed as well: the model falls for ever.
	x := make([]float64, 2)
	res, err := CG(bg, x, matrix([]float64{0, 0, 0, 0}, 2, 2), []float64{3, 4}, &Options{Radius: 10})
	if err != nil || res.Reason != NegativeCurvature || res.Curvature != 0 || norm(sub(x, []float64{6, 8})) > 1e-14 {
		t.Errorf("A = 0: %v, %+v, %v", x, res, err)
	}
	// A preconditioner that is not positive is an error with a radius, too.
	if res, err := CG(bg, x, matrix([]float64{1, 0, 0, 1}, 2, 2), []float64{3, 4}, &Options{Radius: 10, Preconditioner: negative{}}); !errors.Is(err, ErrIndefinite) || !math.IsNaN(res.Curvature) {
		t.Errorf("negative preconditioner: %+v, %v", res, err)
	}
}

// Negative curvature after a restart is rounding: what the first run reached is
// not left for the boundary. The products of the operator are off by 10⁻⁶ after the
// first one, in a direction in which it is nothing.
func TestCGCurvatureAfterRestart(t *testing.T) {
	for _, radius := range []float64{0, 1e6} {
		products := 0
		op := OperatorFunc(func(dst, x []float64) {
			products++
			dst[0], dst[1] = 2*x[0], []float64{2 * x[1], 1e-6, -1e-9 * x[1], 1e-6}[products-1]
		})
		x, direction := make([]float64, 2), make([]float64, 2)
		res, err := CG(bg, x, op, []float64{2, 0}, &Options{Radius: radius, Direction: direction})
		if err != nil || res.Reason != Stagnated || res.Restarts != 1 || norm(sub(x, []float64{1, 0})) > 1e-14 || norm(direction) != 0 || !math.IsNaN(res.Curvature) {
			t.Errorf("Δ = %g: %v after %d products, %+v, %v", radius, x, products, res, err)
		}
	}
}

// A zero right-hand side has the answer zero only if that is within the radius.
func TestCGRadiusZeroRHS(t *testing.T) {
	x := make([]float64, 2)
	op := matrix([]float64{1, 0, 0, 1}, 2, 2)
	res, err := CG(bg, x, op, make([]float64, 2), &Options{Radius: 1, X0: []float64{3, 4}})
	if err != nil || res.Reason != Boundary || norm(sub(x, []float64{2.4, 3.2})) > 1e-14 {
		t.Errorf("%v, %+v, %v", x, res, err)
	}
	if res, err := CG(bg, x, op, make([]float64, 2), &Options{Radius: 1}); err != nil || res.Reason != ZeroRHS {
		t.Errorf("from zero: %+v, %v", res, err)
	}
}

// The methods without a trust region say so.
func TestRadiusIsRefused(t *testing.T) {
	a, b := matrix([]float64{1, 0, 0, 1}, 2, 2), []float64{1, 2}
	x, o := make([]float64, 2), &Options{Radius: 1}
	for name, f := range map[string]func() (Result, error){
		"LSQR":    func() (Result, error) { return LSQR(bg, x, a, b, o) },
		"CGLS":    func() (Result, error) { return CGLS(bg, x, a, b, o) },
		"MINRES":  func() (Result, error) { return MINRES(bg, x, a, b, o) },
		"MinNorm": func() (Result, error) { return MinNorm(bg, x, a, b, o) },
	} {
		if _, err := f(); !errors.Is(err, ErrOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := CG(bg, x, a, b, &Options{Radius: r}); !errors.Is(err, ErrOption) {
			t.Errorf("Radius %v: %v", r, err)
		}
	}
	if _, err := CG(bg, x, a, b, &Options{Direction: x[:1]}); !errors.Is(err, ErrShape) {
		t.Errorf("Direction: %v", err)
	}
}
