package train

import (
	"context"
)

// look is how closely shapes are judged.
type look struct {
	rows    int     // at most
	folds   int     // they are dealt to, …
	judged  int     // of which so many are judged by the rows of all others
	neurons int     // at most, …
	weights int     // and weights of a network
	flat    float64 // an error so many times the least is as good: the largest such ridge is taken
	second  bool    // of many rows: with no more neurons than a network of so many features is trained with
}

// firstLook is by so many rows at most, each of them out of fold.
func firstLook(most int) look {
	return look{rows: most, folds: choiceFolds, judged: choiceFolds, neurons: choiceNeurons * most, weights: choiceWeights, flat: 1.01}
}

// secondLook is for tables of more than estimateMost rows. The one half judges the other: where rows
// abound, a factor more says less than rows more.
var secondLook = look{rows: 4 * choiceRows, folds: 2, judged: 1, neurons: mostWidth, weights: 1 << 21, flat: 1.01, second: true}

// secondTargets is the number of targets up to which there is a second look. On letters (26 classes) it took eight
// seconds of twenty-two and lowered no error, on shuttle (seven) pieces took too long.
const secondTargets = 4

// looksTwice tells whether there are rows for a second look, and memory.
func (c *config) looksTwice() bool {
	return c.choose && c.rows > estimateMost && c.targets <= secondTargets && !c.oneLook
}

// A step that pieces make so many times as long, and longer than so many seconds for each row, by the plan, is not taken
// for them.
const (
	dearTimes   = 2.5
	dearSeconds = 6e-4
)

// dear tells whether pieces would cost more time than they are thought to be worth.
func (c *chooser) dear(with, without *trial) (bool, error) {
	p, err := c.cfg.at(ridges[with.best], with.shape.of(c.fitted).Width())
	if err != nil {
		return true, nil // where there is no memory for them
	}
	q, err := c.cfg.at(ridges[without.best], without.shape.of(c.fitted).Width())
	return c.cfg.dear(p, q), err
}

// at returns the plan of training with a ridge and so many inputs.
func (c *config) at(ridge float64, inputs int) (plan, error) {
	own := *c
	own.Ridge = ridge
	return own.settled(inputs)
}

func (c *config) dear(with, without plan) bool {
	if c.Effort == Thorough {
		return with.step > c.Effort.bounds().longStep
	}
	return with.step > max(dearSeconds*float64(c.rows), dearTimes*without.step)
}

// closer returns a chooser for the second look, with the report of the first.
func (c *chooser) closer(ctx context.Context, r *rawRows) (*chooser, error) {
	out, err := newChooser(ctx, r, secondLook, c.fitted, c.cfg)
	if err != nil {
		return nil, err
	}
	out.report.Shapes = c.report.Shapes
	return out, nil
}

// again judges the base, and the shape with a common scale if there is one, as c sees them.
func (c *chooser) again(ctx context.Context, base, common *trial) (*trial, *trial, error) {
	var out [2]*trial
	for i, t := range []*trial{base, common} {
		if t == nil {
			continue
		}
		out[i] = &trial{shape: t.shape, best: t.best}
		if err := c.judge(ctx, out[i], false); err != nil {
			return nil, nil, err
		}
	}
	return out[0], out[1], nil
}
