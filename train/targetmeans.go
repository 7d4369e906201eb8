package train

import (
	"context"
	"slices"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/folds"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/table"
)

// Means of targets in place of indices of categories. Each fit learns them from the rows that it is trained on:
// of a row among these without the part that it is in, of others from all.

// indices returns the features that are indices.
func (c *config) indices() []table.Index {
	if c.Encoder == nil {
		return nil
	}
	return c.Encoder.Indices()
}

// dealt returns x with indices of the parts that rows are dealt to, equal ones to the same. It is x without any.
func dealt(x []float64, d int, indices []table.Index, seed uint64) []float64 {
	if len(indices) == 0 {
		return x
	}
	group, groups := folds.Groups(x, d)
	part, out := portable.Permutation(groups, seed, streamMeans), slices.Clone(x)
	for i, g := range group {
		for _, v := range indices {
			at := &out[i*d+v.Feature]
			*at = features.DealtIndex(*at, v.Categories, part[g])
		}
	}
	return out
}

// plain returns the rows with indices as the encoder made them.
func (r *rawRows) plain() *rawRows {
	if len(r.indices) == 0 {
		return r
	}
	out := *r
	out.x = slices.Clone(r.x)
	for _, v := range r.indices {
		for i := v.Feature; i < len(out.x); i += r.d {
			out.x[i] = features.PlainIndex(out.x[i], v.Categories)
		}
	}
	return &out
}

// means returns the means of targets by rows that are not omitted; nil without indices. Surplus indices, of an encoder
// for more targets, stand for nothing.
func (r *rawRows) means(omitted func(i int) bool) []features.TargetMean {
	var out []features.TargetMean
	n, skewed := r.n(), r.skewed()
	for _, v := range r.indices {
		m := features.TargetMean{Feature: v.Feature, Categories: v.Categories, Values: make([]float64, v.Categories+1)}
		if t := v.Target; t < r.targets {
			m = features.FitTargetMean(r.x, r.d, v.Feature, v.Categories, r.y[t*n:(t+1)*n], r.weights, skewed != nil && skewed[t], omitted)
		}
		out = append(out, m)
	}
	return out
}

// meansWithout returns the means without each fold that a chooser of some of the rows judges, and rows equal to
// those in it.
func (r *rawRows) meansWithout(c *chooser) [][]features.TargetMean {
	if len(r.indices) == 0 {
		return nil
	}
	group, groups := folds.Groups(r.x, r.d)
	var out [][]features.TargetMean
	for f := range c.judged {
		judged := make([]bool, groups)
		for _, i := range c.rows[c.begins[f]:c.begins[f+1]] {
			judged[group[i]] = true
		}
		out = append(out, r.means(func(i int) bool { return judged[group[i]] }))
	}
	return out
}

// scaler returns the one of a shape before any rescaling, fitted to all rows.
func (r *rawRows) scaler(ctx context.Context, bias float64, logs, pieces bool, logTargets []bool) (*features.Scaler, error) {
	x, means := r.x, r.means(nil)
	if means != nil {
		x = features.Replace(means, x, r.d)
	}
	s, err := features.FitScaler(ctx, x, r.y, r.weights, r.d, bias, logs)
	if err != nil {
		return nil, err
	}
	if pieces {
		if s, err = s.WithPieces(ctx, x, r.weights); err != nil {
			return nil, err
		}
	}
	if logTargets != nil {
		s = s.WithTargetLogs(logTargets, r.y, r.weights)
	}
	return s.WithTargetMeans(means), nil
}
