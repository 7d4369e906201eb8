package features

import (
	"math"
)

// moments returns mean and population standard deviation of v, which it
// overwrites, with the given weights, nil for ones. The deviation is 0 for equal values,
// and for those that differ by a few units in the last place: that is rounding, not
// information, and dividing by it would blow it up.
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
		return first, 0
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
	var correction, square float64
	for i, a := range v {
		c, w := a-m, weight(weights, i)
		correction += float64(w * c)
		square += float64(w * float64(c*c))
	}
	correction /= n
	deviation := math.Sqrt(max(0, square/n-float64(correction*correction)))
	// Rounding must not lift either above the largest value, and so to infinity.
	mean, std = math.Ldexp(max(-top, min(top, m+correction)), e), math.Ldexp(min(top, deviation), e)
	if deviation <= noise {
		std = 0
	}
	return mean, std
}

// unitOf returns what a target whose deviation is 0 is divided by, so that it can be
// standardised and restored: 1 if all its values are equal, else a power of two that is
// at least 1 and as large as they are.
func unitOf(v []float64) float64 {
	big, equal := 0.0, true
	for _, a := range v {
		big, equal = max(big, math.Abs(a)), equal && a == v[0]
	}
	if equal {
		return 1
	}
	_, e := math.Frexp(big)
	return max(1, math.Ldexp(1, min(e, 1023)))
}

// skewness returns the third standardised moment of v, and 0 for equal values.
func skewness(v, weights []float64) float64 {
	var n, mean, m2, m3 float64
	for i, a := range v {
		w := weight(weights, i)
		n += w
		mean += float64(w * a)
	}
	mean /= n
	for i, a := range v {
		c, w := a-mean, weight(weights, i)
		m2 += float64(w * float64(c*c))
		m3 += float64(w * float64(c*c*c))
	}
	if m2 == 0 {
		return 0
	}
	m2 /= n
	return m3 / n / (m2 * math.Sqrt(m2))
}

// weight returns weight i, 1 if there are none.
func weight(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}
