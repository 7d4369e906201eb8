package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// classified returns n rows of three features whose class, of k, is drawn by logits that are functions of
// them, times sharp, and the probabilities.
func classified(n, k int, sharp float64, seed uint64) (x []float64, labels []string, p [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 21))
	for range n {
		row := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		z, total := make([]float64, k), 0.0
		for j := range z {
			z[j] = math.Exp(sharp * math.Sin(row[j%3]+float64(j)))
			total += z[j]
		}
		u, c := total*rng.Float64(), 0
		for c < k-1 && u > z[c] {
			u -= z[c]
			c++
		}
		for j := range z {
			z[j] /= total
		}
		x, labels, p = append(x, row...), append(labels, fmt.Sprint("c", c)), append(p, z)
	}
	return x, labels, p
}

// onNewClasses returns mean log-loss, Brier score and accuracy of a model on rows, and the
// log-loss of the probabilities that drew their labels.
func onNewClasses(t *testing.T, m *model.Model, x []float64, labels []string, truth [][]float64) (loss, brier, accuracy, least float64) {
	t.Helper()
	n, k := len(labels), len(m.Classes)
	p, class := make([]float64, n*k), make([]int, n)
	if err := m.Probabilities(p, x); err != nil {
		t.Fatal(err)
	}
	if err := m.Classify(class, x); err != nil {
		t.Fatal(err)
	}
	for i, label := range labels {
		total := 0.0
		for j, v := range p[i*k : (i+1)*k] {
			if v < 0 || v > p[i*k+class[i]] {
				t.Fatalf("row %d: probability %g of class %d, %g of the class told", i, v, j, p[i*k+class[i]])
			}
			total += v
			if m.Classes[j] == label {
				loss -= math.Log(v) / float64(n)
				least -= math.Log(truth[i][j]) / float64(n)
				v = 1 - v
			}
			brier += v * v / float64(n)
		}
		if math.Abs(total-1) > 1e-12 {
			t.Fatalf("row %d: the probabilities add up to %v", i, total)
		}
		if m.Classes[class[i]] == label {
			accuracy += 1 / float64(n)
		}
	}
	return loss, brier, accuracy, least
}

// TestProbabilitiesAreThoseOfNewRows: log-loss, Brier score and accuracy told are those on new
// rows, and the log-loss is not far above the least there is.
func TestProbabilitiesAreThoseOfNewRows(t *testing.T) {
	notUnderRace(t)
	for _, c := range []struct {
		n, k   int
		sharp  float64
		excess float64 // log-loss above the least
	}{{400, 2, 1.5, 0.05}, {600, 4, 2, 0.12}, {300, 3, 0, 0.03}} {
		x, labels, _ := classified(c.n, c.k, c.sharp, 1)
		m, r, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 512})
		if err != nil {
			t.Fatal(err)
		}
		xNew, newLabels, p := classified(5000, c.k, c.sharp, 2)
		loss, brier, accuracy, least := onNewClasses(t, m, xNew, newLabels, p)
		e := r.Estimate
		t.Logf("%d classes: log-loss %.4f (least %.4f), told %.4f ± %.4f; Brier %.4f, told %.4f ± %.4f; accuracy %.4f, told %.4f ± %.4f; AUC told %.4f", c.k, loss, least, e.LogLoss, e.LogLossError, brier, e.Brier, e.BrierError, accuracy, e.Accuracy, e.AccuracyError, e.AUC)
		if loss > least+c.excess {
			t.Errorf("%d classes: log-loss %.4f, the least is %.4f", c.k, loss, least)
		}
		for name, v := range map[string][3]float64{"log-loss": {loss, e.LogLoss, e.LogLossError}, "Brier score": {brier, e.Brier, e.BrierError}, "accuracy": {accuracy, e.Accuracy, e.AccuracyError}} {
			if !(math.Abs(v[0]-v[1]) < 3.5*v[2]) {
				t.Errorf("%d classes: %s %.4f, told %.4f ± %.4f", c.k, name, v[0], v[1], v[2])
			}
		}
		if math.IsNaN(e.AUC) != (c.k > 2) || !strings.Contains(e.String(), "log-loss") {
			t.Errorf("%d classes: AUC %v, %v", c.k, e.AUC, e)
		}
	}
}

// TestProbabilitiesOfManyRows, of which some are held out to tell the error.
func TestProbabilitiesOfManyRows(t *testing.T) {
	notUnderRace(t)
	x, labels, _ := classified(estimateMost+500, 2, 2, 3)
	m, r, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 128, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true})
	if err != nil {
		t.Fatal(err)
	}
	if i := r.Estimate.Importance; len(i.Significant()) != 2 || i.Columns[2].Column != 2 || i.Rows > r.Estimate.Rows {
		t.Errorf("the third feature says nothing: %+v", i)
	}
	xNew, newLabels, p := classified(5000, 2, 2, 4)
	loss, _, _, least := onNewClasses(t, m, xNew, newLabels, p)
	if e := r.Estimate; e.Folds != 1 || !(math.Abs(loss-e.LogLoss) < 3.5*e.LogLossError) || loss > least+0.03 {
		t.Errorf("log-loss %.4f, told %.4f ± %.4f, the least is %.4f", loss, e.LogLoss, e.LogLossError, least)
	}
}

// TestAreaUnderCurveCountsPairs, by weight, ties as halves.
func TestAreaUnderCurveCountsPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 50 {
		n := 2 + rng.IntN(20)
		scores, class, weights := make([]float64, n), make([]int, n), make([]float64, n)
		for i := range n {
			scores[i], class[i], weights[i] = float64(rng.IntN(6)), rng.IntN(2), float64(rng.IntN(3))
		}
		right, pairs := 0.0, 0.0
		for i := range n {
			for j := range n {
				if class[i] != 1 || class[j] != 0 {
					continue
				}
				w := weights[i] * weights[j]
				pairs += w
				if scores[i] > scores[j] {
					right += w
				} else if scores[i] == scores[j] {
					right += w / 2
				}
			}
		}
		got, want := areaUnderCurve(scores, class, weights), right/pairs
		if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
			t.Fatalf("scores %v of classes %v with weights %v: %v, want %v", scores, class, weights, got, want)
		}
	}
}

// TestNoProbabilitiesWithoutRowsOutOfFold: the model says so, and tells classes all the same.
func TestNoProbabilitiesWithoutRowsOutOfFold(t *testing.T) {
	x, labels, _ := classified(60, 2, 2, 6)
	m, r, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 64, Folds: NoFolds, MaxSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Probabilities(make([]float64, 120), x); err == nil || !strings.Contains(err.Error(), "without rows out of fold") || r.Estimate != nil {
		t.Errorf("error %v, estimate %v", err, r.Estimate)
	}
	if err := m.Classify(make([]int, 60), x); err != nil {
		t.Error(err)
	}
}

// TestClassesAreToldByTheOtherHalf: where a score means one class in one half of the rows and the
// other class in the other half, what is learnt from either is wrong of the other.
func TestClassesAreToldByTheOtherHalf(t *testing.T) {
	const n = 200
	c := &classScores{k: 1, groups: n}
	for i := range n {
		class, half := i/2%2, i%2
		c.scores = append(c.scores, float64(1-2*half)*float64(2*class-1))
		c.class, c.half = append(c.class, class), append(c.half, half)
		c.group, c.weights = append(c.group, i), append(c.weights, 1)
	}
	e := newEstimate()
	by, err := c.byOthers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.tellClasses(c, by)
	// The one half says that scores say nothing; by the other all of it is told wrong.
	if e.Accuracy > 0.3 || e.LogLoss < 1 {
		t.Errorf("accuracy %g, log-loss %g", e.Accuracy, e.LogLoss)
	}
}
