package train

import (
	"context"
	"errors"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// Rules for a preconditioner that is kept from step to step. It holds R of the
// sketch of an older Jacobian: gates flip slowly, and 3–5 iterations a step are
// usual with the first one kept.
const (
	staleIters = 2  // sketch anew once the iterations exceed this multiple of those right after a sketch
	staleSlack = 10 // and this many more
	staleRidge = 8  // refactor once c has moved by this factor
)

// iterative solves by conjugate gradients on implicit products, with a
// sketch-QR preconditioner if sketch is set.
type iterative struct {
	op      *jacobian.Operator
	tol     float64
	workers int

	sketch jacobian.Sketch
	sj     []float64 // S·Jᵀ, s × n
	pre    *solver.SketchQR
	ridge  float64 // in pre
	fresh  int     // iterations of the first solve after a sketch, -1 before it
	stale  bool    // sketch before the next solve

	cg solver.Workspace
}

// refresh keeps the preconditioner: whether it still serves shows in the
// iterations.
func (it *iterative) refresh(context.Context, *Step) error { return nil }

// precondition makes the preconditioner fit for (JJᵀ + cI).
func (it *iterative) precondition(ctx context.Context, c float64, s *Step) error {
	if it.sketch == nil {
		return nil
	}
	if it.pre == nil || it.stale {
		done := clock(&s.Phases.Gram)
		err := it.op.Sketch(it.sj, it.sketch)
		done()
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		defer clock(&s.Phases.Factor)()
		n, _, _ := it.op.Dims()
		if it.pre == nil {
			it.pre, err = solver.NewSketchQR(ctx, it.sj, it.sketch.S(), n, &solver.SketchQROptions{Ridge: c, Workers: it.workers})
		} else {
			err = it.pre.Factor(ctx, it.sj, c)
		}
		if err != nil {
			it.pre = nil
			return err
		}
		it.ridge, it.fresh, it.stale = c, -1, false
		return nil
	}
	if c > staleRidge*it.ridge || it.ridge > staleRidge*c {
		defer clock(&s.Phases.Factor)()
		if err := it.pre.SetRidge(ctx, c); err != nil {
			it.pre = nil
			return err
		}
		it.ridge, it.fresh = c, -1
	}
	return nil
}

// note counts the iterations of a solve against those of a new sketch.
func (it *iterative) note(iters int) {
	if it.fresh < 0 {
		it.fresh = iters
	}
	it.stale = iters > staleIters*it.fresh+staleSlack
}

func (it *iterative) options(c float64) *solver.Options {
	o := &solver.Options{RelTol: it.tol, Ridge: c, Workspace: &it.cg}
	if it.pre != nil {
		o.Preconditioner = it.pre
	}
	return o
}

func (it *iterative) solve(ctx context.Context, u, rhs []float64, c float64, s *Step) (inner, error) {
	if err := it.precondition(ctx, c, s); err != nil {
		return inner{}, err
	}
	defer clock(&s.Phases.Solve)()
	res, err := solver.CG(ctx, u, solver.OperatorFunc(it.op.MulGramVec), rhs, it.options(c))
	it.note(res.Iterations)
	return result(res), err
}

func (it *iterative) minNorm(ctx context.Context, step, r []float64, s *Step) (inner, error) {
	if err := it.precondition(ctx, 0, s); err != nil {
		return inner{}, singular(err)
	}
	defer clock(&s.Phases.Solve)()
	res, err := solver.MinNorm(ctx, step, it.op, r, it.options(0))
	it.note(res.Iterations)
	return result(res), singular(err)
}

func result(r solver.Result) inner {
	return inner{iters: r.Iterations, residual: r.RelResidual(), stop: r.Reason.String()}
}
