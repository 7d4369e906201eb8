package features

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Scaler maps raw rows of d features to the unit rows that the network is
// trained on, and k targets to standard deviations:
//
//	z_k = (x_k − Mean_k)/Std_k,   row = (z, Bias)/‖(z, Bias)‖,   t_j = (y_j − YMean_j)/YStd_j.
//
// A TargetMean stands in place of an index among the x_k; Pieces stand behind the features in z, and a Metric T maps them, z ← T·z; see Piece and WithMetric.
//
// Mean and Std are those of the training rows, Std the population standard
// deviation, both with the weights of the rows if there are any. Of a feature of two values, such
// as whether a row is of a category, Std is their distance by √2, so that a rare one does not
// outweigh the others: by its deviation a category of one row in a hundred would be ten
// deviations off. A skewed feature then goes
// through a logarithm (see Skew). Fit divides Std, Skew.Std where there is a logarithm, or Piece.Std, by
// the scale that it chose for the feature (see Choice). With Bias 0 nothing is appended; a
// row of zeros then stays zero, every other row has length 1 to rounding.
//
// A feature that was constant in the training rows, or varied by rounding alone, has Std 0
// and is dropped: z_k = 0 whatever x_k. Nothing is known of what another value would do,
// and a unit for it would be made up: a year that was 2023 in all training rows would
// outweigh all other features of a row of 2024.
//
// A target may be fitted in logarithms instead (see TargetLog); YMean and YStd are those of
// its values all the same.
//
// Only sums, products, quotients and square roots are taken, and logarithms and exponentials
// made of them, rounded one by one and in a fixed order: the same bits on every platform. A
// Scaler is not changed by its methods, which may run concurrently.
type Scaler struct {
	Mean, Std   []float64    // d each, in the units of the features
	Min, Max    []float64    // d each, the range of the training rows; empty where it is not known
	YMean, YStd []float64    // k each, in the units of the targets
	Bias        float64      // appended to every standardised row; 0 means none
	Skew        []Skew       // d logarithms for skewed features; empty means none
	TargetMeans []TargetMean // in place of indices, in the order of the features; empty means none
	Pieces      []Piece      // coordinates behind the features; empty means none
	Metric      []float64    // by which features and pieces are mapped, as many rows and columns; empty means none

	YLog []TargetLog // k logarithms of targets; empty means none
}

// Width returns the number of features that the network sees: len(Mean), dropped ones as
// zeros, the pieces, and one for the bias.
func (s *Scaler) Width() int {
	w := len(s.Mean) + len(s.Pieces)
	if s.Bias == 0 {
		return w
	}
	return w + 1
}

// Kept returns the number of features that are not dropped.
func (s *Scaler) Kept() int {
	kept := 0
	for _, v := range s.Std {
		if v > 0 {
			kept++
		}
	}
	return kept
}

// Outside tells whether the value v of feature k lies outside the range of the training
// rows; false where no ranges are known, and of an index, which has none.
func (s *Scaler) Outside(k int, v float64) bool {
	return len(s.Min) > 0 && (v < s.Min[k] || v > s.Max[k]) && s.meanOf(k) == nil
}

// Apply writes the unit rows of x (rows × len(Mean), row-major) to dst (rows ×
// Width). They must not overlap. Values of x must be finite; a standardised
// value beyond 2^1000 is taken as 2^1000. It panics if the lengths disagree.
// About six flops a value, and with a metric 2(d+p)² for d features and p pieces.
func (s *Scaler) Apply(dst, x []float64) {
	d, w := len(s.Mean), s.Width()
	if n := w - 1; len(s.Metric) > 0 && (s.Bias == 0 || len(s.Metric) != n*n || n > MetricMost) {
		panic(fmt.Sprintf("features: Apply of a metric of %d entries to %d coordinates, bias %g", len(s.Metric), d+len(s.Pieces), s.Bias))
	}
	if d == 0 || len(s.Std) != d || len(x)%d != 0 || len(dst) != len(x)/d*w {
		panic(fmt.Sprintf("features: Apply of %d features and %d deviations from %d values to %d", d, len(s.Std), len(x), len(dst)))
	}
	for len(x) > 0 {
		row, means := dst[:w], s.TargetMeans
		for k, v := range x[:d] {
			if len(means) > 0 && means[0].Feature == k {
				v, means = means[0].value(v), means[1:]
			}
			if s.Std[k] == 0 {
				row[k] = 0
				continue
			}
			row[k] = standard(v, s.Mean[k], s.Std[k])
			if len(s.Skew) > 0 {
				row[k] = limited(s.Skew[k].apply(row[k]))
			}
		}
		for q := range s.Pieces {
			p := &s.Pieces[q]
			v := x[p.Feature]
			if m := s.meanOf(p.Feature); m != nil {
				v = m.value(v)
			}
			row[d+q] = standard(p.clip(v), p.Mean, p.Std)
		}
		if len(s.Metric) > 0 {
			s.mapped(row[:d+len(s.Pieces)])
		}
		if s.Bias != 0 {
			row[w-1] = s.Bias
		}
		Unit(row)
		dst, x = dst[w:], x[d:]
	}
}

// Standardize writes the standardised values y of target j to dst, which may be y.
func (s *Scaler) Standardize(dst, y []float64, j int) {
	if s.InLogarithms(j) {
		for i, v := range y {
			dst[i] = standard(logOf(v), s.YLog[j].Mean, s.YLog[j].Std)
		}
		return
	}
	for i, v := range y {
		dst[i] = standard(v, s.YMean[j], s.YStd[j])
	}
}

// Restore is the inverse of Standardize, in place.
func (s *Scaler) Restore(y []float64, j int) {
	if s.InLogarithms(j) {
		for i, v := range y {
			y[i] = s.YLog[j].restore(v)
		}
		return
	}
	for i, v := range y {
		y[i] = float64(v*s.YStd[j]) + s.YMean[j]
	}
}

// standard returns (v − mean)/std, limited to ±2^1000 so that the norm of a row
// is finite. The difference of finite numbers may overflow; halves do not.
func standard(v, mean, std float64) float64 {
	c := v - mean
	if c-c != 0 {
		c, std = float64(v*0.5)-float64(mean*0.5), std*0.5
	}
	return limited(c / std)
}

func limited(z float64) float64 {
	const limit = 0x1p1000
	return max(-limit, min(limit, z))
}

// Unit scales row to Euclidean length 1; zeros stay.
func Unit(row []float64) {
	norm := asm.Nrm2(row)
	if norm == 0 {
		return
	}
	if norm < 0x1p-900 { // the norm may be subnormal, with few bits
		asm.Scale(row, 0x1p900, row)
		norm = asm.Nrm2(row)
	}
	for k, v := range row {
		row[k] = v / norm
	}
}

// FitScaler takes means and deviations, and with logs the logarithms of skewed
// features, from x (rows × d, row-major) and y (the rows of one target after
// another), with the weights of the rows, nil for ones. Bias must be finite and
// not negative; 0 means none. It returns ErrShape, ErrOption, or ErrNotFinite
// with row, column and value.
func FitScaler(ctx context.Context, x, y, weights []float64, d int, bias float64, logs bool) (*Scaler, error) {
	if d < 1 || len(x) < d || len(x)%d != 0 || len(y) == 0 || len(y)%(len(x)/d) != 0 {
		return nil, fmt.Errorf("features: %d values in rows of %d features, %d targets: %w", len(x), d, len(y), fault.ErrShape)
	}
	if !(bias >= 0) || bias > math.MaxFloat64 {
		return nil, fmt.Errorf("features: bias %v: %w", bias, fault.ErrOption)
	}
	if err := fault.Finite(x, d); err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	n := len(x) / d
	for i, v := range y {
		if v-v != 0 {
			return nil, fmt.Errorf("features: row %d, target is %v: %w", i%n, v, fault.ErrNotFinite)
		}
	}
	s := &Scaler{Mean: make([]float64, d), Std: make([]float64, d), Min: make([]float64, d), Max: make([]float64, d), Bias: bias}
	column, tmp := make([]float64, n), make([]float64, n)
	if logs {
		s.Skew = make([]Skew, d)
	}
	for k := range s.Mean {
		if ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		for i := range column {
			column[i] = x[i*d+k]
		}
		s.Min[k], s.Max[k] = slices.Min(column), slices.Max(column)
		s.Mean[k], s.Std[k] = moments(column, weights)
		if s.Std[k] > 0 && twoValued(x[k:], d, s.Min[k], s.Max[k]) {
			s.Std[k] = min(s.Max[k]/math.Sqrt2-s.Min[k]/math.Sqrt2, math.MaxFloat64)
			continue
		}
		if logs && s.Std[k] > 0 {
			for i := range column {
				column[i] = standard(x[i*d+k], s.Mean[k], s.Std[k])
			}
			s.Skew[k] = fitSkew(ctx, column, tmp, weights)
		}
	}
	for ; len(y) > 0; y = y[n:] {
		copy(column, y)
		mean, std := moments(column, weights)
		if std == 0 {
			std = unitOf(y[:n])
		}
		s.YMean, s.YStd = append(s.YMean, mean), append(s.YStd, std)
	}
	return s, nil
}

// twoValued tells whether a column, of stride d, has no values but two.
func twoValued(x []float64, d int, low, high float64) bool {
	for i := 0; i < len(x); i += d {
		if x[i] != low && x[i] != high {
			return false
		}
	}
	return true
}

// CommonScale returns the scaler that divides all features by the same deviation, the
// root mean square of theirs, without logarithms: for features of one kind, such as
// pixels, of which those that hardly vary say little. Dropped ones have no part in it.
func (s *Scaler) CommonScale() *Scaler {
	c := *s
	c.Skew, c.Pieces = nil, nil
	c.Std = make([]float64, len(s.Std))
	top, square, kept := slices.Max(s.Std), 0.0, 0
	if top == 0 {
		return &c
	}
	for _, v := range s.Std {
		square += float64(v / top * (v / top))
		if v > 0 {
			kept++
		}
	}
	common := top * math.Sqrt(square/float64(kept))
	for k, v := range s.Std {
		if v > 0 {
			c.Std[k] = common
		}
	}
	return &c
}

// Rescaled returns s with feature k multiplied by to[k] instead of by from[k], nil
// for ones. A deviation that would leave the positive numbers stays, and so does 0.
func (s *Scaler) Rescaled(from, to []float64) *Scaler {
	out := *s
	out.Std, out.Skew, out.Pieces = slices.Clone(s.Std), slices.Clone(s.Skew), slices.Clone(s.Pieces)
	for k, v := range to {
		if from != nil {
			v /= from[k]
		}
		var std *float64
		switch q := k - len(s.Mean); {
		case q >= 0:
			std = &out.Pieces[q].Std
		case len(out.Skew) > 0 && out.Skew[k].Reach != 0:
			std = &out.Skew[k].Std
		default:
			std = &out.Std[k]
		}
		if d := *std / v; d > 0 && d <= math.MaxFloat64 {
			*std = d
		}
	}
	return &out
}

// Plain returns s without pieces and metric: rows of the features alone.
func (s *Scaler) Plain() *Scaler {
	out := *s
	out.Pieces, out.Metric = nil, nil
	return &out
}

// HasLogarithms reports whether a feature goes through a logarithm.
func (s *Scaler) HasLogarithms() bool {
	for _, v := range s.Skew {
		if v.Reach != 0 {
			return true
		}
	}
	return false
}
