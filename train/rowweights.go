package train

import (
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// A weighted sum ½Σ w_i(f(x_i) − y_i)² needs no other kernels: the network is
// positively homogeneous, √w·f(x) = f(√w·x) with the same gates, so that rows and
// targets scaled by √w_i turn it into the plain one, and all that is made of
// these, the Jacobian and the Gram matrix first.

// weighted returns the rows with a positive weight, in order, and their weights,
// of which only the ratios count: the largest is 1. Without Options.Weights the
// weights are nil.
func (o *Options) weighted(n int) (rows []int, weights []float64, err error) {
	if o == nil || o.Weights == nil {
		rows = make([]int, n)
		for i := range rows {
			rows[i] = i
		}
		return rows, nil, nil
	}
	if len(o.Weights) != n {
		return nil, nil, fmt.Errorf("train: %d weights for %d rows: %w", len(o.Weights), n, ErrShape)
	}
	top := 0.0
	for i, w := range o.Weights {
		if w-w != 0 {
			return nil, nil, fmt.Errorf("train: weight of row %d is %v: %w", i, w, ErrNotFinite)
		}
		if w < 0 {
			return nil, nil, fmt.Errorf("train: weight of row %d is %v, want at least 0: %w", i, w, ErrOption)
		}
		top = max(top, w)
	}
	if top == 0 {
		return nil, nil, fmt.Errorf("train: the weights of all %d rows are 0: %w", n, ErrOption)
	}
	for i, w := range o.Weights {
		if w /= top; w > 0 {
			rows, weights = append(rows, i), append(weights, w)
		}
	}
	return rows, weights, nil
}

// roots returns the square roots of the weights, scaled to a mean of 1: equal
// weights give ones exactly.
func roots(weights []float64) []float64 {
	mean := sum(weights) / float64(len(weights))
	out := make([]float64, len(weights))
	for i, w := range weights {
		out[i] = math.Sqrt(w / mean)
	}
	return out
}

// scaleRows multiplies row i of x (rows × w) by root i.
func scaleRows(x, root []float64, w int) {
	for i, r := range root {
		row := x[i*w : (i+1)*w]
		asm.Scale(row, r, row)
	}
}

// weigh scales rows and targets by the roots of their weights.
func (t *dataset) weigh(weights, valid []float64) {
	n, _ := t.rows()
	t.root = append(roots(weights), roots(valid)...)
	d := t.scaler.Width()
	scaleRows(t.x, t.root[:n], d)
	scaleRows(t.xValid, t.root[n:], d)
	for j := 0; j*n < len(t.y); j++ {
		y, v := t.target(j)
		scaleRows(y, t.root[:n], 1)
		scaleRows(v, t.root[n:], 1)
	}
}
