package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// cityTable draws rows of a number, and of one of so many cities, which move the target by effect and normal noise by 1.
// Half of the rows are of the first tenth of the cities.
func cityTable(t *testing.T, n, cities int, effect float64, seed uint64, classes bool) *table.Table {
	t.Helper()
	law, rng := rand.New(rand.NewPCG(1, 5)), rand.New(rand.NewPCG(seed, 6))
	of := make([]float64, cities)
	for c := range of {
		of[c] = effect * law.NormFloat64()
	}
	var b strings.Builder
	b.WriteString("a,city,y\n")
	for range n {
		c := rng.IntN(cities)
		if rng.IntN(2) == 0 {
			c = rng.IntN((cities + 9) / 10)
		}
		a := rng.NormFloat64()
		y := of[c] + a/2 + rng.NormFloat64()
		if classes {
			fmt.Fprintf(&b, "%v,c%d,%c\n", a, c, "nmy"[min(2, max(0, int(math.Floor(y)+1)))])
		} else {
			fmt.Fprintf(&b, "%v,c%d,%v\n", a, c, y)
		}
	}
	tab, err := table.Read(t.Context(), strings.NewReader(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// indexed encodes a table with indices.
func indexed(t *testing.T, tab *table.Table) (*table.Encoder, *table.Table) {
	t.Helper()
	e, err := table.NewEncoder(tab, &table.EncoderOptions{Indices: true})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := e.Encode(tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e, rows
}

// gathered returns the rows of an encoded table as a fit has them.
func gathered(t *testing.T, e *table.Encoder, rows *table.Table, y []float64) (*rawRows, *config) {
	t.Helper()
	cfg, err := newConfig(rows.X, y, len(rows.Features), &Options{Encoder: e})
	if err != nil {
		t.Fatal(err)
	}
	r, err := gather(t.Context(), rows.X, y, len(rows.Features), nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r, cfg
}

// r2Of returns 1 − the mean square error over the variance, of predictions of a table.
func r2Of(t *testing.T, m *model.Model, tab *table.Table) float64 {
	t.Helper()
	encoded, err := m.Encoder.Encode(tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, len(tab.Y))
	if err := m.Predict(p, encoded.X); err != nil {
		t.Fatal(err)
	}
	mean, left, all := sum(tab.Y)/float64(len(p)), 0.0, 0.0
	for i, y := range tab.Y {
		left += (y - p[i]) * (y - p[i])
		all += (y - mean) * (y - mean)
	}
	return 1 - left/all
}

// TestManyCategoriesAreTold: of 400 cities with an effect of one standard deviation of the noise, the model explains most of
// what there is, more than without means of the target, and the error that it tells is that on new rows.
func TestManyCategoriesAreTold(t *testing.T) {
	notUnderRace(t)
	tab, fresh := cityTable(t, 3000, 400, 1, 1, false), cityTable(t, 4000, 400, 1, 2, false)
	m, report, err := FitTable(t.Context(), tab, &Options{Width: 512})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Scaler.TargetMeans) != 1 || m.Encoder.Columns[1].Indices != 1 {
		t.Fatalf("means %v", m.Scaler.TargetMeans)
	}
	got := r2Of(t, m, fresh)
	// The cities have 1, a 0.25 and the noise 1, of which half of the rows, 2.5 of a city at best, leave some.
	if got < 0.35 {
		t.Errorf("R² %.3f on new rows", got)
	}
	if told := report.Estimate.R2; math.Abs(told-got) > 0.05 {
		t.Errorf("R² %.3f told, %.3f on new rows", told, got)
	}
	pooled, err := table.NewEncoder(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := pooled.Encode(tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := Fit(t.Context(), rows.X, rows.Y, len(rows.Features), &Options{Width: 512, Encoder: pooled})
	if err != nil {
		t.Fatal(err)
	}
	other.Features, other.Encoder = rows.Features, pooled
	if without := r2Of(t, other, fresh); got < without+0.02 {
		t.Errorf("R² %.3f with means, %.3f without", got, without)
	}
}

// TestCategoriesOfNoiseAreNotLearnt: means of targets of rows that say nothing are not taken for something, neither where
// categories are as many as half the rows.
func TestCategoriesOfNoiseAreNotLearnt(t *testing.T) {
	notUnderRace(t)
	total, count := 0.0, 0
	for _, c := range []struct{ n, cities int }{{300, 60}, {1000, 500}} {
		for seed := range uint64(4) {
			tab := cityTable(t, c.n, c.cities, 0, 10+seed, false)
			for i := range tab.Y { // nor does the number
				tab.Y[i] -= tab.X[2*i] / 2
			}
			m, report, err := FitTable(t.Context(), tab, &Options{Width: 512})
			if err != nil {
				t.Fatal(err)
			}
			fresh := cityTable(t, 2000, c.cities, 0, 100+seed, false)
			for i := range fresh.Y {
				fresh.Y[i] -= fresh.X[2*i] / 2
			}
			total, count = total+r2Of(t, m, fresh), count+1
			if told := report.Estimate.R2; told > 0.1 {
				t.Errorf("%d rows, seed %d: R² %.3f told", c.n, seed, told)
			}
		}
	}
	if mean := total / float64(count); mean < -0.03 {
		t.Errorf("mean R² %.3f on new rows", mean)
	}
}

// TestMeansAnswerByRow: a table, a file of the model and one record after another give the same for known, unknown and
// missing categories, of three classes with a mean each, and rows told one by one have no part of training left.
func TestMeansAnswerByRow(t *testing.T) {
	tab := cityTable(t, 400, 60, 1, 1, true)
	m, _, err := FitTable(t.Context(), tab, &Options{Width: 64, Ridge: 0.1, MaxSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Scaler.TargetMeans) != 3 || len(m.Scaler.TargetMeans[2].Values) != m.Scaler.TargetMeans[2].Categories+1 {
		t.Fatalf("%d means of %d values", len(m.Scaler.TargetMeans), len(m.Scaler.TargetMeans[0].Values))
	}
	file, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	again := new(model.Model)
	if err := again.UnmarshalBinary(file); err != nil {
		t.Fatal(err)
	}
	rows, err := again.ReadTable(t.Context(), strings.NewReader("city,a\nc3,0.5\nnone such,0.5\n,0.5\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, 9)
	if err := m.Predict(want, rows.X); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(want[:3], want[3:6]) || !slices.Equal(want[3:6], want[6:]) {
		t.Errorf("scores %v", want)
	}
	for i, city := range []any{"c3", "none such", nil} {
		answer, err := again.PredictRecord(map[string]any{"a": 0.5, "city": city})
		if err != nil || !slices.Equal(answer.Values, want[3*i:3*i+3]) {
			t.Errorf("%v: %v, %v, want %v", city, answer, err, want[3*i:3*i+3])
		}
	}
}

// TestIndicesWithoutTargets: those of an encoder for more targets than there are stand for nothing, and without
// Options.Encoder they are numbers.
func TestIndicesWithoutTargets(t *testing.T) {
	tab := cityTable(t, 200, 60, 1, 1, false)
	tab.Targets, tab.Y = []string{"y", "z"}, append(slices.Clone(tab.Y), tab.Y...)
	e, rows := indexed(t, tab)
	for _, given := range []*table.Encoder{e, nil} {
		m, _, err := Fit(t.Context(), rows.X, rows.Y[:200], len(rows.Features), &Options{Width: 64, Ridge: 0.1, MaxSteps: 1, Encoder: given})
		if err != nil {
			t.Fatal(err)
		}
		if dropped := m.Scaler.Std[2] == 0; dropped != (given != nil) || (m.Scaler.TargetMeans != nil) != dropped || m.Scaler.Std[1] == 0 {
			t.Errorf("encoder %t: deviations %v", given != nil, m.Scaler.Std)
		}
	}
}

// TestNoRowSeesItsTarget: with a target of its own moved far, what stands for the category of a row moves by no more than what
// all rows share, the mean and the deviation; it would by half as much as the target.
func TestNoRowSeesItsTarget(t *testing.T) {
	tab := cityTable(t, 300, 60, 1, 1, false)
	e, rows := indexed(t, tab)
	seen := func(y []float64) []float64 {
		r, _ := gathered(t, e, rows, y)
		means := r.means(nil)
		m := means[0]
		var out []float64
		for i := range y {
			s := &r.x[i*r.d+m.Feature]
			at := 1 + int(*s)
			if plain := 1 + int(rows.X[i*r.d+m.Feature]); at%(m.Categories+1) != plain || at <= m.Categories {
				t.Fatalf("row %d has index %v of %d categories", i, *s, m.Categories)
			}
			out = append(out, m.Values[at])
		}
		return out
	}
	before := seen(rows.Y)
	for _, i := range []int{0, 17, 150} {
		y := slices.Clone(rows.Y)
		y[i] += 3
		after := seen(y)
		if d := math.Abs(after[i] - before[i]); d > 0.1 {
			t.Errorf("row %d: %v, was %v", i, after[i], before[i])
		}
	}
}

// TestMeansOfAFoldAreOfOtherRows: whatever the targets of the rows that are judged, in the sample that decides and equal to
// one in it, the means that judge them stay; those of all rows move.
func TestMeansOfAFoldAreOfOtherRows(t *testing.T) {
	tab := cityTable(t, 1500, 200, 1, 1, false)
	copy(tab.X[2*1000:], tab.X[:2*500]) // rows that are equal but for the target
	e, rows := indexed(t, tab)
	r, cfg := gathered(t, e, rows, rows.Y)
	fitted, err := r.scalerOfAll(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newChooser(t.Context(), r, firstLook(300), fitted, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.means) != c.judged || c.judged != choiceFolds {
		t.Fatalf("means of %d folds, %d judged", len(c.means), c.judged)
	}
	for f := range c.judged {
		judged := map[[2]float64]bool{}
		for _, i := range c.rows[c.begins[f]:c.begins[f+1]] {
			judged[[2]float64(tab.X[2*i:2*i+2])] = true
		}
		var at []int
		for i := range tab.Y {
			if judged[[2]float64(tab.X[2*i:2*i+2])] {
				at = append(at, i)
			}
		}
		other := *r
		other.y = slices.Clone(r.y)
		for q, i := range at { // the same targets, so that mean and deviation stay
			other.y[i] = r.y[at[(q+1)%len(at)]]
		}
		far := func(a, b []features.TargetMean) (most float64) {
			for k, v := range a[0].Values {
				most = max(most, math.Abs(v-b[0].Values[k]))
			}
			return most
		}
		if d := far(other.meansWithout(c)[f], c.means[f]); d > 1e-9 {
			t.Errorf("fold %d: means move by %v with %d targets that are judged by them", f, d, len(at))
		}
		if d := far(other.means(nil), r.means(nil)); d < 1e-3 {
			t.Errorf("fold %d: means of all rows do not move", f)
		}
	}
}
