package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/folds"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/table"
)

// checkData returns the number of rows.
func checkData(x, y []float64, d int) (int, error) {
	if d < 1 || len(y) == 0 || len(x) < d || len(x)%d != 0 || len(y)%(len(x)/d) != 0 {
		return 0, fmt.Errorf("train: %d values and %d targets are not rows of %d features: %w", len(x), len(y), d, ErrShape)
	}
	n := len(x) / d
	if err := fault.Finite(x, d); err != nil {
		return 0, fmt.Errorf("train: %w", err)
	}
	for i, v := range y {
		if v-v != 0 {
			which := "target"
			if k := len(y) / n; k > 1 {
				which = fmt.Sprintf("target %d", i%k)
			}
			return 0, fmt.Errorf("train: %s of row %d is %v: %w", which, i/(len(y)/n), v, ErrNotFinite)
		}
	}
	return n, nil
}

// rawRows are rows as they were given, of positive weight.
type rawRows struct {
	d, targets int
	x          []float64     // row-major
	y          []float64     // target after target
	weights    []float64     // nil for ones
	class      []int         // of each row, nil without classes
	at         []int         // the caller's rows
	indices    []table.Index // features that stand for means of targets, dealt to parts (features.DealtIndex)
	positive   []bool        // targets that are positive in all rows of the table, not in these alone; nil for none
}

func (r *rawRows) n() int { return len(r.at) }

// gather takes the caller's rows, without those of weight 0 and those that there is no memory for.
func gather(ctx context.Context, x, y []float64, d int, class []int, cfg *config) (*rawRows, error) {
	all := len(x) / d
	at, weights, err := cfg.weighted(all)
	if err != nil {
		return nil, err
	}
	at, weights = cfg.drawn(at, weights, y, class)
	columns := make([]float64, len(y))
	for i := range all {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		for j, v := range y[i*cfg.targets : (i+1)*cfg.targets] {
			columns[j*all+i] = v
		}
	}
	if weights == nil && cfg.Loss == Huber { // which multiplies them, on some rows of several
		weights = make([]float64, len(at))
		for i := range weights {
			weights[i] = 1
		}
	}
	r := &rawRows{d: d, targets: cfg.targets, indices: cfg.indices(), x: x, y: columns, class: class, positive: make([]bool, cfg.targets)}
	for j := range r.positive {
		r.positive[j] = slices.Min(columns[j*all:(j+1)*all]) > 0
	}
	for i := range all {
		r.at = append(r.at, i)
	}
	if len(at) < all {
		r = r.subset(at)
	}
	r.x, r.weights = dealt(r.x, d, r.indices, cfg.Seed), weights
	return r, nil
}

// subset returns the given rows.
func (r *rawRows) subset(at []int) *rawRows {
	n := len(at)
	out := &rawRows{d: r.d, targets: r.targets, positive: r.positive, indices: r.indices, x: make([]float64, 0, n*r.d), y: make([]float64, 0, n*r.targets)}
	for _, i := range at {
		out.x = append(out.x, r.x[i*r.d:(i+1)*r.d]...)
		out.at = append(out.at, r.at[i])
	}
	for j := range r.targets {
		for _, i := range at {
			out.y = append(out.y, r.y[j*r.n()+i])
		}
	}
	if r.weights != nil {
		for _, i := range at {
			out.weights = append(out.weights, r.weights[i])
		}
	}
	if r.class != nil {
		for _, i := range at {
			out.class = append(out.class, r.class[i])
		}
	}
	return out
}

// units returns how much the squared errors of each target count, in standard deviations: 1,
// or of classes as much as their variance, so that an error of a row counts the same in each.
// Their mean is 1.
func (r *rawRows) units(s *features.Scaler) []float64 {
	out, total := make([]float64, r.targets), 0.0
	for j := range out {
		if out[j] = 1; r.class != nil {
			out[j] = float64(s.YStd[j] * s.YStd[j])
		}
		total += out[j]
	}
	for j := range out {
		out[j] *= float64(r.targets) / total
	}
	return out
}

// skewed returns the targets that might be fitted in logarithms, nil if there are none.
func (r *rawRows) skewed() []bool {
	if r.class != nil || r.positive == nil {
		return nil
	}
	out, n := make([]bool, r.targets), r.n()
	for j := range out {
		out[j] = r.positive[j] && features.SkewedTarget(r.y[j*n:(j+1)*n], r.weights)
	}
	if count(out) == 0 {
		return nil
	}
	return out
}

// strata returns the class of each row, or the quantile of its first target.
func (r *rawRows) strata() []int {
	if r.class != nil {
		return r.class
	}
	return folds.Quantiles(r.y[:r.n()], choiceStrata)
}

// dataset is the rows a trainer works on, standardised: the training part, and
// the validation part if there is one. Targets stand one after the other, each
// with all its rows.
type dataset struct {
	scaler         *features.Scaler
	training, held *rawRows // that it was made of
	x, y           []float64
	xValid, yValid []float64
	order          []int     // the caller's rows, in the order of training and validation part
	root           []float64 // √ of the weights in this order, each part of mean 1; nil without weights
}

// target returns the rows of target j.
func (t *dataset) target(j int) (y, yValid []float64) {
	n, nv := t.rows()
	return t.y[j*n : (j+1)*n], t.yValid[j*nv : (j+1)*nv]
}

func (t *dataset) rows() (n, nValid int) {
	d := t.scaler.Width()
	return len(t.x) / d, len(t.xValid) / d
}

// newDataset makes the rows of the network, by a scaler for the training part.
func newDataset(ctx context.Context, scaler *features.Scaler, training, valid *rawRows) (*dataset, error) {
	t := &dataset{scaler: scaler, training: training, held: valid, order: append(append([]int(nil), training.at...), valid.at...)}
	for _, part := range []struct {
		r    *rawRows
		x, y *[]float64
	}{{training, &t.x, &t.y}, {valid, &t.xValid, &t.yValid}} {
		var err error
		if *part.x, err = applyScaler(ctx, scaler, part.r.x); err != nil {
			return nil, err
		}
		n := part.r.n()
		*part.y = make([]float64, len(part.r.y))
		for j := range part.r.targets {
			scaler.Standardize((*part.y)[j*n:(j+1)*n], part.r.y[j*n:(j+1)*n], j)
		}
	}
	if training.weights != nil {
		t.weigh(training.weights, valid.weights)
	}
	return t, nil
}

// prepare plans the fit, splits the rows, chooses and fits their shape on the training part
// alone, and applies it to both.
func prepare(ctx context.Context, r *rawRows, cfg *config) (*dataset, plan, error) {
	training, valid := cfg.split(r)
	cfg.held = valid.n() // where equal rows keep together, about as many as were asked for
	p, err := makePlan(cfg, cfg.inputs(r.d))
	if cfg.oneLook { // and so fewer inputs
		p, err = makePlan(cfg, cfg.inputs(r.d))
	}
	if err != nil {
		return nil, p, err
	}
	cfg.room = int(min(p.limit/p.bytes-1, maxWorkers))
	switch {
	case cfg.Loss == Huber:
		training, valid, err = cfg.reweighSplit(ctx, training, valid)
	case cfg.choose:
		cfg.choice, err = choose(ctx, training, choiceRows, cfg)
	}
	if err != nil {
		return nil, p, err
	}
	s, mu := cfg.chosen(cfg.choice)
	scaler, scale, err := s.fit(ctx, training, mu, cfg)
	if err != nil {
		return nil, p, err
	}
	if cfg.choose {
		cfg.Ridge, cfg.choice.Scale = mu, scale
		if cfg.looksTwice() {
			if _, err := cfg.settleWidth(scaler.Width()); err != nil {
				return nil, p, err
			}
		}
		// The ridge counts: with it the same memory may do another method good.
		if p, err = planWithin(cfg, scaler.Width(), p.limit, p.source); err != nil {
			return nil, p, err
		}
	}
	if cfg.Loss == Squared && cfg.finds() && r.class == nil {
		if _, cfg.outliers, err = cfg.reweighted(ctx, training, training.limited(), s, mu, 1); err != nil {
			return nil, p, err
		}
	}
	data, err := newDataset(ctx, scaler, training, valid)
	return data, p, err
}

// split draws the rows for validation, or those by which the error is told where there are
// many: of these, equal rows are on one side, so that their number is near c.held alone.
func (c *config) split(r *rawRows) (training, valid *rawRows) {
	if c.heldOf > 0 {
		group, groups := folds.Groups(r.x, r.d)
		fold, _ := folds.Split(group, groups, r.strata(), c.heldOf, c.Seed, streamEstimate)
		var in, out []int
		for i, f := range fold {
			if f == 0 {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		return r.subset(in), r.subset(out)
	}
	if c.held == 0 {
		return r, r.subset(nil)
	}
	order := portable.Permutation(r.n(), c.Seed, streamSplit)
	k := r.n() - c.held
	return r.subset(order[:k]), r.subset(order[k:])
}

// applyScaler returns the unit rows of raw ones.
func applyScaler(ctx context.Context, scaler *features.Scaler, x []float64) ([]float64, error) {
	d, w := len(scaler.Mean), scaler.Width()
	n := len(x) / d
	out := make([]float64, n*w)
	run := max(1, 50000/d) // rows, below a few milliseconds
	for i := 0; i < n; i += run {
		if ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		end := min(i+run, n)
		scaler.Apply(out[i*w:end*w], x[i*d:end*d])
	}
	return out, nil
}
