package train

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// rescaled returns the shape s with each feature scaled to how much it matters:
// by the root of the root-mean-square slope, over rows and targets, that the
// linearised fit at the best ridge of s has along it. The mean square of the scales
// is 1, so that the bias keeps its weight. It is the diagonal of the average
// gradient outer product by which kernel machines learn features (Radhakrishnan,
// Beaglehole, Pandit and Belkin 2024), with half of their exponent, which moves
// less in a round and is steadier.
func (c *chooser) rescaled(ctx context.Context, s *trial) (*trial, error) {
	m, err := c.linearize(ctx, s)
	if err != nil {
		return nil, err
	}
	slope, err := c.slopes(ctx, s, m)
	if err != nil {
		return nil, err
	}
	next := &trial{common: s.common, scale: make([]float64, len(slope))}
	total := 0.0
	for k, v := range slope {
		before := 1.0
		if s.scale != nil {
			before = s.scale[k]
		}
		next.scale[k] = math.Sqrt(before * v)
		total += float64(next.scale[k] * next.scale[k])
	}
	total = math.Sqrt(total / float64(len(slope)))
	for k := range next.scale {
		if total > 0 {
			next.scale[k] /= total
		}
		next.scale[k] = max(next.scale[k], leastScale)
	}
	next.scaler = s.scaler.Rescaled(s.scale, next.scale)
	return next, nil
}

// slopes returns the root mean square of ∂f/∂z_k over rows and targets, z the
// features as the shape scales them, f its fit W₀ − Jᵀu with the gates of W₀. With
// v = (z, b) and the row x = v/‖v‖, ∂f/∂z = (∇f − ⟨∇f, x⟩x)/‖v‖, ‖v‖ = b/x_b.
func (c *chooser) slopes(ctx context.Context, s *trial, m *linear) ([]float64, error) {
	if err := c.factor(ctx, ridges[s.best]); err != nil {
		if ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		return nil, err
	}
	w := s.scaler.Width()
	fit, g := make([]float64, len(m.net.W)), make([]float64, c.n*w)
	sums := make([]float64, w-1)
	for j := 0; j < len(m.r); j += c.n {
		c.chol.SolveVec(c.u, m.r[j:j+c.n])
		m.op.MulTransVec(fit, c.u)
		asm.Scale(fit, -1, fit)
		asm.Axpy(fit, 1, m.net.W)
		m.op.Gradients(g, fit)
		if ctx.Err() != nil {
			return nil, fault.ErrStopped
		}
		for i := range c.n {
			x, gx := m.unit[i*w:(i+1)*w], g[i*w:(i+1)*w]
			inner, inverse := asm.Dot(gx, x), x[w-1]/s.scaler.Bias
			if c.root != nil {
				inverse *= c.root[i]
			}
			for k := range sums {
				v := (gx[k] - float64(inner*x[k])) * inverse
				sums[k] += float64(v * v)
			}
		}
	}
	for k, v := range sums {
		sums[k] = math.Sqrt(v / float64(len(m.r)))
	}
	return sums, nil
}
