package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/table"
)

// TestColumnsOfATableAreToldByName: a category of several features is one column.
func TestColumnsOfATableAreToldByName(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 44))
	var b strings.Builder
	b.WriteString("noise,kind,size,y\n")
	for range 240 {
		k, v := rng.IntN(3), rng.NormFloat64()
		fmt.Fprintf(&b, "%g,%s,%g,%g\n", rng.NormFloat64(), []string{"low", "mid", "high"}[k], v, float64(4*k)+v)
	}
	rows, err := table.Read(t.Context(), strings.NewReader(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, r, err := FitTable(t.Context(), rows, &Options{Width: 256, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true})
	if err != nil {
		t.Fatal(err)
	}
	found := r.Estimate.Importance.Significant()
	if len(found) != 2 || found[0].Name != "kind" || found[0].Column != 1 || found[1].Name != "size" || r.Estimate.Importance.Tried != 3 || len(m.Features) != 5 {
		t.Fatalf("%+v", found)
	}
	at := map[string]float64{}
	for _, p := range found[0].Dependence {
		at[p.Text] = p.Mean[0]
		if !(p.Share > 0.2 && p.Share < 0.5) {
			t.Errorf("%+v", p)
		}
	}
	if len(at) != 3 || math.Abs(at["mid"]-at["low"]-4) > 0.6 || math.Abs(at["high"]-at["mid"]-4) > 0.6 {
		t.Errorf("mean predictions by kind %v", at)
	}
	points := found[1].Dependence
	if len(points) != dependencePoints {
		t.Fatalf("%d points", len(points))
	}
	for q, p := range points {
		if q > 0 && p.Value <= points[q-1].Value || p.Share == p.Share || p.Text != fmt.Sprint(p.Value) {
			t.Errorf("%+v", p)
		}
	}
	first, last := points[0], points[dependencePoints-1]
	if slope := (last.Mean[0] - first.Mean[0]) / (last.Value - first.Value); math.Abs(slope-1) > 0.15 {
		t.Errorf("slope along size %v", slope)
	}
}

// TestDependenceOfClassesIsProbability: they add up to 1, and are the model's own means with equal
// values in all rows.
func TestDependenceOfClassesIsProbability(t *testing.T) {
	x, labels, _ := classified(200, 3, 3, 9)
	var weights []float64
	for k := range labels {
		weights = append(weights, 1+float64(k%3))
	}
	total := sum(weights)
	m, r, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 128, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true, Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	i := r.Estimate.Importance
	if len(i.Significant()) < 2 || i.Columns[0].WrongRise < 0.05 || i.Columns[0].WrongRiseError <= 0 {
		t.Fatalf("%+v", i)
	}
	c := i.Columns[0]
	for _, p := range c.Dependence {
		rows, n := slices.Clone(x), len(labels)
		for k := range n {
			rows[3*k+c.Column] = p.Value
		}
		out := make([]float64, 3*n)
		if err := m.Probabilities(out, rows); err != nil {
			t.Fatal(err)
		}
		mean := make([]float64, 3)
		for k, v := range out {
			mean[k%3] += weights[k/3] * v / total
		}
		for k := range mean {
			if math.Abs(mean[k]-p.Mean[k]) > 1e-12 {
				t.Errorf("at %v: %v, want %v", p.Value, p.Mean, mean)
			}
		}
	}
}

// TestValuesOfColumns: of categories the most frequent first, of numbers ascending ones without those missing.
func TestValuesOfColumns(t *testing.T) {
	r := &rawRows{d: 3}
	for i := range 100 { // of category a 10, b 60, none of both 30; numbers 0 to 99, every tenth missing
		a, b, v := 0.0, 0.0, float64((37*i)%100)
		if i < 10 {
			a = 1
		} else if i < 70 {
			b = 1
		}
		r.x, r.at = append(r.x, a, b, v), append(r.at, i)
	}
	kinds := newValues(r, span{0, 2}, &table.EncodedColumn{Type: table.Category, Categories: []string{"a", "b"}, Impute: true})
	var text []string
	for q := range kinds.at {
		p := kinds.point(q)
		text = append(text, fmt.Sprintf("%s %.2f", p.Text, p.Share))
	}
	if want := []string{"b 0.60", "missing 0.30", "a 0.10"}; !slices.Equal(text, want) {
		t.Errorf("%q, want %q", text, want)
	}
	for i := range 100 {
		r.x[3*i+1] = 50 // the value in place of those missing
		if r.x[3*i] = 1; i%10 > 0 {
			r.x[3*i], r.x[3*i+1] = 0, r.x[3*i+2]
		}
		r.x[3*i+2] = r.x[3*i]
	}
	numbers := newValues(r, span{1, 3}, &table.EncodedColumn{Type: table.Number, Impute: true, Fill: 50, Indicator: true})
	if len(numbers.at) != dependencePoints {
		t.Errorf("%d values", len(numbers.at))
	}
	for q, i := range numbers.at {
		if i%10 == 0 || q > 0 && numbers.point(q).Value <= numbers.point(q-1).Value {
			t.Errorf("value %d: row %d, %+v", q, i, numbers.point(q))
		}
	}
}

// TestDependenceEndsWithItsContext, and leaves the rest.
func TestDependenceEndsWithItsContext(t *testing.T) {
	x, y := planted(60, 2, 3)
	o := &Options{Width: 64, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true}
	m, r, err := Fit(t.Context(), x, y, 2, o)
	if err != nil || r.Estimate.Importance.Columns[0].Dependence == nil {
		t.Fatal(r.Estimate.Importance, err)
	}
	r.Estimate.Importance.Columns[0].Dependence = nil
	cfg, err := newConfig(x, y, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := gather(t.Context(), x, y, 2, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tr := &trainer{state: &state{cfg: cfg}, report: r}
	if err := tr.tellDependence(ctx, m, raw); err != nil || r.Estimate.Importance.Columns[0].Dependence != nil {
		t.Errorf("%+v, %v", r.Estimate.Importance.Columns[0], err)
	}
}
