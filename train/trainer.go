package train

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
)

// errStopped says that the context ended. Of the state, only the best weights
// and the report are of use then.
var errStopped = errors.New("train: stopped")

// trainer is the state of one Fit: what all targets share, and the target that
// is under way.
type trainer struct {
	o      *Options
	data   *tables
	net    *jacobian.Network
	op     *jacobian.Operator
	team   *asm.Team
	sys    system
	report *Report
	began  time.Time

	points *checkpoints // nil without
	saved  *savedState  // to take up; nil without

	nets         []jacobian.Network // of the targets that are done
	start        []float64          // outputs of the initial network, training and validation rows, for more than one target
	ahead        []float64          // solutions of the first system of all targets but the first
	aheadDamping float64            // c they were solved with; nil ahead: none

	classes *classes  // nil unless the targets stand for classes
	outputs []float64 // of the best networks with classes: training and validation rows of target after target

	target    int
	y, yValid []float64
	history   *TargetReport

	mu, lambda float64
	loss       float64 // objective of the last accepted step
	growth     float64 // factor of λ at the next rejection (Nielsen)
	moved      bool    // the gates have changed since the system last saw them

	f, r, u, rhs, drift []float64 // n: outputs, residual, solution, right side, JΔ
	fValid, rValid      []float64
	vec                 *vectors
	grad                *gradient // of a first-order rule, else nil
}

func newTrainer(ctx context.Context, data *tables, o *Options, p plan) (*trainer, error) {
	n, nValid := data.rows()
	d := data.scaler.Width()
	team := asm.NewTeam(o.Workers)
	team.Bind(ctx)
	first, last := 0, o.Width
	if o.shard != nil {
		first, last, _ = o.shard.Share() // Fit has seen to it
	}
	draw := newPairs
	if o.Rule == GaussNewton {
		draw = newNetwork
	}
	net := draw(team, first, last-first, d, o.Seed)
	if ctx.Err() != nil {
		return nil, errStopped
	}
	op, err := jacobian.New(net, data.x, &jacobian.Options{Workers: o.Workers, Shard: o.shard})
	if err != nil {
		return nil, err
	}
	op.Bind(ctx)
	t := &trainer{team: team, o: o, data: data, net: net, op: op}
	if !o.Rule.firstOrder() {
		if t.sys, err = newSystem(op, p, o); err != nil {
			return nil, err
		}
	}
	t.f, t.r, t.u, t.rhs, t.drift = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	t.fValid, t.rValid = make([]float64, nValid), make([]float64, nValid)
	if o.Rule == LevenbergMarquardt {
		t.mu = max(o.Ridge, 0)
	}
	if o.Rule.firstOrder() {
		t.mu = max(o.Ridge, 0)
	}
	t.vec = newVectors(t.team, net, o.shard, t.mu > 0, o.targets > 1)
	if o.Rule.firstOrder() {
		t.grad = newGradient(t.vec, o, t.mu)
	}
	t.report = &Report{N: n, NValid: nValid, D: d, Width: o.Width, Method: p.method, Why: p.why, Rule: o.Rule, Seed: o.Seed, Sketch: p.sketch, SketchRows: p.rows, Rank: p.rank, Ridge: t.mu, Choice: o.choice, Momentum: max(o.Momentum, 0), Kernels: asm.Info(), Bytes: p.bytes, StepTime: p.estimate()}
	t.begin(0)
	return t, nil
}

// run evaluates the initial network for the target under way, or takes up its
// saved state, and steps until a rule stops it. It returns errStopped when the
// context ends.
func (t *trainer) run(ctx context.Context) error {
	if s := t.saved; s != nil {
		t.saved = nil
		if err := t.restore(ctx, s); err != nil {
			return err
		}
		if t.history.Stop = t.stopReason(t.history.Steps[len(t.history.Steps)-1]); t.history.Stop != 0 {
			return nil
		}
	} else if over, err := t.first(ctx); over || err != nil {
		t.last(ctx)
		return err
	}
	for len(t.history.Steps)-1 < t.o.MaxSteps {
		s := Step{Target: t.target, Index: len(t.history.Steps), Ridge: t.mu, Damping: t.lambda, GainRatio: math.NaN(), InnerTrue: math.NaN(), ValidRMSE: math.NaN()}
		began := time.Now()
		err := t.checkpoint(ctx, false, &s)
		if err != nil {
			return err
		}
		switch t.o.Rule {
		case GaussNewton:
			err = t.gaussNewton(ctx, &s)
		case GradientDescent, Adam:
			err = t.firstOrder(ctx, &s)
		default:
			err = t.levenbergMarquardt(ctx, &s)
		}
		if err != nil {
			return err
		}
		s.Elapsed = time.Since(began)
		if t.record(ctx, s) {
			t.last(ctx)
			return nil
		}
	}
	t.history.Stop = ReachedMaxSteps
	t.last(ctx)
	return nil
}

// last writes the checkpoint of a target that a rule has ended, of the last one
// in any case. If ctx ends meanwhile, training is over all the same.
func (t *trainer) last(ctx context.Context) {
	if n := len(t.history.Steps); n > 0 && !t.history.Stop.early() {
		t.checkpoint(ctx, t.target == t.o.targets-1, &t.history.Steps[n-1])
	}
}

// first evaluates the initial network, and reports whether a rule ends training
// there.
func (t *trainer) first(ctx context.Context) (over bool, err error) {
	var s Step
	began := time.Now()
	if err := t.evaluate(ctx, &s); err != nil {
		return false, err
	}
	s.Accepted, s.GainRatio, s.InnerTrue = true, math.NaN(), math.NaN()
	s.Target, s.Flips, s.FlipShare = t.target, 0, 0 // flips since another target are none of this one
	s.Loss, s.TrainRMSE = t.objective(0), rmse(t.r)
	s.Ridge, s.Damping = t.mu, t.lambda
	t.loss = s.Loss
	if err := t.validate(ctx, &s); err != nil {
		return false, err
	}
	t.remember()
	s.Elapsed = time.Since(began)
	return t.record(ctx, s), nil
}

// evaluate runs the network at its weights: outputs, residual, gates.
func (t *trainer) evaluate(ctx context.Context, s *Step) error {
	defer clock(ctx, &s.Phases.Forward, phaseForward).stop()
	t.op.Linearize(t.f)
	if ctx.Err() != nil {
		return errStopped
	}
	for i, f := range t.f {
		t.r[i] = f - t.y[i]
	}
	s.Flips = t.op.Flips()
	s.FlipShare = float64(s.Flips) / (float64(len(t.f)) * float64(t.o.Width))
	return nil
}

// validate computes the error on the rows held out.
func (t *trainer) validate(ctx context.Context, s *Step) error {
	s.ValidRMSE = math.NaN()
	if len(t.fValid) == 0 || s.Loss-s.Loss != 0 { // weights may be no numbers
		return nil
	}
	defer clock(ctx, &s.Phases.Validate, phaseValidate).stop()
	var err error
	if t.o.shard != nil {
		err = t.o.shard.Predict(ctx, t.net, t.fValid, t.data.xValid, t.o.Workers)
	} else {
		err = t.net.Predict(ctx, t.fValid, t.data.xValid, t.o.Workers)
	}
	if ctx.Err() != nil {
		return errStopped
	}
	if err != nil {
		return err
	}
	copy(t.rValid, t.fValid)
	asm.Axpy(t.rValid, -1, t.yValid)
	s.ValidRMSE = rmse(t.rValid)
	return nil
}

// objective returns ½‖r‖² + ½μ‖W − W₀‖² for the current residual, given
// ‖W − W₀‖².
func (t *trainer) objective(drift float64) float64 {
	return float64(0.5*asm.Dot(t.r, t.r)) + float64(0.5*t.mu*drift)
}

// record adds a step to the history, keeps the best weights, and reports
// whether training ends, with the reason in the report.
func (t *trainer) record(ctx context.Context, s Step) bool {
	t.o.logStep(ctx, &s)
	t.history.Steps = append(t.history.Steps, s)
	if t.points != nil {
		t.points.since++
	}
	if s.Accepted {
		if t.better(s) {
			t.history.Best = len(t.history.Steps) - 1
			t.keep()
		}
	}
	stop := t.stopReason(s)
	enough := t.o.Progress != nil && !t.o.Progress(s)
	if t.o.accord != nil {
		enough = t.o.accord.any(enough)
	}
	if enough && stop == 0 {
		stop = StoppedByCaller
	}
	t.history.Stop = stop
	return stop != 0
}

// keep makes the network the best one of its target.
func (t *trainer) keep() {
	t.vec.keep()
	if t.outputs != nil {
		n := len(t.f) + len(t.fValid)
		copy(t.outputs[t.target*n:], t.f)
		copy(t.outputs[t.target*n+len(t.f):], t.fValid)
	}
}

// better reports whether s is the best step so far: by validation error where
// there is one, else by training error (GaussNewton) or objective.
func (t *trainer) better(s Step) bool {
	b := t.history.Steps[t.history.Best]
	switch {
	case len(t.history.Steps) == 1:
		return true
	case len(t.fValid) > 0:
		return s.ValidRMSE < b.ValidRMSE
	case t.o.Rule == GaussNewton:
		return s.TrainRMSE < b.TrainRMSE
	}
	return s.Loss < b.Loss
}

// Rules of stopping.
const (
	roundingRMSE   = 1e-10 // below this, an undamped step that no longer halves the error, or a rejected one without ridge, has met rounding
	flatDecrease   = 1e-4  // relative decrease of the objective that counts as flat
	flatSteps      = 3     // flat accepted steps in a row that end training
	maxRejections  = 12    // rejections in a row that end training
	divergedSteps  = 10    // undamped steps without a new best error
	divergedGrowth = 1e8   // growth of the error over its start
)

// stopReason applies the rules to the history, whose last line is s.
func (t *trainer) stopReason(s Step) StopReason {
	steps := t.history.Steps
	if !s.Accepted {
		rejected := 0
		for i := len(steps) - 1; i > 0 && !steps[i].Accepted; i-- {
			rejected++
		}
		if t.mu == 0 && steps[len(steps)-1-rejected].TrainRMSE < roundingRMSE {
			return ReachedRounding
		}
		if rejected >= maxRejections || s.GainRatio == 0 {
			return Stagnated
		}
		return 0
	}
	switch {
	case s.TrainRMSE == 0:
		return ReachedRounding
	case s.TrainRMSE <= t.o.TargetRMSE:
		return ReachedTarget
	case len(steps) == 1:
		return 0
	}
	if t.o.Rule != LevenbergMarquardt && !(s.TrainRMSE < divergedGrowth*(1+steps[0].TrainRMSE)) {
		return Diverged
	}
	if t.o.Rule == GaussNewton {
		last := steps[len(steps)-2]
		if s.TrainRMSE < roundingRMSE && s.TrainRMSE > 0.5*last.TrainRMSE {
			return ReachedRounding
		}
		smallest := 0
		for i, e := range steps {
			if e.TrainRMSE < steps[smallest].TrainRMSE {
				smallest = i
			}
		}
		if len(steps)-1-smallest >= divergedSteps {
			return Diverged
		}
	}
	if len(t.fValid) > 0 && acceptedSince(steps, t.history.Best) >= t.o.Patience {
		return EarlyStopped
	}
	if t.o.Rule == LevenbergMarquardt && flat(steps) || t.o.Rule.firstOrder() && slow(steps) {
		return Stagnated
	}
	return 0
}

func acceptedSince(steps []Step, best int) int {
	n := 0
	for _, s := range steps[best+1:] {
		if s.Accepted {
			n++
		}
	}
	return n
}

// flat reports whether the last accepted steps each decreased the objective by
// less than flatDecrease of it.
func flat(steps []Step) bool {
	count, last := 0, math.NaN()
	for i := len(steps) - 1; i >= 0 && count < flatSteps; i-- {
		if !steps[i].Accepted {
			continue
		}
		if last == last {
			if steps[i].Loss-last > flatDecrease*steps[i].Loss {
				return false
			}
			count++
		}
		last = steps[i].Loss
	}
	return count == flatSteps
}

func rmse(r []float64) float64 { return asm.Nrm2(r) / math.Sqrt(float64(len(r))) }
