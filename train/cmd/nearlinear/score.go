package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// predictRows applies the model to further rows than those before: one value a row and target.
func predictRows(ctx context.Context, m *model.Model, x []float64, before int) ([]float64, error) {
	p, err := model.NewPredictor(m, nil)
	if err != nil {
		return nil, err
	}
	n, k := len(x)/len(m.Scaler.Mean), len(m.Nets)
	// A small model may have many targets, and a small file many rows.
	if limit, source := memory.Available(); uint64(n+before) > limit/8/uint64(k) {
		return nil, fmt.Errorf("%d rows of %d predictions take more than %s, which is %s; take fewer rows at a time: %w", n+before, k, memory.Megabytes(limit), source, train.ErrMemory)
	}
	out := make([]float64, n*k)
	if err := p.Predict(ctx, out, x); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return out, nil
}

// score compares the predictions of one target with the truth, or those of all
// with the classes.
type score struct {
	Target    string  `json:"target"`
	Rows      int     `json:"rows"`
	RMSE      number  `json:"rmse"`                     // units of the target
	Deviation number  `json:"rmse_standard_deviations"` // of the training target
	R2        number  `json:"r2"`                       // NaN if all true values are equal
	Accuracy  *number `json:"accuracy,omitempty"`       // of classes, instead of the errors
	Metric    string  `json:"metric,omitempty"`         // of classes, another one that was asked for
	Value     *number `json:"metric_value,omitempty"`   // of it
}

// newScores returns one score a target, with classes a single one. Rows whose
// true value is not there are left out of it; a class that the model does not know counts
// as wrong, which reading has told.
func newScores(m *model.Model, t *table.Table, predicted []float64) []score {
	k := len(m.Nets)
	if len(m.Classes) > 0 {
		s := score{Target: t.Targets[0], RMSE: number(math.NaN()), Deviation: number(math.NaN()), R2: number(math.NaN())}
		right := 0
		for i, y := range t.Y {
			if y != y {
				continue
			}
			s.Rows++
			if int(y) < len(t.Classes) && m.Classes[m.Class(predicted[i*k:(i+1)*k])] == t.Classes[int(y)] {
				right++
			}
		}
		share := number(float64(right) / float64(s.Rows))
		s.Accuracy = &share
		return []score{s}
	}
	var out []score
	truth, one := make([]float64, len(t.Y)/k), make([]float64, len(t.Y)/k)
	for j := range k {
		for i := range truth {
			truth[i], one[i] = t.Y[i*k+j], predicted[i*k+j]
		}
		s := newScore(truth, one, m.Scaler.YStd[j])
		s.Target = t.Targets[j]
		out = append(out, s)
	}
	return out
}

// newScore leaves out rows whose true value is NaN; std is the deviation of
// the training target.
func newScore(truth, predicted []float64, std float64) score {
	var s score
	var mean float64
	for _, y := range truth {
		if y == y {
			s.Rows++
			mean += (y - mean) / float64(s.Rows)
		}
	}
	var residual, total float64
	for i, y := range truth {
		if y == y {
			residual += (predicted[i] - y) / std * ((predicted[i] - y) / std)
			total += (y - mean) / std * ((y - mean) / std)
		}
	}
	s.Deviation = number(math.Sqrt(residual / float64(s.Rows)))
	s.RMSE = s.Deviation * number(std)
	s.R2 = number(1 - residual/total)
	if total == 0 {
		s.R2 = number(math.NaN())
	}
	return s
}

func (s score) String() string {
	if s.Accuracy != nil {
		more := ""
		if s.Value != nil {
			more = fmt.Sprintf(", %s %.3f", s.Metric, float64(*s.Value))
		}
		return fmt.Sprintf("accuracy %.2f %%%s (%d rows)", 100*float64(*s.Accuracy), more, s.Rows)
	}
	text := fmt.Sprintf("RMSE %.4g, that is %.4f standard deviations", float64(s.RMSE), float64(s.Deviation))
	if s.R2 == s.R2 {
		text += fmt.Sprintf("; R² %.4f", float64(s.R2))
	}
	return fmt.Sprintf("%s (%d rows)", text, s.Rows)
}

// named tells a score with its target.
func (s score) named() string { return plain(s.Target) + ": " + s.String() }

// plainList makes a list of names safe for a terminal.
func plainList(names []string) string {
	var out []string
	for _, name := range names {
		out = append(out, plain(name))
	}
	return strings.Join(out, ", ")
}
