package train

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/features"
)

// shape is how raw rows become those of the network.
type shape struct {
	bias   float64 // constant beside the features
	logs   bool    // skewed features go through logarithms
	common bool    // all features are divided by the same deviation
	pieces bool    // piecewise linear coordinates stand beside the features
	rounds int     // in which features are scaled by their slopes, …
	metric bool    // or mapped by the metric of all

	logTargets []bool // targets fitted in logarithms; nil for none
}

// equal tells whether two shapes make the same rows and targets.
func (s shape) equal(o shape) bool {
	return s.bias == o.bias && s.logs == o.logs && s.common == o.common && s.pieces == o.pieces && s.rounds == o.rounds && s.metric == o.metric && slices.Equal(s.logTargets, o.logTargets)
}

// String tells a shape in a few words.
func (s shape) String() string {
	parts := []string{fmt.Sprintf("bias %g", s.bias)}
	if s.logs {
		parts = append(parts, "logarithms of skewed features")
	}
	if s.common {
		parts = append(parts, "a common scale for all features")
	}
	if s.pieces {
		parts = append(parts, "pieces of features")
	}
	switch {
	case s.rounds > 0 && s.metric:
		parts = append(parts, fmt.Sprintf("features mapped by the metric of their slopes %d times", s.rounds))
	case s.rounds > 0:
		parts = append(parts, fmt.Sprintf("features rescaled by their slopes %d times", s.rounds))
	}
	switch k := count(s.logTargets); {
	case k > 0 && k == len(s.logTargets):
		parts = append(parts, "target in logarithms")
	case k > 0:
		parts = append(parts, fmt.Sprintf("%d of %d targets in logarithms", k, len(s.logTargets)))
	}
	return strings.Join(parts, ", ")
}

// count returns how many are true.
func count(which []bool) int {
	k := 0
	for _, v := range which {
		if v {
			k++
		}
	}
	return k
}

// of returns the scaler of the shape before any rescaling, from one with its logarithms of
// features and targets, and maybe others.
func (s shape) of(fitted *features.Scaler) *features.Scaler {
	out := *fitted
	out.Bias = s.bias
	if !s.logs {
		out.Skew = nil
	}
	if !s.pieces {
		out.Pieces = nil
	}
	out.YLog = nil
	if s.logTargets != nil {
		out.YLog = make([]features.TargetLog, len(s.logTargets))
		for j, v := range s.logTargets {
			if v {
				out.YLog[j] = fitted.YLog[j]
			}
		}
	}
	if s.common {
		return out.CommonScale()
	}
	return &out
}

// fit returns the scaler of the shape for rows to train on, and the scales that it learnt
// from their targets at a ridge, nil for none: from a sample of the rows if there are many.
func (s shape) fit(ctx context.Context, r *rawRows, ridge float64, cfg *config) (*features.Scaler, []float64, error) {
	fitted, err := r.scaler(ctx, s.bias, s.logs, s.pieces, s.logTargets)
	if err != nil {
		return nil, nil, err
	}
	if s.rounds == 0 {
		return s.of(fitted), nil, nil
	}
	// The number of neurons of a first look is that of the shape with the most inputs.
	look, all := secondLook, fitted
	if !cfg.looksTwice() {
		look = firstLook(choiceRows)
		if all, err = r.scalerOfAll(ctx, cfg); err != nil {
			return nil, nil, err
		}
	}
	c, err := newChooser(ctx, r, look, all, cfg)
	if err != nil {
		return nil, nil, err
	}
	d, err := c.newDesign(ctx, s.of(fitted), nil)
	for range s.rounds {
		var u []float64
		if err == nil {
			u, err = c.solve(ctx, &d, -1, ridge)
		}
		if err == nil {
			d, err = c.nextDesign(ctx, s, &d, u, -1)
		}
	}
	return d.scaler, d.scale, err
}
