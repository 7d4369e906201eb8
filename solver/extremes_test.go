package solver

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// Pivots near either end of the range have no inverse, or one of few digits; the
// solution of integers is exact all the same.
func TestTrianglesWithPivotsAtTheEndsOfTheRange(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testFarPivots[float32](t, []int{-149, -145, -126, -120, 0, 118, 121}) })
	t.Run("float64", func(t *testing.T) { testFarPivots[float64](t, []int{-1074, -1070, -1024, -1022, 0, 1015, 1018}) })
}

func testFarPivots[T float32 | float64](t *testing.T, exps []int) {
	const k = 3
	for _, n := range []int{1, 2, 16, 17, 96, 130} {
		for _, exp := range exps {
			for _, o := range []TriangularOptions{{}, {Trans: true}, {Upper: true}, {Upper: true, Trans: true}} {
				what := fmt.Sprintf("n=%d pivots 2^%d upper %t trans %t", n, exp, o.Upper, o.Trans)
				tri, want, x := make([]T, n*n), make([]T, k*n), make([]T, k*n)
				at := func(i, j int) *T {
					if o.Upper {
						i, j = j, i
					}
					return &tri[i*n+j]
				}
				for i := range n {
					*at(i, i) = T(math.Ldexp(1, exp))
					for j := max(i-2, 0); j < i; j++ { // few, so that sums stay small
						*at(i, j) = T(math.Ldexp(float64((i+2*j)%3-1), exp))
					}
				}
				for q := range k {
					for i := range n {
						want[q*n+i] = T((i*i+q)%5 - 2)
					}
					for i := range n {
						var s float64
						for j := range n {
							u := tri[i*n+j]
							if o.Trans {
								u = tri[j*n+i]
							}
							s += float64(u) * float64(want[q*n+j])
						}
						x[q*n+i] = T(s)
					}
				}
				if err := SolveTriangular(bg, x, tri, k, n, &o); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				for i, v := range x {
					if v != want[i] {
						t.Fatalf("%s: x[%d] = %v, want %v", what, i, v, want[i])
					}
				}
			}
		}
	}
}

// The inverse of a block of two pivots of 2⁻¹⁰⁰ is 2¹⁶⁰ off its diagonal, beyond
// float32; the solution is not.
func TestTriangleWhoseInverseOverflows(t *testing.T) {
	l := []float32{0x1p-100, 0, 0x1p-40, 0x1p-100}
	for _, want := range [][]float32{{0, 3}, {0x1p-40, 5}} {
		x := []float32{l[0] * want[0], l[2]*want[0] + l[3]*want[1]}
		if err := SolveTriangular(bg, x, l, 1, 2, nil); err != nil || x[0] != want[0] || x[1] != want[1] {
			t.Errorf("%v, want %v: %v", x, want, err)
		}
	}
}

// What has no finite solution, or no numbers to begin with, says so.
func TestSolutionsThatOverflowAreErrors(t *testing.T) {
	nan, tiny := math.NaN(), 0x1p-1040
	for _, c := range []struct{ l, b float64 }{{tiny, 1}, {1, nan}, {nan, 1}, {1, math.Inf(1)}} {
		x := []float64{1, c.b}
		if err := SolveTriangular(bg, x, []float64{1, 0, 0, c.l}, 1, 2, nil); !errors.Is(err, ErrNotFinite) {
			t.Errorf("SolveTriangular with pivot %g, b %g: %v, x = %v", c.l, c.b, err, x)
		}
	}
	q, err := NewQR(bg, []float64{1, 0, 0, 1e-10, 0, 0}, 3, 2, nil)
	check(t, err)
	chol, err := NewCholesky(bg, []float64{1, 0, 0, 1e-20}, 2, nil)
	check(t, err)
	for _, bad := range []float64{nan, math.Inf(1), math.Inf(-1), 1.7e308} {
		for at := range 3 {
			if bad == 1.7e308 && at != 1 {
				continue // x does not overflow
			}
			b, x := []float64{1, 1, 1}, []float64{7, 8}
			b[at] = bad
			if _, err := q.SolveVec(x, b); !errors.Is(err, ErrNotFinite) || x[0] != 7 || x[1] != 8 {
				t.Errorf("QR.SolveVec with b = %v: %v, x = %v", b, err, x)
			}
			if err := q.SolveVecs(bg, x, b, 1); !errors.Is(err, ErrNotFinite) || x[0] != 7 || x[1] != 8 {
				t.Errorf("QR.SolveVecs with b = %v: %v, x = %v", b, err, x)
			}
			if at == 2 {
				continue
			}
			if err := chol.SolveVecs(bg, x, b[:2], 1); !errors.Is(err, ErrNotFinite) {
				t.Errorf("Cholesky.SolveVecs with %v: %v, x = %v", b[:2], err, x)
			}
			if err := chol.SolveVecContext(bg, x, b[:2]); !errors.Is(err, ErrNotFinite) {
				t.Errorf("Cholesky.SolveVecContext with %v: %v, x = %v", b[:2], err, x)
			}
		}
	}
}

// The diagonal of the inverse of s·[4 2; 2 4] is 1/(3s), as far as that is a number.
func TestInverseDiagAtTheEndsOfTheRange(t *testing.T) {
	d, err := NewInverseDiag(2, 1)
	check(t, err)
	for _, s := range []float64{0x1p-1030, 0x1p-1028, 0x1p-1022, 0x1p-1000, 1, 0x1p+1000, 0x1p+1020, 0x1.fp+1021} {
		c, err := NewCholesky(bg, []float64{4 * s, 2 * s, 2 * s, 4 * s}, 2, nil)
		check(t, err)
		got, want := make([]float64, 2), 1/s/3
		err = d.Diag(bg, got, c)
		if !finite(want) {
			if !errors.Is(err, ErrNotFinite) {
				t.Errorf("s = %g: %v, %v", s, got, err)
			}
			continue
		}
		for _, v := range got {
			if err != nil || math.Abs(v-want) > 1e-14*want {
				t.Errorf("s = %g: %v, want %g: %v", s, got, want, err)
			}
		}
	}
}

// Reflectors whose leading entry is beyond 2¹⁰⁰⁰ are scaled by quotients, and where
// twice a norm overflows there is an error and no silent NaN.
func TestQRNearTheLargestNumbers(t *testing.T) {
	for _, exp := range []int{-1000, 0, 1000, 1021} {
		a := scaled([]float64{1, 2, 2, -1, 1, 1}, exp)
		q, err := NewQR(bg, a, 3, 2, nil)
		check(t, err)
		x, b := make([]float64, 2), []float64{a[0] + a[1], a[2] + a[3], a[4] + a[5]}
		res, err := q.SolveVec(x, b)
		if err != nil || math.Abs(x[0]-1) > 1e-14 || math.Abs(x[1]-1) > 1e-14 || res > 1e-14*norm2(b) {
			t.Errorf("2^%d: x = %v, residual %g: %v", exp, x, res, err)
		}
	}
	for _, a := range [][]float64{{1.7e308, 0, 0, 1}, {1, 1.7e308, 0, 1.7e308}} {
		if _, err := NewQR(bg, a, 2, 2, nil); !errors.Is(err, ErrNotFinite) {
			t.Errorf("QR of %v: %v", a, err)
		}
	}
}

// An inverse that overflows is no sign of an indefinite matrix, and not silent.
func TestPreconditionersWithoutInverse(t *testing.T) {
	if _, err := NewJacobi([]float64{1, 1e-310}, 0); !errors.Is(err, ErrNotFinite) {
		t.Errorf("Jacobi: %v", err)
	}
	g := matrix(symmetric(1, logspace(1e-3, 1, 20)), 20, 20)
	p, err := NewRPCholesky(bg, g, 20, &RPCholeskyOptions{Rank: 4, Ridge: 1})
	check(t, err)
	if err := p.SetRidge(1e-310); !errors.Is(err, ErrRankDeficient) {
		t.Errorf("RPCholesky: %v", err)
	}
}

// Pivots whose reciprocals are subnormal and have few digits divide as others do, and
// reflectors of subnormal columns do.
func TestPivotsWhoseReciprocalsLoseDigits(t *testing.T) {
	for seed := range uint64(20) {
		for _, n := range []int{1, 3, 17, 100} {
			tri, b := make([]float64, n*n), normal(seed+1, n)
			for i, v := range normal(seed, n) {
				tri[i*n+i] = math.Copysign(math.Ldexp(1+math.Abs(v)/8, 1023), v)
				b[i] = math.Ldexp(b[i], 1020)
			}
			x := append([]float64(nil), b...)
			check(t, SolveTriangular(bg, x, tri, 1, n, nil))
			for i, v := range x {
				if v != b[i]/tri[i*n+i] {
					t.Fatalf("seed %d, n=%d: %v/%v is %v", seed, n, b[i], tri[i*n+i], v)
				}
			}
		}
	}
	q, err := NewQR(bg, scaled([]float64{1, 2, 2}, -1072), 3, 1, nil)
	check(t, err)
	x := make([]float64, 1)
	if _, err := q.SolveVec(x, scaled([]float64{3, 6, 6}, -1072)); err != nil || x[0] != 3 {
		t.Errorf("QR of a subnormal column: x = %v, %v", x, err)
	}
}
