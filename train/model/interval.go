package model

import (
	"context"
	"fmt"
	"math"
	"sort"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Interval says how far new rows of a target lie from its predictions f, in the scale in which
// the target is fitted, standardised, or in standardised logarithms: a share Level[i]
// of them is within Reach[i] times the spread of the row x,
//
//	ln spread = Mean + g(x), within Low … High,
//
// g a small network of the rows as Scaler.Plain makes them. Reach are order
// statistics of the residuals of rows out of fold (split conformal prediction, with residuals
// scaled as by Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018).
type Interval struct {
	Level, Reach []float64 // ascending; levels between 0 and 1

	Mean, Low, High float64
	Spread          jacobian.Network // g; of no neurons where it is 0
}

// Bounds of what a model may have of intervals.
const (
	mostLevels  = 1 << 10
	mostNeurons = 1 << 16
	mostSpread  = 300 // of |ln spread|: its exponential is finite, and no zero
)

// spread returns that of a row, given g.
func (v *Interval) spread(g float64) float64 {
	return portable.Exp(max(v.Low, min(v.High, v.Mean+g)))
}

// reach returns Reach of the first level that is not below the one asked for. There must be one.
func (v *Interval) reach(level float64) float64 {
	return v.Reach[sort.SearchFloat64s(v.Level, level)]
}

// check returns ErrModel unless lengths, order and signs are those of an interval for rows of
// so many inputs.
func (v *Interval) check(width int) error {
	n := len(v.Level)
	if n < 1 || n > mostLevels || len(v.Reach) != n {
		return badModel("an interval of %d levels and %d reaches", n, len(v.Reach))
	}
	level, reach := 0.0, 0.0
	for i, l := range v.Level {
		if !(l > level && l < 1 && v.Reach[i] >= reach && v.Reach[i] <= math.MaxFloat64) {
			return badModel("an interval has level %v with reach %v after level %v with reach %v", l, v.Reach[i], level, reach)
		}
		level, reach = l, v.Reach[i]
	}
	if v.Mean-v.Mean != 0 || !(v.Low >= -mostSpread && v.Low <= v.High && v.High <= mostSpread) {
		return badModel("the spread of an interval has mean %v and range %v to %v", v.Mean, v.Low, v.High)
	}
	g := &v.Spread
	if g.M == 0 && g.D == 0 && len(g.W) == 0 && len(g.A) == 0 {
		return nil
	}
	if err := g.Check(); err != nil {
		return badModel("the spread of an interval: %v", err)
	}
	if g.D != width || g.M > mostNeurons {
		return badModel("the spread of an interval has %d neurons of %d inputs, the rows have %d", g.M, g.D, width)
	}
	return nil
}

// checkIntervals returns ErrModel unless there are none, or one a target that is no class.
func (m *Model) checkIntervals() error {
	n := len(m.Intervals)
	if n == 0 {
		return nil
	}
	if n != len(m.Nets) || len(m.Classes) > 0 {
		return badModel("%d intervals for %d targets and %d classes", n, len(m.Nets), len(m.Classes))
	}
	for j := range m.Intervals {
		if err := m.Intervals[j].check(m.Scaler.Plain().Width()); err != nil {
			return badModel("%s%v", m.which(j), err)
		}
	}
	return nil
}

// CheckLevel returns an error unless there are intervals of a level: ErrModel of a model
// that has none, else ErrOption, for a level that is not between 0 and 1 or one so high that
// the rows out of fold were too few to tell it: n rows tell up to n/(n+1).
func (m *Model) CheckLevel(level float64) error {
	switch {
	case len(m.Classes) > 0:
		return fmt.Errorf("model: it tells classes, which have probabilities and no intervals: %w", fault.ErrModel)
	case len(m.Intervals) == 0:
		return fmt.Errorf("model: it has no intervals: it was trained without rows out of fold, or with fewer than 20: %w", fault.ErrModel)
	case !(level > 0 && level < 1):
		return fmt.Errorf("model: the level of an interval is %v, want between 0 and 1: %w", level, fault.ErrOption)
	}
	for j := range m.Intervals {
		if v := m.Intervals[j].Level; level > v[len(v)-1] {
			return fmt.Errorf("model: %san interval of level %v: too few rows out of fold to tell more than %.4g: %w", m.which(j), level, v[len(v)-1], fault.ErrOption)
		}
	}
	return nil
}

// PredictInterval writes to lower and upper, n × k like predictions and in the units of the
// targets, the ends of intervals for the targets of the rows of x: at least a share level, such as
// 0.9, of new rows like those trained on is to be inside, each target for itself. It is a share over
// all rows, not of any one kind of them. A larger level gives no
// smaller interval, and the prediction is inside. See CheckLevel for levels and errors, and Predict for the rest.
// A row costs little more than its prediction.
func (p *Predictor) PredictInterval(ctx context.Context, lower, upper, x []float64, level float64) error {
	if err := p.m.CheckLevel(level); err != nil {
		return err
	}
	n, err := p.rows(x)
	if err != nil {
		return err
	}
	if k := len(p.m.Nets); len(lower) != n*k || len(upper) != n*k {
		return fmt.Errorf("model: %d lower and %d upper ends for %d rows of %d targets: %w", len(lower), len(upper), n, k, fault.ErrShape)
	}
	return p.run(ctx, n, x, output{lower: lower, upper: upper, level: level})
}

// PredictInterval is that of a Predictor. See Predict.
func (m *Model) PredictInterval(lower, upper, x []float64, level float64) error {
	p, err := NewPredictor(m, nil)
	if err != nil {
		return err
	}
	return p.PredictInterval(context.Background(), lower, upper, x, level)
}

// interval writes the ends of the intervals of target j for the rows of a block, whose
// predictions out are still as they were fitted. It overwrites them.
func (w *prediction) interval(s *predictionWorker, out []float64, lo, j int) {
	m, v, k := w.m, &w.m.Intervals[j], len(w.m.Nets)
	g := s.spread[:len(out)]
	clear(g)
	if v.Spread.M > 0 {
		s.plain.net.Forward(g, &v.Spread)
	}
	reach := v.reach(w.level)
	for i, f := range out {
		g[i] = min(float64(reach*v.spread(g[i])), math.MaxFloat64)
		out[i] = f - g[i]
		g[i] += f
	}
	m.Scaler.Restore(out, j)
	m.Scaler.Restore(g, j)
	for i := range out {
		w.lower[(lo+i)*k+j], w.upper[(lo+i)*k+j] = out[i], g[i]
	}
}
