package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// inner tells how a linear system was solved.
type inner struct {
	iters    int
	residual float64 // true relative residual; NaN when not computed
	stop     string
}

// system solves the n × n systems of one operator.
type system interface {
	// refresh takes notice of the gates of the last Linearize.
	refresh(ctx context.Context, s *Step) error
	// solve sets u with (JJᵀ + cI)u ≈ rhs, c > 0.
	solve(ctx context.Context, u, rhs []float64, c float64, s *Step) (inner, error)
	// minNorm sets step to the shortest vector with J·step ≈ r.
	minNorm(ctx context.Context, step, r []float64, s *Step) (inner, error)
	// restart forgets what was learnt from a target, for the next one.
	restart()
}

func newSystem(op *jacobian.Operator, p plan, o *Options) (system, error) {
	n, _, d := op.Dims()
	m := o.Width
	seed := o.Seed ^ streamSketch
	switch p.method {
	case Exact:
		return &exact{op: op, workers: o.Workers, gram: make([]float64, n*n), g: make([]float64, n)}, nil
	case Sketched:
		pre := &sketchPre{op: op, workers: o.Workers}
		if o.Rule == GaussNewton {
			pre.sjWide = make([]float64, p.rows*n)
		} else {
			pre.sj = make([]float32, p.rows*n)
		}
		var err error
		if p.sketch == FullSRHT {
			pre.sketch, err = hadamard.NewSRHT(m*d, p.rows, seed)
		} else {
			pre.sketch, err = hadamard.NewKroneckerSRHT(m, d, p.rows, seed)
		}
		if err != nil {
			return nil, fmt.Errorf("train: sketch of %d rows for %d samples: %w: %w", p.rows, n, ErrOption, err)
		}
		return newIterative(op, o, pre, p), nil
	}
	var pre preconditioner
	low := &lowRankPre{n: n, rank: p.rank, workers: o.Workers, seed: seed, again: o.targets > 1}
	if p.rank > 0 {
		pre = low
	}
	it := newIterative(op, o, pre, p)
	if p.method == MatrixFree {
		low.g = op.GramMatrix()
		return it, nil
	}
	it.gram, it.g = newGramProduct(make([]float64, n*n), n, o.Workers), make([]float64, n)
	it.multiply = it.gram
	matrix, err := solver.NewMatrix(it.gram.g, n, n)
	if err != nil {
		return nil, err
	}
	low.g = matrix
	return it, nil
}

// exact forms the Gram matrix and factors it.
type exact struct {
	op      *jacobian.Operator
	workers int
	gram, g []float64
	chol    *solver.Cholesky[float64]
}

func (e *exact) refresh(ctx context.Context, s *Step) error {
	defer clock(ctx, &s.Phases.Gram, phaseGram).stop()
	e.op.Gram(e.gram)
	return ctx.Err()
}

func (e *exact) restart() {}

func (e *exact) factor(ctx context.Context, c float64, s *Step) error {
	defer clock(ctx, &s.Phases.Factor, phaseFactor).stop()
	if e.chol != nil {
		return e.chol.Factor(ctx, e.gram, c)
	}
	n, _, _ := e.op.Dims()
	var err error
	e.chol, err = solver.NewCholesky(ctx, e.gram, n, &solver.CholeskyOptions{Ridge: c, Workers: e.workers})
	return err
}

func (e *exact) solve(ctx context.Context, u, rhs []float64, c float64, s *Step) (inner, error) {
	if err := e.factor(ctx, c, s); err != nil {
		return inner{}, err
	}
	defer clock(ctx, &s.Phases.Solve, phaseSolve).stop()
	return inner{residual: math.NaN()}, e.chol.SolveVecContext(ctx, u, rhs)
}

func (e *exact) minNorm(ctx context.Context, step, r []float64, s *Step) (inner, error) {
	if err := e.factor(ctx, 0, s); err != nil {
		return inner{}, singular(err)
	}
	done := clock(ctx, &s.Phases.Solve, phaseSolve)
	err := e.chol.SolveVecContext(ctx, e.g, r)
	done.stop()
	if err != nil {
		return inner{}, err
	}
	defer clock(ctx, &s.Phases.Update, phaseUpdate).stop()
	e.op.MulTransVec(step, e.g)
	return inner{residual: math.NaN()}, ctx.Err()
}

// brokeDown reports whether a system was not positive definite in floating
// point.
func brokeDown(err error) bool {
	for _, e := range []error{solver.ErrNotPositiveDefinite, solver.ErrRankDeficient, solver.ErrIndefinite, solver.ErrNotFinite} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// singular adds advice to the errors that a singular Gram matrix causes.
func singular(err error) error {
	if brokeDown(err) {
		return fmt.Errorf("train: undamped step: the Gram matrix is singular to rounding, as it is with duplicate rows; use LevenbergMarquardt: %w", err)
	}
	return err
}
