package train

import (
	"context"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// firstSolutions are the solutions of the first damped system of all targets: gates, drift and
// damping are the same there, and of the right-hand sides only the targets differ. So one factor
// or preconditioner serves all, and they are solved together, before the first step of the first
// target.
type firstSolutions struct {
	u      []float64 // target after target
	c      float64   // damping they were solved with
	traces []newton.Trace
}

// of sets u to the solution of the first system of a target, and t to how it was found, and
// tells whether there is one: else the system is solved as at any other step.
func (k *firstSolutions) of(ctx context.Context, s *state, u []float64, c, pull float64, t *newton.Trace) (bool, error) {
	if s.index != 1 || s.cfg.targets == 1 {
		return false, nil
	}
	if s.target == 0 && k.u == nil {
		if ok, err := k.solve(ctx, s, c, pull, t); !ok || err != nil {
			return false, err
		}
	}
	if k.u == nil || k.c != c {
		return false, nil
	}
	copy(u, k.u[s.target*len(u):])
	spent := *t
	*t = k.traces[s.target]
	t.Gram, t.Factor, t.Update = spent.Gram+t.Gram, spent.Factor+t.Factor, spent.Update+t.Update
	if s.target == 0 {
		return true, nil
	}
	s.moved = false // the system knows these gates
	return true, s.sys.Adopt(c, t)
}

// solve finds the solutions of all targets.
func (k *firstSolutions) solve(ctx context.Context, s *state, c, pull float64, t *newton.Trace) (bool, error) {
	if err := s.refresh(ctx, t); err != nil {
		return false, err
	}
	s.rightSide(ctx, pull, t)
	n, targets := len(s.r), s.cfg.targets
	u, rhs, traces := make([]float64, targets*n), make([]float64, targets*n), make([]newton.Trace, targets)
	for j := range targets {
		y, _ := s.data.target(j)
		b := rhs[j*n : (j+1)*n]
		for i, f := range s.f {
			b[i] = f - y[i]
		}
		if pull != 0 {
			asm.Axpy(b, -pull, s.jDelta)
		}
	}
	ok, err := s.sys.SolveAll(ctx, u, rhs, c, traces)
	if err != nil || !ok {
		return false, err
	}
	for j := 1; j < targets; j++ { // the time is the first target's
		traces[0].Solve += traces[j].Solve
		traces[j].Solve = 0
	}
	k.u, k.c, k.traces = u, c, traces
	return true, nil
}
