package train

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// gaussNewton takes the paper's step: W ← W − Jᵀg with JJᵀg ≈ f − y.
func (t *trainer) gaussNewton(ctx context.Context, s *Step) error {
	in := inner{residual: math.NaN()}
	if t.known(t.u, 0) {
		done := clock(ctx, &s.Phases.Update, phaseUpdate)
		t.op.MulTransVec(t.vec.step, t.u)
		done.stop()
	} else {
		err := t.refresh(ctx, s)
		if err != nil {
			return err
		}
		if in, err = t.sys.minNorm(ctx, t.vec.step, t.r, s); err != nil {
			return t.stopped(ctx, err)
		}
		if err := t.solveAhead(ctx, 0, 0, s); err != nil {
			return err
		}
	}
	s.InnerIters, s.InnerTrue, s.InnerStop = in.iters, in.residual, in.stop
	done := clock(ctx, &s.Phases.Update, phaseUpdate)
	var ok bool
	s.StepNorm, _, ok = t.vec.move(0)
	done.stop()
	if !ok {
		return errStopped
	}
	if err := t.evaluate(ctx, s); err != nil {
		return err
	}
	s.Loss, s.TrainRMSE, s.Accepted = t.objective(0), rmse(t.r), true
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
// JΔ = f − JW₀, because JW = f. The linearised residual r + Jδ is c·u, up to the
// residual of an inexact solve, and so is the predicted decrease.
func (t *trainer) levenbergMarquardt(ctx context.Context, s *Step) error {
	c := t.mu + t.lambda
	known := t.known(t.u, c)
	if !known {
		if err := t.refresh(ctx, s); err != nil {
			return err
		}
	}
	pull := 0.0
	if t.mu > 0 {
		pull = t.mu / c
	}
	in, err := inner{residual: math.NaN()}, error(nil)
	if !known {
		in, err = t.solve(ctx, c, pull, s)
	}
	if brokeDown(err) {
		// Damping below the rounding of G: there is no trial, more will do.
		s.Loss, s.TrainRMSE, s.InnerStop = math.NaN(), math.NaN(), "not positive definite"
		t.reject()
		return nil
	}
	if err != nil {
		return t.stopped(ctx, err)
	}
	if err := t.solveAhead(ctx, c, pull, s); err != nil {
		return err
	}
	s.InnerIters, s.InnerTrue, s.InnerStop = in.iters, in.residual, in.stop

	done := clock(ctx, &s.Phases.Update, phaseUpdate)
	t.op.MulTransVec(t.vec.step, t.u)
	norm, drift, ok := t.vec.move(pull)
	done.stop()
	if !ok {
		return errStopped
	}
	s.StepNorm = norm
	predicted := t.loss - float64(0.5*c*c*asm.Dot(t.u, t.u)) - float64(0.5*t.mu*drift)
	if err := t.evaluate(ctx, s); err != nil {
		return err
	}
	s.Loss, s.TrainRMSE = t.objective(drift), rmse(t.r)
	s.GainRatio = 0
	if predicted > 0 {
		s.GainRatio = (t.loss - s.Loss) / predicted
	}
	if s.Loss < t.loss {
		t.accept(s)
		return t.validate(ctx, s)
	}
	t.reject()
	// The trial left its own outputs and gates behind.
	flips, share := s.Flips, s.FlipShare
	t.vec.undo()
	err = t.evaluate(ctx, s)
	s.Flips, s.FlipShare = flips, share
	return err
}

// solve solves the damped system for u: the right-hand side is r − pull·JΔ.
func (t *trainer) solve(ctx context.Context, c, pull float64, s *Step) (inner, error) {
	copy(t.rhs, t.r)
	if pull != 0 {
		done := clock(ctx, &s.Phases.Update, phaseUpdate)
		t.op.MulVec(t.drift, t.vec.w0)
		done.stop()
		asm.Scale(t.drift, -1, t.drift)
		asm.Axpy(t.drift, 1, t.f)
		asm.Axpy(t.rhs, -pull, t.drift)
	}
	return t.sys.solve(ctx, t.u, t.rhs, c, s)
}

// accept adapts the damping to the prediction: a tenth where it was nearly
// exact, else the rule of Nielsen (1999), which shrinks it to a third at best
// and lets it grow, up to twofold, where less than half of the predicted
// decrease came.
func (t *trainer) accept(s *Step) {
	s.Accepted = true
	t.moved, t.growth, t.loss = true, 2, s.Loss
	if s.GainRatio > 0.9 {
		t.lambda /= 10
		return
	}
	g := 2*s.GainRatio - 1
	t.lambda *= max(1.0/3, 1-float64(g*g*g))
}

// reject grows the damping, faster each time in a row.
func (t *trainer) reject() {
	if t.lambda == 0 {
		t.lambda = max(t.mu, 1e-8*meanDiagonal)
	}
	t.lambda *= t.growth
	t.growth *= 2
}

// meanDiagonal is the expected trace(JJᵀ)/n at random weights, for unit rows:
// the share of open gates.
const meanDiagonal = 0.5

// firstDamping is λ of the first step unless Options.Damping says otherwise.
const firstDamping = 0.01 * meanDiagonal

// stopped turns an error that the end of the context caused into errStopped.
func (t *trainer) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	return err
}
