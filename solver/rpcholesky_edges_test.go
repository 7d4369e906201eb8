package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestRPCholeskyRefuses(t *testing.T) {
	const n = 6
	id := addDiag(make([]float64, n*n), n, 1)
	for name, c := range map[string]struct {
		change func(g []float64)
		n      int
		o      RPCholeskyOptions
		want   error
		text   string
	}{
		"order":     {n: 0, want: ErrShape, text: "order 0"},
		"rank":      {n: n, o: RPCholeskyOptions{Rank: 7}, want: ErrOption, text: "Rank 7"},
		"negative":  {n: n, o: RPCholeskyOptions{Rank: -1}, want: ErrOption, text: "Rank -1"},
		"block":     {n: n, o: RPCholeskyOptions{Block: -2}, want: ErrOption, text: "Block -2"},
		"tol":       {n: n, o: RPCholeskyOptions{Tol: math.NaN()}, want: ErrOption, text: "NaN"},
		"ridge":     {n: n, o: RPCholeskyOptions{Ridge: -1}, want: ErrOption, text: "ridge -1"},
		"no ridge":  {n: n, o: RPCholeskyOptions{Rank: 3}, want: ErrOption, text: "rank 3"},
		"diagonal":  {n: n, change: func(g []float64) { g[2*n+2] = -3 }, want: ErrNotPositiveDefinite, text: "entry 2 is -3"},
		"NaN":       {n: n, change: func(g []float64) { g[3*n+3] = math.NaN() }, want: ErrNotFinite, text: "entry 3 is NaN"},
		"Inf":       {n: n, change: func(g []float64) { g[1*n+4], g[4*n+1] = math.Inf(1), math.Inf(1) }, want: ErrNotFinite, text: "Inf"},
		"zero":      {n: n, change: func(g []float64) { clear(g) }, want: ErrNotPositiveDefinite, text: "trace is 0"},
		"overflows": {n: n, change: func(g []float64) { g[0], g[n+1] = 1e308, 1e308 }, want: ErrNotPositiveDefinite, text: "trace is +Inf"},
	} {
		g := append([]float64(nil), id...)
		if c.change != nil {
			c.change(g)
		}
		if c.o.Ridge == 0 && name != "no ridge" {
			c.o.Ridge = 1
		}
		if _, err := NewRPCholesky(bg, matrix(g, n, n), c.n, &c.o); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := NewRPCholesky(bg, matrix(id, n, n), n, &RPCholeskyOptions{Rank: 3, Ridge: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetRidge(0); !errors.Is(err, ErrOption) {
		t.Errorf("SetRidge(0) at rank 3: %v", err)
	}
	mustPanic(t, "SolveVec after a failed SetRidge", func() { p.SolveVec(make([]float64, n), make([]float64, n)) })
	check(t, p.SetRidge(2))
	mustPanic(t, "short dst", func() { p.SolveVec(make([]float64, n-1), make([]float64, n)) })
	mustPanic(t, "Eigenvalues", func() { p.Eigenvalues(make([]float64, 2)) })

	// Full rank needs no ridge, and is the exact inverse.
	g := symmetric(1, logspace(0.1, 1, 40))
	p, err = NewRPCholesky(bg, matrix(g, 40, 40), 40, &RPCholeskyOptions{Rank: 40})
	if err != nil {
		t.Fatal(err)
	}
	x := normal(1, 40)
	y := mulVec(g, 40, 40, x)
	p.SolveVec(y, y)
	if e := norm(sub(x, y)); e > 1e-13*norm(x) {
		t.Errorf("full rank: off by %g", e)
	}
}

// A context that ends at any moment is noticed, until there is nothing left to do.
func TestRPCholeskyCancelled(t *testing.T) {
	const n = 400
	g := kernel(2, n, 3, 1, 0)
	untilDone(t, func(ctx context.Context) error {
		_, err := NewRPCholesky(ctx, matrix(g, n, n), n, &RPCholeskyOptions{Rank: 100, Ridge: 1, Workers: 1})
		return err
	})
}

// stoppingDiag is a matrix that stops with the context, in the middle of its diagonal.
type stoppingDiag struct {
	*Matrix
	cancel func()
}

func (g stoppingDiag) Diag(dst []float64) { g.cancel() }

// What a matrix leaves of its diagonal when the context ends is not taken for it.
func TestRPCholeskyOfAStoppedDiagonal(t *testing.T) {
	const n = 20
	ctx, cancel := context.WithCancel(bg)
	_, err := NewRPCholesky(ctx, stoppingDiag{matrix(kernel(3, n, 1, 3, 0), n, n), cancel}, n, &RPCholeskyOptions{Ridge: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// untilDone cancels f after ever more looks at its context, until it succeeds.
func untilDone(t *testing.T, f func(context.Context) error) {
	t.Helper()
	for polls := int64(0); ; polls += 1 + polls/4 {
		ctx := &pollContext{Context: bg, done: make(chan struct{})}
		ctx.left.Store(polls)
		err := f(ctx)
		if err == nil {
			if polls < 5 {
				t.Errorf("the context was asked no more than %d times", polls)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d looks: %v", polls, err)
		}
	}
}

// Pivots may be asked for beyond the numerical rank: what is rounding is refused,
// and FFᵀ is G to a few roundings.
func TestRPCholeskyBeyondTheNumericalRank(t *testing.T) {
	const n = 150
	g := kernel(3, n, 1, 3, 0)
	for _, block := range []int{1, 8, 64} {
		for seed := range uint64(5) {
			p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: 1e-6, Rank: n, Tol: 1e-300, Block: block, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if p.Rank() == n || p.Rank() < 5 {
				t.Errorf("block %d: rank %d", block, p.Rank())
			}
			if e := norm(sub(approximation(p), g)); e > 1e-12*norm(g) {
				t.Errorf("block %d, rank %d: ‖FFᵀ − G‖ = %g", block, p.Rank(), e)
			}
		}
	}
	// A tolerance of all there is leaves M = μI.
	p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: 2, Tol: 1})
	if err != nil || p.Rank() != 0 {
		t.Fatalf("rank %d, %v", p.Rank(), err)
	}
	x := normal(1, n)
	y := make([]float64, n)
	p.SolveVec(y, x)
	for i, v := range x {
		if y[i] != v/2 {
			t.Fatalf("M⁻¹x[%d] = %g, want %g", i, y[i], v/2)
		}
	}
}

// A Matrix of another shape is refused, as NewNystrom does; an index out of range
// panics in the package's own words, with nothing written.
func TestRPCholeskyRefusesOtherShapes(t *testing.T) {
	for _, sh := range [][2]int{{6, 6}, {5, 6}, {6, 5}, {4, 4}, {7, 5}} {
		_, err := NewRPCholesky(bg, matrix(make([]float64, sh[0]*sh[1]), sh[0], sh[1]), 5, nil)
		if !errors.Is(err, ErrShape) || !strings.Contains(err.Error(), fmt.Sprintf("order 5 of a %d × %d", sh[0], sh[1])) {
			t.Errorf("%v: %v", sh, err)
		}
	}
	op := matrix(normal(1, 12), 3, 4)
	for name, call := range map[string]func(dst []float64){
		"Columns: index 1 is 3":  func(dst []float64) { op.Columns(dst[:8], []int{0, 3}) },
		"Columns: index 1 is -1": func(dst []float64) { op.Columns(dst[:8], []int{0, -1}) },
		"Block: index 1 is 3":    func(dst []float64) { op.Block(dst[:4], []int{0, 3}) },
	} {
		dst := make([]float64, 8)
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "solver: Matrix."+name) || norm(dst) != 0 {
					t.Errorf("%s: %q, %v", name, text, dst)
				}
			}()
			call(dst)
		}()
	}
}
