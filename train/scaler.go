package train

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Scaler maps raw rows of d features to the unit rows that the network is
// trained on, and k targets to standard deviations:
//
//	z_k = (x_k − Mean_k)/Std_k,   row = (z, Bias)/‖(z, Bias)‖,   t_j = (y_j − YMean_j)/YStd_j.
//
// Mean and Std are those of the training rows, Std the population standard
// deviation, both with the weights of the rows if there are any. A constant feature has Std 1; a skewed one then goes through a
// logarithm (see Skew). Fit divides Std, or Skew.Std where there is a logarithm, by
// the scale that it chose for the feature (see Choice). With Bias 0 nothing is appended; a
// row of zeros then stays zero, every other row has length 1 to rounding.
//
// Only sums, products, quotients and square roots are taken, rounded one by
// one and in a fixed order: the same bits on every platform. A Scaler is not
// changed by its methods, which may run concurrently.
type Scaler struct {
	Mean, Std   []float64 // d each, in the units of the features
	YMean, YStd []float64 // k each, in the units of the targets
	Bias        float64   // appended to every standardised row; 0 means none
	Skew        []Skew    // d logarithms for skewed features; empty means none
}

// Width returns the number of features that the network sees: len(Mean), and
// one for the bias.
func (s *Scaler) Width() int {
	if s.Bias == 0 {
		return len(s.Mean)
	}
	return len(s.Mean) + 1
}

// Apply writes the unit rows of x (rows × len(Mean), row-major) to dst (rows ×
// Width). They must not overlap. Values of x must be finite; a standardised
// value beyond 2^1000 is taken as 2^1000. It panics if the lengths disagree.
// About six flops a value.
func (s *Scaler) Apply(dst, x []float64) {
	d, w := len(s.Mean), s.Width()
	if d == 0 || len(s.Std) != d || len(x)%d != 0 || len(dst) != len(x)/d*w {
		panic(fmt.Sprintf("train: Apply of %d features and %d deviations from %d values to %d", d, len(s.Std), len(x), len(dst)))
	}
	for len(x) > 0 {
		row := dst[:w]
		for k, v := range x[:d] {
			row[k] = standard(v, s.Mean[k], s.Std[k])
			if len(s.Skew) > 0 {
				row[k] = limited(s.Skew[k].apply(row[k]))
			}
		}
		if w > d {
			row[d] = s.Bias
		}
		unit(row)
		dst, x = dst[w:], x[d:]
	}
}

// targets writes the standardised values y of target j to dst, which may be y.
func (s *Scaler) targets(dst, y []float64, j int) {
	for i, v := range y {
		dst[i] = standard(v, s.YMean[j], s.YStd[j])
	}
}

// restore is the inverse of targets, in place.
func (s *Scaler) restore(y []float64, j int) {
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

// unit scales row to Euclidean length 1; zeros stay.
func unit(row []float64) {
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

// fitScaler takes means and deviations, and with tame the logarithms of skewed
// features, from x (rows × d, row-major) and y (the rows of one target after
// another), with the weights of the rows, nil for ones. Bias must be finite and
// not negative; 0 means none. It returns ErrShape, ErrOption, or ErrNotFinite
// with row, column and value.
func fitScaler(ctx context.Context, x, y, weights []float64, d int, bias float64, tame bool) (*Scaler, error) {
	if d < 1 || len(x) < d || len(x)%d != 0 || len(y) == 0 || len(y)%(len(x)/d) != 0 {
		return nil, fmt.Errorf("train: %d values in rows of %d features, %d targets: %w", len(x), d, len(y), ErrShape)
	}
	if !(bias >= 0) || bias > math.MaxFloat64 {
		return nil, fmt.Errorf("train: bias %v: %w", bias, ErrOption)
	}
	if err := checkFinite(x, d); err != nil {
		return nil, err
	}
	n := len(x) / d
	for i, v := range y {
		if v-v != 0 {
			return nil, fmt.Errorf("train: row %d, target is %v: %w", i%n, v, ErrNotFinite)
		}
	}
	s := &Scaler{Mean: make([]float64, d), Std: make([]float64, d), Bias: bias}
	column, tmp := make([]float64, n), make([]float64, n)
	if tame {
		s.Skew = make([]Skew, d)
	}
	for k := range s.Mean {
		if ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		for i := range column {
			column[i] = x[i*d+k]
		}
		s.Mean[k], s.Std[k] = moments(column, weights)
		if tame {
			for i := range column {
				column[i] = standard(x[i*d+k], s.Mean[k], s.Std[k])
			}
			s.Skew[k] = fitSkew(ctx, column, tmp, weights)
		}
	}
	for ; len(y) > 0; y = y[n:] {
		copy(column, y)
		mean, std := moments(column, weights)
		s.YMean, s.YStd = append(s.YMean, mean), append(s.YStd, std)
	}
	return s, nil
}

// checkFinite returns ErrNotFinite for the first NaN or infinity in the
// row-major matrix x of d columns.
func checkFinite(x []float64, d int) error {
	for k, v := range x {
		if v-v != 0 {
			return fmt.Errorf("train: row %d, column %d is %v: %w", k/d, k%d, v, ErrNotFinite)
		}
	}
	return nil
}

// moments returns mean and population standard deviation of v, which it
// overwrites, with the given weights, nil for ones. The deviation is 1 for equal values. Deviations of a few units
// in the last place are rounding, not information: dividing by them would
// blow it up, so a power of two at least as large as the values, and at least
// 1, takes their place.
//
// The values are scaled by a power of two to [-1, 1], which is exact up to
// harmless underflow, so that sums and squares neither overflow nor vanish.
func moments(v, weights []float64) (mean, std float64) {
	const noise = 0x1p-50
	first, big, equal := v[0], 0.0, true
	for _, a := range v {
		equal = equal && a == first
		big = max(big, math.Abs(a))
	}
	if equal {
		return first, 1
	}
	top, e := math.Frexp(big)
	var n, sum float64
	for i, a := range v {
		v[i] = math.Ldexp(a, -e)
		w := weight(weights, i)
		n += w
		sum += float64(w * v[i])
	}
	m := sum / n
	// A second pass removes the rounding of the first from both moments.
	var rest, square float64
	for i, a := range v {
		c, w := a-m, weight(weights, i)
		rest += float64(w * c)
		square += float64(w * float64(c*c))
	}
	rest /= n
	deviation := math.Sqrt(max(0, square/n-float64(rest*rest)))
	// Rounding must not lift either above the largest value, and so to infinity.
	mean, std = math.Ldexp(max(-top, min(top, m+rest)), e), math.Ldexp(min(top, deviation), e)
	if deviation <= noise || std == 0 {
		std = max(1, math.Ldexp(1, min(e, 1023)))
	}
	return mean, std
}
