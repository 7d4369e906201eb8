package train

import (
	"context"
	"math"
	"runtime"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// linear is a network at its initial weights, linear in them but for the gates: what the
// choice of the shape judges in place of training. Of the pairs of equal neurons that training
// starts from it has one each: they make the same Gram matrix, and f₀ = 0.
type linear struct {
	scaler *features.Scaler
	net    *jacobian.Network
	lin    jacobian.Linearization
	unit   []float64 // rows before weights
	r      []float64 // −y, target after target
}

// linearize makes the model of a scaler on the rows that decide, unless it was the last one made.
func (c *chooser) linearize(ctx context.Context, scaler *features.Scaler) (*linear, error) {
	if c.last != nil && c.last.scaler == scaler {
		return c.last, nil
	}
	w := scaler.Width()
	neurons := c.neurons(w)
	m := &linear{scaler: scaler, unit: make([]float64, c.n*w)}
	scaler.Apply(m.unit, c.x)
	rows := m.unit
	if c.root != nil {
		rows = append([]float64(nil), rows...)
		scaleRows(rows, c.root, w)
	}
	team := asm.NewTeam(c.cfg.Workers)
	team.Bind(ctx)
	if c.last != nil && c.last.net.D == w {
		m.net = c.last.net // no one moves its weights
	} else {
		m.net = newHalves(team, neurons, w, c.cfg.Seed)
	}
	c.last = nil
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	if 8*w*neurons >= newton.BigGarbage {
		runtime.GC() // of the model before: the plan counts two
	}
	var err error
	if m.lin, err = jacobian.New(m.net, rows, &jacobian.Options{Workers: c.cfg.Workers}); err != nil {
		return nil, err
	}
	m.lin.Bind(ctx)
	f := make([]float64, c.n)
	m.lin.Linearize(f)
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	m.r = make([]float64, len(c.y))
	for j := 0; j < len(c.y); j += c.n {
		scaler.Standardize(m.r[j:j+c.n], c.y[j:j+c.n], j/c.n)
	}
	for i, y := range m.r {
		if c.root != nil {
			y = float64(y * c.root[i%c.n])
		}
		m.r[i] = -y
	}
	c.last = m
	return m, nil
}

// slopeTargets is the number of targets from which the slopes are those of as many random
// combinations of them, with signs ±1: their mean square is the same in expectation.
const slopeTargets = 4

// combined returns u, solutions of k targets, or random combinations of them if there are
// many.
func (c *chooser) combined(u []float64) []float64 {
	k := len(u) / c.n
	if k <= slopeTargets {
		return u
	}
	out := make([]float64, slopeTargets*c.n)
	for j := range slopeTargets {
		sign := portable.Permutation(2*k, c.cfg.Seed, streamSlopes+uint64(j))
		for t := range k {
			asm.Axpy(out[j*c.n:(j+1)*c.n], float64(1-2*(sign[t]&1)), u[t*c.n:(t+1)*c.n])
		}
	}
	return out
}

// rescaled returns the scaler of m with each feature scaled to how much it matters: by the
// root of the root-mean-square slope, over the rows that take part and the targets, that
// the linearised fit with the dual solutions u (zero for rows that take no part) has along it.
// The mean square of the scales, over features that are not dropped, is 1, so that the bias
// keeps its weight. It is the diagonal
// of the average gradient outer product by which kernel machines learn features
// (Radhakrishnan, Beaglehole, Pandit and Belkin 2024), with half of their exponent, which
// moves less in a round and is steadier. before are the scales that m has, nil for ones.
func (c *chooser) rescaled(ctx context.Context, m *linear, u, before []float64, takesPart func(i int) bool) (*features.Scaler, []float64, error) {
	slope, err := c.slopes(ctx, m, c.combined(u), takesPart)
	if err != nil {
		return nil, nil, err
	}
	scale, total, whole := make([]float64, len(slope)), 0.0, 0.0
	shares := m.scaler.Shares()
	for k, v := range slope {
		was := 1.0
		if before != nil {
			was = before[k]
		}
		scale[k] = math.Sqrt(was * v)
		total += float64(shares[k] * float64(scale[k]*scale[k]))
		whole += shares[k]
	}
	// Dropped features have no slope, and must not make up for it in the others' scales.
	total = math.Sqrt(total / max(1, whole))
	for k := range scale {
		if total > 0 {
			scale[k] /= total
		}
		scale[k] = max(scale[k], leastScale)
	}
	return m.scaler.Rescaled(before, scale), scale, nil
}

// slopes returns the root mean square of ∂f/∂z_k over the rows that take part, z the features as
// the scaler makes them.
func (c *chooser) slopes(ctx context.Context, m *linear, u []float64, takesPart func(i int) bool) ([]float64, error) {
	sums := make([]float64, m.net.D-1)
	count, err := c.gradients(ctx, m, u, takesPart, func(v []float64) {
		for k, g := range v {
			sums[k] += float64(g * g)
		}
	})
	for k, v := range sums {
		sums[k] = math.Sqrt(v / max(1, count))
	}
	return sums, err
}

// mapped returns the scaler of m with the metric that the gradients of the linearised fit with
// the dual solutions u make over the rows that take part, in place of the one it has; m's
// where they say nothing.
func (c *chooser) mapped(ctx context.Context, m *linear, u []float64, takesPart func(i int) bool) (*features.Scaler, error) {
	d := m.net.D - 1
	sums, v := make([]float64, d*d), make([]float64, d)
	_, err := c.gradients(ctx, m, c.combined(u), takesPart, func(g []float64) {
		if t := m.scaler.Metric; len(t) > 0 { // by z before the map
			clear(v)
			for k, a := range g {
				asm.Axpy(v, a, t[k*d:(k+1)*d])
			}
			g = v
		}
		for k, a := range g {
			asm.Axpy(sums[k*d:(k+1)*d], a, g)
		}
	})
	if err != nil {
		return nil, err
	}
	if s := m.scaler.WithMetric(ctx, sums); s != nil {
		return s, nil
	}
	return m.scaler, nil
}

// gradients calls use with ∂f/∂z for each target and each row that takes part, z what the scaler
// makes of the row but the bias, f the fit −Jᵀu with the gates of W₀, and returns how many there
// were. With v = (z, b) and the row x = v/‖v‖, ∂f/∂z = (∇f − ⟨∇f, x⟩x)/‖v‖, ‖v‖ = b/x_b.
func (c *chooser) gradients(ctx context.Context, m *linear, u []float64, takesPart func(i int) bool, use func(v []float64)) (count float64, err error) {
	w := m.scaler.Width()
	fit, g := make([]float64, len(m.net.W)), make([]float64, c.n*w)
	for j := 0; j < len(u); j += c.n {
		m.lin.MulTransVec(fit, u[j:j+c.n])
		asm.Scale(fit, -1, fit)
		m.lin.Gradients(g, fit)
		for i := range c.n {
			if ctx.Err() != nil {
				return 0, fault.ErrStopped
			}
			if !takesPart(i) {
				continue
			}
			count++
			x, gx := m.unit[i*w:(i+1)*w], g[i*w:(i+1)*w]
			inner, inverse := asm.Dot(gx, x), x[w-1]/m.scaler.Bias
			if c.root != nil {
				inverse *= c.root[i]
			}
			for k, v := range gx {
				gx[k] = (v - float64(inner*x[k])) * inverse
			}
			use(gx[:w-1])
		}
	}
	return count, nil
}
