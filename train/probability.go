package train

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/calibration"
	"github.com/nearlinear/nearlinear/train/model"
)

// classScores are predictions of rows by fits that have not seen them, with what they should
// have been.
type classScores struct {
	k       int
	scores  []float64 // n × k, in the units of the targets
	class   []int
	weights []float64
	group   []int // of equal rows
	half    []int // of the rows; what is learnt from the one half is judged on the other
	groups  int
	decide  Metric
}

// classScores collects the predictions after the steps that a half takes.
func (e *estimator) classScores(steps [2]int) *classScores {
	c := &classScores{k: e.r.targets, groups: e.groups, decide: e.cfg.Decide}
	for _, f := range e.results {
		for q, i := range f.rows {
			root := 1.0
			if f.root != nil {
				root = f.root[q]
			}
			for j := range c.k {
				s := [1]float64{f.at(steps[f.half], j)[q] / root}
				f.model.Scaler.Restore(s[:], j)
				c.scores = append(c.scores, s[0])
			}
			c.class, c.weights = append(c.class, e.r.class[i]), append(c.weights, float64(root*root))
			c.group, c.half = append(c.group, e.group[i]), append(c.half, e.halfOf(f, i))
		}
	}
	return c
}

// of returns the rows of a half.
func (c *classScores) of(half int) *classScores {
	out := &classScores{k: c.k, groups: c.groups, decide: c.decide}
	for i, h := range c.half {
		if h == half {
			out.scores = append(out.scores, c.scores[i*c.k:(i+1)*c.k]...)
			out.class, out.weights, out.group = append(out.class, c.class[i]), append(out.weights, c.weights[i]), append(out.group, c.group[i])
		}
	}
	return out
}

// calibrated learns the calibration from the rows, and the offsets that Options.Decide asks for.
func (c *classScores) calibrated(ctx context.Context) (*model.Calibration, error) {
	out, err := calibration.New(ctx, c.scores, c.class, c.weights, c.k)
	if err == nil && c.decide != MostProbable {
		err = c.offsets(ctx, out)
	}
	return out, stopped(ctx, err)
}

// byOthers returns the calibration of each half, which is learnt from the other.
func (c *classScores) byOthers(ctx context.Context) (by [2]*model.Calibration, err error) {
	for half := range by {
		if by[half], err = c.of(1 - half).calibrated(ctx); err != nil {
			return by, err
		}
	}
	return by, nil
}

// finite tells whether all scores are: those of an iteration that diverged may not be.
func (c *classScores) finite() bool {
	return !slices.ContainsFunc(c.scores, func(v float64) bool { return v-v != 0 })
}

// tellClasses tells accuracy, log-loss, Brier score, confusions and reliability of the rows of each half
// by its calibration, the area under the curve of two classes, and what the offsets do.
func (e *Estimate) tellClasses(c *classScores, by [2]*model.Calibration) {
	size := make([]float64, c.groups)
	right, loss, brier := make([]float64, c.groups), make([]float64, c.groups), make([]float64, c.groups)
	told, top, hit := make([]int, len(c.class)), make([]float64, len(c.class)), make([]bool, len(c.class))
	p := make([]float64, by[0].Classes())
	for i, class := range c.class {
		s, g, w := c.scores[i*c.k:(i+1)*c.k], c.group[i], c.weights[i]
		own := by[c.half[i]]
		own.Probabilities(p, s)
		told[i] = own.Class(s)
		top[i], hit[i] = p[told[i]], told[i] == class
		size[g] += w
		if hit[i] {
			right[g] += w
		}
		loss[g] -= float64(w * calibration.Log(p[class]))
		for j, v := range p {
			if j == class {
				v = 1 - v
			}
			brier[g] += float64(w * float64(v*v))
		}
	}
	for _, v := range []struct {
		sums        []float64
		mean, error *float64
	}{{right, &e.Accuracy, &e.AccuracyError}, {loss, &e.LogLoss, &e.LogLossError}, {brier, &e.Brier, &e.BrierError}} {
		*v.mean, *v.error = meanAndError(compact(v.sums, slices.Clone(size)))
	}
	e.Confusion = newConfusion(len(p), c.class, told, c.weights)
	e.Reliability, e.ECE, e.ECEByChance = reliability(top, hit, c.weights)
	if c.k == 1 {
		e.AUC = areaUnderCurve(c.scores, c.class, c.weights)
	}
	if c.decide != MostProbable {
		e.Decision = c.decided(by)
	}
}

// areaUnderCurve returns the probability that a row of class 1 has a larger score than one of
// class 0, by weight, a tie counting half; NaN without rows of both.
func areaUnderCurve(scores []float64, class []int, weights []float64) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case scores[i] < scores[j]:
			return -1
		case scores[i] > scores[j]:
			return 1
		}
		return 0
	})
	var below, ones, pairs float64
	for from := 0; from < len(order); {
		to, tied := from, [2]float64{}
		for ; to < len(order) && scores[order[to]] == scores[order[from]]; to++ {
			tied[class[order[to]]] += weights[order[to]]
		}
		pairs += float64(tied[1] * (below + float64(0.5*tied[0])))
		below, ones, from = below+tied[0], ones+tied[1], to
	}
	if below == 0 || ones == 0 {
		return math.NaN()
	}
	return pairs / (below * ones)
}
