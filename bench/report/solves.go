package main

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// solve finds u with (JJᵀ + cI)u = r at the gates of the last residual and leaves it in the
// problem; if it iterates, to a relative residual of tol.
type solve func(ctx context.Context, p *problem, c, tol float64) (solver.Result, error)

// precondition makes a preconditioner of JJᵀ + cI.
type precondition func(ctx context.Context, p *problem, c float64) (solver.Preconditioner, error)

// iterate is conjugate gradients on implicit products, with a preconditioner
// that is made first; nil means none.
func iterate(make precondition, limit int) solve {
	return func(ctx context.Context, p *problem, c, tol float64) (solver.Result, error) {
		return iterateOn(ctx, solver.OperatorFunc(p.op.MulGramVec), p, make, c, tol, limit)
	}
}

// iterateOnGram is the same on the Gram matrix that population counts give. It keeps its memory
// from one call to the next, and so serves one problem.
func iterateOnGram(make precondition, limit int) solve {
	var g gramMatrix
	return func(ctx context.Context, p *problem, c, tol float64) (solver.Result, error) {
		g.compute(p)
		return iterateOn(ctx, &g, p, make, c, tol, limit)
	}
}

func iterateOn(ctx context.Context, product solver.Operator, p *problem, make precondition, c, tol float64, limit int) (solver.Result, error) {
	var pre solver.Preconditioner
	if make != nil {
		var err error
		if pre, err = make(ctx, p, c); err != nil {
			return solver.Result{}, err
		}
	}
	return conjugateOn(ctx, product, p, pre, c, tol, limit)
}

func conjugate(ctx context.Context, p *problem, pre solver.Preconditioner, c, tol float64, limit int) (solver.Result, error) {
	return conjugateOn(ctx, solver.OperatorFunc(p.op.MulGramVec), p, pre, c, tol, limit)
}

func conjugateOn(ctx context.Context, product solver.Operator, p *problem, pre solver.Preconditioner, c, tol float64, limit int) (solver.Result, error) {
	return solver.CG(ctx, p.u, product, p.r,
		&solver.Options{RelTol: tol, Ridge: c, Preconditioner: pre, MaxIter: limit, Workspace: &p.cg})
}

// gramMatrix is JJᵀ, all of it, as an operator on all processors.
type gramMatrix struct {
	n    int
	g    []float64
	team *asm.Team
}

func (m *gramMatrix) compute(p *problem) {
	if m.g == nil {
		m.n, m.g, m.team = p.n, make([]float64, p.n*p.n), asm.NewTeam(0)
	}
	p.op.Gram(m.g)
}

func (m *gramMatrix) MulVec(dst, x []float64) {
	const rows = 16 // of a task
	m.team.Do((m.n+rows-1)/rows, func(_, task int) {
		for i := task * rows; i < min((task+1)*rows, m.n); i++ {
			dst[i] = asm.Dot(m.g[i*m.n:(i+1)*m.n], x)
		}
	})
}

// newSketch is a sketch of Jᵀ with s rows, full or Kronecker.
func newSketch(p *problem, s int, kronecker bool) (jacobian.Sketch, error) {
	if kronecker {
		return hadamard.NewKroneckerSRHT(p.m, p.d, s, 1)
	}
	return hadamard.NewSRHT(p.m*p.d, s, 1)
}

// sketched preconditions by the R of a sketch with ratio·n rows, in float32 or float64. It
// keeps its memory from one call to the next, and so serves one problem.
func sketched(kronecker, single bool, ratio float64) precondition {
	var sa []float64
	var sa32 []float32
	var qr *solver.SketchQR
	return func(ctx context.Context, p *problem, c float64) (solver.Preconditioner, error) {
		s := min(int(ratio*float64(p.n)), p.m*p.d)
		sketch, err := newSketch(p, s, kronecker)
		if err != nil {
			return nil, err
		}
		opts := &solver.SketchQROptions{Ridge: c}
		first := qr == nil
		if single {
			if first {
				sa32 = make([]float32, s*p.n)
			}
			if err := p.op.Sketch32(sa32, sketch); err != nil {
				return nil, err
			}
			if first {
				qr, err = solver.NewSketchQR32(ctx, sa32, s, p.n, opts)
			} else {
				err = qr.Factor32(ctx, sa32, c)
			}
			return qr, err
		}
		if first {
			sa = make([]float64, s*p.n)
		}
		if err := p.op.Sketch(sa, sketch); err != nil {
			return nil, err
		}
		if first {
			qr, err = solver.NewSketchQR(ctx, sa, s, p.n, opts)
		} else {
			err = qr.Factor(ctx, sa, c)
		}
		return qr, err
	}
}

// jacobi preconditions by the diagonal.
func jacobi(_ context.Context, p *problem, c float64) (solver.Preconditioner, error) {
	diag := make([]float64, p.n)
	p.op.GramMatrix().Diag(diag)
	return solver.NewJacobi(diag, c)
}

// nystrom preconditions by k products with JJᵀ.
func nystrom(k int) precondition {
	return func(ctx context.Context, p *problem, c float64) (solver.Preconditioner, error) {
		return solver.NewNystrom(ctx, solver.OperatorFunc(p.op.MulGramVec), p.n, &solver.NystromOptions{Ridge: c, Rank: k, Seed: 1})
	}
}

// pivoted preconditions by k columns of JJᵀ that randomly pivoted Cholesky chooses; as in
// package train what they leave of the trace, spread over the diagonal, is added to c.
func pivoted(k int, single bool) precondition {
	return func(ctx context.Context, p *problem, c float64) (solver.Preconditioner, error) {
		pre, err := solver.NewRPCholesky(ctx, p.op.GramMatrix(), p.n, &solver.RPCholeskyOptions{Ridge: 1, Rank: k, Seed: 1, Float32: single})
		if err != nil {
			return nil, err
		}
		left, total := pre.Trace()
		return pre, pre.SetRidge(c + (left+0x1p-45*total)/float64(p.n))
	}
}

// exact factors the Gram matrix that population counts give. It keeps its memory from one call
// to the next, and so serves one problem.
func exact() solve {
	var g []float64
	var factor *solver.Cholesky[float64]
	return func(ctx context.Context, p *problem, c, _ float64) (solver.Result, error) {
		if g == nil {
			g = make([]float64, p.n*p.n)
		}
		p.op.Gram(g)
		var err error
		if factor == nil {
			factor, err = solver.NewCholesky(ctx, g, p.n, &solver.CholeskyOptions{Ridge: c})
		} else {
			err = factor.Factor(ctx, g, c)
		}
		if err != nil {
			return solver.Result{}, fmt.Errorf("n = %d, m = %d, c = %g: %w", p.n, p.m, c, err)
		}
		factor.SolveVec(p.u, p.r)
		return solver.Result{Reason: solver.Converged}, nil
	}
}
