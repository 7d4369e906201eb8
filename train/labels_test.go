package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// digitClasses returns the digits as labels, split into rows to train on and
// rows to test with.
func digitClasses(t testing.TB, seed uint64) (x []float64, labels []string, xTest []float64, test []string) {
	table := readTable(t, digitsFile, "digit")
	d := len(table.Features)
	for place, i := range rand.New(rand.NewPCG(seed, 5)).Perm(table.Rows()) {
		row, label := table.X[i*d:(i+1)*d], fmt.Sprint(table.Y[i])
		if place < table.Rows()*4/5 {
			x, labels = append(x, row...), append(labels, label)
		} else {
			xTest, test = append(xTest, row...), append(test, label)
		}
	}
	return x, labels, xTest, test
}

// accuracy returns the share of rows that the model puts into their class.
func accuracy(t testing.TB, m *model.Model, x []float64, labels []string) float64 {
	t.Helper()
	at := make([]int, len(labels))
	if err := m.Classify(at, x); err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, c := range at {
		if m.Classes[c] == labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(at))
}

// TestDigitsAreTold, one class against the rest, by a small network.
func TestDigitsAreTold(t *testing.T) {
	notUnderRace(t)
	x, labels, xTest, test := digitClasses(t, 1)
	o := &Options{Width: 512, Validation: 0.1, MaxSteps: 4, Folds: NoFolds}
	if testing.Short() {
		o.Width, o.MaxSteps = 256, 2
	}
	m, r, err := FitClasses(t.Context(), x, labels, 64, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Classes) != 10 || m.Classes[0] != "0" || m.Classes[9] != "9" || len(m.Nets) != 10 {
		t.Fatalf("classes %q, %d networks", m.Classes, len(m.Nets))
	}
	got := accuracy(t, m, xTest, test)
	t.Logf("test %.4f, train %.4f, validation %.4f", got, r.TrainAccuracy, r.ValidAccuracy)
	if !(got >= 0.95) || !(r.TrainAccuracy >= 0.98) || !(r.ValidAccuracy >= 0.93) {
		t.Errorf("test %.4f, train %.4f, validation %.4f", got, r.TrainAccuracy, r.ValidAccuracy)
	}
}

// TestAccuracyIsThatOfClassify on the rows of either part, by weight, for two
// classes and for three, and when training is cut short.
func TestAccuracyIsThatOfClassify(t *testing.T) {
	const n, d = 120, 3
	x, y := skewedRows(n, 4)
	for _, names := range [][]string{{"above", "below"}, {"9", "10", ""}} {
		labels, weights := make([]string, n), make([]float64, n)
		for i := range labels {
			labels[i] = names[min(len(names)-1, int(math.Abs(y[2*i]-100))/7)]
			weights[i] = float64(i % 4)
		}
		o := &Options{Width: 200, Validation: 0.3, Seed: 2, MaxSteps: 3, Ridge: 1, Weights: weights}
		for _, cut := range []bool{false, true} {
			if cut {
				o.Progress = func(s Step) bool { return false }
			}
			m, r, err := FitClasses(t.Context(), x, labels, d, o)
			if err != nil {
				t.Fatal(err)
			}
			sorted := slices.Sorted(slices.Values(names))
			if !slices.Equal(m.Classes, sorted) || len(m.Nets) != map[int]int{2: 1, 3: 3}[len(names)] {
				t.Fatalf("classes %q, %d networks", m.Classes, len(m.Nets))
			}
			at := make([]int, n)
			if err := m.Classify(at, x); err != nil {
				t.Fatal(err)
			}
			rows, _, _ := o.weighted(n)
			var right, all [2]float64
			for place, i := range portable.Permutation(len(rows), o.Seed, streamSplit) {
				part, i := 0, rows[i]
				if place >= r.N {
					part = 1
				}
				all[part] += weights[i]
				if m.Classes[at[i]] == labels[i] {
					right[part] += weights[i]
				}
			}
			for part, got := range []float64{r.TrainAccuracy, r.ValidAccuracy} {
				if want := right[part] / all[part]; math.Abs(got-want) > 1e-12 || want == 1 && cut {
					t.Errorf("%d classes, part %d, cut %t: accuracy %g, want %g", len(names), part, cut, got, want)
				}
			}
		}
	}
}

// TestTwoClassesAreATargetOfPlusMinusOne, and Fit itself reports no accuracy.
func TestTwoClassesAreATargetOfPlusMinusOne(t *testing.T) {
	const n, d = 60, 3
	x, y := skewedRows(n, 4)
	labels, sign := make([]string, n), make([]float64, n)
	for i := range labels {
		labels[i], sign[i] = "no", -1
		if y[2*i] > 100 {
			labels[i], sign[i] = "yes", 1
		}
	}
	o := &Options{Width: 200, MaxSteps: 3}
	m, r, err := FitClasses(t.Context(), x, labels, d, o)
	if err != nil {
		t.Fatal(err)
	}
	plain, r2, err := Fit(t.Context(), x, sign, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Nets[0].W, plain.Nets[0].W) {
		t.Error("other weights than those of a Fit")
	}
	if r.ValidAccuracy == r.ValidAccuracy || r2.TrainAccuracy == r2.TrainAccuracy || r2.ValidAccuracy == r2.ValidAccuracy {
		t.Errorf("accuracies %g without validation rows, %g and %g without classes", r.ValidAccuracy, r2.TrainAccuracy, r2.ValidAccuracy)
	}
	at, scores := make([]int, n), predictions(t, m, x)
	if err := m.Classify(at, x); err != nil {
		t.Fatal(err)
	}
	c := m.Calibration
	for i, s := range scores {
		if probable := c.Scale[0]*s+c.Shift[0] >= 0; probable != (at[i] == 1) {
			t.Errorf("row %d: score %g, class %q of the calibration %v", i, s, m.Classes[at[i]], c)
		}
	}
	m.Calibration = nil // then the sign of the score tells
	if err := m.Classify(at, x); err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		if (s >= 0) != (at[i] == 1) {
			t.Errorf("row %d: score %g, class %q", i, s, m.Classes[at[i]])
		}
	}
}

func TestFitClassesRefusesBadLabels(t *testing.T) {
	x := make([]float64, 6)
	for _, c := range []struct {
		labels []string
		want   error
		text   string
	}{
		{[]string{"a", "b", "c"}, ErrShape, "6 values and 3 labels are not rows of 3 features"},
		{nil, ErrShape, "0 labels"},
		{[]string{"a", "a"}, ErrData, `all 2 rows have the class "a"`},
		{[]string{"a", strings.Repeat("b", table.MaxNameBytes+1)}, ErrData, "class 1 takes 4097 bytes"},
	} {
		if m, r, err := FitClasses(t.Context(), x, c.labels, 3, nil); m != nil || r != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%.20q: %v", c.labels, err)
		}
	}
	if _, _, err := FitClasses(t.Context(), append(x, math.NaN()), []string{"a"}, 7, nil); !errors.Is(err, ErrData) {
		t.Error(err)
	}
	if _, _, err := FitClasses(t.Context(), []float64{1, math.NaN()}, []string{"a", "b"}, 1, nil); !errors.Is(err, ErrNotFinite) {
		t.Error(err)
	}
}

// BenchmarkDigitsClasses is one fit with all defaults for each of five splits;
// accuracy is the mean over them, of rows not trained on.
func BenchmarkDigitsClasses(b *testing.B) {
	for b.Loop() {
		mean := 0.0
		for seed := range uint64(5) {
			x, labels, xTest, test := digitClasses(b, seed)
			m, r, err := FitClasses(context.Background(), x, labels, 64, nil)
			if err != nil {
				b.Fatal(err)
			}
			a := accuracy(b, m, xTest, test)
			b.Logf("split %d: test %.4f, train %.4f, %d steps, %.1f s", seed, a, r.TrainAccuracy, len(r.Steps)-10, r.Elapsed.Seconds())
			mean += a / 5
		}
		b.ReportMetric(mean, "accuracy")
	}
}

// TestResumedClassesHaveTheSameAccuracy: a checkpoint has what it takes.
func TestResumedClassesHaveTheSameAccuracy(t *testing.T) {
	x, labels, _, _ := digitClasses(t, 1)
	x, labels = x[:300*64], labels[:300]
	o := Options{Width: 64, Validation: 0.3, MaxSteps: 2, Folds: NoFolds}
	want, r, err := FitClasses(t.Context(), x, labels, 64, &o)
	if err != nil {
		t.Fatal(err)
	}
	o.Checkpoint, o.CheckpointSteps = filepath.Join(t.TempDir(), "c"), 1
	o.Progress = func(s Step) bool { return s.Target < 5 || s.Index < 2 }
	if _, cut, err := FitClasses(t.Context(), x, labels, 64, &o); err != nil || cut.Stop != StoppedByCaller {
		t.Fatal(err)
	}
	o.Progress = nil
	got, again, err := FitClasses(t.Context(), x, labels, 64, &o)
	if err != nil || again.Resumed < 15 {
		t.Fatal(err)
	}
	if again.TrainAccuracy != r.TrainAccuracy || again.ValidAccuracy != r.ValidAccuracy || !slices.Equal(got.Nets[9].W, want.Nets[9].W) {
		t.Errorf("accuracies %g and %g, not interrupted %g and %g", again.TrainAccuracy, again.ValidAccuracy, r.TrainAccuracy, r.ValidAccuracy)
	}
	k := len(want.Classes)
	y := make([]float64, len(labels)*k)
	for i := range y {
		y[i] = -1
	}
	for i, label := range labels {
		y[i*k+slices.Index(want.Classes, label)] = 1
	}
	if _, _, err := Fit(t.Context(), x, y, 64, &o); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("Fit from a checkpoint of FitClasses: %v", err)
	}
}
