package train

import (
	"math"
	"math/rand/v2"
	"testing"
)

// tabular draws n rows of d features as tables have them: forty clusters of
// unequal size and width, correlated within, one row in ten an exact copy of an
// earlier one and one in twenty a near copy; the target is a smooth function
// with noise, so that copies have other targets.
func tabular(n, d int, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 5))
	const clusters = 40
	centre, width, mix := make([]float64, clusters*d), make([]float64, clusters), make([]float64, d*d)
	for i := range centre {
		centre[i] = 2 * rng.NormFloat64()
	}
	for i := range width {
		width[i] = 0.1 + rng.Float64()
	}
	for i := range mix {
		mix[i] = rng.NormFloat64() / math.Sqrt(float64(d))
	}
	x, y = make([]float64, n*d), make([]float64, n)
	z := make([]float64, d)
	for i := range n {
		row := x[i*d : (i+1)*d]
		switch u := rng.Float64(); {
		case i > 0 && u < 0.15:
			j := rng.IntN(i)
			copy(row, x[j*d:(j+1)*d])
			if u < 0.05 {
				for k := range row {
					row[k] += 1e-3 * rng.NormFloat64()
				}
			}
		default:
			c := int(float64(clusters) * rng.Float64() * rng.Float64())
			for k := range z {
				z[k] = rng.NormFloat64()
			}
			for k := range row {
				row[k] = centre[c*d+k]
				for l := range z {
					row[k] += width[c] * mix[k*d+l] * z[l]
				}
			}
		}
		s, t := 0.0, 0.0
		for k, v := range row {
			s += v * float64(1+k%3)
			t += v * v
		}
		y[i] = math.Sin(s/4) + 0.1*math.Sqrt(t) + 0.2*rng.NormFloat64()
	}
	return x, y
}

// tabularRows returns such a table as a trainer has it.
func tabularRows(t testing.TB, n, d int, seed uint64) *dataset {
	t.Helper()
	x, y := tabular(n, d, seed)
	return prepared(t, x, y, d, 0, Options{Bias: 1})
}
