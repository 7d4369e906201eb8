package features

import (
	"math"
	"math/rand/v2"
	"testing"
)

// outer returns the mean outer product of so many random vectors, d × d.
func outer(d, count int, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	m, v := make([]float64, d*d), make([]float64, d)
	for range count {
		for k := range v {
			v[k] = rng.NormFloat64() * math.Pow(10, -float64(k%5))
		}
		for i := range d {
			for k := range d {
				m[i*d+k] += v[i] * v[k] / float64(count)
			}
		}
	}
	return m
}

// square returns a·a.
func square(a []float64, d int) []float64 {
	out := make([]float64, d*d)
	for i := range d {
		for k := range d {
			for l := range d {
				out[i*d+k] += a[i*d+l] * a[l*d+k]
			}
		}
	}
	return out
}

// TestMetricIsTheFourthRoot of the shrunk matrix, up to a factor, whatever the rank and the size of
// its entries, and keeps the mean square of rows of unit variance.
func TestMetricIsTheFourthRoot(t *testing.T) {
	for _, d := range []int{1, 2, 7, 40, 129} {
		for _, rank := range []int{1, 3, 300} {
			for _, size := range []float64{1, 1e-200, 1e200} {
				m, trace, mean := outer(d, rank, uint64(d+rank)), 0.0, make([]float64, d)
				for i := range m {
					m[i] *= size
				}
				s := &Scaler{Mean: mean, Std: make([]float64, d), Bias: 1}
				for k := range d {
					trace += m[k*d+k]
					s.Std[k] = 1
				}
				got := s.WithMetric(t.Context(), m).Metric
				whole := 0.0
				for i, v := range got {
					whole += v * v
					if v != got[i%d*d+i/d] {
						t.Fatalf("d=%d: entry %d is not that across", d, i)
					}
				}
				if math.Abs(whole/float64(d)-1) > 1e-12 {
					t.Errorf("d=%d rank=%d: mean square %g", d, rank, whole/float64(d))
				}
				fourth := square(square(got, d), d)
				factor, largest := 0.0, 0.0
				want := make([]float64, d*d)
				for i := range m {
					want[i] = m[i] * (float64(d) / trace)
					if i%(d+1) == 0 {
						want[i] += metricFloor
					}
					largest = max(largest, math.Abs(want[i]))
				}
				for k := range d {
					factor += fourth[k*d+k] / (float64(d) * (1 + metricFloor))
				}
				for i, v := range fourth {
					if math.Abs(v/factor-want[i]) > 1e-9*largest {
						t.Fatalf("d=%d rank=%d size=%g: entry %d of the fourth power is %g, want %g", d, rank, size, i, v/factor, want[i])
					}
				}
			}
		}
	}
	s := &Scaler{Mean: make([]float64, 2), Std: []float64{1, 1}, Bias: 1}
	for _, m := range [][]float64{make([]float64, 4), {math.Inf(1), 0, 0, 1}, {math.NaN(), 0, 0, 1}} {
		if s.WithMetric(t.Context(), m) != nil {
			t.Errorf("a metric of %v", m)
		}
	}
}

// TestDroppedFeaturesStayOut of a metric.
func TestDroppedFeaturesStayOut(t *testing.T) {
	s := &Scaler{Mean: make([]float64, 3), Std: []float64{1, 0, 2}, Bias: 1}
	m := s.WithMetric(t.Context(), []float64{4, 0, 1, 0, 0, 0, 1, 0, 1})
	a, b := make([]float64, 4), make([]float64, 4)
	m.Apply(a, []float64{1, 2, 3})
	m.Apply(b, []float64{1, 1e9, 3})
	for k := range a {
		if a[k] != b[k] || a[k]-a[k] != 0 {
			t.Fatalf("%v and %v", a, b)
		}
	}
}
