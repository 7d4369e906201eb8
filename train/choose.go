package train

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/folds"
	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// The choice of the ridge and of the shape of the rows, by rows out of fold.
//
// Shapes are tried from the plain one to richer ones: the constant beside the features, raw
// columns in place of logarithms, a common scale, logarithms of skewed targets, judged in the
// targets' own units, and scales learnt from slopes. One of them is taken if its mean squared
// error is less by more than the standard error of the difference, paired by groups of equal
// rows. Slopes are learnt for each fold from the others. μ is absolute (the prior of the weights is that of the whole table), so that
// a sample of the rows decides for all of them, and a sample of the neurons for all neurons.
const (
	choiceRows    = 1024    // rows at most, half of them where the choice is judged
	choiceLeast   = 20      // rows of a class at least, if there are as many
	choiceStrata  = 10      // quantiles of a target
	choiceNeurons = 4096    // neurons at most …
	choiceWeights = 1 << 22 // … and weights
	choiceFolds   = 5
	choiceRounds  = 4    // rescalings at most
	choiceFlat    = 1.01 // an error so many times the least is as good: the largest such ridge is taken
	leastScale    = 0x1p-10
)

// plannedRidge is the ridge that the plan assumes before one is chosen, and the one of
// tables with too few rows for a choice.
const plannedRidge = 1e-3

// biases are the constants that are tried where none is asked for.
var biases = [...]float64{1, 2, 4}

// chooser holds the rows that decide.
type chooser struct {
	cfg     *config
	n       int
	rows    []int // among those given, fold after fold
	neurons int
	x       []float64 // raw features
	y       []float64 // raw targets, one after the other
	root    []float64 // of the weights, nil for ones
	units   []float64 // that squared errors of the targets count
	group   []int     // of equal rows
	groups  int
	fold    []int // of each row, ascending
	folds   int
	begins  []int            // of each fold, and the end of the last
	fitted  *features.Scaler // with logarithms, if they may be, of features and targets
	skewed  []bool           // targets that may be fitted in logarithms, nil for none
	last    *linear          // made last; nil for none
	report  *Choice
}

// choose returns the shape and the ridge for raw rows, of which so many decide at most. It
// returns ErrStopped if ctx ends.
func choose(ctx context.Context, r *rawRows, most int, cfg *config) (*Choice, error) {
	c, err := newChooser(ctx, r, most, cfg)
	if err != nil {
		return nil, err
	}
	best := &trial{shape: shape{bias: c.fitted.Bias, logs: c.fitted.HasLogarithms()}, best: len(ridges) / 2}
	if c.folds < 2 {
		c.report.Ridge = plannedRidge
		c.tell(best)
		return c.report, nil
	}
	if err := c.judge(ctx, best, true); err != nil {
		return nil, err
	}
	c.note(best, 0, 0, true)
	for _, richer := range c.richer() {
		s := richer(best.shape)
		if s.equal(best.shape) {
			continue
		}
		t := &trial{shape: s, best: best.best}
		if err := c.judge(ctx, t, false); err != nil {
			return nil, err
		}
		if c.wins(t, best) {
			best = t
		}
	}
	if c.skewed != nil {
		if best, err = c.logTargets(ctx, best); err != nil {
			return nil, err
		}
	}
	if !cfg.KeepScale && best.bias > 0 {
		if best, err = c.rescale(ctx, best); err != nil {
			return nil, err
		}
	}
	if err := c.settle(ctx, best); err != nil {
		return nil, err
	}
	c.tell(best)
	cfg.logChoice(ctx, c.report)
	return c.report, nil
}

// newChooser takes the rows that decide, fold after fold: all, or a sample that the seed draws.
func newChooser(ctx context.Context, r *rawRows, most int, cfg *config) (*chooser, error) {
	// Scales are those of all rows: what is rare in them a sample may lack.
	fitted, err := features.FitScaler(ctx, r.x, r.y, r.weights, r.d, max(cfg.Bias, 0), !cfg.KeepSkew)
	if err != nil {
		return nil, err
	}
	var skewed []bool
	if !cfg.KeepSkew {
		skewed = r.skewed()
	}
	if skewed != nil {
		fitted = fitted.WithTargetLogs(skewed, r.y, r.weights)
	}
	at := folds.Sample(r.strata(), most, choiceLeast, cfg.Seed, streamChoice)
	if len(at) < r.n() {
		r = r.subset(at)
	}
	group, groups := folds.Groups(r.x, r.d)
	fold, count := folds.Split(group, groups, r.strata(), choiceFolds, cfg.Seed, streamFolds)
	order := make([]int, len(fold))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return fold[i] - fold[j] })
	r = r.subset(order)
	n := r.n()
	width := fitted.Width()
	c := &chooser{cfg: cfg, n: n, neurons: min(cfg.Width, choiceNeurons, max(256, choiceWeights/width)), x: r.x, y: r.y, fitted: fitted, skewed: skewed}
	if r.weights != nil {
		c.root = roots(r.weights)
	}
	c.units = r.units(fitted)
	c.groups, c.folds = groups, count
	for p, i := range order {
		c.rows, c.group, c.fold = append(c.rows, at[i]), append(c.group, group[i]), append(c.fold, fold[i])
		if p == 0 || c.fold[p] != c.fold[p-1] {
			c.begins = append(c.begins, p)
		}
	}
	c.begins = append(c.begins, n)
	c.report = &Choice{Rows: n, Neurons: c.neurons, Folds: c.folds}
	return c, nil
}

// richer returns what may be changed of a shape, in the order in which it is tried.
func (c *chooser) richer() []func(shape) shape {
	var out []func(shape) shape
	if c.cfg.chooseBias {
		for _, b := range biases[1:] {
			out = append(out, func(s shape) shape { s.bias = b; return s })
		}
	}
	out = append(out, func(s shape) shape { s.logs = false; return s })
	if !c.cfg.KeepScale && c.fitted.Kept() > 1 {
		out = append(out, func(s shape) shape { s.common, s.logs = true, false; return s })
	}
	return out
}

// judge fills in what rows out of fold say of a shape that looks at no target: at every decade
// and then around the least if all is set, else downhill from t.best.
func (c *chooser) judge(ctx context.Context, t *trial, all bool) error {
	if t.designs == nil {
		d, err := c.newDesign(ctx, t.shape.of(c.fitted), nil)
		if err != nil {
			return err
		}
		t.designs = []design{d}
	}
	if all {
		for k := 0; k < len(ridges); k += 2 {
			if err := c.ask(ctx, t, k); err != nil {
				return err
			}
			if k == 0 || t.rmse[k] < t.least() {
				t.best = k
			}
		}
	}
	for {
		at := t.best
		for _, k := range []int{at, at + 1, at - 1} {
			if k < 0 || k >= len(ridges) {
				continue
			}
			if err := c.ask(ctx, t, k); err != nil {
				return err
			}
			if t.rmse[k] < t.least() {
				t.best = k
			}
		}
		if t.best == at {
			return nil
		}
	}
}

// wins tells whether t is better than best by more than the noise, and notes it.
func (c *chooser) wins(t, best *trial) bool {
	if t.squares[t.best] == nil || best.squares[best.best] == nil { // a system that broke down
		won := t.least() < best.least()
		c.note(t, math.NaN(), math.NaN(), won)
		return won
	}
	gain, err := c.gain(t, best)
	won := gain > err
	c.note(t, gain, err, won)
	return won
}

// logTargets fits skewed targets in logarithms, of several those that gain from it, and
// returns that if it is better over all targets.
func (c *chooser) logTargets(ctx context.Context, plain *trial) (*trial, error) {
	t := &trial{shape: plain.shape, best: plain.best}
	t.logTargets = c.skewed
	if len(c.skewed) > 1 {
		var err error
		if t.logTargets, err = c.gainers(ctx, plain); err != nil || t.logTargets == nil {
			return plain, err
		}
	}
	if err := c.judge(ctx, t, false); err != nil {
		return nil, err
	}
	if c.wins(t, plain) {
		return t, nil
	}
	return plain, nil
}

// gainers returns the skewed targets whose error falls in logarithms by more than the noise,
// each by itself, at the same ridge; nil if there are none.
func (c *chooser) gainers(ctx context.Context, plain *trial) ([]bool, error) {
	s := plain.shape
	s.logTargets = c.skewed
	d, err := c.newDesign(ctx, s.of(c.fitted), nil)
	if err != nil {
		return nil, err
	}
	var squares [2][]float64 // target after target
	for i, t := range []*trial{{shape: s, designs: []design{d}}, plain} {
		squares[i], _, err = c.errors(ctx, t, ridges[plain.best])
		if newton.BrokeDown(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for at, e := range squares[i] {
			squares[i][at] = float64(e * e)
		}
	}
	out := make([]bool, len(c.skewed))
	for j, may := range c.skewed {
		gain, err := c.paired(squares[0][j*c.n:(j+1)*c.n], squares[1][j*c.n:(j+1)*c.n])
		out[j] = may && gain > err
	}
	if count(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// rescale scales features by their slopes, round after round as long as the error falls, and
// returns the best round if it is better than none.
func (c *chooser) rescale(ctx context.Context, plain *trial) (*trial, error) {
	best := plain
	for round := 1; round <= choiceRounds && best.duals != nil; round++ {
		t := &trial{shape: plain.shape, best: best.best}
		t.rounds = round
		for f := range c.folds {
			d, err := c.nextDesign(ctx, best.design(f), best.duals[f], f)
			if err != nil {
				return nil, err
			}
			t.designs = append(t.designs, d)
		}
		if err := c.judge(ctx, t, false); err != nil {
			return nil, err
		}
		if !(t.least() < best.least()) {
			break
		}
		best = t
	}
	if best == plain || c.wins(best, plain) {
		return best, nil
	}
	return plain, nil
}

// nextDesign is d after another round of rescaling, by the dual solutions u of the rows that are
// not in a fold; -1 is none.
func (c *chooser) nextDesign(ctx context.Context, d *design, u []float64, fold int) (design, error) {
	m, err := c.linearize(ctx, d.scaler)
	if err != nil {
		return design{}, err
	}
	scaler, scale, err := c.rescaled(ctx, m, u, d.scale, func(i int) bool { return c.fold[i] != fold })
	if err != nil {
		return design{}, err
	}
	return c.newDesign(ctx, scaler, scale)
}

// settle takes the largest ridge whose error is within choiceFlat of the least:
// errors that close are not told apart, and the larger ridge takes fewer steps.
func (c *chooser) settle(ctx context.Context, t *trial) error {
	least := t.least()
	for t.best+1 < len(ridges) {
		if err := c.ask(ctx, t, t.best+1); err != nil {
			return err
		}
		if !(t.rmse[t.best+1] <= choiceFlat*least) {
			break
		}
		t.best++
	}
	c.report.Ridge, c.report.RMSE = ridges[t.best], t.rmse[t.best]
	for k, e := range t.rmse {
		if e > 0 && e < math.Inf(1) {
			c.report.Curve = append(c.report.Curve, RidgeError{ridges[k], e})
		}
	}
	return nil
}

// note puts a shape into the report.
func (c *chooser) note(t *trial, gain, err float64, accepted bool) {
	c.report.Shapes = append(c.report.Shapes, ShapeError{Shape: t.shape.String(), Ridge: ridges[t.best], RMSE: t.least(), Gain: gain, GainError: err, Accepted: accepted})
}

// tell puts the shape that was chosen into the report.
func (c *chooser) tell(t *trial) {
	r := c.report
	r.shape = t.shape
	r.Bias, r.Logarithms, r.CommonScale, r.Rescaled, r.LogTarget = t.bias, t.logs, t.common, t.rounds, t.logTargets
}
