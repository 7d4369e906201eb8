package train

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// rare returns n rows of three features with labels of which the last class is rare, and its probability a function
// of them.
func rare(n, classes int, seed uint64) (x []float64, labels []string) {
	rng := rand.New(rand.NewPCG(seed, 33))
	for range n {
		row := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		class := 0
		switch u := rng.Float64(); {
		case u < 1/(1+math.Exp(3.2-1.5*row[0]+0.7*row[1])):
			class = classes - 1
		case classes > 2 && row[2]+0.5*rng.NormFloat64() > 1:
			class = 1
		}
		x, labels = append(x, row...), append(labels, fmt.Sprint("c", class))
	}
	return x, labels
}

// scoreOf returns a metric of the classes that a model tells of rows.
func scoreOf(t *testing.T, metric Metric, m *model.Model, x []float64, labels []string) float64 {
	t.Helper()
	class, told := make([]int, len(labels)), make([]int, len(labels))
	for i, label := range labels {
		class[i] = slices.Index(m.Classes, label)
	}
	if err := m.Classify(told, x); err != nil {
		t.Fatal(err)
	}
	return metric.Score(class, told, nil, len(m.Classes))
}

// TestDecisionsPayOnNewRows: what is decided for is larger on new rows than of the most probable class, and what is
// told of it is near what new rows say; probabilities are untouched.
func TestDecisionsPayOnNewRows(t *testing.T) {
	notUnderRace(t)
	for _, classes := range []int{2, 3} {
		x, labels := rare(500, classes, 1)
		xNew, newLabels := rare(6000, classes, 2)
		o := Options{Width: 64, Bias: 1, KeepSkew: true, KeepScale: true}
		plain, _, err := FitClasses(t.Context(), x, labels, 3, &o)
		if err != nil {
			t.Fatal(err)
		}
		for _, metric := range []Metric{Accuracy, BalancedAccuracy, F1}[2*classes-4:] { // all, and the last one
			o.Decide = metric
			m, r, err := FitClasses(t.Context(), x, labels, 3, &o)
			if err != nil {
				t.Fatal(err)
			}
			before, after, d := scoreOf(t, metric, plain, xNew, newLabels), scoreOf(t, metric, m, xNew, newLabels), r.Estimate.Decision
			t.Logf("%d classes: %v of new rows %.4f, of the most probable class %.4f; told %v; offsets %.3f, threshold %.3f", classes, metric, after, before, d, m.Calibration.Offset, m.Calibration.Threshold())
			gain := map[Metric]float64{Accuracy: -0.01, BalancedAccuracy: 0.08, F1: 0.03}[metric]
			if !(after > before+gain) || !(math.Abs(d.Value-after) < 4*d.Error) || d.Metric != metric {
				t.Errorf("%d classes: %v of new rows %.4f, of the most probable class %.4f, told %v", classes, metric, after, before, d)
			}
			if !strings.Contains(r.Estimate.String(), d.String()) || !slices.Equal(m.Calibration.Scale, plain.Calibration.Scale) || !slices.Equal(m.Nets[0].W, plain.Nets[0].W) {
				t.Errorf("%d classes: %v: the probabilities have changed, or it is not told: %v", classes, metric, r.Estimate)
			}
			answer, err := withNames(m).PredictRecord(map[string]any{"a": xNew[0], "b": xNew[1], "c": xNew[2]})
			told := make([]int, 1)
			if err2 := m.Classify(told, xNew[:3]); err != nil || err2 != nil || answer.Class != m.Classes[told[0]] {
				t.Errorf("a record is %v, the row %v, %v, %v", answer, told, err, err2)
			}
		}
	}
}

func withNames(m *model.Model) *model.Model {
	named := *m
	named.Features = []string{"a", "b", "c"}
	return &named
}

// TestOffsetsAreTheBestThereAre: of two classes no cut is better, and of three no other offset of one class.
func TestOffsetsAreTheBestThereAre(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for run := range 60 {
		k := []int{1, 3}[run%2]
		c := &classScores{k: k, decide: Accuracy + Metric(run/2%3), groups: 40}
		by := &model.Calibration{Scale: make([]float64, k), Shift: make([]float64, k)}
		for j := range k {
			by.Scale[j], by.Shift[j] = 1+0.1*float64(j), -0.5*float64(j+1)
		}
		n := by.Classes()
		for i := range 40 {
			for range k {
				c.scores = append(c.scores, float64(rng.IntN(12))/4) // with ties
			}
			c.class, c.weights, c.group = append(c.class, rng.IntN(n)), append(c.weights, 0.5+rng.Float64()), append(c.group, i)
		}
		told := make([]int, len(c.class))
		value := func() float64 {
			for i := range told {
				told[i] = by.Class(c.scores[i*k : (i+1)*k])
			}
			return c.decide.Score(c.class, told, c.weights, n)
		}
		none := value()
		if err := c.offsets(t.Context(), by); err != nil {
			t.Fatal(err)
		}
		best := value()
		if best < none-1e-12 {
			t.Fatalf("run %d: %v %v, without offsets %v", run, c.decide, best, none)
		}
		if k > 1 {
			continue // a round may end before the last
		}
		for cut := -6.0; cut < 6; cut += 0.01 {
			by.Offset[0] = cut
			if first, last := told[0], slices.Max(told); value() > best+1e-12 && slices.Min(told) != slices.Max(told) {
				t.Fatalf("run %d: %v is %v with offset %v, %v was found (%d, %d)", run, c.decide, value(), cut, best, first, last)
			}
		}
	}
}

// TestDecisionIsJudgedByTheOtherHalf: where the best cut of the one half is the worst of the other.
func TestDecisionIsJudgedByTheOtherHalf(t *testing.T) {
	const n = 400
	c := &classScores{k: 1, groups: n, decide: Accuracy}
	by := [2]*model.Calibration{{Scale: []float64{1}, Shift: []float64{0}}, {Scale: []float64{1}, Shift: []float64{0}}}
	for i := range n {
		half, score := i%2, float64(i/2%20)/10-0.95
		class := 0
		if score > 0.5-float64(half) { // the cut is 0.5 in one half and -0.5 in the other
			class = 1
		}
		c.scores, c.class, c.half = append(c.scores, score), append(c.class, class), append(c.half, half)
		c.group, c.weights = append(c.group, i), append(c.weights, 1)
	}
	for half := range 2 {
		if err := c.of(1-half).offsets(t.Context(), by[half]); err != nil {
			t.Fatal(err)
		}
		if want := float64(half) - 0.5; math.Abs(by[half].Offset[0]+(0.5-float64(1-half))) > 0.06 {
			t.Errorf("half %d: offset %v, want about %v", half, by[half].Offset, want)
		}
	}
	d := c.decided(by)
	if math.Abs(d.Value-0.5) > 0.01 || math.Abs(d.MostProbable-0.75) > 0.01 {
		t.Errorf("%v: half of the rows are told wrong by the cut of the other half, a quarter by none", d)
	}
	if want := math.Sqrt(0.25 / n); math.Abs(d.Error-want) > 0.1*want {
		t.Errorf("standard error %v of a share of %d rows, want %v", d.Error, n, want)
	}
}

// TestDecisionsNeedRowsOutOfFold: and classes.
func TestDecisionsNeedRowsOutOfFold(t *testing.T) {
	x, labels := rare(60, 2, 5)
	for _, o := range []Options{{Decide: F1, Ridge: 0.1}, {Decide: F1, Folds: NoFolds}, {Decide: F1, Rule: GaussNewton}, {Decide: 9}, {Decide: -1}} {
		if _, _, err := FitClasses(t.Context(), x, labels, 3, &o); !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), "Decide") {
			t.Error(err)
		}
	}
	for _, o := range []Options{{Decide: F1}, {Balanced: true}} {
		if _, _, err := Fit(t.Context(), x, x[:60], 3, &o); !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), "for classes") {
			t.Error(err)
		}
	}
}
