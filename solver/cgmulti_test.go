package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// logged records what a callback sees.
type logged struct {
	it   int
	norm float64
	x, r []float64
}

func logInto(log *[]logged, stop int) func(Iteration) bool {
	return func(it Iteration) bool {
		*log = append(*log, logged{it.Iteration, it.Residual, append([]float64(nil), it.X...), append([]float64(nil), it.R...)})
		return it.Iteration != stop
	}
}

func sameResult(a, b Result) bool {
	same := func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y }
	return a.Reason == b.Reason && a.Iterations == b.Iterations && a.Restarts == b.Restarts && a.MulVecs == b.MulVecs &&
		a.PrecondSolves == b.PrecondSolves && same(a.RHSNorm, b.RHSNorm) && same(a.Residual, b.Residual) &&
		same(a.TrueResidual, b.TrueResidual) && same(a.NormalResidual, b.NormalResidual) && same(a.Curvature, b.Curvature)
}

// Columns of every fate, together and alone: the same bits of x, Result, error,
// direction, history and of all that the callback sees.
func TestCGMultiIsCGColumnByColumn(t *testing.T) {
	const n = 37
	definite, indefinite := logspace(1e-6, 1, n), logspace(0.01, 1, n)
	indefinite[11] = -0.3
	chol, err := NewCholesky(bg, symmetric(8, logspace(0.1, 1, n)), n, nil)
	if err != nil {
		t.Fatal(err)
	}
	low, err := NewNystrom(bg, matrix(symmetric(8, logspace(0.01, 1, n)), n, n), n, &NystromOptions{Ridge: 0.1, Rank: 9})
	if err != nil {
		t.Fatal(err)
	}
	eigen := addDiag(make([]float64, n*n), n, 1)
	mix(3, eigen, n, n) // columns are eigenvectors of symmetric(3, …): one iteration
	columns := [][]float64{
		normal(1, n), make([]float64, n), normal(2, n),
		transpose(eigen, n, n)[5*n : 6*n], scaled(normal(3, n), 400), {0: math.NaN(), n - 1: 1},
		scaled(normal(4, n), -400), normal(5, n),
	}
	k := len(columns)
	var b []float64
	for _, c := range columns {
		b = append(b, c...)
	}
	x0 := normal(77, k*n)
	for _, d := range [][]float64{definite, indefinite} {
		op := matrix(symmetric(3, d), n, n)
		for what, o := range map[string]Options{
			"plain":          {},
			"to the end":     {RelTol: 1e-15, MaxIter: 2000}, // restarts, stagnation
			"preconditioned": {Preconditioner: chol, RelTol: 1e-13},
			"together":       {Preconditioner: low, RelTol: 1e-15, MaxIter: 300},
			"ridge":          {Ridge: 0.7},
			"warm":           {X0: x0},
			"limited":        {MaxIter: 9, NoRestart: true},
			"radius":         {Radius: 3},
			"radius in M":    {Radius: 20, Preconditioner: chol, X0: x0},
		} {
			for name, multi := range map[string]MultiOperator{"Matrix": op, "OneByOne": OneByOne{op}} {
				x, direction, results := make([]float64, k*n), make([]float64, k*n), make([]Result, k)
				history, logs := make([]float64, 30*k), make([][]logged, k)
				fill(x, math.NaN())
				p := o
				p.Direction, p.History = direction, history
				p.Callback = func(it Iteration) bool {
					stop := -1
					if it.Column == 7 {
						stop = 5
					}
					return logInto(&logs[it.Column], stop)(it)
				}
				err := CGMulti(bg, x, multi, b, results, &p)
				for j := range k {
					y, dir, own := make([]float64, n), make([]float64, n), make([]float64, 30)
					var log []logged
					p := o
					p.Direction, p.History, p.Callback = dir, own, logInto(&log, map[bool]int{true: 5, false: -1}[j == 7])
					if o.X0 != nil {
						p.X0 = row(x0, j, k)
					}
					fill(y, math.NaN())
					want, e := CG(bg, y, op, columns[j], &p)
					at := fmt.Sprintf("%s, %s, column %d", what, name, j)
					for _, target := range []error{ErrIndefinite, ErrNotFinite} {
						if errors.Is(e, target) && !errors.Is(err, target) {
							t.Errorf("%s: %v among %v", at, e, err)
						}
					}
					if !sameResult(results[j], want) || !sameBits(row(x, j, k), y) && j != 5 || !sameBits(row(direction, j, k), dir) {
						t.Errorf("%s:\n%+v alone\n%+v", at, want, results[j])
					}
					if len(log) != len(logs[j]) {
						t.Fatalf("%s: %d calls, %d alone", at, len(logs[j]), len(log))
					}
					for i, l := range log {
						g := logs[j][i]
						if g.it != l.it || g.norm != l.norm || !sameBits(g.x, l.x) || !sameBits(g.r, l.r) || i < 30 && history[i*k+j] != own[i] {
							t.Fatalf("%s: call %d differs", at, i)
						}
					}
				}
			}
		}
	}
}

// counted counts the vectors of each product, and writes garbage behind them.
type counted struct {
	a     MultiOperator
	sizes []int
}

func (c *counted) MulVecs(dst, x []float64, k int) {
	c.sizes = append(c.sizes, k)
	c.a.MulVecs(dst, x, k)
}

// A column that is done takes no more products, and its x does not change.
func TestCGMultiFreezesColumns(t *testing.T) {
	const n, k = 30, 5
	// Column j is in the span of j+1 eigenvectors: j+1 iterations.
	d := make([]float64, n)
	for i := range d {
		d[i] = float64(i%k + 1)
	}
	a := symmetric(3, d)
	b := make([]float64, k*n)
	for j := range k {
		v := normal(9, n)
		for i := j + 1; i < k; i++ { // take out the eigenvalues beyond
			w := mulVec(a, n, n, v)
			for l := range v {
				v[l] = w[l] - float64(i+1)*v[l]
			}
		}
		rescale(v, 1/norm(v))
		copy(row(b, k-1-j, k), v) // the fastest is the last
	}
	op := &counted{a: matrix(a, n, n)}
	x, results, frozen := make([]float64, k*n), make([]Result, k), make([][]float64, k)
	var order []int
	err := CGMulti(bg, x, op, b, results, &Options{RelTol: 1e-9, Callback: func(it Iteration) bool {
		order = append(order, it.Iteration*k+it.Column)
		frozen[it.Column] = append(frozen[it.Column][:0], it.X...)
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(order); i++ {
		if order[i] <= order[i-1] {
			t.Errorf("callback for iteration %d of column %d after iteration %d of column %d", order[i]/k, order[i]%k, order[i-1]/k, order[i-1]%k)
		}
	}
	total := 0
	for j, r := range results {
		if r.Reason != Converged || r.Iterations != k-j || !sameBits(frozen[j], row(x, j, k)) {
			t.Errorf("column %d: %+v", j, r)
		}
		total += r.MulVecs
	}
	for i, s := range op.sizes {
		if i > 0 && s > op.sizes[i-1] {
			t.Errorf("products of %v vectors", op.sizes)
		}
		total -= s
	}
	if total != 0 || len(op.sizes) != k+1 { // the slowest column and its true residual
		t.Errorf("products of %v vectors", op.sizes)
	}
}

func TestCGMultiEnds(t *testing.T) {
	const n, k = 20, 3
	op := matrix(symmetric(2, logspace(1e-4, 1, n)), n, n)
	b := normal(1, k*n)
	x, results := make([]float64, k*n), make([]Result, k)
	// The context: one error, the last x of each.
	for _, at := range []int{0, 1, 5} {
		ctx, cancel := context.WithCancelCause(bg)
		why, products := errors.New("why"), 0
		err := CGMulti(ctx, x, OneByOne{OperatorFunc(func(dst, x []float64) {
			if products++; products > at*k+1 { // within the block
				cancel(why)
				fill(dst, math.NaN())
				return
			}
			op.MulVec(dst, x)
		})}, b, results, nil)
		if !errors.Is(err, why) {
			t.Errorf("at %d: %v", at, err)
		}
		for j, r := range results {
			want := make([]float64, n)
			if at > 0 {
				CG(bg, want, op, row(b, j, k), &Options{MaxIter: at})
			}
			if r.Reason != Cancelled || r.Iterations != at || !math.IsNaN(r.TrueResidual) || !sameBits(row(x, j, k), want) {
				t.Errorf("at %d: column %d: %+v", at, j, r)
			}
		}
		cancel(nil)
	}
	slow := OneByOne{OperatorFunc(func(dst, x []float64) { time.Sleep(time.Millisecond); op.MulVec(dst, x) })}
	if err := CGMulti(bg, x, slow, b, results, &Options{TimeLimit: 5 * time.Millisecond}); err != nil || results[0].Reason != TimeLimit || results[2].Reason != TimeLimit {
		t.Errorf("TimeLimit: %+v, %v", results, err)
	}
	// Arguments.
	for _, tc := range []struct {
		dst, b []float64
		k      int
		o      Options
		want   error
	}{
		{x, b[:n], k, Options{}, ErrShape},
		{x[:k*n-1], b[:k*n-1], k, Options{}, ErrShape},
		{x, b, 0, Options{}, ErrShape},
		{x, b, k, Options{X0: x[:n]}, ErrShape},
		{x, b, k, Options{Direction: x[:n]}, ErrShape},
		{x, b, k, Options{Ridge: -1}, ErrOption},
		{x, b, k, Options{Radius: math.NaN()}, ErrOption},
		{nil, nil, 0, Options{}, nil},
	} {
		if err := CGMulti(bg, tc.dst, OneByOne{op}, tc.b, make([]Result, tc.k), &tc.o); !errors.Is(err, tc.want) {
			t.Errorf("k=%d %+v: %v", tc.k, tc.o, err)
		}
	}
	// No unknowns.
	if err := CGMulti(bg, nil, nil, nil, results, nil); err != nil || results[2].Reason != ZeroRHS {
		t.Errorf("n = 0: %+v, %v", results, err)
	}
	// X0 may be dst, and is not changed otherwise.
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	must(CGMulti(bg, x, op, b, results, nil))
	must(CGMulti(bg, x, op, b, results, &Options{X0: x, RelTol: 2e-10}))
	for j, r := range results {
		if r.Iterations != 0 || !r.Converged() {
			t.Errorf("exact start: column %d: %+v", j, r)
		}
	}
}

func TestMatrixMulVecs(t *testing.T) {
	const m, n = 7, 19
	op := matrix(normal(1, m*n), m, n)
	for k := range 5 {
		x, got, want := normal(2, k*n), make([]float64, k*m), make([]float64, k*m)
		op.MulVecs(got, x, k)
		OneByOne{op}.MulVecs(want, x, k)
		if !sameBits(got, want) {
			t.Errorf("k=%d: not the bits of MulVec", k)
		}
	}
	mustPanic(t, "short dst", func() { op.MulVecs(make([]float64, m), make([]float64, 2*n), 2) })
	mustPanic(t, "short x", func() { op.MulVecs(make([]float64, 2*m), make([]float64, n), 2) })
}
