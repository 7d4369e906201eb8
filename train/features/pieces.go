package features

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Piece is a coordinate beside the features that follows one of them between two of its
// quantiles, and is constant outside:
//
//	z = (min(max(x_k, Low), High) − Mean)/Std.
//
// Those of a feature together are a piecewise linear function of it whose slopes are the
// weights, which a network of few neurons or a strong ridge does not make of the column
// alone (Gorishniy, Rubachev and Babenko 2022).
type Piece struct {
	Feature   int
	Low, High float64
	Mean, Std float64
}

const (
	pieceCount = 8       // of a feature, between its quantiles, …
	pieceLeast = 2       // fewer where there are many features, but so many, …
	pieceMost  = 256     // which is a bound on those of all features otherwise
	pieceRows  = 1 << 16 // that tell the quantiles, evenly spaced if there are more
)

// PiecesMost bounds the pieces of d features.
func PiecesMost(d int) int { return min(pieceCount*d, max(pieceMost, pieceLeast*d)) }

// WithPieces returns s with pieces for each feature of more than two values, learnt from x
// (rows × d, row-major) with the weights of the rows, nil for ones. The pieces of a feature
// have together about the variance that it has. It returns ErrStopped if ctx ends. A sort of each
// column, of 65 536 rows at most.
func (s *Scaler) WithPieces(ctx context.Context, x, weights []float64) (*Scaler, error) {
	out, d := *s, len(s.Mean)
	n := len(x) / d
	out.Pieces = nil
	var cut []int // features
	for k, v := range s.Std {
		if v > 0 && !twoValued(x[k:], d, s.Min[k], s.Max[k]) {
			cut = append(cut, k)
		}
	}
	count := max(pieceLeast, min(pieceCount, pieceMost/max(1, len(cut))))
	column, step := make([]float64, n), (n+pieceRows-1)/pieceRows
	var sample []float64
	for _, k := range cut {
		if ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		sample = sample[:0]
		for i := 0; i < n; i += step {
			sample = append(sample, x[i*d+k])
		}
		slices.Sort(sample)
		knots := quantiles(sample, count)
		root := math.Sqrt(float64(len(knots) - 1))
		for q, low := range knots[:len(knots)-1] {
			p := Piece{Feature: k, Low: low, High: knots[q+1]}
			for i := range column {
				column[i] = p.clip(x[i*d+k])
			}
			if p.Mean, p.Std = moments(column, weights); p.Std > 0 && p.Std*root <= math.MaxFloat64 {
				p.Std *= root
				out.Pieces = append(out.Pieces, p)
			}
		}
	}
	return &out, nil
}

// quantiles returns the values that cut a sorted column into so many pieces.
func quantiles(sorted []float64, count int) []float64 {
	var knots []float64
	for q := range count + 1 {
		knots = append(knots, sorted[q*(len(sorted)-1)/count])
	}
	return slices.Compact(knots)
}

func (p *Piece) clip(v float64) float64 { return min(max(v, p.Low), p.High) }

// Shares returns the variance that each coordinate of a row but the bias has over the training
// rows, in units of that of a feature and before any rescaling: 1 for a feature, 0 for one that
// is dropped, and for each of p pieces of a feature 1/p.
func (s *Scaler) Shares() []float64 {
	out, count := make([]float64, len(s.Mean)+len(s.Pieces)), make([]float64, len(s.Mean))
	for k, v := range s.Std {
		if v > 0 {
			out[k] = 1
		}
	}
	for _, p := range s.Pieces {
		count[p.Feature]++
	}
	for q, p := range s.Pieces {
		out[len(s.Mean)+q] = 1 / count[p.Feature]
	}
	return out
}
