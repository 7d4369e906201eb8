package solver

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Of a matrix that is not symmetric CG either finds the solution, as the residual says,
// or says what is wrong, and returns nothing worse than the start; CGMulti likewise.
func TestCGSaysThatProductsAreNotSymmetric(t *testing.T) {
	said := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 8))
		n := 2 + rng.IntN(30)
		a := symmetric(seed, logspace(0.01, 1, n))
		skew := math.Pow(10, -2*rng.Float64())
		for i := range n {
			for j := range i {
				v := skew * rng.NormFloat64()
				a[i*n+j] += v
				a[j*n+i] -= v
			}
		}
		b := normal(seed+1, n)
		for _, o := range []Options{{}, {MaxIter: 2*n + 20}, {X0: normal(seed+2, n)}, {Ridge: 0.1}, {Preconditioner: diagonal{}}} {
			x := make([]float64, n)
			res, err := CG(bg, x, matrix(a, n, n), b, &o)
			what := fmt.Sprintf("seed %d, n=%d, skew %g, %+v: %+v, %v", seed, n, skew, o, res, err)
			start := norm(b)
			if o.X0 != nil {
				start = norm(sub(b, mulVec(a, n, n, o.X0)))
			}
			r := trueResidual(a, n, o.Ridge, x, b)
			if math.Abs(r-res.TrueResidual) > 1e-9*start {
				t.Errorf("residual %g: %s", r, what)
			}
			switch res.Reason {
			case Converged:
				if err != nil || r > 1.01e-10*norm(b) {
					t.Errorf("residual %g: %s", r, what)
				}
			case Asymmetric:
				said++
				if !errors.Is(err, ErrAsymmetric) || r > start*(1+1e-12) {
					t.Errorf("residual %g, of the start %g: %s", r, start, what)
				}
			case Indefinite:
				if res.Iterations > 0 || !errors.Is(err, ErrIndefinite) {
					t.Errorf("%s", what) // without a step there is no x to compare with
				}
			default:
				t.Errorf("%s", what)
			}
			if o.X0 == nil {
				results, y := make([]Result, 1), make([]float64, n)
				errMulti := CGMulti(bg, y, matrix(a, n, n), b, results, &o)
				if !sameResult(results[0], res) || !sameBits(x, y) || errors.Is(errMulti, ErrAsymmetric) != errors.Is(err, ErrAsymmetric) {
					t.Errorf("CGMulti: %+v, %v: %s", results[0], errMulti, what)
				}
			}
		}
	}
	if said < 60 {
		t.Errorf("only %d of 300 solves said so", said)
	}
}

// A symmetric matrix is not suspected, however ill-conditioned, however few the
// iterations: not with the rounding of float32 in its products either.
func TestCGSuspectsNoSymmetricMatrix(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 9))
		n := 2 + rng.IntN(40)
		d := logspace(math.Pow(10, -18*rng.Float64()), 1, n)
		if seed%3 == 0 {
			d[0] = 0
		}
		if seed%4 == 0 {
			d[n-1] = -d[n-1]
		}
		m := matrix(symmetric(seed, d), n, n)
		narrow := OperatorFunc(func(dst, x []float64) {
			m.MulVec(dst, x)
			for i, v := range dst {
				dst[i] = float64(float32(v))
			}
		})
		for _, b := range [][]float64{normal(seed, n), mulVec(m.a, n, n, mulVec(m.a, n, n, normal(seed, n)))} {
			for _, limit := range []int{0, 1, 2, 3, 1000} {
				for _, op := range []Operator{m, narrow} {
					for _, pre := range []Preconditioner{nil, diagonal{}} {
						x := make([]float64, n)
						if res, err := CG(bg, x, op, b, &Options{MaxIter: limit, RelTol: 1e-14, Preconditioner: pre}); res.Reason == Asymmetric {
							t.Errorf("seed %d, n=%d, MaxIter %d: %+v, %v", seed, n, limit, res, err)
						}
					}
				}
			}
		}
	}
}

// Where rounding makes the last x worse than none, the x is that of the start: the
// recurrence does not see it. A step that makes the residual grow but the energy fall
// is kept.
func TestCGReturnsTheBest(t *testing.T) {
	for seed := range uint64(10000) {
		rng := rand.New(rand.NewPCG(seed, 9))
		n := 2 + rng.IntN(6)
		a := symmetric(seed, logspace(math.Pow(10, -12-8*rng.Float64()), 1, n))
		b, x := normal(seed, n), make([]float64, n)
		res, err := CG(bg, x, matrix(a, n, n), b, &Options{MaxIter: 1 + rng.IntN(4*n)})
		if err == nil && res.Residual < norm(b)/2 && res.TrueResidual > norm(b) {
			t.Errorf("seed %d: %+v", seed, res)
		}
	}
	// One step along b = (0.1, 1) is of length 91: it makes the first part of r grow.
	a, b := []float64{1, 0, 0, 1e-3}, []float64{0.1, 1}
	x := make([]float64, 2)
	res, err := CG(bg, x, matrix(a, 2, 2), b, &Options{MaxIter: 1})
	if energy := 0.5*dot(x, mulVec(a, 2, 2, x)) - dot(x, b); err != nil || res.Reason != MaxIterations || res.TrueResidual <= norm(b) || energy >= 0 {
		t.Errorf("x = %v, energy %g: %+v, %v", x, energy, res, err)
	}
}

// A product that has vanished is no evidence.
func TestCGSuspectsNoProductThatVanished(t *testing.T) {
	x := make([]float64, 1)
	if res, err := CG(bg, x, matrix([]float64{1.510790527867819e-300}, 1, 1), []float64{-4.5}, &Options{RelTol: -1, MaxIter: 200}); err != nil || math.Abs(res.TrueResidual) > 1e-14 {
		t.Errorf("x = %v: %+v, %v", x, res, err)
	}
}
