package train

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/loss"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/model"
)

// The spread of residuals r: ln(|r| + 0.3 of their median) is regressed on the row by the linearised network of a
// few neurons with a large ridge. Which ridge, or whether there is one spread for all rows, the rows say out of fold, by the likelihood
// of residuals with the density e^−|r|/s/2s: one spread is left if the gain exceeds its standard
// error. On seven tables the score of intervals of level 0.9 (their width, and 20 times
// what a target misses them by) is 0.88 of that of one spread, geometric mean; with a term in the prediction
// beside it 0.87, by a function of the prediction alone 0.95, and more neurons gain nothing. The leverage
// of a row tells less than one spread does: 1.04.
const (
	spreadNeurons = 256
	spreadRows    = 1024 // that it is learnt from at most
	spreadFolds   = 5
	spreadOffset  = 0.3 // of the median, added to |r|, whose logarithm has no bound below
	spreadScale   = 64  // of the weights of newPairs, so that no step flips a gate
)

// spreadRidges are the ridges that may be chosen, beside an infinite one. The Gram matrix has ½ on
// its diagonal.
var spreadRidges = [...]float64{0.3, 3}

// spreader learns the spreads of targets.
type spreader struct {
	*leftRows
	cfg    *config
	net    *jacobian.Network
	lin    jacobian.Linearization
	gram   []float64 // n × n, of rows without weights
	logs   []float64 // ln(|r| + offset), target after target
	fold   []int
	folds  int
	learns []bool // rows that it is learnt from
}

// spreads returns for each target of the rows intervals that lack their levels, and for each row
// the logarithm of the spread by other rows. It returns ErrStopped if ctx ends.
func spreads(ctx context.Context, l *leftRows, cfg *config) ([]model.Interval, []float64, error) {
	out, logs := make([]model.Interval, l.targets), make([]float64, len(l.r))
	sp, err := newSpreader(ctx, l, cfg)
	if err != nil || sp.folds < spreadFolds {
		return out, logs, err
	}
	var at [len(spreadRidges)][]float64 // logarithms out of fold
	for c, ridge := range spreadRidges {
		at[c] = make([]float64, len(l.r))
		for h := range sp.folds {
			fit, err := sp.solve(ctx, ridge, h)
			if newton.BrokeDown(err) { // rows that are not what they should be have one spread
				return out, logs, nil
			}
			if err != nil {
				return nil, nil, err
			}
			sp.apply(at[c], fit, h)
		}
	}
	for j := range out {
		best, gain := 0, 0.0
		for c := range at {
			if g, err := sp.gain(at[c], j); c == 0 || g > gain {
				best, gain = c, g
				if g <= err {
					best = -1
				}
			}
		}
		if best < 0 {
			continue
		}
		part := at[best][j*l.n : (j+1)*l.n]
		copy(logs[j*l.n:], part)
		if err := sp.finish(ctx, &out[j], spreadRidges[best], j, part); err != nil {
			return nil, nil, err
		}
	}
	return out, logs, nil
}

func newSpreader(ctx context.Context, l *leftRows, cfg *config) (*spreader, error) {
	sp := &spreader{leftRows: l, cfg: cfg, gram: make([]float64, l.n*l.n), learns: make([]bool, l.n)}
	sp.fold, sp.folds = l.spreadFolds(cfg)
	for _, i := range portable.Permutation(l.n, cfg.Seed, streamSpread)[:min(l.n, spreadRows)] {
		sp.learns[i] = true
	}
	for j := range l.targets {
		off := make([]float64, l.n)
		for i, r := range l.r[j*l.n : (j+1)*l.n] {
			off[i] = math.Abs(r)
		}
		offset := spreadOffset * loss.Median(off, l.weights)
		if offset == 0 {
			offset = 1 // most rows are predicted exactly: nothing is said of the others
		}
		for _, v := range off {
			sp.logs = append(sp.logs, portable.Log(v+offset))
		}
	}
	team := asm.NewTeam(cfg.Workers)
	team.Bind(ctx)
	sp.net = newPairs(team, 0, spreadNeurons, l.width, cfg.Seed)
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	asm.Scale(sp.net.W, spreadScale, sp.net.W)
	lin, err := jacobian.New(sp.net, l.x, &jacobian.Options{Workers: cfg.Workers})
	if err != nil {
		return nil, err
	}
	sp.lin = lin
	lin.Bind(ctx)
	lin.Linearize(make([]float64, l.n))
	lin.Gram(sp.gram)
	if ctx.Err() != nil {
		return nil, fault.ErrStopped
	}
	return sp, nil
}

// spreadFit is the regression without one fold, for each target mean + Σ_i u_i G(x, x_i).
type spreadFit struct {
	mean []float64
	u    []float64 // n each, zero for rows it is not learnt from
}

// takes tells whether row i has part in the fit without a fold, -1 for none.
func (sp *spreader) takes(i, fold int) bool { return sp.learns[i] && sp.fold[i] != fold }

func (sp *spreader) weight(i int) float64 {
	if sp.weights == nil {
		return 1
	}
	return sp.weights[i]
}

// solve fits the rows that are not in a fold. A factor of them.
func (sp *spreader) solve(ctx context.Context, ridge float64, fold int) (*spreadFit, error) {
	var rows []int
	for i := range sp.n {
		if sp.takes(i, fold) {
			rows = append(rows, i)
		}
	}
	s := len(rows)
	a, root := make([]float64, s*s), make([]float64, s)
	for p, i := range rows {
		root[p] = math.Sqrt(sp.weight(i))
	}
	for p, i := range rows {
		for q, l := range rows {
			a[p*s+q] = float64(root[p]*root[q]) * sp.gram[i*sp.n+l]
		}
	}
	chol, err := solver.NewCholesky(ctx, a, s, &solver.CholeskyOptions{Ridge: ridge, Workers: sp.cfg.Workers})
	if err != nil {
		return nil, stopped(ctx, err)
	}
	fit := &spreadFit{u: make([]float64, len(sp.r))}
	v := make([]float64, 0, s*sp.targets)
	for j := range sp.targets {
		mean, total := 0.0, 0.0
		for _, i := range rows {
			mean += float64(sp.weight(i) * sp.logs[j*sp.n+i])
			total += sp.weight(i)
		}
		mean /= total
		fit.mean = append(fit.mean, mean)
		for p, i := range rows {
			v = append(v, float64(root[p]*(sp.logs[j*sp.n+i]-mean)))
		}
	}
	if err := chol.SolveVecs(ctx, v, v, sp.targets); err != nil {
		return nil, stopped(ctx, err)
	}
	for j := range sp.targets {
		for p, i := range rows {
			fit.u[j*sp.n+i] = float64(root[p] * v[j*s+p])
		}
	}
	return fit, nil
}

// apply writes the logarithms of the spread of the rows of a fold by its fit.
func (sp *spreader) apply(logs []float64, fit *spreadFit, fold int) {
	for j := range sp.targets {
		u := fit.u[j*sp.n : (j+1)*sp.n]
		for i, h := range sp.fold {
			if h == fold {
				logs[j*sp.n+i] = fit.mean[j] + asm.Dot(sp.gram[i*sp.n:(i+1)*sp.n], u)
			}
		}
	}
}

// gain returns by how much spreads of target j, given by their logarithms, make its residuals more
// likely than one spread, a row, and the standard error of that by groups of equal rows.
func (sp *spreader) gain(logs []float64, j int) (gain, err float64) {
	r, logs := sp.r[j*sp.n:(j+1)*sp.n], logs[j*sp.n:(j+1)*sp.n]
	var total, one, many float64
	for i, v := range r {
		w := sp.weight(i)
		total += w
		one += float64(w * math.Abs(v))
		many += float64(w * (math.Abs(v) / portable.Exp(logs[i])))
	}
	one, many = one/total, many/total
	if !(one > 0 && one < math.Inf(1) && many > 0 && many < math.Inf(1)) {
		return 0, 0
	}
	both := portable.Log(one) - portable.Log(many)
	sums, size := make([]float64, sp.groups), make([]float64, sp.groups)
	for i, v := range r {
		w, g := sp.weight(i), sp.group[i]
		d := both + math.Abs(v)/one - logs[i] - math.Abs(v)/portable.Exp(logs[i])/many
		sums[g] += float64(w * d)
		size[g] += w
	}
	return meanAndError(compact(sums, size))
}

// finish makes the spread of target j of all rows that it is learnt from, within the range of
// logarithms that rows out of fold had.
func (sp *spreader) finish(ctx context.Context, v *model.Interval, ridge float64, j int, logs []float64) error {
	fit, err := sp.solve(ctx, ridge, -1)
	if err != nil {
		return err
	}
	v.Mean = fit.mean[j]
	v.Low, v.High = logs[0], logs[0]
	for _, g := range logs {
		v.Low, v.High = min(v.Low, g), max(v.High, g)
	}
	w := make([]float64, len(sp.net.W))
	sp.lin.MulTransVec(w, fit.u[j*sp.n:(j+1)*sp.n])
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	asm.Axpy(w, 1, sp.net.W)
	v.Spread = sp.net.With(w)
	return nil
}
