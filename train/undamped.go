package train

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/phase"
)

// undamped is the paper's rule: W ← W − Jᵀg with JJᵀg ≈ f − y.
type undamped struct{}

func (undamped) begin()              {}
func (undamped) damping() float64    { return 0 }
func (undamped) describe(*Report)    {}
func (undamped) save(*savedState)    {}
func (undamped) restore(*savedState) {}

func (undamped) step(ctx context.Context, s *state, step *Step) error {
	t := newton.Trace{Residual: math.NaN()}
	err := s.refresh(ctx, &t)
	if err == nil {
		err = stopped(ctx, s.sys.MinNorm(ctx, s.vec.step, s.r, &t))
	}
	if err != nil {
		return err
	}
	step.trace(&t)
	done := phase.Clock(ctx, &step.Phases.Update, phase.Update)
	var ok bool
	step.StepNorm, _, ok = s.vec.move(0)
	done.Stop()
	if !ok {
		return fault.ErrStopped
	}
	if err := s.evaluate(ctx, step); err != nil {
		return err
	}
	step.Loss, step.TrainRMSE, step.Accepted = s.objective(0), rmse(s.r), true
	s.moved = true
	return s.validate(ctx, step)
}
