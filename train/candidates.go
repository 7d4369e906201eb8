package train

import (
	"context"
	"slices"

	"github.com/nearlinear/nearlinear/train/features"
)

// best returns the one of some shapes that beats those before it by more than the noise.
func (c *chooser) best(all []*trial) *trial {
	best := all[0]
	c.note(best, 0, 0, true) // unless it has been, by this look
	for _, t := range all[1:] {
		if c.wins(t, best) {
			best = t
		}
	}
	return best
}

// candidates returns the shapes that may be taken or averaged, those first that look less at the
// targets: the base, the same without pieces, and the first with features rescaled, the second
// mapped by a metric, with a common scale and without if it has one. Of many rows, where pieces cost more time than the
// choice, what does without them comes first, and rescaled too in place of the metric.
func (c *chooser) candidates(ctx context.Context, base, common *trial) (all []*trial, err error) {
	all = []*trial{base}
	whole := base
	if base.pieces {
		if whole, err = c.whole(ctx, base, common); err != nil {
			return nil, err
		}
		all = append(all, whole)
	}
	type source struct {
		*trial
		metric bool
	}
	from := []source{{base, false}}
	if c.maps(whole) {
		from = append(from, source{whole, true})
	}
	if c.maps(whole) && whole.common { // what has a scale for each feature in its place is no candidate itself
		alone := &trial{shape: whole.shape, best: whole.best}
		alone.common, alone.logs = false, base.logs || base.common && c.fitted.HasLogarithms()
		if err := c.judge(ctx, alone, false); err != nil {
			return nil, err
		}
		defer alone.release()
		from = append(from, source{alone, true})
	}
	if c.look.second {
		if from = []source{{base, false}}; whole != base {
			dear, err := c.dear(base, whole)
			if err != nil {
				return nil, err
			}
			if all, from = []*trial{whole, base}, []source{{whole, false}, {base, false}}; dear {
				all, from = all[:1], from[:1]
			}
		}
	}
	for q, from := range from {
		if c.cfg.KeepScale || base.bias == 0 {
			break
		}
		t, err := c.rescale(ctx, from.trial, from.metric)
		if err != nil {
			return nil, err
		}
		if t != nil && c.look.second && q == 0 && whole != base {
			all = slices.Insert(all, 1, t)
		} else if t != nil {
			all = append(all, t)
		}
	}
	for _, t := range all {
		if err := c.settle(ctx, t); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// maps tells whether features may be mapped by a metric: where there are few of them, and of the rows.
func (c *chooser) maps(t *trial) bool {
	return !c.look.second && !c.cfg.KeepScale && t.bias > 0 && c.cfg.rows <= metricRows && t.designs[0].scaler.Width() <= features.MetricMost
}

// whole returns the better one of t without pieces, and of that with a common scale, which is
// common if its targets are fitted alike.
func (c *chooser) whole(ctx context.Context, t, common *trial) (*trial, error) {
	out := &trial{shape: t.shape, best: t.best}
	out.pieces = false
	if err := c.judge(ctx, out, false); err != nil {
		return nil, err
	}
	if common != nil && t.logTargets != nil {
		s := common.shape
		s.logTargets = t.logTargets
		common = &trial{shape: s, best: common.best}
		if err := c.judge(ctx, common, false); err != nil {
			return nil, err
		}
	}
	if common != nil && common.least() < out.least() {
		return common, nil
	}
	return out, nil
}

// rescale scales features by their slopes, round after round as long as the error falls, and
// returns the best round; nil if there is none.
func (c *chooser) rescale(ctx context.Context, from *trial, metric bool) (best *trial, err error) {
	last := from
	for round := 1; round <= choiceRounds && last.duals != nil; round++ {
		t := &trial{shape: from.shape, best: last.best}
		t.rounds, t.metric = round, metric
		for f := range c.judged {
			d, err := c.nextDesign(ctx, t.shape, last.design(f), last.duals[f], f)
			if err != nil {
				return nil, err
			}
			t.designs = append(t.designs, d)
		}
		if err := c.judgeRound(ctx, t); err != nil {
			return nil, err
		}
		if last != from && !c.look.second {
			if err := c.settle(ctx, last); err != nil {
				return nil, err
			}
		}
		if best != nil && !(t.least() < best.least()) {
			return best, c.settle(ctx, best)
		}
		best, last = t, t
	}
	if best != nil {
		return best, c.settle(ctx, best)
	}
	return nil, nil
}

// judgeRound is judge at the ridge of the round before alone, where rows are many and factors dear.
func (c *chooser) judgeRound(ctx context.Context, t *trial) error {
	if c.look.second {
		return c.ask(ctx, t, t.best)
	}
	return c.judge(ctx, t, false)
}

// nextDesign is d after another round of rescaling as s says, by the dual solutions u of the rows
// that are not in a fold; -1 is none.
func (c *chooser) nextDesign(ctx context.Context, s shape, d *design, u []float64, fold int) (design, error) {
	m, err := c.linearize(ctx, d.scaler)
	if err != nil {
		return design{}, err
	}
	takesPart := func(i int) bool { return c.fold[i] != fold }
	var scaler *features.Scaler
	var scale []float64
	if s.metric {
		scaler, err = c.mapped(ctx, m, u, takesPart)
	} else {
		scaler, scale, err = c.rescaled(ctx, m, u, d.scale, takesPart)
	}
	if err != nil {
		return design{}, err
	}
	return c.newDesign(ctx, scaler, scale)
}
