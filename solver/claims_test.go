package solver

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// inverseDiagonal is a preconditioner M⁻¹ = diag(d).
type inverseDiagonal []float64

func (d inverseDiagonal) SolveVec(dst, r []float64) {
	for i, v := range r {
		dst[i] = d[i] * v
	}
}

func diagonalMatrix(d []float64) *Matrix {
	n := len(d)
	a := make([]float64, n*n)
	for i, v := range d {
		a[i*n+i] = v
	}
	return matrix(a, n, n)
}

// In the norms of a bad preconditioner the normal residual of (1, 2·10⁻⁸) is small
// although half of b is left.
func TestNoConvergenceByPreconditionerAlone(t *testing.T) {
	for name, solve := range bothLeastSquares {
		x := make([]float64, 2)
		res, err := solve(bg, x, diagonalMatrix([]float64{1, 2}), []float64{1, 1}, &Options{RelTol: 1e-3, Preconditioner: inverseDiagonal{1, 1e-8}})
		if err != nil || res.Reason != Converged || math.Abs(x[0]-1) > 2e-3 || math.Abs(x[1]-0.5) > 2e-3 {
			t.Errorf("%s: x = %v, want [1 0.5]: %+v, %v", name, x, res, err)
		}
		// Nor is that point one of convergence where the solve is cut short.
		res, err = solve(bg, x, diagonalMatrix([]float64{1, 2}), []float64{1, 1}, &Options{RelTol: 1e-3, Preconditioner: inverseDiagonal{1, 1e-8}, MaxIter: 1})
		if err != nil || res.Reason != MaxIterations {
			t.Errorf("%s, one iteration: x = %v: %+v, %v", name, x, res, err)
		}
	}
}

// Whatever the preconditioner, Converged is true in Euclidean norms.
func TestConvergedHoldsInEuclideanNorms(t *testing.T) {
	converged := 0
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		n := 2 + rng.IntN(6)
		m := n + rng.IntN(4)
		a, b, d := make([]float64, m*n), normal(seed, m), make(inverseDiagonal, n)
		copy(a, singular(seed, logspace(0.01, 1, n), m, n))
		for i := range d {
			d[i] = math.Pow(10, -16*rng.Float64())
		}
		tol := math.Pow(10, -1-9*rng.Float64())
		for name, solve := range bothLeastSquares {
			x := make([]float64, n)
			res, err := solve(bg, x, matrix(a, m, n), b, &Options{RelTol: tol, Preconditioner: d})
			if err != nil {
				t.Fatalf("%s, seed %d: %v", name, seed, err)
			}
			if !res.Converged() {
				continue
			}
			converged++
			r := sub(b, mulVec(a, m, n, x))
			// ‖A‖ is one; the bound used for it may be less, never more.
			if g := norm(mulVec(transpose(a, m, n), n, m, r)); norm(r) > tol*norm(b)*(1+1e-12) && g > (tol+1e-14)*norm(r) {
				t.Errorf("%s, seed %d: ‖Aᵀr‖ = %g for ‖r‖ = %g, RelTol %g: %+v", name, seed, g, norm(r), tol, res)
			}
		}
	}
	if converged < 300 {
		t.Errorf("only %d of 600 solves converged", converged)
	}
}

// Regular systems have solutions, by any preconditioner and tolerance: MINRES finds
// them, and calls none inconsistent.
func TestRegularSystemsAreNotInconsistent(t *testing.T) {
	for _, c := range []struct {
		a   []float64
		pre inverseDiagonal
		tol float64
	}{
		{[]float64{1, 2}, inverseDiagonal{1, 1e-4}, 1e-3},
		{[]float64{1, 2}, inverseDiagonal{1, 1e-8}, 1e-3},
		{[]float64{1, 2}, inverseDiagonal{1, 1e-12}, 0},
		{[]float64{1, -2}, inverseDiagonal{1, 1e-14}, 1e-6},
		{[]float64{1, 0.01}, nil, 0.1},
		{[]float64{1, -1e-4}, nil, 0.01},
		{[]float64{1, 1e-8}, nil, 0.5},
		{[]float64{1, 1e-8}, nil, -1}, // goes on to the last bit, and what is left is rounding
		{[]float64{1, 1e-6, -1e-3}, nil, 1e-17},
	} {
		n := len(c.a)
		x, b := make([]float64, n), make([]float64, n)
		fill(b, 1)
		o := Options{RelTol: c.tol}
		if c.pre != nil {
			o.Preconditioner = c.pre
		}
		res, err := MINRES(bg, x, diagonalMatrix(c.a), b, &o)
		want := Converged
		if c.tol < 0 || c.tol == 1e-17 {
			want = Stagnated
		}
		if tol := max(c.tol, 1e-10); err != nil || res.Reason != want && res.Reason != Converged || res.TrueResidual > tol*norm(b) {
			t.Errorf("%v with M⁻¹ = %v, RelTol %g: x = %v: %+v, %v", c.a, c.pre, c.tol, x, res, err)
		}
	}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		n := 2 + rng.IntN(8)
		a, d := symmetric(seed, spectrum(math.Pow(10, -5*rng.Float64()), 1, n)), make(inverseDiagonal, n)
		for i := range d {
			d[i] = math.Pow(10, -14*rng.Float64())
		}
		for _, pre := range []Preconditioner{nil, d} {
			tol := math.Pow(10, -9*rng.Float64())
			x := make([]float64, n)
			res, err := MINRES(bg, x, matrix(a, n, n), normal(seed, n), &Options{RelTol: tol, Preconditioner: pre, MaxIter: 2000})
			if err != nil || res.Reason == Inconsistent {
				t.Errorf("seed %d, n=%d, RelTol %g, M⁻¹ = %v: %+v, %v", seed, n, tol, pre, res, err)
			}
		}
	}
}

// A system without a solution is called so, at every tolerance that its residual
// does not meet, with a preconditioner as without; and the y = M⁻¹r that is the
// evidence is in the null space.
func TestInconsistentHasItsEvidence(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 5))
		n := 3 + rng.IntN(8)
		d := spectrum(0.05, 1, n)
		clear(d[:1+rng.IntN(n-2)])
		a, b := symmetric(seed, d), normal(seed+1, n)
		m := make(inverseDiagonal, n)
		for i := range m {
			m[i] = math.Pow(10, -rng.Float64())
		}
		for _, tol := range []float64{1e-1, 1e-3, 0, 1e-14} {
			for _, pre := range []Preconditioner{nil, m} {
				x := make([]float64, n)
				res, err := MINRES(bg, x, matrix(a, n, n), b, &Options{RelTol: tol, Preconditioner: pre, MaxIter: 1000})
				what := fmt.Sprintf("seed %d, n=%d, RelTol %g, preconditioned %t: %+v, %v", seed, n, tol, pre != nil, res, err)
				if err != nil || res.Reason != Inconsistent && res.Reason != Converged {
					t.Errorf("%s", what)
					continue
				}
				y := sub(b, mulVec(a, n, n, x))
				if res.Reason == Converged {
					if norm(y) > tol*norm(b)*(1+1e-12) {
						t.Errorf("%s", what)
					}
					continue
				}
				if pre != nil {
					pre.SolveVec(y, y)
				}
				if ay := norm(mulVec(a, n, n, y)); ay > 0x1p-26*norm(y) || dot(y, b) < max(tol, 1e-13)*norm(b)*norm(y)*(1-1e-6) {
					t.Errorf("‖A·y‖ = %g for ‖y‖ = %g, yᵀb = %g: %s", ay, norm(y), dot(y, b), what)
				}
			}
		}
	}
}

// Products of numbers near the least ones vanish, or keep a digit or two. No method
// takes that for a solution, and the least-squares methods and MINRES solve.
func TestMatricesOfTheLeastNumbers(t *testing.T) {
	for _, a := range []float64{5e-324, -1.5e-323, 0x1p-1070, 0x1p-1060, 0x1.8p-1022, 0x1p-1000} {
		for _, b := range []float64{1e-100, 1e-20, 1e-40} {
			for name, solve := range map[string]func(x []float64) (Result, error){
				"LSQR":   func(x []float64) (Result, error) { return LSQR(bg, x, matrix([]float64{a}, 1, 1), []float64{b}, nil) },
				"CGLS":   func(x []float64) (Result, error) { return CGLS(bg, x, matrix([]float64{a}, 1, 1), []float64{b}, nil) },
				"MINRES": func(x []float64) (Result, error) { return MINRES(bg, x, matrix([]float64{a}, 1, 1), []float64{b}, nil) },
			} {
				x := make([]float64, 1)
				res, err := solve(x)
				if want := b / a; finite(want) {
					if err != nil || res.Reason != Converged || math.Abs(x[0]-want) > 1e-9*math.Abs(want) {
						t.Errorf("%s on [%g], b = %g: x = %v, want %g: %+v, %v", name, a, b, x, want, res, err)
					}
				} else if err == nil && res.Converged() {
					t.Errorf("%s on [%g], b = %g: x = %v: %+v", name, a, b, x, res)
				}
			}
		}
	}
	// Small integers times the least number; with a ridge and a start as well.
	for seed := range uint64(20) {
		const m, n = 9, 4
		ints, unit := make([]float64, m*n), make([]float64, m*n)
		rng := rand.New(rand.NewPCG(seed, 6))
		for i := range ints {
			ints[i] = float64(rng.IntN(19) - 9)
			unit[i] = math.Ldexp(ints[i], -1074)
		}
		b := normal(seed, m)
		small := scaled(b, -300)
		for name, solve := range bothLeastSquares {
			for _, start := range []bool{false, true} {
				x, y := make([]float64, n), make([]float64, n)
				var o, p Options
				if start {
					o.X0 = normal(seed+7, n)
					p.X0 = scaled(o.X0, 1074-300)
				}
				must(t)(solve(bg, x, matrix(ints, m, n), b, &o))
				res, err := solve(bg, y, matrix(unit, m, n), small, &p)
				if e := norm(sub(scaled(y, 300-1074), x)); err != nil || res.Reason != Converged || e > 1e-8*norm(x) {
					t.Errorf("%s, seed %d, start %t: off by %g of %g: %+v, %v", name, seed, start, e, norm(x), res, err)
				}
			}
		}
	}
}

// pairOfReflectors returns the m × n test problem of Paige and Saunders 1982, A =
// Y·D·Z with reflectors Y and Z and Dᵢ = (i/n)^power, an x of whole numbers, and a
// residual outside of the range of A.
func pairOfReflectors(m, n, power int) (a, b, x []float64) {
	y, z := make([]float64, m), make([]float64, n)
	for i := range y {
		y[i] = math.Sin(4 * math.Pi * float64(i+1) / float64(m))
	}
	for i := range z {
		z[i] = math.Cos(4 * math.Pi * float64(i+1) / float64(n))
	}
	rescale(y, 1/norm(y))
	rescale(z, 1/norm(z))
	turn := func(v, h []float64) {
		s := 2 * dot(h, v)
		for i := range v {
			v[i] -= s * h[i]
		}
	}
	a, x = make([]float64, m*n), make([]float64, n)
	for j := range n {
		column, e := make([]float64, m), make([]float64, n)
		e[j] = 1
		turn(e, z)
		for i := range n {
			column[i] = math.Pow(float64(i+1)/float64(n), float64(power)) * e[i]
		}
		turn(column, y)
		for i, v := range column {
			a[i*n+j] = v
		}
		x[j] = float64(n - 1 - j)
	}
	r := make([]float64, m)
	for i := n; i < m; i++ {
		r[i] = float64(i-n) / float64(m) * float64(1-2*((i-n)%2))
	}
	turn(r, y)
	b = mulVec(a, m, n, x)
	for i := range b {
		b[i] += r[i]
	}
	return a, b, x
}

// Where the rounding of A·x is all that is left of the normal residual, the minimiser
// is found, whatever the tolerance; without one there is nothing to claim.
func TestLeastSquaresToTheLastDigit(t *testing.T) {
	const m, n = 80, 40
	for power := 1; power <= 4; power++ {
		a, b, want := pairOfReflectors(m, n, power)
		for name, solve := range bothLeastSquares {
			for _, tol := range []float64{1e-14, 1e-15, 1e-16, -1} {
				x := make([]float64, n)
				res, err := solve(bg, x, matrix(a, m, n), b, &Options{RelTol: tol, MaxIter: 5000})
				// κ = 40^power; the error in x has κ² of the rounding in A.
				bound := 1e-15 * math.Pow(n, 2*float64(power))
				if e := norm(sub(x, want)) / norm(want); err != nil || res.Converged() != (tol > 0) || e > max(bound, 1e-13) || res.NormalResidual > 2e-14*res.TrueResidual {
					t.Errorf("%s, power %d, RelTol %g: error %g: %+v, %v", name, power, tol, e, res, err)
				}
			}
		}
	}
	// A consistent system has no such floor: what is left of b is above RelTol.
	a := symmetric(1, logspace(1e-13, 1, 20))
	for name, solve := range bothLeastSquares {
		x := make([]float64, 20)
		if res, err := solve(bg, x, matrix(a, 20, 20), normal(2, 20), &Options{MaxIter: 20000}); err != nil || res.Converged() && res.NormalResidual > 0x1p-26*res.TrueResidual {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
}

// pᵀAp vanishes, or overflows, long before A does: CG does not call that indefinite.
func TestCGWhereTheCurvatureVanishes(t *testing.T) {
	const n = 8
	a, b := symmetric(1, logspace(0.01, 1, n)), normal(2, n)
	want := make([]float64, n)
	must(t)(CG(bg, want, matrix(a, n, n), b, nil))
	for _, exp := range []int{-1000, -960, -900, -600, 600, 900, 1000} {
		for _, size := range []int{-180, -30, 0, 10, 180} { // of b, which is not scaled yet
			if size-exp > 1000 || size-exp < -1000 || size+exp < -1035 || size+exp > 1015 {
				continue // x or Ab is no number
			}
			x := make([]float64, n)
			res, err := CG(bg, x, matrix(scaled(a, exp), n, n), scaled(b, size), nil)
			if e := norm(sub(scaled(x, exp-size), want)); err != nil || res.Reason != Converged || e > 1e-8*norm(want) {
				t.Errorf("A·2^%d, b·2^%d: off by %g of %g: %+v, %v", exp, size, e, norm(want), res, err)
			}
		}
	}
}
