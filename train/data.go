package train

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/portable"
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

// dataset is the rows a trainer works on, standardised: the training part, and
// the validation part if there is one. Targets stand one after the other, each
// with all its rows.
type dataset struct {
	scaler         *features.Scaler
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

// prepare plans the fit, splits the rows, fits the scaling to the training part alone
// and applies it to both.
func prepare(ctx context.Context, x, y []float64, d int, cfg *config) (*dataset, plan, error) {
	p, err := makePlan(cfg, cfg.inputs(d))
	if err != nil {
		return nil, p, err
	}
	order, weights, err := cfg.order(len(x) / d)
	if err != nil {
		return nil, p, err
	}
	n := len(order)
	k, targets := n-cfg.held, cfg.targets
	px, py, pv, err := gatherRows(ctx, x, y, d, order, k)
	if err != nil {
		return nil, p, err
	}
	training := weights
	if weights != nil {
		training = weights[:k]
	}
	scaler, err := features.FitScaler(ctx, px[:k*d], py, training, d, max(cfg.Bias, 0), !cfg.KeepSkew)
	if err != nil {
		return nil, p, err
	}
	for t := range targets {
		scaler.Standardize(py[t*k:(t+1)*k], py[t*k:(t+1)*k], t)
		scaler.Standardize(pv[t*cfg.held:(t+1)*cfg.held], pv[t*cfg.held:(t+1)*cfg.held], t)
	}
	if cfg.choose {
		var root []float64
		if weights != nil {
			root = roots(training)
		}
		if scaler, cfg.choice, err = choose(ctx, scaler, px[:k*d], py, root, cfg); err != nil {
			return nil, p, err
		}
		cfg.Ridge = cfg.choice.Ridge
		// The ridge counts: with it the same memory may do another method good.
		if p, err = planWithin(cfg, scaler.Width(), p.limit, p.source); err != nil {
			return nil, p, err
		}
	}
	w := scaler.Width()
	sx, err := applyScaler(ctx, scaler, px)
	if err != nil {
		return nil, p, err
	}
	data := &dataset{scaler: scaler, x: sx[:k*w], y: py, xValid: sx[k*w:], yValid: pv, order: order}
	if weights != nil {
		data.weigh(weights[:k], weights[k:])
	}
	return data, p, nil
}

// order returns the rows of positive weight in the order of training and validation
// part, and their weights, nil for ones.
func (c *config) order(all int) (order []int, weights []float64, err error) {
	order, weights, err = c.weighted(all)
	if err != nil || c.held == 0 {
		return order, weights, err
	}
	moved, w := make([]int, len(order)), make([]float64, len(weights))
	for i, j := range portable.Permutation(len(order), c.Seed, streamSplit) {
		moved[i] = order[j]
		if weights != nil {
			w[i] = weights[j]
		}
	}
	if weights == nil {
		w = nil
	}
	return moved, w, nil
}

// gatherRows copies the rows of x in the given order, and the targets of the first k of
// them and of the others, target after target.
func gatherRows(ctx context.Context, x, y []float64, d int, order []int, k int) (px, py, pv []float64, err error) {
	n, targets := len(order), len(y)/(len(x)/d)
	held := n - k
	px, py, pv = make([]float64, n*d), make([]float64, k*targets), make([]float64, held*targets)
	for i, j := range order {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, nil, nil, fault.ErrStopped
		}
		copy(px[i*d:(i+1)*d], x[j*d:(j+1)*d])
		for t, v := range y[j*targets : (j+1)*targets] {
			if i < k {
				py[t*k+i] = v
			} else {
				pv[t*held+i-k] = v
			}
		}
	}
	return px, py, pv, nil
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
