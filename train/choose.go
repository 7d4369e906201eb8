package train

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/folds"
)

// The choice of the ridge and of the shape of the rows, by rows out of fold.
//
// Shapes are tried from the plain one to richer ones: the constant beside the features, raw
// columns in place of logarithms, a common scale, logarithms of skewed targets, judged in the
// targets' own units, and scales learnt from slopes. One of them is taken if its mean squared
// error is less by more than the standard error of the difference, paired by groups of equal
// rows. Slopes are learnt for each fold from the others. μ is absolute (the prior of the weights is that of the whole table), so that
// a sample of the rows decides for all of them, and a sample of the neurons for all neurons.
//
// Of many rows a small sample prefers what helps where there are few: the candidates are then judged
// at a second look, by four times as many rows and by as many neurons as will be trained.
const (
	choiceRows    = 1024    // rows at most, half of them where the choice is judged
	choiceLeast   = 20      // rows of a class at least, if there are as many
	choiceStrata  = 10      // quantiles of a target
	choiceNeurons = 4       // neurons at most for each row that may decide …
	choiceWeights = 1 << 20 // … and weights
	choiceFolds   = 5
	metricRows    = 2 * choiceRows // of the table at most: what a metric gains by few rows, it need not by many
	choiceRounds  = 8              // rescalings at most
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
	look    look
	x       []float64 // raw features
	y       []float64 // raw targets, one after the other
	root    []float64 // of the weights, nil for ones
	units   []float64 // that squared errors of the targets count
	group   []int     // of equal rows
	groups  int
	fold    []int // of each row, ascending
	folds   int
	judged  int                               // of the folds
	begins  []int                             // of each fold, and the end of the last
	fitted  *features.Scaler                  // with logarithms, if they may be, of features and targets
	means   [][]features.TargetMean           // without each fold that is judged; nil for none
	skewed  []bool                            // targets that may be fitted in logarithms, nil for none
	last    *linear                           // made last; nil for none
	rest    []float64                         // Gram matrix without a fold
	factors map[int]*solver.Cholesky[float64] // by their order
	report  *Choice
}

// choose returns the shape and the ridge for raw rows, of which so many decide at most. It
// returns ErrStopped if ctx ends.
func choose(ctx context.Context, r *rawRows, most int, cfg *config) (*Choice, error) {
	fitted, err := r.scalerOfAll(ctx, cfg)
	if err != nil {
		return nil, err
	}
	c, err := newChooser(ctx, r, firstLook(most), fitted, cfg)
	if err != nil {
		return nil, err
	}
	plain := &trial{shape: shape{bias: c.fitted.Bias, logs: c.fitted.HasLogarithms(), pieces: len(c.fitted.Pieces) > 0}, best: len(ridges) / 2}
	if c.folds < 2 {
		c.report.Ridge = plannedRidge
		c.tell([]member{{shape: plain.shape, ridge: plannedRidge, weight: 1}})
		return c.report, nil
	}
	if err := c.judge(ctx, plain, true); err != nil {
		return nil, err
	}
	c.note(plain, 0, 0, true)
	base, common, err := c.base(ctx, plain)
	if err != nil {
		return nil, err
	}
	if cfg.looksTwice() {
		if c, err = c.closer(ctx, r); err != nil {
			return nil, err
		}
		if base, common, err = c.again(ctx, base, common); err != nil {
			return nil, err
		}
	}
	logs, err := c.logTargets(ctx, base)
	if err != nil {
		return nil, err
	}
	other := (*trial)(nil) // whose error is not told apart from that of the base
	if logs != nil && c.wins(logs, base) {
		base = logs
	} else if logs != nil && c.look.second && logs.squares[logs.best] != nil && base.squares[base.best] != nil { // else a system broke down
		if gain, err := c.gain(base, logs); !(gain > err) {
			other = logs
		}
	}
	all, err := c.candidates(ctx, base, common)
	if err != nil {
		return nil, err
	}
	if other != nil {
		more, err := c.candidates(ctx, other, common)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	best := c.best(all)
	c.tell(c.average(best, all))
	cfg.logChoice(ctx, c.report)
	return c.report, nil
}

// base returns the plain shape as far as changes to it pay, and the one with a common scale, nil if
// there is none.
func (c *chooser) base(ctx context.Context, plain *trial) (base, common *trial, err error) {
	base = plain
	for _, richer := range c.richer() {
		s := richer(base.shape)
		if s.equal(base.shape) {
			continue
		}
		t := &trial{shape: s, best: base.best}
		if err := c.judge(ctx, t, false); err != nil {
			return nil, nil, err
		}
		if t.common {
			common = t
		}
		if c.wins(t, base) {
			base = t
		}
	}
	return base, common, nil
}

// scalerOfAll returns the scaler of all shapes that a choice may try, of all rows: what is rare in them a
// sample may lack.
func (r *rawRows) scalerOfAll(ctx context.Context, cfg *config) (*features.Scaler, error) {
	return r.scaler(ctx, max(cfg.Bias, 0), !cfg.KeepSkew, cfg.cuts(), cfg.skewed(r))
}

// skewed returns the targets of r that may be fitted in logarithms, nil for none.
func (c *config) skewed(r *rawRows) []bool {
	if c.KeepSkew {
		return nil
	}
	return r.skewed()
}

// newChooser takes the rows that decide, fold after fold: all, or a sample that the seed draws. fitted
// is the scaler of the rows with all that shapes may have.
func newChooser(ctx context.Context, r *rawRows, look look, fitted *features.Scaler, cfg *config) (*chooser, error) {
	skewed, all := cfg.skewed(r), r
	at := folds.Sample(r.strata(), look.rows, choiceLeast, cfg.Seed, streamChoice)
	if len(at) < r.n() {
		r = r.subset(at)
	}
	group, groups := folds.Groups(r.x, r.d)
	fold, count := folds.Split(group, groups, r.strata(), look.folds, cfg.Seed, streamFolds)
	order := make([]int, len(fold))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return fold[i] - fold[j] })
	r = r.subset(order)
	n := r.n()
	c := &chooser{cfg: cfg, n: n, look: look, x: r.x, y: r.y, fitted: fitted, skewed: skewed, factors: map[int]*solver.Cholesky[float64]{}}
	if r.weights != nil {
		c.root = roots(r.weights)
	}
	c.units = r.units(fitted)
	c.groups, c.folds, c.judged = groups, count, min(count, look.judged)
	for p, i := range order {
		c.rows, c.group, c.fold = append(c.rows, at[i]), append(c.group, group[i]), append(c.fold, fold[i])
		if p == 0 || c.fold[p] != c.fold[p-1] {
			c.begins = append(c.begins, p)
		}
	}
	c.begins = append(c.begins, n)
	c.means = all.meansWithout(c)
	c.report = &Choice{Rows: n, Neurons: c.neurons(fitted.Width()), Folds: c.folds}
	return c, nil
}

// neurons returns how many a network of so many inputs has, of those of all shapes by the first look.
func (c *chooser) neurons(inputs int) int {
	own := *c.cfg
	if !c.look.second {
		inputs = c.fitted.Width()
	} else if _, err := own.settleWidth(inputs); err != nil {
		own.Width = own.Effort.bounds().width
	}
	return min(own.Width, c.look.neurons, max(256, c.look.weights/inputs))
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
		out = append(out, func(s shape) shape { s.common, s.logs, s.pieces = true, false, false; return s })
	}
	return out
}

// judge fills in what rows out of fold say of a shape that looks at no target: at every decade
// and then around the least if all is set, else downhill from t.best.
func (c *chooser) judge(ctx context.Context, t *trial, all bool) error {
	if t.designs == nil {
		var err error
		if t.designs, err = c.designs(ctx, t.shape); err != nil {
			return err
		}
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
	noise := err
	if c.look.second && t.rounds > 0 && t.pieces == best.pieces { // what is learnt from thousands of rows costs nothing more
		noise = 0
	}
	won := gain > noise
	c.note(t, gain, err, won)
	return won
}

// settle takes the largest ridge whose error is about the least:
// errors that close are not told apart, and the larger ridge takes fewer steps. Then it lets go of the
// Gram matrices.
func (c *chooser) settle(ctx context.Context, t *trial) error {
	if t.settled {
		return nil
	}
	if c.look.second {
		if err := c.judge(ctx, t, false); err != nil {
			return err
		}
	}
	t.settled, t.ridge = true, t.best
	for t.ridge+1 < len(ridges) {
		if err := c.ask(ctx, t, t.ridge+1); err != nil {
			return err
		}
		least := t.least()
		if t.rmse[t.ridge+1] < least { // whose residuals are those that are kept
			t.best = t.ridge + 1
		}
		if !(t.rmse[t.ridge+1] <= c.look.flat*least) {
			break
		}
		t.ridge++
	}
	t.release()
	return nil
}

// release lets go of what a shape is judged by.
func (t *trial) release() {
	for f := range t.designs {
		t.designs[f].gram, t.designs[f].r = nil, nil
	}
	t.duals = nil
}

// note puts a shape into the report, once.
func (c *chooser) note(t *trial, gain, err float64, accepted bool) {
	if t.noted {
		return
	}
	t.noted = true
	c.report.Shapes = append(c.report.Shapes, ShapeError{Shape: t.shape.String(), Ridge: ridges[t.best], RMSE: t.least(), Gain: gain, GainError: err, Accepted: accepted})
}

// tell puts what was chosen into the report.
func (c *chooser) tell(members []member) {
	r, first := c.report, members[0]
	if c.look.second {
		r.Neurons = c.neurons(first.of(c.fitted).Width())
	}
	r.members, r.Ridge = members, first.ridge
	r.Bias, r.Logarithms, r.CommonScale, r.Pieces, r.Rescaled, r.Mapped, r.LogTarget = first.bias, first.logs, first.common, first.pieces, first.rounds, first.metric, first.logTargets
	for _, m := range members {
		r.Members = append(r.Members, Member{Shape: m.shape.String(), Ridge: m.ridge, Weight: m.weight})
	}
}
