package train

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
)

// runTargets trains the targets one after the other, each from the initial
// weights. Of a time limit each gets an equal share of what is left. It fails
// if ctx ends before there is a model; after that, what has not been trained stays
// as it is.
func (t *trainer) runTargets(ctx context.Context) error {
	deadline, limited := ctx.Deadline()
	first := len(t.nets)
	for j := first; j < t.o.targets; j++ {
		t.begin(j)
		part, cancel := ctx, context.CancelFunc(func() {})
		if left := t.o.targets - j; limited && t.o.TimeLimit > 0 && left > 1 {
			share := time.Until(deadline) / time.Duration(left)
			part, cancel = context.WithDeadlineCause(ctx, time.Now().Add(share), errTimeLimit)
		}
		if t.o.accord != nil {
			part = t.o.accord.follow(part)
		}
		t.bind(part)
		err := t.run(part)
		cause := context.Cause(part)
		cancel()
		if err != nil && !errors.Is(err, errStopped) {
			return err
		}
		if err != nil {
			if j == first && len(t.history.Steps) == 0 {
				return tooEarly(cause)
			}
			t.history.Stop = Cancelled
			if cause == errTimeLimit {
				t.history.Stop = TimedOut
			}
		}
		if len(t.history.Steps) == 0 {
			t.stay(t.history.Stop)
		}
		t.end()
		if stop := t.history.Stop; stop == Cancelled || stop == StoppedByCaller {
			for j++; j < t.o.targets; j++ {
				t.begin(j)
				t.stay(stop)
				t.end()
			}
			return nil
		}
	}
	return nil
}

// bind makes the long loops end with ctx.
func (t *trainer) bind(ctx context.Context) {
	t.team.Bind(ctx)
	t.op.Bind(ctx)
}

// begin makes the trainer ready for a target, at the initial weights.
func (t *trainer) begin(target int) {
	t.target = target
	t.y, t.yValid = t.data.target(target)
	t.history = &TargetReport{Ridge: t.mu}
	t.growth, t.moved = 2, true
	if t.o.Rule == LevenbergMarquardt {
		t.lambda = t.o.Damping
		if t.lambda == 0 {
			t.lambda = firstDamping
		}
	}
	if target > 0 {
		t.vec.restart()
		if t.grad != nil {
			t.grad.restart()
		} else {
			t.sys.restart()
		}
	}
}

// end keeps the best model of a target, and its history.
func (t *trainer) end() {
	h := t.history
	best := h.Steps[h.Best]
	h.TrainRMSE, h.ValidRMSE = best.TrainRMSE, best.ValidRMSE
	t.report.Targets = append(t.report.Targets, *h)
	t.nets = append(t.nets, jacobian.Network{M: t.net.M, D: t.net.D, W: t.vec.best, A: t.net.A})
}

// stay makes the history of a target that is left at the initial weights, whose
// outputs the first target knows.
func (t *trainer) stay(stop StopReason) {
	n, _ := t.data.rows()
	s := Step{Target: t.target, Accepted: true, Ridge: t.mu, Damping: t.lambda, GainRatio: math.NaN(), InnerTrue: math.NaN(), ValidRMSE: math.NaN()}
	copy(t.f, t.start)
	copy(t.fValid, t.start[n:])
	for i, f := range t.f {
		t.r[i] = f - t.y[i]
	}
	s.Loss, s.TrainRMSE = t.objective(0), rmse(t.r)
	if len(t.yValid) > 0 {
		copy(t.rValid, t.fValid)
		asm.Axpy(t.rValid, -1, t.yValid)
		s.ValidRMSE = rmse(t.rValid)
	}
	t.history.Steps = []Step{s}
	t.history.Stop = stop
	t.keep()
}

// remember keeps the outputs of the initial network for the targets to come.
func (t *trainer) remember() {
	if t.target > 0 || t.o.targets == 1 {
		return
	}
	t.start = append(append(t.start[:0], t.f...), t.fValid...)
}

// known copies the solution of the first system of a target to u, if the first
// target has found it (see solveAhead).
func (t *trainer) known(u []float64, c float64) bool {
	if t.target == 0 || len(t.history.Steps) != 1 || t.ahead == nil || t.aheadDamping != c {
		return false
	}
	copy(u, t.ahead[(t.target-1)*len(u):])
	return true
}

// solveAhead solves the first system of all other targets with the factor that
// the first one has made for its own: gates, drift and damping are the same, and
// of the right-hand sides only the targets differ. One after the other: for k
// vectors at once the solver has other bits, and gains only from 16 on.
func (t *trainer) solveAhead(ctx context.Context, c, pull float64, s *Step) error {
	e, direct := t.sys.(*exact)
	if !direct || t.target > 0 || len(t.history.Steps) != 1 || t.o.targets == 1 {
		return nil
	}
	defer clock(ctx, &s.Phases.Solve, phaseSolve).stop()
	n := len(t.r)
	t.ahead, t.aheadDamping = make([]float64, (t.o.targets-1)*n), c
	rhs := make([]float64, n)
	for j := 1; j < t.o.targets; j++ {
		y, _ := t.data.target(j)
		for i, f := range t.f {
			rhs[i] = f - y[i]
		}
		if pull != 0 {
			asm.Axpy(rhs, -pull, t.drift)
		}
		if err := e.chol.SolveVecContext(ctx, t.ahead[(j-1)*n:j*n], rhs); err != nil {
			t.ahead = nil
			return t.stopped(ctx, err)
		}
	}
	return nil
}

// classify makes the trainer note how often its networks tell the classes.
func (t *trainer) classify(c *classes) {
	if c == nil {
		return
	}
	n, nv := t.data.rows()
	t.classes, t.outputs = c, make([]float64, t.o.targets*(n+nv))
}

// finish makes the model of all targets and closes the report.
func (t *trainer) finish() *Model {
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
	r.TrainAccuracy, r.ValidAccuracy = math.NaN(), math.NaN()
	var names []string
	if c := t.classes; c != nil {
		names = c.names
		r.TrainAccuracy, r.ValidAccuracy = t.data.accuracies(c, t.outputs)
	}
	r.Elapsed = time.Since(t.began)
	m := &Model{Classes: names, Nets: t.nets, Scaler: *t.data.scaler, Seed: t.o.Seed}
	if t.o.shard != nil {
		first, _, _ := t.o.shard.Share()
		m.Share = &Share{First: first, Neurons: t.o.Width}
	}
	return m
}
