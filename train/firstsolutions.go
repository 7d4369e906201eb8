package train

import (
	"context"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// firstSolutions are the solutions of the first system of all targets but the first one,
// which solves them with the factor it has made for its own: gates, drift and damping
// are the same there, and of the right-hand sides only the targets differ.
type firstSolutions struct {
	u []float64 // target after target
	c float64   // damping they were solved with
}

// known copies the solution of the first system of a target to u, if it is there.
func (k *firstSolutions) known(s *state, u []float64, c float64) bool {
	if s.target == 0 || s.index != 1 || k.u == nil || k.c != c {
		return false
	}
	copy(u, k.u[(s.target-1)*len(u):])
	return true
}

// solve finds the solutions, after the first target has solved its first system with
// damping c and its pull.
func (k *firstSolutions) solve(ctx context.Context, s *state, c, pull float64, t *newton.Trace) error {
	if s.target > 0 || s.index != 1 || s.cfg.targets == 1 {
		return nil
	}
	n := len(s.r)
	all, rhs := make([]float64, (s.cfg.targets-1)*n), make([]float64, n)
	for j := 1; j < s.cfg.targets; j++ {
		y, _ := s.data.target(j)
		for i, f := range s.f {
			rhs[i] = f - y[i]
		}
		if pull != 0 {
			asm.Axpy(rhs, -pull, s.drift)
		}
		cheap, err := s.sys.SolveMore(ctx, all[(j-1)*n:j*n], rhs, t)
		if err != nil {
			return stopped(ctx, err)
		}
		if !cheap {
			return nil
		}
	}
	k.u, k.c = all, c
	return nil
}
