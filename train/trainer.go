package train

import (
	"context"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/model"
)

// trainer takes the steps of the targets of a fit, and keeps what comes of them.
type trainer struct {
	*state
	rule    rule
	report  *Report
	history *TargetReport // of the target under way
	began   time.Time

	points  *checkpoints // nil without
	resumed *savedState  // of the target to begin with; nil without

	nets    []jacobian.Network // of the targets that are done
	others  []model.Member     // further members of an average
	observe func(target int)   // called after every step, if set
	classes *classes           // nil unless the targets stand for classes
	outputs []float64          // of the best networks with classes, an average or rows held out: training and validation rows of target after target
}

func newTrainer(ctx context.Context, data *dataset, cfg *config, p plan) (*trainer, error) {
	s, err := newState(ctx, data, cfg, p)
	if err != nil {
		return nil, err
	}
	n, held := data.rows()
	t := &trainer{state: s, rule: newRule(s, cfg)}
	t.report = &Report{
		N: n, NValid: held, LeftOut: cfg.leftOut, D: data.scaler.Width(), Width: cfg.Width, Method: p.method, Why: p.why, Rule: cfg.Rule, Seed: cfg.Seed,
		Sketch: p.sketch, SketchRows: p.rows, Rank: p.rank, Ridge: s.mu, Choice: cfg.choice, Balanced: cfg.Balanced, Loss: cfg.Loss, Outliers: newOutliers(cfg.outliers, cfg.Loss), Momentum: max(cfg.Momentum, 0),
		Kernels: asm.Info(), Bytes: p.bytes, StepTime: p.estimate(),
	}
	t.begin(0)
	return t, nil
}

// begin makes the trainer ready for a target, at the initial weights.
func (t *trainer) begin(target int) {
	t.state.begin(target)
	t.history = &TargetReport{Ridge: t.mu}
	if target > 0 {
		t.rule.begin()
	}
}

// run evaluates the initial network for the target under way, or resumes its saved
// state, and steps until a rule stops it. It returns ErrStopped when the context
// ends.
func (t *trainer) run(ctx context.Context) error {
	if s := t.resumed; s != nil {
		t.resumed = nil
		if err := t.resume(ctx, s); err != nil {
			return err
		}
		if t.history.Stop = stopReason(&t.cfg.Options, t.history); t.history.Stop != 0 {
			return nil
		}
	} else if over, err := t.evaluateInitial(ctx); over || err != nil {
		t.last(ctx)
		return err
	}
	for len(t.history.Steps)-1 < t.cfg.MaxSteps {
		over, err := t.next(ctx)
		if err != nil {
			return err
		}
		if over {
			t.last(ctx)
			return nil
		}
	}
	t.history.Stop = ReachedMaxSteps
	t.last(ctx)
	return nil
}

// newStep returns the step under way, as far as it is known beforehand.
func (t *trainer) newStep() Step {
	return Step{Target: t.target, Index: len(t.history.Steps), Ridge: t.mu, Damping: t.rule.damping(), GainRatio: math.NaN(), InnerTrue: math.NaN(), ValidRMSE: math.NaN()}
}

// evaluateInitial evaluates the initial network, and reports whether a rule ends training
// there.
func (t *trainer) evaluateInitial(ctx context.Context) (over bool, err error) {
	step, began := t.newStep(), time.Now()
	step.Accepted = true
	if err := t.state.evaluateInitial(ctx, &step); err != nil {
		return false, err
	}
	step.Elapsed = time.Since(began)
	return t.record(ctx, step), nil
}

// next takes a step, and reports whether training ends with it.
func (t *trainer) next(ctx context.Context) (over bool, err error) {
	step, began := t.newStep(), time.Now()
	if err := t.checkpoint(ctx, false, &step); err != nil {
		return false, err
	}
	t.index = step.Index
	if err := t.rule.step(ctx, t.state, &step); err != nil {
		return false, err
	}
	step.Elapsed = time.Since(began)
	return t.record(ctx, step), nil
}

// last writes the checkpoint of a target that a rule has ended, of the last one
// in any case. If ctx ends meanwhile, training is over all the same.
func (t *trainer) last(ctx context.Context) {
	if n := len(t.history.Steps); n > 0 && !t.history.Stop.early() {
		t.checkpoint(ctx, t.target == t.cfg.targets-1, &t.history.Steps[n-1])
	}
}

// record adds a step to the history, keeps the best weights, and reports
// whether training ends, with the reason in the report.
func (t *trainer) record(ctx context.Context, s Step) bool {
	t.cfg.logStep(ctx, &s)
	t.history.Steps = append(t.history.Steps, s)
	if t.points != nil {
		t.points.since++
	}
	if better(&t.cfg.Options, t.history) {
		t.history.Best = len(t.history.Steps) - 1
		t.keep()
	}
	if t.observe != nil {
		t.observe(t.target)
	}
	stop := stopReason(&t.cfg.Options, t.history)
	enough := t.cfg.Progress != nil && !t.cfg.Progress(s)
	if t.cfg.any(enough) && stop == 0 {
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

// resume goes on from the state of a target under way, after begin. The best weights and
// the history are there first, so that an end of ctx during what follows, two forward
// passes and a preconditioner at most, loses nothing.
func (t *trainer) resume(ctx context.Context, s *savedState) error {
	*t.history = s.History.report()
	if copy(t.vec.best, s.Best) == 0 {
		copy(t.vec.best, s.W)
	}
	t.loss, t.moved = s.Loss, s.Moved
	t.vec.widenStart(s.Factor)
	t.rule.restore(s)
	t.report.Resumed = len(s.History.Steps)
	for _, h := range s.Done {
		t.report.Resumed += len(h.Steps)
	}
	t.cfg.logResumed(ctx, t.target, s)
	var step Step
	var trace newton.Trace
	if s.Solver.Made && t.sys != nil {
		copy(t.net.W, s.Solver.At)
		if err := t.evaluate(ctx, &step); err != nil {
			return err
		}
		if err := t.sys.Renew(ctx, (*newton.State)(&s.Solver), &trace); err != nil {
			if ctx.Err() != nil {
				return fault.ErrStopped
			}
			return t.refuse(err)
		}
	}
	copy(t.net.W, s.W)
	if err := t.evaluate(ctx, &step); err != nil {
		return err
	}
	if t.sys == nil {
		return nil
	}
	if !t.moved {
		if err := t.sys.Refresh(ctx, &trace); err != nil {
			return stopped(ctx, err)
		}
	}
	t.sys.Resume((*newton.State)(&s.Solver))
	return nil
}
