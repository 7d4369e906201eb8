package train

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/table"
)

// planted returns n rows of d normal features, of which the first two tell the target: x₀ + x₁/2.
func planted(n, d int, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 41))
	x = make([]float64, n*d)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for i := range n {
		y = append(y, x[i*d]+0.5*x[i*d+1])
	}
	return x, y
}

// TestImportanceOfASignalAndOfNoise: the columns that tell the target are found, with the rise that permuting
// them brings to a fit that knows it, and none of the others.
func TestImportanceOfASignalAndOfNoise(t *testing.T) {
	const n, d = 300, 10
	x, y := planted(n, d, 1)
	o := &Options{Width: 256, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true}
	m, r, err := Fit(t.Context(), x, y, d, o)
	if err != nil {
		t.Fatal(err)
	}
	i := r.Estimate.Importance
	if found := i.Significant(); len(found) != 2 || found[0].Column != 0 || found[1].Column != 1 || i.Tried != d || i.Rows != n || i.Permutations != importanceTurns {
		t.Fatalf("%+v", i)
	}
	// A permuted column adds twice its share of the variance, 1/1.25 and 0.25/1.25, to the mean square.
	for k, share := range []float64{1 / 1.25, 0.25 / 1.25} {
		want := math.Sqrt(r.Estimate.RMSE*r.Estimate.RMSE+2*share) - r.Estimate.RMSE
		if c := i.Columns[k]; math.Abs(c.Rise-want) > 0.15*want || !(c.RiseError > 0.01*want && c.RiseError < 0.2*want) {
			t.Errorf("column %d: rise %v ± %v, want %v", k, c.Rise, c.RiseError, want)
		}
	}
	o.Importance = false
	plain, _, err := Fit(t.Context(), x, y, d, o)
	if err != nil || !slices.Equal(m.Nets[0].W, plain.Nets[0].W) {
		t.Errorf("the importance changed the weights, %v", err)
	}
}

// TestNothingIsImportantOnNoise: of 30 columns that say nothing none is significant, and their rises are about
// as often negative as not.
func TestNothingIsImportantOnNoise(t *testing.T) {
	const n, d = 150, 30
	for seed := range uint64(3) {
		x, _ := planted(n, d, seed)
		rng := rand.New(rand.NewPCG(seed, 42))
		y, labels := make([]float64, n), make([]string, n)
		for i := range y {
			y[i], labels[i] = rng.NormFloat64(), fmt.Sprint(rng.IntN(3))
		}
		o := &Options{Width: 128, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true}
		_, r, err := Fit(t.Context(), x, y, d, o)
		if err != nil {
			t.Fatal(err)
		}
		_, c, err := FitClasses(t.Context(), x, labels, d, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []*Importance{r.Estimate.Importance, c.Estimate.Importance} {
			if found := i.Significant(); len(found) > 0 || i.Columns[0].Dependence != nil {
				t.Errorf("seed %d: %+v", seed, i)
			}
		}
		below := 0 // of classes the calibration may find that scores say nothing, and nothing rises
		for _, c := range r.Estimate.Importance.Columns {
			if c.Rise < 0 {
				below++
			}
		}
		if below < d/6 || below > d-d/6 {
			t.Errorf("seed %d: %d of %d rises are negative", seed, below, d)
		}
	}
}

// TestJudgesStandWhereTheEstimateStands: the error of the rows before any permutation is the error told, and so
// comes from the networks, the steps and the calibration that it is told by; and the rise leads from there to the
// error of permuted rows, in the same unit.
func TestJudgesStandWhereTheEstimateStands(t *testing.T) {
	notUnderRace(t)
	const n, d = 90, 3
	x, y := planted(n, d, 5)
	rng := rand.New(rand.NewPCG(5, 43))
	positive, weights, class := make([]float64, n), make([]float64, n), make([]int, n)
	for i := range y {
		y[i] += 0.3 * rng.NormFloat64()
		positive[i], weights[i] = math.Exp(y[i]), 0.5+rng.Float64()
		class[i] = min(max(int(y[i]+1.5), 0), 2)
	}
	labelled := &classes{names: []string{"a", "b", "c"}, of: class}
	far, two := slices.Clone(y), []float64(nil)
	for i, v := range y {
		two = append(two, v, positive[i])
	}
	far[7] = 1e4
	for name, c := range map[string]struct {
		y  []float64
		o  Options
		of *classes
	}{
		"steps":     {y, Options{MaxSteps: 3}, nil},
		"two":       {two, Options{}, nil},
		"logarithm": {positive, Options{Weights: weights}, nil},
		"huber":     {far, Options{Loss: Huber}, nil},
		"classes":   {labelled.targets(), Options{Weights: weights}, labelled},
	} {
		c.o.Width, c.o.Importance = 64, true
		cfg, err := newConfig(x, c.y, d, &c.o)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := gather(t.Context(), x, c.y, d, c.of.index(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		data, _, err := prepare(t.Context(), raw, cfg)
		if err != nil {
			t.Fatal(err)
		}
		e := newEstimator(raw, cfg)
		told, _, err := e.estimate(t.Context(), data.scaler)
		if err != nil {
			t.Fatal(err)
		}
		steps := [2]int{e.pays(1), e.pays(0)}
		var judges []*judge
		for _, f := range e.results {
			j, err := e.newJudge(t.Context(), f, steps[f.half], len(f.rows))
			if err != nil {
				t.Fatal(err)
			}
			judges = append(judges, j)
		}
		rises := newRises(e, judges)
		got, want := math.Sqrt(rises.square/e.unit), told.RMSE
		if c.of != nil {
			got, want = rises.square, told.LogLoss
		}
		if !(math.Abs(got-want) < 1e-9*want) {
			t.Errorf("%s: judges start at %v, the error told is %v", name, got, want)
		}
		column, err := rises.column(t.Context(), span{0, 1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, j := range judges {
			loss := make([]float64, len(j.rows))
			j.permute(span{0, 1}, 0)
			if err := j.judge(t.Context(), j.moved, loss, make([]float64, len(j.rows))); err != nil {
				t.Fatal(err)
			}
			for q, v := range loss {
				total += j.weights[q] * v / sum(rises.size)
			}
		}
		after := math.Sqrt(total / e.unit)
		if c.of != nil {
			after = total
		}
		if !(math.Abs(column.Rise-(after-want)) < 1e-9*after) {
			t.Errorf("%s: the error rises by %v, from %v to %v", name, column.Rise, want, after)
		}
	}
}

// TestPermutedColumnMovesTogether: all features of it come from one other row, and nothing else changes.
func TestPermutedColumnMovesTogether(t *testing.T) {
	const n, d = 7, 4
	j := &judge{e: &estimator{r: &rawRows{d: d}}, moved: make([]float64, n*d)}
	for i := range n {
		j.rows = append(j.rows, i)
		j.x = append(j.x, float64(i), 10+float64(i), 20+float64(i), 30+float64(i))
	}
	for turn := range importanceTurns {
		j.permute(span{1, 3}, turn)
		var from []int
		for i := range n {
			row := j.moved[i*d : (i+1)*d]
			k := int(row[1]) - 10
			if row[0] != float64(i) || row[3] != 30+float64(i) || row[2] != 20+float64(k) || k == i {
				t.Errorf("turn %d: row %d is %v", turn, i, row)
			}
			from = append(from, k)
		}
		slices.Sort(from)
		if !slices.Equal(from, j.rows) {
			t.Errorf("turn %d: features come from rows %v", turn, from)
		}
	}
}

// TestSignificantColumnsComeFirst, though others may rise more.
func TestSignificantColumnsComeFirst(t *testing.T) {
	i := newImportance(100, 1, []ColumnImportance{{Column: 0, Rise: 0.1, RiseError: 0.01}, {Column: 1, Rise: 0.5, RiseError: 0.4}, {Column: 2, Rise: 0.3, RiseError: 0.01}, {Column: 3}}, nil)
	var order []int
	for _, c := range i.Columns {
		order = append(order, c.Column)
	}
	if !slices.Equal(order, []int{2, 0, 1, 3}) || len(i.Significant()) != 2 {
		t.Errorf("%+v", i)
	}
}

// TestSignificanceIsRareByChance: of standard normal rises of k columns none is significant in 19 of 20 draws.
func TestSignificanceIsRareByChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 45))
	for _, k := range []int{1, 10, 100} {
		found := 0
		const draws = 1000
		for range draws {
			columns := make([]ColumnImportance, k)
			for c := range columns {
				columns[c] = ColumnImportance{Rise: rng.NormFloat64(), RiseError: 1}
			}
			found += min(1, len(newImportance(0, 1, columns, nil).Significant()))
		}
		if found > draws/20 || found == 0 {
			t.Errorf("%d columns: %d of %d draws find one", k, found, draws)
		}
	}
}

// TestLeadingColumnsAreThoseOfSlope where there are more than can be tried.
func TestLeadingColumnsAreThoseOfSlope(t *testing.T) {
	const n, d = 60, 12
	x, y := planted(n, d, 11)
	for i := range y {
		y[i] += x[i*d+7]
	}
	cfg, err := newConfig(x, y, d, &Options{Width: 128, MaxSteps: 1, Bias: 1, KeepScale: true, Importance: true})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := gather(t.Context(), x, y, d, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := features.FitScaler(t.Context(), x, y, nil, d, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	e := newEstimator(raw, cfg)
	if _, _, err := e.estimate(t.Context(), scaler); err != nil {
		t.Fatal(err)
	}
	j, err := e.newJudge(t.Context(), e.results[0], 1, n)
	if err != nil {
		t.Fatal(err)
	}
	got, err := leading(t.Context(), []*judge{j}, spans(nil, d), 3)
	if err != nil || !slices.Equal(got, []int{0, 1, 7}) {
		t.Errorf("columns %v, %v", got, err)
	}
	if got, _ := leading(t.Context(), []*judge{j}, spans(nil, d), d); len(got) != d {
		t.Errorf("columns %v", got)
	}
}

// TestKeptNetworksAreBounded by importanceBytes, but for one step of a fit of each half.
func TestKeptNetworksAreBounded(t *testing.T) {
	for weights := 64; weights < 1<<28; weights *= 3 {
		for _, k := range []int{1, 3, 26} {
			fits, steps := keepsNets(weights, k)
			if bytes := 8 * weights * k * fits * steps; fits < 2 || steps < 1 || bytes > importanceBytes && (fits > 2 || steps > 1) {
				t.Errorf("%d weights of %d targets: %d steps of %d fits", weights, k, steps, fits)
			}
		}
	}
}

// TestEncoderMustMakeTheFeatures that the rows have.
func TestEncoderMustMakeTheFeatures(t *testing.T) {
	x, y := planted(30, 3, 1)
	for _, e := range []*table.Encoder{{}, {Columns: []table.EncodedColumn{{Name: "a", Type: table.Number}, {Name: "b", Type: table.Boolean, Indicator: true, Impute: true}}}} {
		if _, _, err := Fit(t.Context(), x, y, 3, &Options{Encoder: e}); !errors.Is(err, ErrOption) {
			t.Errorf("%d columns: %v", len(e.Columns), err)
		}
	}
}
