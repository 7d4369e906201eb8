package train

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/model"
)

// runTargets trains the targets one after the other, each from the initial
// weights. Of a time limit each gets an equal part of what is left. It fails
// if ctx ends before there is a model; after that, what has not been trained stays
// as it is.
func (t *trainer) runTargets(ctx context.Context) error {
	first := len(t.nets)
	for j := first; j < t.cfg.targets; j++ {
		t.begin(j)
		part, cancel := t.part(ctx, t.cfg.targets-j)
		part = t.cfg.follow(part)
		t.bind(part)
		err := t.run(part)
		cause := context.Cause(part)
		cancel()
		if err != nil && !errors.Is(err, fault.ErrStopped) {
			return err
		}
		if err != nil {
			if j == first && len(t.history.Steps) == 0 {
				return tooEarly(cause)
			}
			t.history.Stop = Cancelled
			if cause == fault.ErrTimeLimit {
				t.history.Stop = TimedOut
			}
		}
		if len(t.history.Steps) == 0 {
			t.leave(t.history.Stop)
		}
		t.end()
		if stop := t.history.Stop; stop == Cancelled || stop == StoppedByCaller {
			for j++; j < t.cfg.targets; j++ {
				t.begin(j)
				t.leave(stop)
				t.end()
			}
			return nil
		}
	}
	return nil
}

// part returns the context of the next of so many targets that are left.
func (t *trainer) part(ctx context.Context, left int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || t.cfg.TimeLimit == 0 || left == 1 {
		return ctx, func() {}
	}
	end := time.Now().Add(time.Until(deadline) / time.Duration(left))
	return context.WithDeadlineCause(ctx, end, fault.ErrTimeLimit)
}

// end keeps the best model of a target, and its history.
func (t *trainer) end() {
	h := t.history
	best := h.Steps[h.Best]
	h.TrainRMSE, h.ValidRMSE = best.TrainRMSE, best.ValidRMSE
	t.report.Targets = append(t.report.Targets, *h)
	t.nets = append(t.nets, t.net.With(t.vec.best))
}

// leave makes the history of a target that is left at the initial weights, whose
// outputs the first target has found.
func (t *trainer) leave(stop StopReason) {
	step := t.newStep()
	step.Accepted = true
	t.reuseInitial(&step)
	t.history.Steps = []Step{step}
	t.history.Stop = stop
	t.keep()
}

// classify makes the trainer note how often its networks tell the classes, and what they say
// of rows held out.
func (t *trainer) classify(c *classes) {
	t.classes = c
	if n, nv := t.data.rows(); c != nil || t.cfg.heldOf > 0 || t.cfg.averages() {
		t.outputs = make([]float64, t.cfg.targets*(n+nv))
	}
}

// resumeTargets takes over what comes before the target under way of a saved state, if
// there is one.
func (t *trainer) resumeTargets(ctx context.Context, s *savedState) error {
	t.resumed = s
	if s == nil {
		return nil
	}
	if len(s.Outputs) != len(t.outputs) {
		return t.refuse(errors.New("it has outputs of other rows"))
	}
	copy(t.outputs, s.Outputs)
	for i, w := range s.Nets {
		t.report.Targets = append(t.report.Targets, s.Done[i].report())
		t.nets = append(t.nets, t.net.With(w))
	}
	if t.cfg.targets == 1 {
		return nil
	}
	var step Step
	return t.state.evaluateInitial(ctx, &step)
}

// finish makes the model of all targets and closes the report.
func (t *trainer) finish() *model.Model {
	t.total()
	r := t.report
	r.TrainAccuracy, r.ValidAccuracy = math.NaN(), math.NaN()
	m := &model.Model{Nets: t.nets, Scaler: *t.data.scaler.Settled(), Seed: t.cfg.Seed, Further: t.others}
	if r.Estimate != nil {
		m.Intervals = r.Estimate.intervals
	}
	if len(t.others) > 0 {
		r.TrainRMSE, r.ValidRMSE = t.averageErrors()
	}
	if c := t.classes; c != nil {
		m.Classes, r.Classes = c.names, c.names
		if r.Estimate != nil {
			m.Calibration = r.Estimate.calibration
		}
		r.TrainAccuracy, r.ValidAccuracy = t.data.accuracies(m, c, t.outputs)
	}
	t.rule.describe(r)
	r.Elapsed = time.Since(t.began)
	if t.cfg.shard != nil {
		first, _, _ := t.cfg.shard.Share()
		m.Share = &model.Share{First: first, Neurons: t.cfg.Width}
	}
	return m
}

// total joins the reports of the targets.
func (t *trainer) total() {
	r := t.report
	var train, valid float64
	for i := range r.Targets {
		h := &r.Targets[i]
		r.Best = len(r.Steps) + h.Best
		r.Steps = append(r.Steps, h.Steps...)
		train += float64(h.TrainRMSE * h.TrainRMSE)
		valid += float64(h.ValidRMSE * h.ValidRMSE)
		if i == 0 || !r.Stop.early() {
			r.Stop = h.Stop
		}
	}
	at := 0
	for i := range r.Targets {
		h := &r.Targets[i]
		h.Steps = r.Steps[at : at+len(h.Steps) : at+len(h.Steps)]
		at += len(h.Steps)
	}
	k := float64(len(r.Targets))
	r.TrainRMSE, r.ValidRMSE = math.Sqrt(train/k), math.Sqrt(valid/k)
	if len(r.Targets) == 1 {
		r.TrainRMSE, r.ValidRMSE = r.Targets[0].TrainRMSE, r.Targets[0].ValidRMSE
	}
}
