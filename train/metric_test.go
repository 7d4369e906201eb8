package train

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// slowScore is Metric.Score by its definition, class after class.
func slowScore(m Metric, class, told []int, weights []float64, classes int) float64 {
	total, n := 0.0, 0.0
	for c := range classes {
		var right, there, said float64
		for i := range class {
			if class[i] == c && told[i] == c {
				right += weights[i]
			}
			if class[i] == c {
				there += weights[i]
			}
			if told[i] == c {
				said += weights[i]
			}
		}
		switch {
		case m == F1 && classes == 2:
			if c == 1 && there > 0 {
				return 2 * right / (said + there)
			}
		case m == Accuracy || m == MostProbable:
			total, n = total+right, n+there
		case there > 0 && m == BalancedAccuracy:
			total, n = total+right/there, n+1
		case there > 0:
			total, n = total+2*right/(said+there), n+1
		}
	}
	if n == 0 {
		return 0
	}
	return total / n
}

// TestScoreIsWhatTheMetricSays: on rows of random classes and weights.
func TestScoreIsWhatTheMetricSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n, classes := 1+rng.IntN(30), 2+rng.IntN(3)
		class, told, weights := make([]int, n), make([]int, n), make([]float64, n)
		for i := range n {
			class[i], told[i], weights[i] = rng.IntN(classes), rng.IntN(classes), 0.5+rng.Float64()
		}
		for m := MostProbable; m <= F1; m++ {
			got, want := m.Score(class, told, weights, classes), slowScore(m, class, told, weights, classes)
			if !(math.Abs(got-want) < 1e-12) {
				t.Fatalf("%v of %v told as %v by %v: %v, want %v", m, class, told, weights, got, want)
			}
		}
	}
	// A class that cannot be told counts among the rows, and a mean has no part of it.
	if a, b := Accuracy.Score([]int{0, 1, 2}, []int{0, 1, 1}, nil, 2), BalancedAccuracy.Score([]int{0, 1, 2}, []int{0, 1, 1}, nil, 2); math.Abs(a-2.0/3) > 1e-15 || b != 1 {
		t.Errorf("accuracy %v, balanced %v", a, b)
	}
	for m := MostProbable; m <= F1; m++ {
		if back, err := ParseMetric(m.String()); back != m || err != nil {
			t.Errorf("%v: %v, %v", m, back, err)
		}
	}
	if _, err := ParseMetric("auc"); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
}
