package train

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// FitTable trains on a table as table.Read gives it, whatever its columns hold: FitClasses if its
// target is one of classes, else Fit. The model knows the columns, so that it predicts from
// files (Model.ReadTable) and records (Model.PredictRecord) that have them by name. opts may
// be nil; Options.Weights that are nil are those of the table.
//
// The encoding looks at features alone, and only at how many targets there are. It is learnt from all rows of the
// table, so that rows to test on should be another table. Errors are those of Fit, FitClasses
// and table.NewEncoder; ErrShape for a table without a target.
func FitTable(ctx context.Context, t *table.Table, opts *Options) (*model.Model, *Report, error) {
	if len(t.Targets) == 0 || len(t.Y) == 0 {
		return nil, nil, fmt.Errorf("train: the table has no target: %w", ErrShape)
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	encoder, err := table.NewEncoder(t, &table.EncoderOptions{Indices: true})
	if err != nil {
		return nil, nil, err
	}
	rows, err := encoder.Encode(t, o.MemoryLimit)
	if err != nil {
		return nil, nil, err
	}
	if o.Encoder == nil {
		o.Encoder = encoder
	}
	if o.Weights == nil {
		o.Weights = t.Weights
	}
	var m *model.Model
	var report *Report
	if rows.Classes == nil {
		m, report, err = Fit(ctx, rows.X, rows.Y, len(rows.Features), &o)
	} else {
		var labels []string
		if labels, err = labelsOf(rows); err == nil {
			m, report, err = FitClasses(ctx, rows.X, labels, len(rows.Features), &o)
		}
	}
	if m != nil {
		m.Features, m.Targets = rows.Features, rows.Targets
		if !encoder.Plain() {
			m.Encoder = encoder
		}
	}
	return m, report, err
}

// labelsOf returns the label of each row of a table of classes.
func labelsOf(t *table.Table) ([]string, error) {
	out := make([]string, len(t.Y))
	for i, at := range t.Y {
		if !(at >= 0 && at < float64(len(t.Classes)) && at == math.Trunc(at)) {
			return nil, fmt.Errorf("train: row %d has class %v of %d: %w", i, at, len(t.Classes), ErrShape)
		}
		out[i] = t.Classes[int(at)]
	}
	return out, nil
}
