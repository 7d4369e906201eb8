package loss

import (
	"cmp"
	"math"
	"slices"
)

// Gaussian times the median absolute deviation is the standard deviation of Gaussian values.
const Gaussian = 1.4826

// Median returns the median of v with the given weights, nil for ones: the value at which
// half of the weight lies on either side, the middle of two if it falls between them. A weight
// of 2 is as two values, one of 0 as none. It returns 0 if there is no weight. n·log n.
func Median(v, weights []float64) float64 {
	order, total := make([]int, 0, len(v)), 0.0
	for i := range v {
		if w := weight(weights, i); w > 0 {
			order = append(order, i)
			total += w
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(v[a], v[b]), a-b) })
	below := 0.0
	for at, i := range order {
		below += weight(weights, i)
		if below > total/2 || at == len(order)-1 {
			return v[i]
		}
		if below == total/2 {
			return v[i]/2 + v[order[at+1]]/2 // the sum may overflow
		}
	}
	return 0
}

// Scale returns the robust scale of v: Gaussian times the median absolute deviation from the
// median, the standard deviation of Gaussian values. Nearly half of the weight may lie anywhere
// without carrying it away. Where more than half of the values are equal it is that of the
// others alone, and 0 where all are.
func Scale(v, weights []float64) float64 {
	center := Median(v, weights)
	off := make([]float64, len(v))
	for i, a := range v {
		off[i] = math.Abs(a - center)
	}
	if m := Median(off, weights); m > 0 {
		return Gaussian * m
	}
	others, their := []float64{}, []float64{}
	for i, a := range off {
		if a > 0 {
			others, their = append(others, a), append(their, weight(weights, i))
		}
	}
	return Gaussian * Median(others, their)
}

// weight returns weight i, 1 if there are none.
func weight(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}
