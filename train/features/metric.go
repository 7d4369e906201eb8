package features

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// MetricMost is the number of coordinates up to which rows are mapped by a metric.
const MetricMost = 256

const (
	// metricFloor, of the mean of the diagonal, is added to a metric: no direction is lost
	// because the rows that it was learnt from said nothing along it.
	metricFloor = 1e-3
	metricRows  = 16 // of one product, below 100 µs
)

// WithMetric returns s whose rows are mapped by the fourth root T of a metric M,
//
//	z ← T·z,   T ∝ (M + ε·I)^¼,   ε = 10⁻³·trace(M)/d,
//
// of the d coordinates of a row but the bias, before it is scaled to length 1. M is symmetric,
// positive semidefinite, d × d row-major: the mean outer product of the gradients of a fit by z
// says which directions matter (Radhakrishnan, Beaglehole, Pandit and Belkin 2024; their exponent is ½, of which
// half moves less and is steadier). T is scaled so that rows keep the mean square that they have. It is nil
// where M says nothing: zero, or not finite, and of no use once ctx is done. About 100d³ flops.
func (s *Scaler) WithMetric(ctx context.Context, m []float64) *Scaler {
	shares := s.Shares()
	d := len(shares)
	trace := 0.0
	for i := range d {
		trace += m[i*d+i]
	}
	if !(trace > 0 && trace <= math.MaxFloat64) {
		return nil
	}
	a := make([]float64, d*d)
	asm.Scale(a, float64(d)/trace, m)
	for i := range d {
		a[i*d+i] += metricFloor
	}
	r := newRooter(d)
	r.root(ctx, a)
	r.root(ctx, a)
	square, whole := 0.0, 0.0
	for i := range d {
		for k, v := range a[i*d : (i+1)*d] {
			square += float64(shares[k] * float64(v*v))
		}
		whole += shares[i]
	}
	if !(square > 0 && square <= math.MaxFloat64) {
		return nil
	}
	asm.Scale(a, math.Sqrt(whole/square), a)
	out := *s
	out.Metric = a
	return &out
}

// rooter takes roots of symmetric matrices.
type rooter struct {
	d                  int
	y, z, t, tmp, pack []float64
}

func newRooter(d int) *rooter {
	return &rooter{d, make([]float64, d*d), make([]float64, d*d), make([]float64, d*d), make([]float64, d*d), make([]float64, asm.PanelLen(d, d))}
}

// root replaces a positive definite matrix by its root: the coupled iteration of Newton and
// Schulz, of products alone (Higham 2008, chapter 6). The eigenvalues of a are scaled below 1, from where the
// least grows by 2¼ a step until all converge quadratically.
func (r *rooter) root(ctx context.Context, a []float64) {
	const most, done = 100, 0x1p-40
	d, norm := r.d, 0.0
	for i := range d {
		row := 0.0
		for _, v := range a[i*d : (i+1)*d] {
			row += math.Abs(v)
		}
		norm = max(norm, row)
	}
	asm.Scale(r.y, 1/norm, a)
	clear(r.z)
	for i := range d {
		r.z[i*d+i] = 1
	}
	for i := 0; i < most && ctx.Err() == nil; i++ {
		r.mul(r.t, r.z, r.y)
		off := 0.0
		for i := range r.t {
			r.t[i] *= -0.5
			if i%(d+1) == 0 {
				r.t[i] += 1.5
				off = max(off, math.Abs(r.t[i]-1))
			}
		}
		r.mul(r.tmp, r.y, r.t)
		r.y, r.tmp = r.tmp, r.y
		if off < done {
			break
		}
		r.mul(r.tmp, r.t, r.z)
		r.z, r.tmp = r.tmp, r.z
	}
	asm.Scale(a, math.Sqrt(norm), r.y)
	for i := range d { // rounding leaves it not quite symmetric
		for k := range i {
			v := 0.5*a[i*d+k] + 0.5*a[k*d+i]
			a[i*d+k], a[k*d+i] = v, v
		}
	}
}

// mul sets dst = x·y.
func (r *rooter) mul(dst, x, y []float64) {
	d := r.d
	clear(dst)
	asm.PackCols(r.pack, y, d, d, d, 1)
	for i := 0; i < d; i += metricRows {
		asm.MulAdd(dst[i*d:], d, x[i*d:], d, 1, r.pack, min(metricRows, d-i), d, d)
	}
}

// mapped multiplies the coordinates of a row by the metric.
func (s *Scaler) mapped(row []float64) {
	var buf [MetricMost]float64
	d := len(row)
	copy(buf[:], row)
	for i := range row {
		row[i] = asm.Dot(s.Metric[i*d:(i+1)*d], buf[:d])
	}
}
