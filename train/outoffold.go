package train

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// ridges is the grid of μ: half decades.
var ridges = [...]float64{1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100}

// trial is a shape with what rows out of fold say of it: each row is predicted by the ridge
// regression of the linearised model, f₀ − G(G+μI)⁻¹r₀, on the rows of the other folds.
type trial struct {
	shape
	designs []design // one for each fold; a single one if it looks at no target
	rmse    [len(ridges)]float64
	squares [len(ridges)][]float64 // squared error of each row, by its weight, over all targets
	left    []float64              // residuals out of fold as the targets are fitted, at the best ridge so far
	duals   [][]float64            // dual solutions by which each fold is predicted, at the best ridge so far; nil if all broke down
	best    int                    // index of the ridge of least error
	ridge   int                    // index of the ridge to take, once settled
	settled bool
	noted   bool // in the report
}

// design is the rows of a shape as they are made for a fold, from the targets of all other
// folds.
type design struct {
	scaler *features.Scaler
	scale  []float64 // of the features, nil for ones
	gram   []float64 // n × n
	r      []float64 // f₀ − y
}

func (t *trial) design(fold int) *design { return &t.designs[fold%len(t.designs)] }

func (t *trial) least() float64 { return t.rmse[t.best] }

// designs makes the rows of a shape before any rescaling: one for each fold if means of targets stand in them.
func (c *chooser) designs(ctx context.Context, s shape) (out []design, err error) {
	for f := range max(1, len(c.means)) {
		scaler := s.of(c.fitted)
		if c.means != nil {
			scaler.TargetMeans = c.means[f]
		}
		d, err := c.newDesign(ctx, scaler, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// newDesign makes the rows of a scaler.
func (c *chooser) newDesign(ctx context.Context, scaler *features.Scaler, scale []float64) (design, error) {
	m, err := c.linearize(ctx, scaler)
	if err != nil {
		return design{}, err
	}
	d := design{scaler: scaler, scale: scale, gram: make([]float64, c.n*c.n), r: slices.Clone(m.r)}
	m.lin.Gram(d.gram)
	if ctx.Err() != nil {
		return design{}, fault.ErrStopped
	}
	return d, nil
}

// ask computes the errors out of fold at ridge k of the grid, infinite if a system is not
// positive definite in floating point. k factors of the folds' other rows: 0.3n³ flops for
// five folds, and as many more.
func (c *chooser) ask(ctx context.Context, t *trial, k int) error {
	if t.rmse[k] != 0 {
		return nil
	}
	left, duals, err := c.residuals(ctx, t, ridges[k])
	if newton.BrokeDown(err) {
		t.rmse[k] = math.Inf(1)
		return nil
	}
	if err != nil {
		return err
	}
	squares := c.squared(c.deviations(t, left))
	t.squares[k], t.rmse[k] = squares, math.Sqrt(sum(squares)/c.count())
	if !(t.rmse[k] < math.Inf(1)) || t.rmse[k] == 0 {
		t.rmse[k] = math.Inf(1)
	}
	for other, e := range t.rmse {
		if other != k && e != 0 && e <= t.rmse[k] {
			return nil
		}
	}
	t.duals, t.left = duals, left
	return nil
}

// count is the number of targets that are judged.
func (c *chooser) count() float64 { return float64(c.begins[c.judged] * (len(c.y) / c.n)) }

// squared returns the squared error of each row, by its weight, over all targets, of residuals in
// standard deviations.
func (c *chooser) squared(left []float64) []float64 {
	squares := make([]float64, c.n)
	for i := range squares {
		for j := 0; j < len(left); j += c.n {
			squares[i] += float64(c.units[j/c.n] * float64(left[j+i]*left[j+i]))
		}
	}
	return squares
}

// deviations returns residuals of a trial in standard deviations of the targets.
func (c *chooser) deviations(t *trial, left []float64) []float64 {
	out := make([]float64, len(left))
	for f := range c.judged {
		s := t.design(f).scaler
		for j := range len(left) / c.n {
			for i := c.begins[f]; i < c.begins[f+1]; i++ {
				out[j*c.n+i] = c.inDeviations(s, left[j*c.n+i], i, j)
			}
		}
	}
	return out
}

// residuals returns f − y of each row, target after target, as the targets are fitted, f by
// the rows of the other folds, and the dual solutions of these; with weights it is times their
// roots.
func (c *chooser) residuals(ctx context.Context, t *trial, ridge float64) (left []float64, duals [][]float64, err error) {
	left = make([]float64, len(c.y))
	for f := range c.judged {
		d := t.design(f)
		u, err := c.solve(ctx, d, f, ridge)
		if err != nil {
			return nil, nil, err
		}
		duals = append(duals, u)
		for i := c.begins[f]; i < c.begins[f+1]; i++ {
			for j := 0; j < len(u); j += c.n {
				left[j+i] = d.r[j+i] - asm.Dot(d.gram[i*c.n:(i+1)*c.n], u[j:j+c.n])
			}
		}
	}
	return left, duals, nil
}

// inDeviations returns the error of the standardised target j of row i in standard
// deviations of the target, which only those of a target in logarithms are not yet. It is not
// finite where the prediction overflows.
func (c *chooser) inDeviations(s *features.Scaler, e float64, i, j int) float64 {
	if !s.InLogarithms(j) {
		return e
	}
	root := 1.0
	if c.root != nil {
		root = c.root[i]
	}
	truth := [1]float64{c.y[j*c.n+i]}
	y := (truth[0] - s.YMean[j]) / s.YStd[j]
	s.Standardize(truth[:], truth[:], j)
	return root * (s.Deviations(truth[0]+e/root, j) - y)
}

// solve returns the dual solutions, target after target, of the rows that are not in a
// fold, with zeros for those that are; fold -1 is none.
func (c *chooser) solve(ctx context.Context, d *design, fold int, ridge float64) ([]float64, error) {
	parts := [2][2]int{{0, c.n}, {c.n, c.n}} // the rows before the fold and those behind it
	if fold >= 0 {
		parts = [2][2]int{{0, c.begins[fold]}, {c.begins[fold+1], c.n}}
	}
	n, targets := parts[0][1]+c.n-parts[1][0], len(c.y)/c.n
	chol, err := c.factor(ctx, c.others(d.gram, n, parts), n, ridge)
	if err != nil {
		return nil, stopped(ctx, err)
	}
	v := make([]float64, 0, n*targets)
	for j := 0; j < len(d.r); j += c.n {
		for _, of := range parts {
			v = append(v, d.r[j+of[0]:j+of[1]]...)
		}
	}
	if err := chol.SolveVecs(ctx, v, v, targets); err != nil {
		return nil, stopped(ctx, err)
	}
	u := make([]float64, len(c.y))
	for j := 0; j < len(u); j += c.n {
		for _, of := range parts {
			v = v[copy(u[j+of[0]:j+of[1]], v):]
		}
	}
	return u, nil
}

// others returns the n × n part of a Gram matrix that belongs to the rows of two parts, in memory that the next call
// uses again; the matrix itself if these are all.
func (c *chooser) others(gram []float64, n int, parts [2][2]int) []float64 {
	if n == c.n {
		return gram
	}
	if c.rest == nil {
		c.rest = make([]float64, c.n*c.n)
	}
	a, p := c.rest[:n*n], 0
	for _, rows := range parts {
		for i := rows[0]; i < rows[1]; i++ {
			row := a[p*n : (p+1)*n]
			for _, of := range parts {
				row = row[copy(row, gram[i*c.n+of[0]:i*c.n+of[1]]):]
			}
			p++
		}
	}
	return a
}

// factor returns that of a + ridge·I in the memory of the last one of order n.
func (c *chooser) factor(ctx context.Context, a []float64, n int, ridge float64) (chol *solver.Cholesky[float64], err error) {
	if chol = c.factors[n]; chol != nil {
		return chol, chol.Factor(ctx, a, ridge)
	}
	chol, err = solver.NewCholesky(ctx, a, n, &solver.CholeskyOptions{Ridge: ridge, Workers: c.cfg.Workers})
	if err == nil {
		c.factors[n] = chol
	}
	return chol, err
}

// gain returns by how much the mean squared error of a row is less for a than for b, and the
// standard error of that, by groups of equal rows.
func (c *chooser) gain(a, b *trial) (gain, err float64) {
	return c.paired(a.squares[a.best], b.squares[b.best])
}

// paired is gain of squared errors x and y of the rows.
func (c *chooser) paired(x, y []float64) (gain, err float64) {
	sums, size := make([]float64, c.groups), make([]float64, c.groups)
	for i, g := range c.group[:c.begins[c.judged]] {
		sums[g] += y[i] - x[i]
		size[g]++
	}
	return meanAndError(compact(sums, size))
}

// meanAndError returns the mean of a quantity of which each group has a sum over its
// members, and its standard error.
func meanAndError(sums, size []float64) (mean, err float64) {
	n := sum(size)
	mean = sum(sums) / n
	square := 0.0
	for g, s := range sums {
		e := s - float64(size[g]*mean)
		square += float64(e * e)
	}
	if k := float64(len(sums)); k > 1 {
		square *= k / (k - 1)
	}
	return mean, math.Sqrt(square) / n
}
