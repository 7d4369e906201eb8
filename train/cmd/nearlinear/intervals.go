package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// intervals returns the ends of the interval of a level for each prediction for x.
func intervals(ctx context.Context, m *model.Model, x []float64, level float64) (lower, upper []float64, err error) {
	p, err := model.NewPredictor(m, nil)
	if err != nil {
		return nil, nil, err
	}
	n := len(x) / len(m.Scaler.Mean) * len(m.Nets)
	lower, upper = make([]float64, n), make([]float64, n)
	if err := p.PredictInterval(ctx, lower, upper, x, level); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, nil, err
	}
	return lower, upper, nil
}

// withIntervals returns names and predictions, row after row, with the ends of the interval behind each.
func withIntervals(names []string, predicted, lower, upper []float64) ([]string, []float64) {
	var columns []string
	for _, name := range names { // predicted_TARGET, or prediction_2 and prediction without names
		end := strings.TrimPrefix(strings.TrimPrefix(name, "predicted"), "prediction")
		columns = append(columns, name, "lower"+end, "upper"+end)
	}
	numbers := make([]float64, 0, 3*len(predicted))
	for i, v := range predicted {
		numbers = append(numbers, v, lower[i], upper[i])
	}
	return columns, numbers
}

// noteCoverage tells which share of the targets that are there the intervals of a level contain, and how wide they
// are on average: numbers are what withIntervals made of the predictions.
func noteCoverage(w io.Writer, t *table.Table, numbers []float64, level float64) {
	k := len(t.Targets)
	for j, name := range t.Targets {
		inside, n, width := 0.0, 0.0, 0.0
		for i := j; i < len(t.Y); i += k {
			y, low, high := t.Y[i], numbers[3*i+1], numbers[3*i+2]
			if y != y {
				continue
			}
			n++
			width += high - low
			if y >= low && y <= high {
				inside++
			}
		}
		if n > 0 {
			share := inside / n
			fmt.Fprintf(w, "%s: intervals of level %g contain %.2f ± %.2f %%, and are %.4g wide on average (%.0f rows)\n", plain(name), level, 100*share, 100*math.Sqrt(share*(1-share)/n), width/n, n)
		}
	}
}
