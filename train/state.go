package train

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/phase"
)

// state is the numeric half of a fit: the network and the target under way, and what
// rules take their steps on.
type state struct {
	cfg  *config
	data *dataset
	team *asm.Team
	net  *jacobian.Network
	lin  jacobian.Linearization
	sys  newton.System // nil for a first-order rule
	vec  *vectors

	target    int
	y, yValid []float64
	index     int // of the step under way

	mu    float64
	loss  float64 // objective of the last accepted step
	moved bool    // the gates have changed since the system last saw them

	f, r, u, rhs, jDelta []float64 // n: outputs, residual, solution, right side, JΔ
	fValid, rValid       []float64

	start []float64 // outputs of the initial network, training and validation rows, for more than one target
	first firstSolutions
}

// newState draws the initial network and makes the memory for the steps.
func newState(ctx context.Context, data *dataset, cfg *config, p plan) (*state, error) {
	n, held := data.rows()
	team := asm.NewTeam(cfg.Workers)
	team.Bind(ctx)
	net, err := initialNetwork(team, cfg, data.scaler.Width())
	if err != nil {
		return nil, err
	}
	lin, err := jacobian.New(net, data.x, &jacobian.Options{Workers: cfg.Workers, Shard: cfg.shard})
	if err != nil {
		return nil, err
	}
	lin.Bind(ctx)
	s := &state{cfg: cfg, data: data, team: team, net: net, lin: lin, mu: cfg.mu()}
	if !cfg.Rule.FirstOrder() {
		if s.sys, err = newSystem(lin, p, cfg); err != nil {
			return nil, err
		}
	}
	s.f, s.r, s.u, s.rhs, s.jDelta = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	s.fValid, s.rValid = make([]float64, held), make([]float64, held)
	s.vec = newVectors(team, net.W, lin.Layout(), cfg.shard, s.mu > 0, cfg.targets > 1)
	return s, nil
}

// begin makes the state ready for a target, at the initial weights.
func (s *state) begin(target int) {
	s.target = target
	s.y, s.yValid = s.data.target(target)
	s.moved = true
	if target > 0 {
		s.vec.restart()
		if s.sys != nil {
			s.sys.Restart()
		}
	}
}

// bind makes the long loops end with ctx.
func (s *state) bind(ctx context.Context) {
	s.team.Bind(ctx)
	s.lin.Bind(ctx)
}

// evaluate runs the network at its weights: outputs, residual, gates.
func (s *state) evaluate(ctx context.Context, step *Step) error {
	defer phase.Clock(ctx, &step.Phases.Forward, phase.Forward).Stop()
	s.lin.Linearize(s.f)
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	for i, f := range s.f {
		s.r[i] = f - s.y[i]
	}
	step.Flips = s.lin.Flips()
	step.FlipShare = float64(step.Flips) / float64(s.lin.Gates())
	return nil
}

// validate computes the error on the rows held out.
func (s *state) validate(ctx context.Context, step *Step) error {
	step.ValidRMSE = math.NaN()
	if len(s.fValid) == 0 || step.Loss-step.Loss != 0 { // weights may be no numbers
		return nil
	}
	defer phase.Clock(ctx, &step.Phases.Validate, phase.Validate).Stop()
	err := s.lin.Predict(ctx, s.fValid, s.data.xValid)
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	if err != nil {
		return err
	}
	step.ValidRMSE = s.validRMSE()
	return nil
}

func (s *state) validRMSE() float64 {
	copy(s.rValid, s.fValid)
	asm.Axpy(s.rValid, -1, s.yValid)
	return rmse(s.rValid)
}

// objective returns ½‖r‖² + ½μ‖W − W₀‖² for the current residual, given
// ‖W − W₀‖².
func (s *state) objective(drift float64) float64 {
	return float64(0.5*asm.Dot(s.r, s.r)) + float64(0.5*s.mu*drift)
}

// refresh tells the system that the gates have changed, once after each
// accepted step.
func (s *state) refresh(ctx context.Context, t *newton.Trace) error {
	if !s.moved {
		return nil
	}
	if err := s.sys.Refresh(ctx, t); err != nil {
		return stopped(ctx, err)
	}
	s.moved = false
	return nil
}

// evaluateInitial evaluates the initial network, which is the best one so far: once for all
// targets.
func (s *state) evaluateInitial(ctx context.Context, step *Step) error {
	if s.start != nil {
		return s.recallInitial(ctx, step)
	}
	if err := s.evaluate(ctx, step); err != nil {
		return err
	}
	step.Loss, step.TrainRMSE = s.objective(0), rmse(s.r)
	s.loss = step.Loss
	if err := s.validate(ctx, step); err != nil {
		return err
	}
	s.remember()
	return nil
}

// recallInitial is evaluateInitial with the outputs and gates that the first target has found.
func (s *state) recallInitial(ctx context.Context, step *Step) error {
	defer phase.Clock(ctx, &step.Phases.Forward, phase.Forward).Stop()
	s.lin.Recall()
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	s.reuseInitial(step)
	s.loss = step.Loss
	return nil
}

// reuseInitial tells of the initial network by the outputs that the first target has found.
func (s *state) reuseInitial(step *Step) {
	n, _ := s.data.rows()
	copy(s.f, s.start)
	copy(s.fValid, s.start[n:])
	for i, f := range s.f {
		s.r[i] = f - s.y[i]
	}
	step.Loss, step.TrainRMSE = s.objective(0), rmse(s.r)
	if len(s.yValid) > 0 {
		step.ValidRMSE = s.validRMSE()
	}
}

// remember keeps the outputs and gates of the initial network for the targets to come.
func (s *state) remember() {
	if s.cfg.targets > 1 {
		s.start = append(append(s.start, s.f...), s.fValid...)
		s.lin.Mark()
	}
}

// stopped turns an error that the end of the context caused into ErrStopped.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	return err
}

func rmse(r []float64) float64 { return asm.Nrm2(r) / math.Sqrt(float64(len(r))) }
