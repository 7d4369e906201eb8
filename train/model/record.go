package model

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Answer is what a model says of one record.
type Answer struct {
	Values        []float64 // of the k targets, in their units; with classes the scores
	Class         string    // of a model of classes
	Probabilities []float64 // of Model.Classes, nil without calibration
	Unknown       int       // values that are categories that the model does not know
}

// PredictRecord predicts one record, values by the names of the columns of the table that
// the model was trained on. A number of any type, a bool, a string or a time.Time is a value; a column
// that is not there, nil and what stands for a missing value in a file are missing; other
// keys do not matter, unless they look like a column's name that is not there. See
// table.RecordEncoder.
//
// It returns ErrData or ErrNotFinite with column and value, or ErrModel for a model without
// names. For many records make a Predictor.
func (m *Model) PredictRecord(record map[string]any) (*Answer, error) {
	p, err := NewPredictor(m, nil)
	if err != nil {
		return nil, err
	}
	return p.PredictRecord(context.Background(), record)
}

// PredictRecord is Model.PredictRecord. It allocates the answer; Row and Predict or
// Probabilities do without. For the end of ctx see Predict.
func (p *Predictor) PredictRecord(ctx context.Context, record map[string]any) (*Answer, error) {
	row := make([]float64, len(p.m.Scaler.Mean))
	unknown, err := p.Row(row, record)
	if err != nil {
		return nil, err
	}
	a := &Answer{Values: make([]float64, len(p.m.Nets)), Unknown: unknown}
	if err := p.Predict(ctx, a.Values, row); err != nil {
		return nil, err
	}
	if len(p.m.Classes) > 0 {
		a.Class = p.m.Classes[p.m.Class(a.Values)]
	}
	if c := p.m.Calibration; c != nil {
		a.Probabilities = make([]float64, c.Classes())
		c.Probabilities(a.Probabilities, a.Values)
	}
	return a, nil
}

// Row writes the row of features that Predict, Classify and Probabilities take for a record
// to dst, len(Scaler.Mean) values, and returns how many values are categories that the model does not
// know. It allocates nothing but errors, names of numbers in columns of categories, and, where a record
// has gaps and other keys, what it takes to compare these; see Model.PredictRecord.
func (p *Predictor) Row(dst []float64, record map[string]any) (unknown int, err error) {
	if p.records == nil {
		return 0, fmt.Errorf("model: it has no column names, so the values of a record cannot be told apart: %w", fault.ErrModel)
	}
	return p.records.Encode(dst, record)
}
