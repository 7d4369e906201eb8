package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// FitClasses trains a classifier of rows x (see Fit) with the class of each in
// labels, at least two different ones. It is Fit on targets of ±1: for two
// classes one target, +1 where the second of Model.Classes is, else one target a
// class, +1 there and −1 elsewhere. Model.Classes are the labels in the order of
// their bytes; Model.Classify takes the most probable class, the one that Options.Decide makes of it, or without
// rows out of fold that of the largest prediction.
//
// The report has the accuracies beside the errors. Each target is trained by
// itself, so that the step of each is chosen by its error on the rows held out,
// which is smooth, and not by the accuracy, which is a joint affair and moves in
// steps of a row. Weights weigh the accuracy too.
//
// Errors are those of Fit; fewer than two classes give ErrData. A class costs as
// much as a target of Fit.
func FitClasses(ctx context.Context, x []float64, labels []string, d int, opts *Options) (*model.Model, *Report, error) {
	if d < 1 || len(labels) == 0 || len(x)%d != 0 || len(x)/d != len(labels) {
		return nil, nil, fmt.Errorf("train: %d values and %d labels are not rows of %d features: %w", len(x), len(labels), d, ErrShape)
	}
	if opts != nil && opts.Loss == Huber {
		return nil, nil, fmt.Errorf("train: Loss is %v, want Squared with classes, whose targets of ±1 are never far off: %w", opts.Loss, ErrOption)
	}
	names := slices.Clone(labels)
	slices.Sort(names)
	names = slices.Clip(slices.Compact(names))
	if len(names) < 2 {
		return nil, nil, fmt.Errorf("train: all %d rows have the class %s: %w", len(labels), fault.Clip(names[0]), ErrData)
	}
	for j, name := range names {
		if len(name) > table.MaxNameBytes {
			return nil, nil, fmt.Errorf("train: the name of class %d takes %d bytes, at most %d are allowed: %w", j, len(name), table.MaxNameBytes, ErrData)
		}
	}
	c := &classes{names: names, of: make([]int, len(labels))}
	for i, label := range labels {
		c.of[i], _ = slices.BinarySearch(names, label)
	}
	if opts != nil && opts.Balanced {
		if _, _, err := opts.weighted(len(labels)); err != nil {
			return nil, nil, err
		}
		o := *opts
		o.Weights = c.balanced(o.Weights)
		opts = &o
	}
	return fit(ctx, x, c.targets(), d, opts, c)
}

// classes are the labels of FitClasses.
type classes struct {
	names []string
	of    []int // index into names of each row
}

// balanced returns the weights, nil for ones, times what makes the classes that have any weigh the same.
func (c *classes) balanced(weights []float64) []float64 {
	if weights == nil {
		weights = slices.Repeat([]float64{1}, len(c.of))
	}
	of, all, k := make([]float64, len(c.names)), 0.0, 0.0
	for i, w := range weights {
		of[c.of[i]] += w
		all += w
	}
	for _, w := range of {
		if w > 0 {
			k++
		}
	}
	out := make([]float64, len(weights))
	for i, w := range weights {
		if w > 0 {
			out[i] = w * (all / (k * of[c.of[i]]))
		}
	}
	return out
}

// index returns the class of each row, nil without classes.
func (c *classes) index() []int {
	if c == nil {
		return nil
	}
	return c.of
}

// targets returns the ±1 of every row.
func (c *classes) targets() []float64 {
	if len(c.names) == 2 {
		y := make([]float64, len(c.of))
		for i, at := range c.of {
			y[i] = float64(2*at - 1)
		}
		return y
	}
	k := len(c.names)
	y := make([]float64, len(c.of)*k)
	for i := range y {
		y[i] = -1
	}
	for i, at := range c.of {
		y[i*k+at] = 1
	}
	return y
}

// accuracies returns the share of the rows, by weight, whose class the outputs
// of the best networks tell: of the training and of the validation rows, NaN
// without any. outputs are those on both parts, target after target.
func (t *dataset) accuracies(m *model.Model, c *classes, outputs []float64) (train, valid float64) {
	n, nv := t.rows()
	k := len(t.scaler.YMean)
	scores := make([]float64, k)
	share := func(from, to int) float64 {
		var right, all float64
		for i := from; i < to; i++ {
			w, root := 1.0, 1.0
			if t.root != nil {
				root = t.root[i]
				w = root * root
			}
			for j := range scores {
				scores[j] = outputs[j*(n+nv)+i] / root
				t.scaler.Restore(scores[j:j+1], j)
			}
			all += w
			if m.Class(scores) == c.of[t.order[i]] {
				right += w
			}
		}
		if from == to {
			return math.NaN()
		}
		return right / all
	}
	return share(0, n), share(n, n+nv)
}
