package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
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

func TestLeastSquaresEdges(t *testing.T) {
	for _, sh := range [][2]int{{1, 1}, {2, 1}, {1, 2}, {30, 30}, {60, 30}, {30, 60}, {500, 1}, {1, 500}} {
		m, n := sh[0], sh[1]
		a := normal(uint64(m), m*n)
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		x, b := make([]float64, n), normal(3, m)
		fill(x, math.NaN())
		res, err := l.Solve(bg, x, b)
		if err != nil || res.Reason != Converged {
			t.Errorf("%v: %+v, %v", sh, res, err)
		}
		r := sub(b, mulVec(a, m, n, x))
		if e := norm(mulVec(transpose(a, m, n), n, m, r)); e > 1e-11*norm(a)*(norm(a)*norm(x)+norm(b)) {
			t.Errorf("%v: normal residual %g", sh, e)
		}
		clear(b)
		if res, err = l.Solve(bg, x, b); err != nil || res.Reason != ZeroRHS || norm(x) != 0 {
			t.Errorf("%v: zero right-hand side: %+v, %v", sh, res, err)
		}
		b[0] = math.NaN()
		if res, err = l.Solve(bg, x, b); !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("%v: NaN: %+v, %v", sh, res, err)
		}
		if _, err = l.Solve(bg, x[1:], b); !errors.Is(err, ErrShape) {
			t.Errorf("%v: short dst: %v", sh, err)
		}
	}
	// b orthogonal to the range, and scales far from one.
	const m, n = 400, 20
	a := tall("incoherent", 3, m, n, 1e3)
	b := normal(3, m)
	want := householderSolution(t, a, m, n, b)
	r := sub(b, mulVec(a, m, n, want))
	l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, n)
	res, err := l.Solve(bg, x, r)
	if err != nil || res.Reason != Converged || norm(x) > 1e-10*norm(want) {
		t.Errorf("orthogonal b: ‖x‖ = %g, %+v, %v", norm(x), res, err)
	}
	for _, e := range [][2]int{{400, -300}, {-400, 300}, {300, 600}} {
		l, err := NewLeastSquares(bg, matrix(scaled(a, e[0]), m, n), m, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := l.Solve(bg, x, scaled(b, e[1]))
		if d := norm(sub(scaled(x, e[0]-e[1]), want)); err != nil || res.Reason != Converged || d > 1e-11*norm(want) {
			t.Errorf("scales 2^%d, 2^%d: off by %g, %+v, %v", e[0], e[1], d, res, err)
		}
	}
}

func TestLeastSquaresRefuses(t *testing.T) {
	const m, n = 50, 5
	a := normal(1, m*n)
	op := matrix(a, m, n)
	for name, c := range map[string]struct {
		op   TransOperator
		m, n int
		o    LeastSquaresOptions
		want error
		text string
	}{
		"empty":      {op: op, m: 0, n: 5, want: ErrShape, text: "0 × 5"},
		"shape":      {op: op, m: 40, n: 5, want: ErrShape, text: "50 × 5"},
		"ridge":      {op: op, m: m, n: n, o: LeastSquaresOptions{Ridge: -1}, want: ErrOption, text: "ridge -1"},
		"tol":        {op: op, m: m, n: n, o: LeastSquaresOptions{Tol: -1}, want: ErrOption, text: "Tol -1"},
		"ratio":      {op: op, m: m, n: n, o: LeastSquaresOptions{SketchRatio: 0.5}, want: ErrOption, text: "SketchRatio 0.5"},
		"max ratio":  {op: op, m: m, n: n, o: LeastSquaresOptions{MaxSketchRatio: 3}, want: ErrOption, text: "MaxSketchRatio 3"},
		"method":     {op: op, m: m, n: n, o: LeastSquaresOptions{Method: 7}, want: ErrOption, text: "Method 7"},
		"iterations": {op: op, m: m, n: n, o: LeastSquaresOptions{RoundIter: -1}, want: ErrOption, text: "RoundIter -1"},
		"NaN":        {op: nans{}, m: m, n: n, want: ErrNotFinite, text: "NaN"},
		"sketch": {op: op, m: m, n: n, o: LeastSquaresOptions{NewSketch: func(n, s int, seed uint64) (Sketch, error) { return NewSparseSign(n, s+1, 0, seed) }},
			want: ErrShape, text: "21 × 50"},
		"sketch error": {op: op, m: m, n: n, o: LeastSquaresOptions{NewSketch: func(n, s int, seed uint64) (Sketch, error) { return NewSparseSign(0, s, 0, seed) }},
			want: ErrShape, text: "vectors of 0"},
	} {
		if _, err := NewLeastSquares(bg, c.op, c.m, c.n, &c.o); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLeastSquaresCancelled(t *testing.T) {
	const m, n = 300, 20
	for _, sh := range [][2]int{{m, n}, {n, m}} {
		op := implicit{matrix(tall("incoherent", 3, m, n, 1e6), sh[0], sh[1])}
		b := normal(1, sh[0])
		untilDone(t, func(ctx context.Context) error {
			l, err := NewLeastSquares(ctx, op, sh[0], sh[1], &LeastSquaresOptions{Workers: 1})
			if err != nil {
				return err
			}
			res, err := l.Solve(ctx, make([]float64, sh[1]), b)
			if err != nil && res.Reason != Cancelled {
				t.Errorf("%+v, %v", res, err)
			}
			return err
		})
	}
}

// Nothing is allocated by a solve whose sketch serves, and workers change no bit.
func TestLeastSquaresBits(t *testing.T) {
	const m, n = 700, 40
	a := tall("incoherent", 3, m, n, 1e6)
	b := noisy(4, a, m, n, 0.1)
	var want []float64
	for _, w := range []int{1, 3} {
		l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Workers: w})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		solve := func() {
			if _, err := l.Solve(bg, x, b); err != nil {
				t.Fatal(err)
			}
		}
		solve()
		if want == nil {
			want = append(want, x...)
		}
		if !sameBits(x, want) {
			t.Errorf("%d workers: other bits", w)
		}
		if allocs := testing.AllocsPerRun(3, solve); allocs != 0 {
			t.Errorf("%g allocations", allocs)
		}
		if !sameBits(x, want) {
			t.Error("a second solve has other bits")
		}
	}
}

// skewed is a sketch that sees b in another light than A.
type skewed struct{ Sketch }

func (s skewed) Apply(dst, x []float64) {
	s.Sketch.Apply(dst, x)
	for i := range dst {
		dst[i] *= 1e9
	}
}

// broken is an operator that fails after a number of products.
type broken struct {
	*Matrix
	left int
}

func (o *broken) MulVec(dst, x []float64) {
	o.Matrix.MulVec(dst, x)
	if o.left--; o.left < 0 {
		dst[0] = math.NaN()
	}
}

// What goes wrong on the way is told, and the best x so far is returned.
func TestLeastSquaresTrouble(t *testing.T) {
	const m, n = 500, 20
	a := tall("incoherent", 3, m, n, 1e6)
	b := noisy(5, a, m, n, 0.1)
	want := householderSolution(t, a, m, n, b)
	x := make([]float64, n)
	run := func(op TransOperator, o *LeastSquaresOptions, b []float64) (LeastSquaresResult, error) {
		t.Helper()
		l, err := NewLeastSquares(bg, op, m, n, o)
		if err != nil {
			t.Fatal(err)
		}
		return l.Solve(bg, x, b)
	}
	good := func(what string, res LeastSquaresResult) {
		t.Helper()
		if eta := backwardError(t, a, m, n, x, b); eta > 4*eps {
			t.Errorf("%s: backward error %g, %+v", what, eta, res)
		}
	}
	res, err := run(matrix(a, m, n), &LeastSquaresOptions{Tol: 1e-25}, b)
	if err != nil || res.Reason != Stagnated {
		t.Errorf("beyond reach: %+v, %v", res, err)
	}
	good("beyond reach", res)

	res, err = run(matrix(a, m, n), &LeastSquaresOptions{NewSketch: func(n, s int, seed uint64) (Sketch, error) {
		sk, err := NewSparseSign(n, s, 0, seed)
		return skewed{sk}, err
	}}, b)
	if err != nil || res.Reason != Converged {
		t.Errorf("start worse than zero: %+v, %v", res, err)
	}
	good("start worse than zero", res)

	for left := range 60 {
		res, err = run(&broken{matrix(a, m, n), left + n}, nil, b)
		if err == nil {
			good("not broken", res)
			if left < 3 {
				t.Errorf("%d products sufficed", left)
			}
			break
		}
		if !errors.Is(err, ErrNotFinite) || res.Reason != NotFinite {
			t.Errorf("broken after %d products: %+v, %v", left, res, err)
		}
		for j, v := range x {
			if !finite(v) {
				t.Errorf("broken after %d products: x[%d] = %g", left, j, v)
			}
		}
	}
	huge := append([]float64(nil), b...)
	huge[3], huge[4] = 1.7e308, 1.7e308
	if res, err = run(matrix(a, m, n), nil, huge); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "overflows") {
		t.Errorf("overflow: %+v, %v", res, err)
	}

	// No second sketch to be had: the error is that of NewSketch, x the best.
	refuse := errors.New("no more")
	res, err = run(matrix(a, m, n), &LeastSquaresOptions{RoundIter: 3, NewSketch: func(n, s int, seed uint64) (Sketch, error) {
		if s > 80 {
			return nil, refuse
		}
		return NewSparseSign(n, s, 0, seed)
	}}, b)
	least := norm(sub(b, mulVec(a, m, n, want)))
	if r := norm(sub(b, mulVec(a, m, n, x))); !errors.Is(err, refuse) || r > 1.5*least {
		t.Errorf("no second sketch: residual %g, least %g, %+v, %v", r, least, res, err)
	}
}

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
