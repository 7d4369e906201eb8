package train

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/folds"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Intervals are made of residuals out of fold, |y − f| as targets are fitted, divided by a
// spread that is itself learnt from other rows than the one it is applied to; see spreads. A new
// row's quotient is as likely to stand at any place among theirs, whatever the noise is: with n of them, the ⌈level·(n+1)⌉-th
// is not below it with probability level or more. The fit whose predictions they are laid around has seen
// a tenth more rows than those that the residuals are of, and is rather better. Signed quantiles, one for each side, gained
// nothing on seven tables and need twice the rows.
const (
	intervalLeast  = 20   // rows
	intervalMost   = 2048 // rows, a sample where there are more
	intervalLevels = 400  // levels kept where there are more rows: multiples of 1/400
	toldLevel      = 0.9  // by which intervals are told about
)

// leftRows are rows with what fits that have not seen them say of them, as the final scaler fits
// targets.
type leftRows struct {
	n, targets int
	x          []float64 // unit rows
	width      int
	f, r       []float64 // predictions, and y − f, target after target
	weights    []float64 // nil for ones
	group      []int     // of equal rows
	groups     int
	half       []int
}

// left collects the rows judged, with the predictions after so many steps. Rows that an
// outlier is in have no part in errors told, but intervals are for targets as they come: their
// residuals are those by which they were found. It returns nil where there are too few rows or values
// that are not finite, which those of an iteration that diverged may be.
func (e *estimator) left(s *features.Scaler, steps int) *leftRows {
	at, half, predicted := e.predicted(steps)
	n, k := len(at), e.r.targets
	if n < intervalLeast {
		return nil
	}
	keep := make([]int, n)
	for i := range keep {
		keep[i] = i
	}
	if n > intervalMost {
		keep = portable.Permutation(n, e.cfg.Seed, streamSpread)[:intervalMost]
		slices.Sort(keep)
	}
	s = s.Plain()
	l := &leftRows{n: len(keep), targets: k, width: s.Width(), groups: e.groups}
	var rows []int
	for _, q := range keep {
		rows = append(rows, at[q])
		l.group, l.half = append(l.group, e.group[at[q]]), append(l.half, half[q])
	}
	of := e.r.subset(rows)
	l.x, l.weights = make([]float64, l.n*l.width), of.weights
	s.Apply(l.x, of.x)
	for j := range k {
		f := make([]float64, l.n)
		for p, q := range keep {
			f[p] = predicted[q*k+j]
		}
		r := make([]float64, l.n)
		s.Standardize(f, f, j)
		s.Standardize(r, of.y[j*l.n:(j+1)*l.n], j)
		asm.Axpy(r, -1, f)
		l.f, l.r = append(l.f, f...), append(l.r, r...)
	}
	if slices.ContainsFunc(l.r, func(v float64) bool { return v-v != 0 }) {
		return nil
	}
	return l
}

// predicted returns the rows that were predicted by fits without them, of which half each is, and the
// predictions of their targets in their units, row after row.
func (e *estimator) predicted(steps int) (at, half []int, y []float64) {
	n := e.r.n()
	outlier := map[int]Outlier{}
	for _, o := range e.cfg.outliers {
		outlier[o.Row] = o
	}
	for _, f := range e.results {
		for q, i := range f.rows {
			root := 1.0
			if f.root != nil {
				root = f.root[q]
			}
			at, half = append(at, i), append(half, e.halfOf(f, i))
			for j := range e.r.targets {
				s := &f.model.Scaler
				y = append(y, float64(f.at(steps, j)[q]/root*s.YStd[j])+s.YMean[j])
			}
		}
		for _, i := range f.dropped { // with a single target
			at, half = append(at, i), append(half, e.halfOf(f, i))
			y = append(y, e.r.y[:n][i]-outlier[e.r.at[i]].Residual)
		}
	}
	return at, half, y
}

// tellIntervals adds the intervals that the rows make, after the steps that the model takes, to
// what is told, and which part of each half those of the other contain.
func (e *estimator) tellIntervals(ctx context.Context, out *Estimate, s *features.Scaler, steps int) error {
	if e.r.class != nil {
		return nil
	}
	l := e.left(s, steps)
	if l == nil {
		return nil
	}
	spread, logs, err := spreads(ctx, l, e.cfg)
	if err != nil {
		return err
	}
	quotients := make([]float64, len(l.r))
	for i, v := range logs {
		quotients[i] = math.Abs(l.r[i]) / portable.Exp(v)
	}
	for j := range spread {
		v := &spread[j]
		v.Level, v.Reach = reaches(quotients[j*l.n:(j+1)*l.n], l.weights)
	}
	out.intervals = spread
	out.tellCoverage(l, s, quotients, logs)
	return nil
}

// reaches returns the levels of quotients and, with them, the quotients themselves: with weights
// w of the rows and their mean w̄ as that of the new row, the i-th smallest has the level
// Σ_{l≤i} w_l/(Σw + w̄). Of more than intervalLevels the first at each multiple of 1/intervalLevels are kept.
func reaches(quotients, weights []float64) (level, reach []float64) {
	n := len(quotients)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(cmp.Compare(quotients[i], quotients[j]), i-j) })
	total, below, next := float64(n+1), 0.0, 0
	if weights != nil {
		total = sum(weights)
		total += total / float64(n)
	}
	for _, i := range order {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		below += w
		l, last := below/total, len(level)-1
		if l >= 1 || n > intervalLevels && l < float64(next)/intervalLevels {
			continue
		}
		if last >= 0 && l <= level[last] { // a weight that is lost in rounding
			reach[last] = quotients[i]
			continue
		}
		level, reach = append(level, l), append(reach, quotients[i])
		for float64(next)/intervalLevels <= l {
			next++
		}
	}
	return level, reach
}

// tellCoverage tells which share of the rows of each half, by weight and over all targets, is
// within intervals of toldLevel that the quotients of the other half make, and how wide these are.
func (e *Estimate) tellCoverage(l *leftRows, s *features.Scaler, quotients, logs []float64) {
	inside, size := make([]float64, l.groups), make([]float64, l.groups)
	width, total := 0.0, 0.0
	for j := range l.targets {
		q, r := quotients[j*l.n:(j+1)*l.n], [2]float64{}
		for h := range r {
			var of, weights []float64
			for i, v := range q {
				if l.half[i] != h {
					of = append(of, v)
					if l.weights != nil {
						weights = append(weights, l.weights[i])
					}
				}
			}
			level, reach := reaches(of, weights)
			at, _ := slices.BinarySearch(level, toldLevel)
			if at == len(level) {
				return
			}
			r[h] = reach[at]
		}
		for i, v := range q {
			w, g, reach := 1.0, l.group[i], r[l.half[i]]
			if l.weights != nil {
				w = l.weights[i]
			}
			size[g] += w
			if v <= reach {
				inside[g] += w
			}
			f, d := l.f[j*l.n+i], float64(reach*portable.Exp(logs[j*l.n+i]))
			width += float64(w * (s.Deviations(f+d, j) - s.Deviations(f-d, j)))
			total += w
		}
	}
	e.Coverage, e.CoverageError = meanAndError(compact(inside, size))
	e.IntervalWidth = width / total
}

// spreadFolds deals the rows to folds, equal ones together.
func (l *leftRows) spreadFolds(cfg *config) (fold []int, count int) {
	groups := 0
	number, group := map[int]int{}, make([]int, l.n)
	for i, g := range l.group {
		if _, known := number[g]; !known {
			number[g] = groups
			groups++
		}
		group[i] = number[g]
	}
	return folds.Split(group, groups, make([]int, l.n), spreadFolds, cfg.Seed, streamSpread)
}
