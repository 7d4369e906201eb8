package solver

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// shortest is the shortest minimiser of ‖Ax − b‖, from the singular values of A by
// one-sided Jacobi rotations (Hestenes 1958) of its rows.
func shortest(a []float64, m, n int, b []float64) []float64 {
	r, u := append([]float64(nil), a...), addDiag(make([]float64, m*m), m, 1) // r = uᵀ·a
	for range 40 {                                                            // sweeps
		for i := range m {
			for j := range i {
				p, q := r[i*n:(i+1)*n], r[j*n:(j+1)*n]
				c := dot(p, q)
				if math.Abs(c) <= 1e-17*norm(p)*norm(q) {
					continue
				}
				th := math.Atan2(2*c, dot(p, p)-dot(q, q)) / 2
				sn, cs := math.Sincos(th)
				for _, v := range [][2][]float64{{p, q}, {u[i*m : (i+1)*m], u[j*m : (j+1)*m]}} {
					for k, x := range v[0] {
						v[0][k], v[1][k] = cs*x+sn*v[1][k], cs*v[1][k]-sn*x
					}
				}
			}
		}
	}
	x := make([]float64, n)
	for i := range m {
		if row := r[i*n : (i+1)*n]; norm(row) > 1e-14*norm(a) {
			f := dot(u[i*m:(i+1)*m], b) / dot(row, row)
			for k, v := range row {
				x[k] += f * v
			}
		}
	}
	return x
}

// Whatever its rank and scale, a wide A is solved, in the sense of least squares where
// b is not in its range; norms are those of b − A·x.
func TestLeastSquaresWideIsHonest(t *testing.T) {
	const m, n = 3, 8
	rankOne, zero, copied := make([]float64, m*n), make([]float64, m*n), normal(1, m*n)
	for i := range rankOne {
		rankOne[i] = float64((i/n + 1) * (i%n + 1))
	}
	copy(copied[n:2*n], copied[:n])
	for _, c := range []struct {
		name       string
		a, b       []float64
		consistent bool
		rank       int
	}{
		{"rank one", rankOne, []float64{1, 2, 3}, true, 1},
		{"rank one, inconsistent", rankOne, []float64{1, 2, 4}, false, 1},
		{"copied row", copied, []float64{1, 1, 3}, true, 2},
		{"copied row, inconsistent", copied, []float64{1, 2, 3}, false, 2},
		{"zero", zero, []float64{1, 2, 2}, false, 0},
		{"full rank", normal(2, m*n), []float64{1, 2, 3}, true, 3},
	} {
		want := shortest(c.a, m, n, c.b)
		least := norm(sub(c.b, mulVec(c.a, m, n, want)))
		for _, e := range [][2]int{{0, 0}, {-503, 0}, {-565, -565}, {-800, -850}, {531, 531}, {900, 950}, {900, 0}, {-400, 500}} {
			a, b := scaled(c.a, e[0]), scaled(c.b, e[1])
			for _, method := range []LeastSquaresMethod{Refined, Textbook} {
				what := fmt.Sprintf("%s, A·2^%d, b·2^%d, method %d", c.name, e[0], e[1], method)
				l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Method: method})
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				x := make([]float64, n)
				res, err := l.Solve(bg, x, b)
				ax := make([]float64, m)
				matrix(a, m, n).MulVec(ax, x)
				residual, size := norm2(sub(b, ax)), norm2(b)
				if err != nil || checkFinite("", "x", x) != nil || res.Rank != c.rank || math.Abs(res.RHSNorm-size) > 1e-15*size {
					t.Errorf("%s: %+v, %v", what, res, err)
				}
				if math.Abs(residual-res.TrueResidual) > 4*eps*size {
					t.Errorf("%s: residual %g of %+v", what, residual, res)
				}
				if d := norm2(sub(scaled(x, e[0]-e[1]), want)); d > 1e-14*(1+norm(want)) || math.Abs(math.Ldexp(residual, -e[1])-least) > 1e-14 || !res.Converged() {
					t.Errorf("%s: off by %g, residual %g: %+v", what, d, residual, res)
				}
				if e[0] == -503 {
					y := make([]float64, n)
					l.Solve(bg, y, scaled(b, 7))
					if !sameBits(scaled(y, -7), x) {
						t.Errorf("%s: scale changes bits", what)
					}
				}
			}
		}
	}
	// An x beyond the range of doubles is an error; one below has lost its digits.
	for _, e := range []int{1000, -1000} {
		l, err := NewLeastSquares(bg, matrix(scaled(rankOne, -e), m, n), m, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		res, err := l.Solve(bg, x, scaled([]float64{1, 2, 3}, e/12))
		if e > 0 {
			if !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite || norm(x) != 0 {
				t.Errorf("x overflows: %v, %+v, %v", x, res, err)
			}
		} else if err != nil || res.Converged() {
			t.Errorf("x underflows: %v, %+v, %v", x, res, err)
		}
	}
}
