package train

import (
	"context"
	"errors"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/solver"
)

// gaussNewton takes the paper's step: W ← W − Jᵀg with JJᵀg ≈ f − y.
func (t *trainer) gaussNewton(ctx context.Context, s *Step) error {
	if err := t.refresh(ctx, s); err != nil {
		return err
	}
	copy(t.prev, t.net.W)
	in, err := t.sys.minNorm(ctx, t.step, t.r, s)
	if err != nil {
		return t.stopped(ctx, err)
	}
	s.InnerIters, s.InnerTrue, s.InnerStop = in.iters, in.residual, in.stop
	done := clock(&s.Phases.Update)
	s.StepNorm = asm.Nrm2(t.step)
	asm.Axpy(t.net.W, -1, t.step)
	done()
	if err := t.evaluate(ctx, s); err != nil {
		copy(t.net.W, t.prev)
		return err
	}
	s.Loss, s.TrainRMSE, s.Accepted = t.objective(), rmse(t.r), true
	t.moved = true
	return t.validate(ctx, s)
}

// refresh tells the system that the gates have changed, once after each
// accepted step.
func (t *trainer) refresh(ctx context.Context, s *Step) error {
	if !t.moved {
		return nil
	}
	if err := t.sys.refresh(ctx, s); err != nil {
		return t.stopped(ctx, err)
	}
	t.moved = false
	return nil
}

// levenbergMarquardt tries one damped step and takes it if the objective falls.
//
// With c = μ + λ and Δ = W − W₀: (G + cI)u = r − (μ/c)JΔ, δ = −Jᵀu − (μ/c)Δ.
// JΔ = f − JW₀, because JW = f. The linearised residual r + Jδ is c·u.
func (t *trainer) levenbergMarquardt(ctx context.Context, s *Step) error {
	if err := t.refresh(ctx, s); err != nil {
		return err
	}
	c := t.mu + t.lambda
	pull := 0.0
	copy(t.rhs, t.r)
	if t.mu > 0 {
		pull = t.mu / c
		done := clock(&s.Phases.Update)
		t.op.MulVec(t.drift, t.w0)
		done()
		asm.Scale(t.drift, -1, t.drift)
		asm.Axpy(t.drift, 1, t.f)
		asm.Axpy(t.rhs, -pull, t.drift)
	}
	in, err := t.sys.solve(ctx, t.u, t.rhs, c, s)
	if errors.Is(err, solver.ErrNotPositiveDefinite) {
		t.reject(s)
		return nil
	}
	if err != nil {
		return t.stopped(ctx, err)
	}
	s.InnerIters, s.InnerTrue, s.InnerStop = in.iters, in.residual, in.stop

	before := t.objective()
	done := clock(&s.Phases.Update)
	copy(t.prev, t.net.W)
	t.op.MulTransVec(t.step, t.u)
	if ctx.Err() != nil {
		done()
		return errStopped
	}
	asm.Scale(t.step, -1, t.step)
	if pull > 0 {
		asm.Axpy(t.step, -pull, t.net.W)
		asm.Axpy(t.step, pull, t.w0)
	}
	s.StepNorm = asm.Nrm2(t.step)
	asm.Axpy(t.net.W, 1, t.step)
	predicted := before - float64(0.5*c*c*asm.Dot(t.u, t.u))
	if t.mu > 0 {
		predicted -= float64(0.5 * t.mu * t.distance())
	}
	done()

	if err := t.evaluate(ctx, s); err != nil {
		copy(t.net.W, t.prev)
		return err
	}
	s.Loss, s.TrainRMSE = t.objective(), rmse(t.r)
	s.GainRatio = 0
	if predicted > 0 {
		s.GainRatio = (before - s.Loss) / predicted
	}
	if s.Loss < before {
		t.accept(s)
		return t.validate(ctx, s)
	}
	t.reject(s)
	// The trial left its own outputs and gates behind.
	flips, share := s.Flips, s.FlipShare
	copy(t.net.W, t.prev)
	err = t.evaluate(ctx, s)
	s.Flips, s.FlipShare = flips, share
	return err
}

// accept shrinks the damping, the more the better the prediction was: by up to
// ten when the model is nearly exact, after Nielsen (1999) otherwise.
func (t *trainer) accept(s *Step) {
	s.Accepted = true
	t.moved, t.growth = true, 2
	if s.GainRatio > 0.9 {
		t.lambda /= 10
		return
	}
	g := 2*s.GainRatio - 1
	t.lambda *= max(1.0/3, 1-float64(g*g*g))
}

// reject grows the damping, faster each time in a row.
func (t *trainer) reject(s *Step) {
	if t.lambda == 0 {
		t.lambda = max(t.mu, 1e-8*t.meanDiagonal())
	}
	t.lambda *= t.growth
	t.growth *= 2
}

// meanDiagonal returns trace(JJᵀ)/n at random weights: for unit rows the
// expected share of open gates.
func (t *trainer) meanDiagonal() float64 { return 0.5 }

// stopped turns an error that the end of the context caused into errStopped.
func (t *trainer) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	return err
}
