package solver

import (
	"fmt"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/hadamard"
)

// backwardError returns the Karlson–Waldén backward error of x, relative to ‖A‖,
// with the singular values of A itself.
func backwardError(t testing.TB, a []float64, m, n int, x, b []float64) float64 {
	t.Helper()
	q, err := NewQR(bg, a, m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := make([]float64, n*n)
	q.R(r)
	bd := newBidiagonal(n, 1)
	for i := range n {
		copy(bd.m[i*bd.ld:], r[i*n:(i+1)*n])
	}
	if err := bd.reduce(bg); err != nil {
		t.Fatal(err)
	}
	ax := make([]float64, m)
	op := matrix(a, m, n)
	op.MulVec(ax, x)
	res, g := sub(b, ax), make([]float64, n)
	op.MulTransVec(g, res)
	theta := norm(r) / norm(b)
	scale := theta / math.Sqrt(1+theta*theta*dot(x, x))
	bd.shift(scale * scale * dot(res, res))
	bd.solveRTrans(g)
	return scale * norm(g) / norm(r)
}

// householderSolution is the minimiser by QR, whatever the rank looks like.
func householderSolution(t testing.TB, a []float64, m, n int, b []float64) []float64 {
	t.Helper()
	q, err := NewQR(bg, a, m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, m)
	q.MulQTransVec(y, b)
	solveLowerTrans(y[:n], q.h.at, q.h.ld, q.h.axpy)
	return y[:n]
}

// noisy returns b = A·x + noise of the given relative size.
func noisy(seed uint64, a []float64, m, n int, size float64) []float64 {
	b, e := make([]float64, m), normal(seed+1, m)
	matrix(a, m, n).MulVec(b, normal(seed, n))
	f := size * norm(b) / norm(e)
	for i := range b {
		b[i] += f * e[i]
	}
	return b
}

// The refined solve is backward stable: within ten times of Householder QR, or
// of one rounding, at every condition and size of residual. The textbook form
// is not. Every estimate is within a factor of three.
func TestLeastSquaresIsBackwardStable(t *testing.T) {
	const m, n = 2000, 50
	worst := 0.0
	for _, kind := range []string{"incoherent", "coherent", "leading"} {
		for _, kappa := range []float64{1e2, 1e6, 1e10, 1e14} {
			a := tall(kind, 3, m, n, kappa)
			for _, size := range []float64{0, 1e-8, 1} {
				b := noisy(1, a, m, n, size)
				direct := backwardError(t, a, m, n, householderSolution(t, a, m, n, b), b)
				what := fmt.Sprintf("%s κ=%g residual %g", kind, kappa, size)
				for _, method := range []LeastSquaresMethod{Refined, Textbook} {
					l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Method: method})
					if err != nil {
						t.Fatal(err)
					}
					x := make([]float64, n)
					res, err := l.Solve(bg, x, b)
					if err != nil {
						t.Fatal(err)
					}
					eta := backwardError(t, a, m, n, x, b)
					if method == Textbook {
						worst = max(worst, eta)
						continue
					}
					if eta > 10*max(direct, eps/4) || res.Reason != Converged || res.Iterations > 100 {
						t.Errorf("%s: backward error %.2g, by QR %.2g: %+v", what, eta, direct, res)
					}
					if e := res.BackwardError; e > 3*eta+eps/8 || e < eta/3-eps/8 {
						t.Errorf("%s: backward error %.2g estimated as %.2g", what, eta, e)
					}
					r := sub(b, mulVec(a, m, n, x))
					if tol := 100 * eps * (norm(a)*norm(x) + norm(b)); math.Abs(norm(r)-res.TrueResidual) > tol || math.Abs(norm(mulVec(transpose(a, m, n), n, m, r))-res.NormalResidual) > norm(a)*tol {
						t.Errorf("%s: residual %g of %+v", what, norm(r), res)
					}
				}
			}
		}
	}
	if worst < 1e-13 {
		t.Errorf("the textbook form was stable (%g): the test sees nothing", worst)
	}
}

// Each sketch serves, and an implicit operator as well as an explicit one.
func TestLeastSquaresSketches(t *testing.T) {
	const m, n = 1500, 40
	a := tall("coherent", 2, m, n, 1e8)
	b := noisy(4, a, m, n, 1e-3)
	for name, build := range sketches {
		for _, op := range []TransOperator{matrix(a, m, n), implicit{matrix(a, m, n)}} {
			l, err := NewLeastSquares(bg, op, m, n, &LeastSquaresOptions{NewSketch: build, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float64, n)
			res, err := l.Solve(bg, x, b)
			if eta := backwardError(t, a, m, n, x, b); err != nil || res.Reason != Converged || eta > 4*eps || res.SketchRows != 4*n {
				t.Errorf("%s, %T: backward error %g, %+v, %v", name, op, eta, res, err)
			}
		}
	}
}

// implicit hides an explicit matrix.
type implicit struct{ m *Matrix }

func (o implicit) MulVec(dst, x []float64)      { o.m.MulVec(dst, x) }
func (o implicit) MulTransVec(dst, y []float64) { o.m.MulTransVec(dst, y) }

func TestLeastSquaresRidge(t *testing.T) {
	const m, n = 600, 30
	for _, kappa := range []float64{10, 1e9} {
		a := tall("incoherent", 5, m, n, kappa)
		for j := range n { // columns of different scale
			for i := range m {
				a[i*n+j] *= math.Pow(10, float64(j%5))
			}
		}
		b := noisy(6, a, m, n, 0.1)
		for _, lambda := range []float64{1e-4, 10} {
			l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Ridge: lambda})
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float64, n)
			res, err := l.Solve(bg, x, b)
			want := ridgeSolution(t, a, m, n, b, lambda)
			if e := norm(sub(x, want)); err != nil || res.Reason != Converged || e > 1e-11*(1+norm(a)/math.Sqrt(lambda))*norm(want) {
				t.Errorf("κ=%g λ=%g: off by %g of %g: %+v, %v", kappa, lambda, e, norm(want), res, err)
			}
			r := sub(b, mulVec(a, m, n, x))
			if tr := math.Sqrt(dot(r, r) + lambda*dot(x, x)); math.Abs(tr-res.TrueResidual) > 1e-12*norm(b) {
				t.Errorf("κ=%g λ=%g: damped residual %g, reported %g", kappa, lambda, tr, res.TrueResidual)
			}
		}
	}
}

// Of a matrix that is singular to working precision a part of the columns is
// used, and the result says so: the residual is the least one, and the solution
// of the order of the shortest.
func TestLeastSquaresSingular(t *testing.T) {
	const m, n = 900, 30
	base := tall("incoherent", 7, m, n, 10)
	ranks := map[string]int{"copied column": n - 1, "zero column": n - 1, "rank 3": 3, "zero": 0}
	for name, change := range map[string]func(a []float64){
		"zero": func(a []float64) { clear(a) },
		"copied column": func(a []float64) {
			for i := range m {
				a[i*n+20] = a[i*n+3]
			}
		},
		"zero column": func(a []float64) {
			for i := range m {
				a[i*n+20] = 0
			}
		},
		"rank 3": func(a []float64) {
			for i := range m {
				for j := 3; j < n; j++ {
					a[i*n+j] = a[i*n+j%3] * float64(j)
				}
			}
		},
	} {
		a := append([]float64(nil), base...)
		change(a)
		b := noisy(8, base, m, n, 0.5)
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		res, err := l.Solve(bg, x, b)
		if err != nil || res.Rank != ranks[name] || res.Reason != Converged {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
		limit := ridgeSolution(t, a, m, n, b, 1e-12)
		least := norm(sub(b, mulVec(a, m, n, limit)))
		if r := norm(sub(b, mulVec(a, m, n, x))); r > least*(1+1e-12) || norm(x) > 20*norm(limit) {
			t.Errorf("%s: residual %g, least %g; norm of x %g, shortest %g", name, r, least, norm(x), norm(limit))
		}
	}
	// Columns that differ by 1e±12 in scale are not singular.
	a := append([]float64(nil), base...)
	for i := range a {
		a[i] *= math.Pow(10, float64(i%n%3-1)*12)
	}
	l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, x := noisy(9, a, m, n, 0.1), make([]float64, n)
	res, err := l.Solve(bg, x, b)
	want := householderSolution(t, a, m, n, b)
	for j, v := range want {
		if math.Abs(x[j]-v)*math.Pow(10, float64(j%3-1)*12) > 1e-12*norm(b) {
			t.Errorf("scaled columns: x[%d] = %g, want %g: %+v", j, x[j], v, res)
		}
	}
	if err != nil || res.Rank != n || res.Reason != Converged {
		t.Errorf("scaled columns: %+v, %v", res, err)
	}
}

// The shortest solution of a wide system, to κ(A) roundings.
func TestLeastSquaresWide(t *testing.T) {
	const m, n = 40, 900
	for _, kappa := range []float64{10, 1e6} {
		a := transpose(tall("coherent", 3, n, m, kappa), n, m)
		for name, op := range map[string]TransOperator{"explicit": matrix(a, m, n), "implicit": implicit{matrix(a, m, n)}} {
			l, err := NewLeastSquares(bg, op, m, n, nil)
			if err != nil {
				t.Fatal(err)
			}
			b := mulVec(a, m, n, normal(2, n))
			x := make([]float64, n)
			res, err := l.Solve(bg, x, b)
			if err != nil || res.Reason != Converged || res.BackwardError > 0x1p-51 || res.SketchRows != 4*m {
				t.Errorf("κ=%g %s: %+v, %v", kappa, name, res, err)
			}
			// x = Aᵀy for some y: it has no part in the null space of A.
			q, err := NewQR(bg, transpose(a, m, n), n, m, nil)
			if err != nil {
				t.Fatal(err)
			}
			y := make([]float64, n)
			q.MulQTransVec(y, x)
			if e := norm(y[m:]); e > 1e-14*kappa*norm(x) {
				t.Errorf("κ=%g %s: %g of x in the null space", kappa, name, e)
			}
			if e := norm(sub(mulVec(a, m, n, x), b)); e > 8*eps*norm(a)*norm(x) {
				t.Errorf("κ=%g %s: residual %g", kappa, name, e)
			}
		}
	}
	// A copied row makes it singular.
	a := transpose(tall("incoherent", 3, n, m, 10), n, m)
	copy(a[5*n:6*n], a[:n])
	l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := mulVec(a, m, n, normal(2, n))
	x := make([]float64, n)
	res, err := l.Solve(bg, x, b)
	if err != nil || !res.Converged() || res.Rank != m-1 || norm(sub(mulVec(a, m, n, x), b)) > 4*eps*norm(a)*norm(x) || norm(x) > norm(normal(2, n)) {
		t.Errorf("copied row: %+v, %v", res, err)
	}
}

// lame is a sketch that sees the first rows only, until it is wide enough.
type lame struct {
	Sketch
	rows int
}

func (l lame) ApplyColsRange(dst, a []float64, cols, lo, hi int) {
	b := append([]float64(nil), a...)
	for i := l.rows * cols; i < len(b); i++ {
		b[i] *= 1e-4
	}
	l.Sketch.ApplyColsRange(dst, b, cols, lo, hi)
}

// A sketch that needs too many iterations is made anew with twice the rows, as
// far as that is allowed.
func TestLeastSquaresDoublesTheSketch(t *testing.T) {
	const m, n = 1200, 20
	a := tall("coherent", 3, m, n, 1e4)
	b := noisy(5, a, m, n, 1)
	for good, limit := range map[int]int{8 * n: 40, m: 8} {
		build := func(long, s int, seed uint64) (Sketch, error) {
			sk, err := hadamard.NewSRHT(long, s, seed)
			if err != nil || s >= good {
				return sk, err
			}
			return lame{sk, m / 2}, nil
		}
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{NewSketch: build, RoundIter: limit})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		res, err := l.Solve(bg, x, b)
		if err != nil {
			t.Fatal(err)
		}
		if good == m {
			if res.Reason != MaxIterations || res.SketchRows != 16*n || res.Sketches != 2 {
				t.Errorf("hopeless: %+v", res)
			}
			continue
		}
		if eta := backwardError(t, a, m, n, x, b); res.Reason != Converged || res.SketchRows != 8*n || res.Sketches != 1 || eta > 4*eps {
			t.Errorf("backward error %g: %+v", eta, res)
		}
		again := make([]float64, n)
		if res, err = l.Solve(bg, again, b); err != nil || res.Sketches != 0 || res.Reason != Converged {
			t.Errorf("second solve: %+v, %v", res, err)
		}
	}
}
