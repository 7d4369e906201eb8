package model

import (
	"fmt"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Outside writes to dst, one value a row, how many features of each row of x (row-major,
// n × d raw features, see Predict) lie outside the range that they had in the training rows:
// there the network extrapolates, and its errors are not those that Fit tells. A feature that
// was constant in training counts as soon as it differs, although it is dropped and changes no
// prediction. Which ones they are Scaler.Outside tells. A pass over x; it allocates nothing, and
// any number of goroutines may call it at the same time.
//
// It returns ErrShape, ErrNotFinite with row, column and value, or ErrModel for a model that
// does not know the ranges, and then leaves dst alone.
func (p *Predictor) Outside(dst []int, x []float64) error {
	n, err := p.rows(x)
	if err != nil {
		return err
	}
	if len(dst) != n {
		return fmt.Errorf("model: %d counts for %d rows: %w", len(dst), n, fault.ErrShape)
	}
	s := &p.m.Scaler
	if len(s.Min) == 0 {
		return fmt.Errorf("model: it does not know the ranges of its features: %w", fault.ErrModel)
	}
	d := len(s.Mean)
	for i := range dst {
		count := 0
		for k, v := range x[i*d : (i+1)*d] {
			if s.Outside(k, v) {
				count++
			}
		}
		dst[i] = count
	}
	return nil
}

// Outside is that of a Predictor. To see to it that the model does not contradict itself takes
// as long as predicting some rows: for many small batches make a Predictor.
func (m *Model) Outside(dst []int, x []float64) error {
	p, err := NewPredictor(m, nil)
	if err != nil {
		return err
	}
	return p.Outside(dst, x)
}
