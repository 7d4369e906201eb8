package solver

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// solves are all methods on one square system, as (dst, b) of length n.
func solves(a *Matrix, o Options) map[string]func(dst, b []float64) error {
	return map[string]func(dst, b []float64) error{
		"CG":      func(dst, b []float64) error { _, err := CG(bg, dst, a, b, &o); return err },
		"CGMulti": func(dst, b []float64) error { return CGMulti(bg, dst, a, b, make([]Result, 1), &o) },
		"MINRES":  func(dst, b []float64) error { _, err := MINRES(bg, dst, a, b, &o); return err },
		"LSQR":    func(dst, b []float64) error { _, err := LSQR(bg, dst, a, b, &o); return err },
		"CGLS":    func(dst, b []float64) error { _, err := CGLS(bg, dst, a, b, &o); return err },
		"MinNorm": func(dst, b []float64) error { _, err := MinNorm(bg, dst, a, b, &o); return err },
	}
}

// What a solve writes must not be what it still reads: it is refused, and nothing is
// touched. Slices side by side, and an X0 that is dst, are fine.
func TestOverlapIsRefused(t *testing.T) {
	const n = 6
	a := matrix(symmetric(1, logspace(0.5, 1, n)), n, n)
	l, err := NewLeastSquares(bg, a, n, n, nil)
	check(t, err)
	for shift := -n; shift <= n; shift++ {
		mem := normal(2, 3*n)
		b, dst := mem[n:2*n], mem[n+shift:2*n+shift]
		before := append([]float64(nil), mem...)
		apart := shift == -n || shift == n
		methods := solves(a, Options{})
		methods["LeastSquares"] = func(dst, b []float64) error { _, err := l.Solve(bg, dst, b); return err }
		for name, solve := range methods {
			copy(mem, before)
			err := solve(dst, b)
			if apart && err != nil || !apart && (!errors.Is(err, ErrOverlap) || !sameBits(mem, before)) {
				t.Errorf("%s with dst %d floats from b: %v", name, shift, err)
			}
		}
		for name, solve := range solves(a, Options{X0: b}) {
			copy(mem, before)
			err := solve(dst, normal(3, n))
			if fine := apart || shift == 0; fine && err != nil || !fine && (!errors.Is(err, ErrOverlap) || !sameBits(mem, before)) {
				t.Errorf("%s with dst %d floats from X0: %v", name, shift, err)
			}
		}
	}
	for name, solve := range solves(a, Options{X0: make([]float64, n)}) {
		if err := solve(make([]float64, n), make([]float64, n)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	x, b := make([]float64, n), normal(2, n)
	for name, o := range map[string]Options{
		"Direction, dst": {Direction: x}, "Direction, b": {Direction: b},
		"History, dst": {History: x[n-1:]}, "History, b": {History: b[:1]},
	} {
		if _, err := CG(bg, x, a, b, &o); !errors.Is(err, ErrOverlap) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Lengths that do not fit a matrix, or a preconditioner, are errors and no panics.
func TestShapesThatTellThemselvesAreChecked(t *testing.T) {
	const n = 6
	a := matrix(symmetric(1, logspace(0.5, 1, n)), n, n)
	p, err := NewJacobi([]float64{1, 2, 3, 4, 5}, 0)
	check(t, err)
	for name, solve := range solves(a, Options{}) {
		for _, l := range [][2]int{{n, n - 1}, {n - 1, n}, {n + 1, n + 1}, {0, 0}} {
			if err := solve(make([]float64, l[0]), normal(1, l[1])); !errors.Is(err, ErrShape) {
				t.Errorf("%s with dst of %d, b of %d: %v", name, l[0], l[1], err)
			}
		}
	}
	for name, solve := range solves(a, Options{Preconditioner: p}) {
		if err := solve(make([]float64, n), normal(1, n)); !errors.Is(err, ErrShape) {
			t.Errorf("%s with a preconditioner of order %d: %v", name, p.N(), err)
		}
	}
	// The order is that of the unknowns, or for MinNorm of the equations.
	tall := matrix(normal(1, 5*3), 5, 3)
	x, y, id := make([]float64, 3), make([]float64, 5), &Options{Preconditioner: must3(t)}
	for name, solve := range bothLeastSquares {
		if _, err := solve(bg, x, tall, normal(2, 5), id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wide := matrix(normal(1, 5*3), 3, 5)
	if _, err := MinNorm(bg, y, wide, normal(2, 3), id); err != nil {
		t.Error(err)
	}
	if err := CGMulti(bg, make([]float64, 10), OneByOne{wide}, normal(1, 10), make([]Result, 2), nil); !errors.Is(err, ErrShape) {
		t.Errorf("CGMulti of a 3 × 5 matrix: %v", err)
	}
	chol, err := NewCholesky(bg, symmetric(1, logspace(0.5, 1, 3)), 3, nil)
	check(t, err)
	if _, err := NewLeftPreconditioned(wide, chol, 4); !errors.Is(err, ErrShape) {
		t.Errorf("NewLeftPreconditioned: %v", err)
	}
	left, err := NewLeftPreconditioned(wide, chol, 3)
	check(t, err)
	if _, err := LSQR(bg, x, left, normal(1, 3), nil); !errors.Is(err, ErrShape) {
		t.Errorf("LSQR of LeftPreconditioned: %v", err)
	}
}

// must3 is the identity of order 3.
func must3(t *testing.T) *Jacobi {
	p, err := NewJacobi([]float64{1, 1, 1}, 0)
	check(t, err)
	return p
}

// Solves of one LeastSquares from several goroutines take turns: each has the bits
// of a solve alone, of either shape and method.
func TestLeastSquaresServesGoroutines(t *testing.T) {
	for _, shape := range [][2]int{{200, 12}, {12, 200}} {
		for _, method := range []LeastSquaresMethod{Refined, Textbook} {
			m, n := shape[0], shape[1]
			l, err := NewLeastSquares(bg, matrix(normal(1, m*n), m, n), m, n, &LeastSquaresOptions{Method: method})
			check(t, err)
			const solves = 16
			var want [solves][]float64
			for i := range want {
				want[i] = make([]float64, n)
				if _, err := l.Solve(bg, want[i], normal(uint64(i), m)); err != nil {
					t.Fatal(err)
				}
			}
			var wg sync.WaitGroup
			for i := range want {
				wg.Go(func() {
					x := make([]float64, n)
					res, err := l.Solve(bg, x, normal(uint64(i), m))
					if err != nil || res.Sketches != 0 || !sameBits(x, want[i]) {
						t.Errorf("%d × %d, %v, solve %d: %+v, %v", m, n, method, i, res, err)
					}
				})
			}
			wg.Wait()
		}
	}
}

// One that waits for its turn returns when its context ends, and has done nothing.
func TestLeastSquaresWaitsNoLongerThanItsContext(t *testing.T) {
	const m, n = 50, 5
	ctx, cancel := context.WithCancel(bg)
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	l, err := NewLeastSquares(bg, matrix(normal(1, m*n), m, n), m, n, &LeastSquaresOptions{Callback: func(Iteration) bool {
		once.Do(func() { close(entered); <-leave })
		return true
	}})
	check(t, err)
	done := make(chan error)
	go func() {
		_, err := l.Solve(bg, make([]float64, n), normal(2, m))
		done <- err
	}()
	<-entered
	cancel()
	x := []float64{1, 2, 3, 4, 5}
	if res, err := l.Solve(ctx, x, normal(3, m)); !errors.Is(err, context.Canceled) || res.Reason != Cancelled || !sameBits(x, []float64{1, 2, 3, 4, 5}) {
		t.Errorf("%+v, %v, x = %v", res, err, x)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
