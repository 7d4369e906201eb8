// Package specimen has what the tests of train and its rooms share: tables, and streams,
// contexts and files that fail.
package specimen

import (
	"context"
	"crypto/sha256"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
)

// Tabular draws n rows of d features as tables have them: forty clusters of
// unequal size and width, correlated within, one row in ten an exact copy of an
// earlier one and one in twenty a near copy; the target is a smooth function
// with noise, so that copies have other targets.
func Tabular(n, d int, seed uint64) (x, y []float64) {
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

// Rows returns n rows of d features with unlike means and deviations.
func Rows(n, d int, seed uint64, scale float64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	x, y = make([]float64, n*d), make([]float64, n)
	for i := range y {
		for k := range d {
			x[i*d+k] = scale * (float64(k) + float64(k+1)*rng.NormFloat64())
		}
		y[i] = scale * (10 + 3*rng.NormFloat64())
	}
	return x, y
}

// Median returns the median of x.
func Median(x []float64) float64 {
	s := append([]float64(nil), x...)
	for i := range s {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// Reseal makes the checksum of an altered file right.
func Reseal(file []byte) []byte {
	n := len(file) - sha256.Size
	sum := sha256.Sum256(file[:n])
	return append(slices.Clone(file[:n]), sum[:]...)
}

// Countdown is a context that ends when it has been asked so many times.
type Countdown struct {
	context.Context
	Left   atomic.Int64
	Cancel func()
}

func (c *Countdown) Err() error { // on any worker
	if c.Left.Add(-1) < 0 {
		c.Cancel()
	}
	return c.Context.Err()
}

// Failing is a writer that takes Left bytes and then fails with Err.
type Failing struct {
	Left int
	Err  error
}

func (f *Failing) Write(p []byte) (int, error) {
	if len(p) > f.Left {
		n := f.Left
		f.Left = 0
		return n, f.Err
	}
	f.Left -= len(p)
	return len(p), nil
}
