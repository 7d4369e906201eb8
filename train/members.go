package train

import (
	"context"
	"errors"
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/model"
)

// trainer makes the trainer of a member, of which nobody hears, and its plan.
func (m member) trainer(ctx context.Context, training, held *rawRows, cfg *config) (*trainer, plan, error) {
	own := *cfg
	own.Ridge = m.ridge
	scaler, _, err := m.fit(ctx, training, m.ridge, &own)
	if err != nil {
		return nil, plan{}, err
	}
	p, err := planWithin(&own, scaler.Width(), cfg.limit, cfg.source)
	if err != nil {
		return nil, p, err
	}
	data, err := newDataset(ctx, scaler, training, held)
	if err != nil {
		return nil, p, err
	}
	t, err := newTrainer(ctx, data, &own, p)
	return t, p, err
}

// further trains the members behind the first. When ctx ends before one is done, those that are make
// the average.
func (t *trainer) further(ctx context.Context) error {
	if !t.cfg.averages() || t.report.Targets[len(t.report.Targets)-1].Stop.early() {
		return nil
	}
	members := t.cfg.choice.members
	total := members[0].weight
	mean := make([]float64, len(t.outputs))
	asm.Axpy(mean, total, t.outputs)
	t.release()
	for _, m := range members[1:] {
		next, err := t.train(ctx, m)
		if errors.Is(err, fault.ErrStopped) {
			t.cutMembers(ctx, total)
			break
		}
		if err != nil {
			return err
		}
		t.others = append(t.others, model.Member{Nets: next.nets, Scaler: *next.data.scaler.Settled(), Weight: m.weight})
		asm.Axpy(mean, m.weight, next.outputs)
		total += m.weight
	}
	for q := range t.others {
		t.others[q].Weight /= total
	}
	asm.Scale(t.outputs, 1/total, mean)
	return nil
}

// train trains a further member as the first was.
func (t *trainer) train(ctx context.Context, m member) (*trainer, error) {
	own := t.cfg.quiet()
	own.held, own.choice, own.Validation = t.data.held.n(), t.cfg.choice, t.cfg.Validation
	next, _, err := m.trainer(ctx, t.data.training, t.data.held, own)
	if err != nil {
		return nil, err
	}
	next.classify(t.classes)
	if err := next.runTargets(ctx); err != nil {
		return nil, stopped(ctx, err)
	}
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	return next, nil
}

// cutMembers tells that training was cut short behind the members that have a weight of so much in all.
func (t *trainer) cutMembers(ctx context.Context, total float64) {
	last := &t.report.Targets[len(t.report.Targets)-1]
	if last.Stop = Cancelled; context.Cause(ctx) == fault.ErrTimeLimit {
		last.Stop = TimedOut
	}
	c := t.cfg.choice
	c.Members = c.Members[:1+len(t.others)]
	for q := range c.Members {
		c.Members[q].Weight /= total
	}
}

// averages tells whether several networks are to be averaged.
func (c *config) averages() bool { return c.choice != nil && len(c.choice.members) > 1 }

// averageErrors returns the root mean square errors of the average over all targets, on the rows
// trained on and on those held out, NaN without any.
func (t *trainer) averageErrors() (train, valid float64) {
	n, nv := t.data.rows()
	var sums [2]float64
	for j := range t.cfg.targets {
		y, held := t.data.target(j)
		for part, truth := range [][]float64{y, held} {
			from := j*(n+nv) + part*n
			for i, f := range t.outputs[from : from+len(truth)] {
				sums[part] += float64((f - truth[i]) * (f - truth[i]))
			}
		}
	}
	k := float64(t.cfg.targets)
	return math.Sqrt(sums[0] / float64(k*float64(n))), math.Sqrt(sums[1] / float64(k*float64(nv)))
}

// release lets go of what steps are taken with.
func (t *trainer) release() { t.lin, t.sys, t.vec, t.first = nil, nil, nil, firstSolutions{} }
