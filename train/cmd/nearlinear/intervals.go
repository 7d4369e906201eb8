package main

import (
	"context"
	"strings"

	"github.com/nearlinear/nearlinear/train/model"
)

// withIntervals returns names and predictions, row after row, with the ends of the interval of a
// level behind each.
func withIntervals(ctx context.Context, m *model.Model, names []string, predicted, x []float64, level float64) ([]string, []float64, error) {
	p, err := model.NewPredictor(m, nil)
	if err != nil {
		return nil, nil, err
	}
	lower, upper := make([]float64, len(predicted)), make([]float64, len(predicted))
	if err := p.PredictInterval(ctx, lower, upper, x, level); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, nil, err
	}
	var columns []string
	for _, name := range names { // predicted_TARGET, or prediction_2 and prediction without names
		end := strings.TrimPrefix(strings.TrimPrefix(name, "predicted"), "prediction")
		columns = append(columns, name, "lower"+end, "upper"+end)
	}
	numbers := make([]float64, 0, 3*len(predicted))
	for i, v := range predicted {
		numbers = append(numbers, v, lower[i], upper[i])
	}
	return columns, numbers, nil
}
