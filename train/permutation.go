package train

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// What the importance of columns may cost. The work is 2·k·m·D flops for each row, column and
// permutation, of which two cores do some 5·10¹⁰ a second.
const (
	importanceRows  = 1024 // at most
	importanceLeast = 64   // rows, before columns are left out
	importanceTurns = 4    // permutations at most
	importanceWork  = 1e11
	importanceBytes = 1 << 28 // of networks that are kept, but of a fit of each half in any case
)

// affordable returns how many predictions of a row importanceWork admits, of k targets by so many weights
// each.
func affordable(weights, k int) int { return int(importanceWork / (2 * float64(k) * float64(weights))) }

// tellImportance adds the importance of columns, by as many rows, columns and permutations as
// importanceWork admits.
func (e *estimator) tellImportance(ctx context.Context, out *Estimate, steps [2]int) error {
	if !e.cfg.Importance || e.r.class != nil && e.by[0] == nil {
		return nil
	}
	columns, total := spans(e.cfg.Encoder, e.r.d), 0
	for _, f := range e.results {
		if f.kept != nil {
			total += len(f.rows)
		}
	}
	most := affordable(weightsOf(e.results[0].after(1)), e.r.targets)
	rows := min(total, importanceRows, max(importanceLeast, most/len(columns)))
	var judges []*judge
	for _, f := range e.results {
		if of := (len(f.rows)*rows + total - 1) / total; f.kept != nil && min(of, len(f.rows)) > 1 {
			j, err := e.newJudge(ctx, f, steps[f.half], of)
			if err != nil {
				return err
			}
			judges = append(judges, j)
		}
	}
	which, err := leading(ctx, judges, columns, most/rows)
	if err != nil {
		return err
	}
	turns := min(importanceTurns, max(1, most/(rows*len(which))))
	t := newRises(e, judges)
	var all []ColumnImportance
	for _, c := range which {
		told, err := t.column(ctx, columns[c], turns)
		if err != nil {
			return err
		}
		told.Column = c
		all = append(all, told)
	}
	if t.finite() {
		out.Importance = newImportance(t.rows, turns, all, e.cfg.Encoder)
	}
	return nil
}

// leading returns the columns, or the so many of them of the largest slopes, in ascending order.
func leading(ctx context.Context, judges []*judge, columns []span, most int) ([]int, error) {
	out := make([]int, len(columns))
	for c := range out {
		out[c] = c
	}
	if most = max(most, 1); len(columns) <= most {
		return out, nil
	}
	slope := make([]float64, len(columns))
	for _, j := range judges {
		if err := j.slopes(ctx, columns, slope); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(slope[b], slope[a]) })
	out = out[:most]
	slices.Sort(out)
	return out, nil
}

// rises adds up what judges say of columns.
type rises struct {
	e      *estimator
	judges []*judge
	rows   int
	size   []float64 // weight by group of equal rows
	square float64   // mean loss of the rows as they are
}

func newRises(e *estimator, judges []*judge) *rises {
	t := &rises{e: e, judges: judges, size: make([]float64, e.groups)}
	for _, j := range judges {
		t.rows += len(j.rows)
		for q, i := range j.rows {
			t.size[e.group[i]] += j.weights[q]
			t.square += float64(j.weights[q] * j.loss[q])
		}
	}
	t.square /= sum(t.size)
	return t
}

// finite tells whether the losses are: those of an iteration that diverged may not be.
func (t *rises) finite() bool { return t.rows > 0 && t.square-t.square == 0 }

// column permutes one.
func (t *rises) column(ctx context.Context, of span, turns int) (c ColumnImportance, err error) {
	loss, wrong := make([]float64, t.e.groups), make([]float64, t.e.groups)
	for _, j := range t.judges {
		if err := j.rise(ctx, of, min(turns, len(j.rows)-1), loss, wrong); err != nil {
			return c, err
		}
	}
	c.Rise, c.RiseError = meanAndError(compact(loss, slices.Clone(t.size)))
	c.WrongRise, c.WrongRiseError = math.NaN(), math.NaN()
	if t.e.r.class != nil {
		c.WrongRise, c.WrongRiseError = meanAndError(compact(wrong, slices.Clone(t.size)))
	} else {
		c.Rise, c.RiseError = rootRise(t.square/t.e.unit, c.Rise/t.e.unit, c.RiseError/t.e.unit)
	}
	return c, nil
}

// rootRise turns the rise of a mean square and its standard error into those of its root.
func rootRise(square, rise, err float64) (float64, float64) {
	before, after := math.Sqrt(square), math.Sqrt(max(0, square+rise))
	if before+after == 0 {
		return 0, 0
	}
	return after - before, err / (before + after)
}
