package solver

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// unitColumns returns A·D and D⁻¹·x for a diagonal D of powers of two that brings
// the norms of the columns to [½, 1).
func unitColumns(a []float64, m, n int, x []float64) (ad, z []float64) {
	ad, z = append([]float64(nil), a...), append([]float64(nil), x...)
	for j := range n {
		l := 0.0
		for i := range m {
			l = math.Hypot(l, a[i*n+j])
		}
		_, exp := math.Frexp(l)
		for i := range m {
			ad[i*n+j] = math.Ldexp(ad[i*n+j], -exp)
		}
		z[j] = math.Ldexp(z[j], exp)
	}
	return ad, z
}

// Columns that depend on others are no hindrance however small the residual is, down
// to the rounding of A·x: a product of that with them is no evidence.
func TestLeastSquaresOfDependentColumnsToAnyResidual(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 77))
		n := 2 + rng.IntN(12)
		m, rank := n+rng.IntN(10*n), 1+rng.IntN(n-1)
		a := mulMat(normal(seed, m*rank), normal(seed+1, rank*n), m, rank, n)
		for i := range a {
			a[i] *= math.Exp2(float64(7 * (i % n) * int(seed%2))) // columns of other scales
		}
		noise := math.Pow(10, -18*rng.Float64())
		b := noisy(seed+2, a, m, n, noise)
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Seed: seed})
		check(t, err)
		x := make([]float64, n)
		res, err := l.Solve(bg, x, b)
		ad, z := unitColumns(a, m, n, x)
		eta := backwardError(t, ad, m, n, z, b)
		what := fmt.Sprintf("seed %d, %d × %d, rank %d, noise %g: backward error %g: %+v, %v", seed, m, n, rank, noise, eta, res, err)
		if err != nil || res.Reason != Converged || res.Rank != rank || res.Sketches != 0 {
			t.Error(what)
		}
		// Within a factor of three, but for the rounding of the products themselves.
		if res.BackwardError > 3*eta+4*eps || eta > 3*res.BackwardError+4*eps {
			t.Errorf("told otherwise: %s", what)
		}
	}
}

// Of nearly dependent columns in coherent rows of all sizes, sketched with few rows,
// the backward error that is told is never far below that of A itself.
func TestLeastSquaresTellsOfColumnsLeftOut(t *testing.T) {
	left, stagnated := 0, 0
	for seed := range uint64(1500) {
		rng := rand.New(rand.NewPCG(seed, 78))
		n := 2 + rng.IntN(8)
		m := n + rng.IntN(40*n)
		a := make([]float64, m*n)
		for i := range m {
			size := 1.0
			if i >= n {
				size = math.Pow(10, -18*rng.Float64())
			}
			if i >= n && rng.IntN(10) > 0 {
				continue
			}
			for j := range n {
				a[i*n+j] = size * rng.NormFloat64()
			}
		}
		j, near := 1+rng.IntN(n-1), math.Pow(10, -12-6*rng.Float64())
		for i := range m {
			a[i*n+j] = 3*a[i*n+j-1] + near*a[i*n+j]
		}
		b := noisy(seed+2, a, m, n, math.Pow(10, -18*rng.Float64()))
		o := LeastSquaresOptions{Seed: seed, SketchRatio: []float64{1, 1.5, 2, 4}[rng.IntN(4)]}
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &o)
		check(t, err)
		x := make([]float64, n)
		res, err := l.Solve(bg, x, b)
		ad, z := unitColumns(a, m, n, x)
		eta := backwardError(t, ad, m, n, z, b)
		if res.Rank < n {
			left++
		}
		if res.Reason == Stagnated {
			stagnated++
		}
		limit := 240 * eps * math.Sqrt(float64(n)) // 8·30 roundings of a column of A = C·others
		if err != nil || eta > 4*res.BackwardError+2*eps || res.Converged() && eta > limit {
			t.Errorf("seed %d, %d × %d, ratio %g: backward error %g: %+v, %v", seed, m, n, o.SketchRatio, eta, res, err)
		}
	}
	if left == 0 || stagnated == 0 {
		t.Errorf("%d without a column, %d stagnated: the matrices are no trial", left, stagnated)
	}
}

// The signs of a sketch may cancel two rows that are alike. That it knows nothing
// of A is no convergence: it doubles.
func TestLeastSquaresWhereTheSketchVanishes(t *testing.T) {
	const long = 100
	vanished := 0
	for seed := range uint64(200) {
		a := make([]float64, long)
		a[3], a[7] = 1, -1
		for _, wide := range []bool{false, true} {
			for _, method := range []LeastSquaresMethod{Refined, Textbook} {
				m, n, b := long, 1, append([]float64(nil), a...)
				if b[7] = 0; wide {
					m, n, b = 1, long, []float64{1}
				}
				l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Seed: seed, Method: method})
				check(t, err)
				zero := len(l.f.cols) == 0
				x := make([]float64, n)
				res, err := l.Solve(bg, x, b)
				r := sub(b, mulVec(a, m, n, x))
				g := norm(mulVec(transpose(a, m, n), n, m, r))
				solved := g <= 4*eps && res.Converged()
				if zero {
					vanished++
				}
				if err != nil || !solved && !(zero && method == Textbook && !wide && res.Reason == Stagnated && res.BackwardError > 0.1) {
					t.Errorf("seed %d, %d × %d, method %d: ‖Aᵀr‖ = %g: %+v, %v", seed, m, n, method, g, res, err)
				}
			}
		}
	}
	if vanished == 0 {
		t.Error("no sketch vanished: no trial")
	}
}
