package solver

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

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
