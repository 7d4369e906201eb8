package train

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/loss"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Outliers, found and bounded by residuals out of fold.
//
// A network as wide as these comes close to any target, so that the residuals of the rows it is
// trained on say little. Those out of fold, of the linearised model on the rows of the other
// folds, say which targets the other rows contradict. Their robust scale s sets Huber's constant,
// and each row is then replaced by the one that stands for it in a weighted ℓ2-regression,
// see loss.Huber.Row: up to outlierScales·s off it is the row itself with the weight min(1, c/|r|),
// beyond one that pulls as hard from nearby.
// Residuals, scale and rows are computed anew until the weights settle. All else, the scaling,
// the choice of the shape and the steps, is the plain fit of these rows, and as robust as they are.
const (
	robustBlock   = choiceRows // rows that predict each other; where there are more the seed deals them to blocks, …
	screenBlock   = 512        // where they look for outliers alone, which is to cost little
	robustRounds  = 5          // at most
	robustSettled = 0.01       // change of the largest weight that ends the rounds
	robustFloor   = 1e-3       // standard deviations of the target: residuals of no larger a scale are of no concern
	outlierScales = 10         // robust scales beyond which a target is told about
)

// limited returns the rows with each target that is more than outlierScales robust scales from
// their median moved to Huber's constant from it: a start for the residuals, which one target
// far off would otherwise decide.
func (r *rawRows) limited() *rawRows {
	out := *r
	out.y = slices.Clone(r.y)
	n := r.n()
	for j := range r.targets {
		y := out.y[j*n : (j+1)*n]
		scale, center := loss.Scale(y, r.weights), loss.Median(y, r.weights)
		for i, v := range y {
			if math.Abs(v/2-center/2) > outlierScales*scale/2 { // halves do not overflow
				y[i] = center + math.Copysign(loss.Efficiency*scale, v-center)
			}
		}
	}
	return &out
}

// reweighSplit returns the rows that stand for those to train on under Huber's loss, and the
// rows held out without the outliers among them, by which that loss does not judge. It notes
// the outliers of both and what was chosen.
func (c *config) reweighSplit(ctx context.Context, training, valid *rawRows) (rows, held *rawRows, err error) {
	rows, c.outliers, c.choice, err = c.robust(ctx, training, choiceRows)
	if err != nil {
		return nil, nil, err
	}
	s, mu := c.chosen(c.choice)
	_, outliers, err := c.reweighted(ctx, valid, valid.limited(), s, mu, robustRounds)
	if err != nil {
		return nil, nil, err
	}
	c.outliers = append(c.outliers, outliers...)
	c.dropped = map[int]bool{}
	for _, o := range c.outliers {
		c.dropped[o.Row] = true
	}
	return rows, c.withoutOutliers(valid), nil
}

// withoutOutliers returns those of some rows held out that tell an error.
func (c *config) withoutOutliers(r *rawRows) *rawRows {
	kept, _ := c.kept(r, r.all())
	return r.subset(kept)
}

// all returns the indices of the rows.
func (r *rawRows) all() []int {
	out := make([]int, r.n())
	for i := range out {
		out[i] = i
	}
	return out
}

// kept returns which of some rows tell an error, and the others.
func (c *config) kept(r *rawRows, at []int) (kept, dropped []int) {
	if len(c.dropped) == 0 {
		return at, nil
	}
	for _, i := range at {
		if c.dropped[r.at[i]] {
			dropped = append(dropped, i)
		} else {
			kept = append(kept, i)
		}
	}
	return kept, dropped
}

// robust returns the rows that stand for r under Huber's loss, the outliers among them, and the
// shape and ridge chosen for them, by so many rows at most; nil if the fit chooses none. What is
// chosen for limited targets sees the noise of those that are far off still, and so is chosen
// again.
func (c *config) robust(ctx context.Context, r *rawRows, most int) (rows *rawRows, outliers []Outlier, choice *Choice, err error) {
	rows = r.limited()
	for range 2 {
		if c.choose {
			if choice, err = choose(ctx, rows, most, c); err != nil {
				return nil, nil, nil, err
			}
		}
		s, mu := c.chosen(choice)
		if rows, outliers, err = c.reweighted(ctx, r, rows, s, mu, robustRounds); err != nil || !c.choose {
			return rows, outliers, choice, err
		}
	}
	return rows, outliers, choice, nil
}

// chosen returns the shape and μ that were chosen, or else asked for.
func (c *config) chosen(choice *Choice) (s shape, mu float64) {
	if choice == nil {
		return shape{bias: max(c.Bias, 0), logs: !c.KeepSkew}, c.mu()
	}
	return choice.members[0].shape, choice.Ridge
}

// reweighted returns the rows that stand for r under Huber's loss, of weights times those of the
// loss, and the outliers among them, by models of a shape and a ridge fitted to given rows first,
// then to those that stand for r, in at most so many rounds. Of several targets it tells the
// outliers alone.
// Scales learnt from slopes would cost more than the rest, and are left out, and where there are many blocks
// so are pieces. A round costs
// five factors of 820 rows for each block of 1024.
func (c *config) reweighted(ctx context.Context, r, from *rawRows, s shape, ridge float64, rounds int) (*rawRows, []Outlier, error) {
	if c.looksTwice() {
		own := *c
		own.NoPieces, s.pieces = true, false
		c = &own
	}
	n := r.n()
	out := *r
	out.y, out.weights = slices.Clone(r.y), make([]float64, n)
	var outliers []Outlier
	order := portable.Permutation(n, c.Seed, streamBlocks)
	size := robustBlock
	if c.Loss == Squared {
		size = screenBlock
	}
	blocks := (n + size - 1) / size
	for k := range blocks {
		at := order[k*n/blocks : (k+1)*n/blocks]
		slices.Sort(at)
		b := &block{r: r.subset(at)}
		if err := b.settle(ctx, from.subset(at), s, ridge, rounds, c); err != nil {
			return nil, nil, err
		}
		for p, i := range at {
			out.weights[i] = b.weights[p]
			if r.targets == 1 {
				out.y[i] = b.y[p]
			}
		}
		outliers = append(outliers, b.outliers...)
	}
	return &out, outliers, nil
}

// block is rows that predict each other out of fold.
type block struct {
	r *rawRows
	c *chooser // of limited targets; its rows are in another order
	s *features.Scaler

	y, weights []float64 // of the rows that stand for those of r, once settled
	outliers   []Outlier
}

// settle fits other rows first, and then reweighs until the weights do not change.
func (b *block) settle(ctx context.Context, from *rawRows, s shape, ridge float64, rounds int, cfg *config) error {
	fitted, err := from.scalerOfAll(ctx, cfg)
	if err != nil {
		return err
	}
	if b.c, err = newChooser(ctx, from, firstLook(from.n()), fitted, cfg); err != nil {
		return err
	}
	b.s = s.of(b.c.fitted)
	b.y, b.weights = from.y, b.base()
	if from.weights != nil {
		b.weights = from.weights
	}
	if b.c.folds < 2 { // no row predicts another: the median does
		b.judge(b.medians())
		return nil
	}
	d, err := b.c.newDesign(ctx, b.s, nil)
	if err != nil {
		return err
	}
	t := &trial{designs: []design{d}}
	for round := range rounds {
		left, _, err := b.c.residuals(ctx, t, ridge)
		if newton.BrokeDown(err) {
			b.judge(b.medians())
			return nil
		}
		if err != nil {
			return err
		}
		if change := b.judge(b.predicted(left)); change <= robustSettled || round == rounds-1 {
			return nil
		}
		b.c.reweigh(&t.designs[0], b)
	}
	return nil
}

// base returns the weights of the rows before any of the loss.
func (b *block) base() []float64 {
	if b.r.weights != nil {
		return slices.Clone(b.r.weights)
	}
	out := make([]float64, b.r.n())
	for i := range out {
		out[i] = 1
	}
	return out
}

// predicted returns the standardised predictions of the rows, target after target, given what
// they are off the targets that were fitted, with the roots of the weights.
func (b *block) predicted(left []float64) []float64 {
	n := b.r.n()
	f := make([]float64, len(left))
	for j := 0; j < len(left); j += n {
		y := make([]float64, n)
		b.s.Standardize(y, b.c.y[j:j+n], j/n)
		for p, e := range left[j : j+n] {
			if b.c.root != nil {
				e /= b.c.root[p]
			}
			f[j+b.c.rows[p]] = y[p] + e
		}
	}
	return f
}

// medians returns predictions by the medians of the targets.
func (b *block) medians() []float64 {
	n := b.r.n()
	f := make([]float64, len(b.r.y))
	for j := range b.r.targets {
		y := b.standardized(j)
		center := loss.Median(y, b.r.weights)
		for i := range y {
			f[j*n+i] = center
		}
	}
	return f
}

func (b *block) standardized(target int) []float64 {
	n := b.r.n()
	y := make([]float64, n)
	b.s.Standardize(y, b.r.y[target*n:(target+1)*n], target)
	return y
}

// restored returns a standardised target in its units.
func (b *block) restored(v float64, target int) float64 {
	y := []float64{v}
	b.s.Restore(y, target)
	return y[0]
}

// judge notes the outliers, given standardised predictions, and with a single target the rows
// that stand for those of r. It returns the largest relative change of a weight.
func (b *block) judge(predicted []float64) (change float64) {
	n := b.r.n()
	b.outliers = nil
	for j := range b.r.targets {
		f, r := predicted[j*n:(j+1)*n], b.standardized(j)
		for i := range r {
			r[i] -= f[i]
		}
		scale := max(robustFloor, loss.Scale(r, b.r.weights))
		for i, e := range r {
			if math.Abs(e) > outlierScales*scale {
				b.outliers = append(b.outliers, Outlier{Row: b.r.at[i], Target: j, Residual: b.r.y[j*n+i] - b.restored(f[i], j), Scales: math.Abs(e) / scale})
			}
		}
		if b.r.targets == 1 {
			change = b.replace(f, r, scale)
		}
	}
	return change
}

// replace sets targets and weights of the rows that stand for those with residuals r off f.
func (b *block) replace(f, r []float64, scale float64) (change float64) {
	huber, base := loss.NewHuber(scale), b.base()
	for i, e := range r {
		w, t := huber.Row(e, outlierScales*scale)
		change = max(change, math.Abs(w-b.weights[i]/base[i]))
		b.weights[i] = base[i] * w
		b.y[i] = b.r.y[i]
		if t != e {
			b.y[i] = b.restored(f[i]+t, 0)
		}
	}
	return change
}

// reweigh puts other weights and targets, those of a block, into a design: √w·f(x) = f(√w·x), and
// so the Gram matrix of the rows is that of before by the roots on both sides.
func (c *chooser) reweigh(d *design, b *block) {
	weights, y := make([]float64, c.n), make([]float64, c.n)
	for p, i := range c.rows {
		weights[p], y[p] = b.weights[i], b.y[i]
	}
	was, is := make([]float64, c.n), make([]float64, c.n)
	d.scaler.Standardize(was, c.y, 0)
	d.scaler.Standardize(is, y, 0)
	root := roots(weights)
	ratio := slices.Clone(root)
	if c.root != nil {
		for p := range ratio {
			ratio[p] /= c.root[p]
		}
	}
	for p, v := range ratio {
		row := d.gram[p*c.n : (p+1)*c.n]
		for q := range row {
			row[q] *= float64(v * ratio[q])
		}
		d.r[p] = float64(d.r[p]*v) + float64(root[p]*(was[p]-is[p])) // √w(f₀ − y)
	}
	c.root, c.y, c.last = root, y, nil
}
