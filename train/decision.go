package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/model"
)

// Decision tells what offsets of the classes' logits, chosen for Options.Decide, do on rows out of fold: those of each
// half are judged by the offsets, and the calibration, of the other half.
type Decision struct {
	Metric       Metric
	Value, Error float64 // of the metric, and its standard error by the jackknife over groups of equal rows
	MostProbable float64 // the metric of the same rows if the most probable class is told
}

// String tells the metric with and without the offsets.
func (d *Decision) String() string {
	return fmt.Sprintf("%s %.3f ± %.2g, of the most probable class %.3f", d.Metric.Words(), d.Value, d.Error, d.MostProbable)
}

// mostSweeps bounds the rounds over the classes in which offsets are chosen, and
// sameMetric is what two values of a metric may differ by for rounding alone.
const (
	mostSweeps = 4
	sameMetric = 1e-12
)

// offsets chooses what Calibration.Offset has: of two classes the cut of the second's logit, of more one class after the
// other, in rounds, that makes the metric of the rows largest. Cuts lie halfway between two rows; of
// equals it is the one nearest to none. n·log n comparisons and nk flops a class and round. It returns
// ErrStopped if ctx ends.
func (c *classScores) offsets(ctx context.Context, by *model.Calibration) error {
	d := &decider{metric: c.decide, class: c.class, weights: c.weights, k: c.k, classes: by.Classes(), logits: make([]float64, len(c.scores)), offset: make([]float64, c.k)}
	for i, s := range c.scores {
		j := i % c.k
		d.logits[i] = float64(by.Scale[j]*s) + by.Shift[j]
	}
	for range mostSweeps {
		better := false
		for j := range c.k {
			if ctx.Err() != nil {
				return stopped(ctx, ctx.Err())
			}
			better = d.sweep(j) || better
		}
		if !better || c.k == 1 {
			break
		}
	}
	by.Offset = d.offset
	return nil
}

// decider holds the rows by which offsets are chosen.
type decider struct {
	metric  Metric
	class   []int
	weights []float64
	k       int // logits of a row
	classes int
	logits  []float64 // n × k
	offset  []float64 // so far
}

// rival returns the class that is told of row i if it is not that of logit j, and its logit.
func (d *decider) rival(i, j int) (class int, logit float64) {
	if d.k == 1 {
		return 0, 0
	}
	logit = math.Inf(-1)
	for l, z := range d.logits[i*d.k : (i+1)*d.k] {
		if z += d.offset[l]; l != j && z > logit {
			class, logit = l, z
		}
	}
	return class, logit
}

// sweep lets the offset of logit j fall from where its class is told of no row to where it is told of all, keeps
// the best, and tells whether that is better than what it was.
func (d *decider) sweep(j int) bool {
	n, own := len(d.class), d.classes-d.k+j
	margin, rivals, order := make([]float64, n), make([]int, n), make([]int, n)
	counts, now := newTally(d.classes), newTally(d.classes)
	for i, class := range d.class {
		r, z := d.rival(i, j)
		margin[i], rivals[i], order[i] = d.logits[i*d.k+j]-z, r, i
		counts.add(class, r, d.weights[i])
		if margin[i]+d.offset[j] >= 0 {
			r = own
		}
		now.add(class, r, d.weights[i])
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case margin[a] > margin[b]:
			return -1
		case margin[a] < margin[b]:
			return 1
		}
		return a - b
	})
	before := d.metric.of(now)
	best, most, sum, whole := d.offset[j], before, 0.0, d.metric.whole(counts)
	for c := range d.classes {
		sum += d.metric.part(counts, c)
	}
	for at, i := range order {
		pair := [2]int{rivals[i], own}
		for _, c := range pair {
			sum -= d.metric.part(counts, c)
		}
		counts.move(d.class[i], rivals[i], -d.weights[i])
		counts.move(d.class[i], own, d.weights[i])
		for _, c := range pair {
			sum += d.metric.part(counts, c)
		}
		if at+1 == n || margin[order[at+1]] == margin[i] {
			continue
		}
		cut := -(float64(0.5*margin[i]) + float64(0.5*margin[order[at+1]]))
		if v := sum / whole; v > most+sameMetric || v > most-sameMetric && math.Abs(cut) < math.Abs(best) {
			best, most = cut, max(v, most)
		}
	}
	d.offset[j] = best
	return most > before+sameMetric
}

// decided tells what the offsets of each half's calibration do on its rows.
func (c *classScores) decided(by [2]*model.Calibration) *Decision {
	d := &Decision{Metric: c.decide}
	classes := by[0].Classes()
	told, probable := make([]int, len(c.class)), make([]int, len(c.class))
	for i := range c.class {
		own, s := *by[c.half[i]], c.scores[i*c.k:(i+1)*c.k]
		told[i] = own.Class(s)
		own.Offset = nil
		probable[i] = own.Class(s)
	}
	d.Value = d.Metric.Score(c.class, told, c.weights, classes)
	d.MostProbable = d.Metric.Score(c.class, probable, c.weights, classes)
	d.Error = c.jackknife(d.Metric, told, classes)
	return d
}

// jackknife returns the standard error of a metric, by what it is without each group of equal rows.
func (c *classScores) jackknife(m Metric, told []int, classes int) float64 {
	order := make([]int, len(c.class))
	all := newTally(classes)
	for i, class := range c.class {
		order[i] = i
		all.add(class, told[i], c.weights[i])
	}
	slices.SortStableFunc(order, func(a, b int) int { return c.group[a] - c.group[b] })
	var values []float64
	for from := 0; from < len(order); {
		to := from
		for ; to < len(order) && c.group[order[to]] == c.group[order[from]]; to++ {
			i := order[to]
			all.add(c.class[i], told[i], -c.weights[i])
		}
		values = append(values, m.of(all))
		for _, i := range order[from:to] {
			all.add(c.class[i], told[i], c.weights[i])
		}
		from = to
	}
	n := float64(len(values))
	mean, square := sum(values)/n, 0.0
	for _, v := range values {
		square += float64((v - mean) * (v - mean))
	}
	return math.Sqrt(square * (n - 1) / n)
}
