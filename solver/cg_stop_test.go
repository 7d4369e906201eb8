package solver

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"
)

func TestCGCancelled(t *testing.T) {
	const n = 40
	a := matrix(symmetric(2, logspace(1e-4, 1, n)), n, n)
	why := errors.New("why")
	for _, at := range []int{0, 1, 5} {
		ctx, cancel := context.WithCancelCause(bg)
		products := 0
		op := OperatorFunc(func(dst, x []float64) {
			if products++; products > at {
				cancel(why)
				for i := range dst { // a product cut short
					dst[i] = math.NaN()
				}
				return
			}
			a.MulVec(dst, x)
		})
		x := make([]float64, n)
		res, err := CG(ctx, x, op, normal(1, n), nil)
		if !errors.Is(err, why) || res.Reason != Cancelled || res.Iterations != at || !math.IsNaN(res.TrueResidual) {
			t.Errorf("at %d: %+v, %v", at, res, err)
		}
		// x is what as many iterations give.
		want := make([]float64, n)
		if at > 0 {
			CG(bg, want, a, normal(1, n), &Options{MaxIter: at})
		}
		if !sameBits(x, want) {
			t.Errorf("at %d: x is not the last iterate", at)
		}
		cancel(nil)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := CG(ctx, make([]float64, n), a, normal(1, n), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestCGLimits(t *testing.T) {
	const n = 60
	b := normal(1, n)
	a := symmetric(2, logspace(1e-8, 1, n))
	op := matrix(a, n, n)
	x := make([]float64, n)
	res, err := CG(bg, x, op, b, &Options{MaxIter: 7})
	if err != nil || res.Reason != MaxIterations || res.Iterations != 7 || res.Converged() || math.Abs(res.TrueResidual-res.Residual) > 1e-10*res.Residual {
		t.Errorf("MaxIter: %+v, %v", res, err)
	}
	slow := OperatorFunc(func(dst, x []float64) { time.Sleep(time.Millisecond); op.MulVec(dst, x) })
	res, err = CG(bg, x, slow, b, &Options{TimeLimit: 5 * time.Millisecond})
	if err != nil || res.Reason != TimeLimit || res.Iterations == 0 || res.Iterations > 5 || res.Elapsed < 5*time.Millisecond {
		t.Errorf("TimeLimit: %+v, %v", res, err)
	}
	// AbsTol alone.
	res, err = CG(bg, x, op, b, &Options{RelTol: -1, AbsTol: 0.5})
	if err != nil || res.Reason != Converged || res.TrueResidual > 0.5 || res.TrueResidual < 1e-3 {
		t.Errorf("AbsTol: %+v, %v", res, err)
	}
}

func TestCGCallbackAndHistory(t *testing.T) {
	const n = 30
	b := normal(1, n)
	a := symmetric(2, logspace(0.1, 1, n))
	op := matrix(a, n, n)
	var seen []int
	var norms []float64
	history := make([]float64, 100)
	x := make([]float64, n)
	res, err := CG(bg, x, op, b, &Options{History: history, Callback: func(it Iteration) bool {
		seen, norms = append(seen, it.Iteration), append(norms, it.Residual)
		if d := norm(sub(it.R, sub(b, mulVec(a, n, n, it.X)))); d > 1e-13*norm(b) {
			t.Errorf("iteration %d: R is off by %g", it.Iteration, d)
		}
		return true
	}})
	if err != nil || len(seen) != res.Iterations+1 || norms[0] != res.RHSNorm || norms[res.Iterations] != res.Residual {
		t.Fatalf("%+v, seen %v, %v", res, seen, err)
	}
	for k, i := range seen {
		if k != i || history[k] != norms[k] {
			t.Errorf("call %d has iteration %d, residual %g, history %g", k, i, norms[k], history[k])
		}
	}
	if slices.ContainsFunc(history[len(seen):], func(v float64) bool { return v != 0 }) {
		t.Error("history written past the last iteration")
	}
	for _, at := range []int{0, 3} {
		res, err := CG(bg, x, op, b, &Options{Callback: func(it Iteration) bool { return it.Iteration < at }})
		if err != nil || res.Reason != Callback || res.Iterations != at || math.Abs(res.TrueResidual-res.Residual) > 1e-12 {
			t.Errorf("stop at %d: %+v, %v", at, res, err)
		}
	}
}
