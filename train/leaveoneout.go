package train

import (
	"context"
	"math"
	"runtime"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// The choice of the ridge, and of what else shapes the linearised model: the bias
// constant, the logarithms of skewed features and the scale of each feature.
//
// At W₀ the network is linear in its weights but for the gates, and the ridge
// regression f₀ − G(G+μI)⁻¹r₀ on its n rows has a closed form for the error that
// row i has when it is left out (Allen 1974):
//
//	e_i = [(G+μI)⁻¹r₀]_i / [(G+μI)⁻¹]_ii
//
// Of all that is tried, the least ‖e‖ wins. μ is absolute (the prior of the
// weights is that of the whole table), so that a sample of the rows decides for
// all of them, and a sample of the neurons for all neurons.
const (
	choiceRows    = 1024 // rows at most
	choiceNeurons = 4096 // neurons at most
	choiceRounds  = 4    // rescalings at most
	choiceFlat    = 1.01 // an error so many times the least is as good: the largest such ridge is taken
	leastScale    = 0x1p-10
)

// ridges is the grid of μ: half decades.
var ridges = [...]float64{1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100}

// plannedRidge is the ridge that the plan assumes before one is chosen.
const plannedRidge = 1e-3

// biases are the constants that are tried where none is asked for.
var biases = [...]float64{1, 2, 4}

// chooser holds the rows that decide, and the memory of one linearised model.
type chooser struct {
	cfg    *config
	n      int
	x      []float64 // raw features
	y      []float64 // standardised targets, one after the other
	root   []float64 // of the weights, nil for ones
	chol   *solver.Cholesky[float64]
	diag   *solver.InverseDiag
	u, inv []float64
	of     *trial // whose model and Gram matrix are at hand
	model  *linear
	gram   []float64
	report *Choice
}

// trial is one linearised model: how rows are made, and what leave-one-out says
// of each ridge of the grid, 0 for what has not been asked.
type trial struct {
	scaler *features.Scaler
	scale  []float64 // of the features, nil for ones
	common bool      // scaler divides all features by the same deviation
	errs   [len(ridges)]float64
	best   int // index of the least error
}

func (s *trial) least() float64 { return s.errs[s.best] }

// choose picks the shape of the least leave-one-out error for raw rows x and
// standardised targets y, of which scaler tells the moments, root the roots of the
// weights (nil for ones). o.Bias and o.KeepSkew stand where they were asked for. It returns
// fault.ErrStopped if ctx ends.
func choose(ctx context.Context, scaler *features.Scaler, x, y, root []float64, o *config) (*features.Scaler, *Choice, error) {
	c := newChooser(scaler, x, y, root, o)
	best := &trial{best: len(ridges) / 2}
	for i, candidate := range c.candidates(scaler) {
		s := &trial{scaler: candidate.scaler, common: candidate.common, best: best.best}
		if err := c.fit(ctx, s, i == 0); err != nil {
			return nil, nil, err
		}
		margin := 1.0
		if s.common && !best.common { // what units say, a table may deny
			margin = choiceFlat
		}
		if i == 0 || margin*s.least() < best.least() {
			best = s
		}
	}
	for range choiceRounds {
		if o.KeepScale || best.scaler.Bias == 0 {
			break
		}
		s, err := c.rescaled(ctx, best)
		if err != nil {
			return nil, nil, err
		}
		s.best = best.best
		if err := c.fit(ctx, s, false); err != nil {
			return nil, nil, err
		}
		if !(s.least() < best.least()) {
			break
		}
		best = s
		c.report.Rescaled++
	}
	if err := c.settle(ctx, best); err != nil {
		return nil, nil, err
	}
	return best.scaler, c.report, nil
}

// newChooser takes the rows that decide: all, or a sample that the seed draws.
func newChooser(scaler *features.Scaler, x, y, root []float64, o *config) *chooser {
	d := len(scaler.Mean)
	all := len(x) / d
	c := &chooser{cfg: o, n: min(all, choiceRows), x: x, y: y, root: root}
	if all > c.n {
		at := portable.Permutation(all, o.Seed, streamChoice)[:c.n]
		c.x, c.y = make([]float64, 0, c.n*d), make([]float64, 0, c.n*(len(y)/all))
		c.root = nil
		for _, i := range at {
			c.x = append(c.x, x[i*d:(i+1)*d]...)
			if root != nil {
				c.root = append(c.root, root[i])
			}
		}
		for j := 0; j < len(y); j += all {
			for _, i := range at {
				c.y = append(c.y, y[j+i])
			}
		}
	}
	c.gram = make([]float64, c.n*c.n)
	c.u, c.inv = make([]float64, c.n), make([]float64, c.n)
	c.report = &Choice{Rows: c.n, Neurons: min(o.Width, choiceNeurons)}
	return c
}

// candidate is a scaler to try; common tells that it divides all features by the same
// deviation.
type candidate struct {
	scaler *features.Scaler
	common bool
}

// candidates returns the scalers to try: each bias, with the logarithms, if there
// are any without them, and with a common scale for all features.
func (c *chooser) candidates(scaler *features.Scaler) []candidate {
	constants := biases[:]
	if !c.cfg.chooseBias {
		constants = []float64{scaler.Bias}
	}
	var out []candidate
	for _, b := range constants {
		s := *scaler
		s.Bias = b
		out = append(out, candidate{scaler: &s})
	}
	each := out
	if scaler.HasLogarithms() {
		for _, s := range each {
			plain := *s.scaler
			plain.Skew = nil
			out = append(out, candidate{scaler: &plain})
		}
	}
	if !c.cfg.KeepScale && len(scaler.Std) > 1 {
		for _, s := range each {
			out = append(out, candidate{s.scaler.CommonScale(), true})
		}
	}
	return out
}

// linear is a linearised model: the operator at W₀, and r₀ for each target.
type linear struct {
	op   jacobian.Linearization
	net  *jacobian.Network
	unit []float64 // rows before weights
	r    []float64
}

// linearize makes the model of a shape and its Gram matrix, unless they are at hand.
func (c *chooser) linearize(ctx context.Context, s *trial) (*linear, error) {
	if c.of == s {
		return c.model, nil
	}
	c.of, c.model = nil, nil
	w := s.scaler.Width()
	m := &linear{unit: make([]float64, c.n*w)}
	s.scaler.Apply(m.unit, c.x)
	rows := m.unit
	if c.root != nil {
		rows = append([]float64(nil), rows...)
		for i, root := range c.root {
			asm.Scale(rows[i*w:(i+1)*w], root, rows[i*w:(i+1)*w])
		}
	}
	team := asm.NewTeam(c.cfg.Workers)
	team.Bind(ctx)
	m.net = newPairs(team, 0, c.report.Neurons, w, c.cfg.Seed)
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	if 16*w*c.report.Neurons >= newton.BigGarbage {
		runtime.GC() // of the model before: the plan counts two
	}
	var err error
	if m.op, err = jacobian.New(m.net, rows, &jacobian.Options{Workers: c.cfg.Workers}); err != nil {
		return nil, err
	}
	m.op.Bind(ctx)
	f := make([]float64, c.n)
	m.op.Linearize(f)
	m.op.Gram(c.gram)
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	m.r = make([]float64, len(c.y))
	for i, y := range c.y {
		k := i % c.n
		if c.root != nil {
			y = float64(y * c.root[k])
		}
		m.r[i] = f[k] - y
	}
	c.of, c.model = s, m
	return m, nil
}

// fit fills in what leave-one-out says: at every decade and then around the least
// if all is set, else downhill from s.best.
func (c *chooser) fit(ctx context.Context, s *trial, all bool) error {
	m, err := c.linearize(ctx, s)
	if err != nil {
		return err
	}
	c.report.Shapes++
	if all {
		for k := 0; k < len(ridges); k += 2 {
			if err := c.ask(ctx, s, m, k); err != nil {
				return err
			}
			if k == 0 || s.errs[k] < s.least() {
				s.best = k
			}
		}
	}
	for {
		at := s.best
		for _, k := range []int{at, at + 1, at - 1} {
			if k < 0 || k >= len(ridges) {
				continue
			}
			if err := c.ask(ctx, s, m, k); err != nil {
				return err
			}
			if s.errs[k] < s.least() {
				s.best = k
			}
		}
		if s.best == at {
			return nil
		}
	}
}

// ask computes the leave-one-out error at ridge k of the grid, infinite if the
// system is not positive definite in floating point.
func (c *chooser) ask(ctx context.Context, s *trial, m *linear, k int) error {
	if s.errs[k] != 0 {
		return nil
	}
	err := c.factor(ctx, ridges[k])
	if newton.BrokeDown(err) {
		s.errs[k] = math.Inf(1)
		return nil
	}
	if err == nil {
		if c.diag == nil {
			c.diag, err = solver.NewInverseDiag(c.n, c.cfg.Workers)
		}
		if err == nil {
			err = c.diag.Diag(ctx, c.inv, c.chol)
		}
	}
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	if err != nil {
		return err
	}
	square := 0.0
	for j := 0; j < len(m.r); j += c.n {
		c.chol.SolveVec(c.u, m.r[j:j+c.n])
		for i, u := range c.u {
			c.u[i] = u / c.inv[i]
		}
		square += asm.Dot(c.u, c.u)
	}
	s.errs[k] = math.Sqrt(square / float64(len(m.r)))
	if !(s.errs[k] < math.Inf(1)) || s.errs[k] == 0 {
		s.errs[k] = math.Inf(1)
	}
	return nil
}

func (c *chooser) factor(ctx context.Context, ridge float64) (err error) {
	if c.chol != nil {
		return c.chol.Factor(ctx, c.gram, ridge)
	}
	c.chol, err = solver.NewCholesky(ctx, c.gram, c.n, &solver.CholeskyOptions{Ridge: ridge, Workers: c.cfg.Workers})
	if err != nil {
		c.chol = nil
	}
	return err
}

// settle takes the largest ridge whose error is within choiceFlat of the least:
// errors that close are not told apart, and the larger ridge takes fewer steps.
func (c *chooser) settle(ctx context.Context, s *trial) error {
	m, err := c.linearize(ctx, s)
	if err != nil {
		return err
	}
	least := s.errs[s.best]
	for s.best+1 < len(ridges) {
		if err := c.ask(ctx, s, m, s.best+1); err != nil {
			return err
		}
		if !(s.errs[s.best+1] <= choiceFlat*least) {
			break
		}
		s.best++
	}
	r := c.report
	r.Ridge, r.RMSE, r.Bias = ridges[s.best], s.errs[s.best], s.scaler.Bias
	r.Logarithms, r.CommonScale, r.Scale = s.scaler.HasLogarithms(), s.common, s.scale
	for k, e := range s.errs {
		if e > 0 && e < math.Inf(1) {
			r.Curve = append(r.Curve, LeaveOneOut{ridges[k], e})
		}
	}
	return nil
}
