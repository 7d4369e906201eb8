package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// spreadOut returns n rows of three features and a target that is a smooth function of them with noise
// whose deviation is spread of the row.
func spreadOut(n int, spread func(row []float64) float64, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 31))
	for range n {
		row := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		x = append(x, row...)
		y = append(y, 3+row[0]+math.Sin(2*row[1])+spread(row)*rng.NormFloat64())
	}
	return x, y
}

func oneSpread([]float64) float64 { return 0.5 }

// fan is a spread from 0.1 to 1.1.
func fan(row []float64) float64 { return 0.1 + 1/(1+math.Exp(-2*row[2])) }

// covered returns the share of targets in intervals of a level, and their mean width.
func covered(t *testing.T, m *model.Model, x, y []float64, level float64) (share, width float64) {
	t.Helper()
	n := float64(len(y))
	lower, upper := make([]float64, len(y)), make([]float64, len(y))
	if err := m.PredictInterval(lower, upper, x, level); err != nil {
		t.Fatal(err)
	}
	for i, v := range y {
		if lower[i] <= v && v <= upper[i] {
			share += 1 / n
		}
		width += (upper[i] - lower[i]) / n
	}
	return share, width
}

// TestIntervalsCoverNewRows: at every level about that share of new rows, as told, and where the noise
// differs from row to row they are narrower than intervals of one width, and cover rows of
// little noise and of much alike.
func TestIntervalsCoverNewRows(t *testing.T) {
	notUnderRace(t)
	for name, spread := range map[string]func([]float64) float64{"one spread": oneSpread, "fan": fan} {
		x, y := spreadOut(600, spread, 1)
		m, r, err := Fit(t.Context(), x, y, 3, &Options{Width: 512})
		if err != nil {
			t.Fatal(err)
		}
		xNew, yNew := spreadOut(6000, spread, 2)
		for _, level := range []float64{0.5, 0.7, 0.8, 0.9, 0.95, 0.99} {
			share, width := covered(t, m, xNew, yNew, level)
			// A share of the quotients of n rows out of fold is binomial.
			if off := 3.5*math.Sqrt(level*(1-level)/600) + 0.005; math.Abs(share-level) > off {
				t.Errorf("%s: level %g covers %.4f of new rows", name, level, share)
			}
			if e := r.Estimate; level == toldLevel {
				told := e.IntervalWidth * m.Scaler.YStd[0]
				t.Logf("%s: %.4f, told %.4f ± %.4f; width %.3f, told %.3f", name, share, e.Coverage, e.CoverageError, width, told)
				if !(math.Abs(e.Coverage-share) < 0.035 && math.Abs(told/width-1) < 0.1) || !strings.Contains(e.String(), "intervals of level 0.9 cover") {
					t.Errorf("%s: covered %.4f, width %.3f; told %v, %.4f, %.3f", name, share, width, e, e.Coverage, told)
				}
			}
		}
		lower, upper := make([]float64, len(yNew)), make([]float64, len(yNew))
		off := make([]float64, len(yNew)) // of predictions
		if err := m.PredictInterval(lower, upper, xNew, 0.9); err != nil {
			t.Fatal(err)
		}
		width := 0.0
		for i, v := range yNew {
			off[i] = math.Abs(v - (lower[i]+upper[i])/2)
			width += (upper[i] - lower[i]) / float64(len(yNew))
		}
		slices.Sort(off)
		ratio := width / (2 * off[len(off)*9/10])
		t.Logf("%s: %.3f of the least width that covers as much with one spread", name, ratio)
		if ratio > 1.07 || name == "fan" && ratio > 0.95 {
			t.Errorf("%s: %.3f of the least width that covers as much with one spread", name, ratio)
		}
		if one := m.Intervals[0].Spread.M == 0; one != (name == "one spread") {
			t.Errorf("%s: one spread for all rows is %v", name, one)
		}
		var byNoise [2][2][]float64 // rows of little and much noise
		for i, v := range yNew {
			c := 0
			if xNew[3*i+2] > 0 {
				c = 1
			}
			byNoise[c][0], byNoise[c][1] = append(byNoise[c][0], xNew[3*i:3*i+3]...), append(byNoise[c][1], v)
		}
		for c, part := range byNoise {
			if share, _ := covered(t, m, part[0], part[1], 0.9); math.Abs(share-0.9) > 0.06 {
				t.Errorf("%s: %.3f of the rows of half %d are covered", name, share, c)
			}
		}
	}
}

// TestIntervalsOfNoiseAreHonest: where nothing can be learnt, over many small tables, shares
// covered add up to the level, and so do those told.
func TestIntervalsOfNoiseAreHonest(t *testing.T) {
	notUnderRace(t)
	const tables = 12
	var share, told float64
	for seed := range uint64(tables) {
		rng := rand.New(rand.NewPCG(seed, 33))
		draw := func(n int) (x, y []float64) {
			for range n {
				x, y = append(x, rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()), append(y, rng.ExpFloat64())
			}
			return x, y
		}
		x, y := draw(80)
		m, r, err := Fit(t.Context(), x, y, 3, &Options{Width: 64, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		xNew, yNew := draw(1000)
		s, _ := covered(t, m, xNew, yNew, 0.9)
		share, told = share+s/tables, told+r.Estimate.Coverage/tables
	}
	t.Logf("covered %.4f, told %.4f", share, told)
	if math.Abs(share-0.9) > 0.03 || math.Abs(told-0.9) > 0.03 {
		t.Errorf("covered %.4f, told %.4f", share, told)
	}
}

// TestIntervalsOfManyRows, of which some are held out to tell the error, with two targets of
// which one is in other units, and of outliers under Huber's loss.
func TestIntervalsOfManyRows(t *testing.T) {
	notUnderRace(t)
	draw := func(n int, seed uint64) (x, y []float64) {
		x, a := spreadOut(n, fan, seed)
		_, b := spreadOut(n, oneSpread, seed+100)
		for i := range a {
			y = append(y, a[i], 1000*b[i])
		}
		return x, y
	}
	x, y := draw(estimateMost+500, 5)
	m, r, err := Fit(t.Context(), x, y, 3, &Options{Width: 128, MaxSteps: 1, Bias: 1, KeepScale: true})
	if err != nil {
		t.Fatal(err)
	}
	xNew, yNew := draw(4000, 6)
	lower, upper := make([]float64, len(yNew)), make([]float64, len(yNew))
	if err := m.PredictInterval(lower, upper, xNew, 0.9); err != nil {
		t.Fatal(err)
	}
	var share [2]float64
	for i, v := range yNew {
		if lower[i] <= v && v <= upper[i] {
			share[i%2] += 1.0 / 4000
		}
	}
	for j, s := range share {
		if math.Abs(s-0.9) > 0.045 {
			t.Errorf("target %d: %.4f covered", j, s)
		}
	}
	if r.Estimate.Folds != 1 || math.Abs(r.Estimate.Coverage-0.9) > 0.04 {
		t.Errorf("told %v, %.4f", r.Estimate, r.Estimate.Coverage)
	}
}

// TestIntervalsOfOutliers: rows far off count, although no error is told by them.
func TestIntervalsOfOutliers(t *testing.T) {
	notUnderRace(t)
	draw := func(n int, seed uint64) (x, y []float64) {
		x, y = spreadOut(n, oneSpread, seed)
		for i := 3; i < n; i += 25 {
			y[i] += 40
		}
		return x, y
	}
	x, y := draw(500, 7)
	m, _, err := Fit(t.Context(), x, y, 3, &Options{Width: 256, Loss: Huber})
	if err != nil {
		t.Fatal(err)
	}
	xNew, yNew := draw(4000, 8)
	for _, level := range []float64{0.8, 0.9, 0.98} {
		if share, width := covered(t, m, xNew, yNew, level); math.Abs(share-level) > 0.05 || (width > 20) != (level > 0.96) {
			t.Errorf("level %g: %.4f covered, width %.3f", level, share, width)
		}
	}
}

// TestIntervalsFollowWeights: where rows of weight are noisier, intervals are for them.
func TestIntervalsFollowWeights(t *testing.T) {
	notUnderRace(t)
	heavy := func(row []float64) float64 {
		if row[2] > 0 {
			return 1
		}
		return 0.2
	}
	x, y := spreadOut(600, heavy, 9)
	w := make([]float64, len(y))
	for i := range w {
		w[i] = 1
		if x[3*i+2] > 0 {
			w[i] = 4
		}
	}
	m, r, err := Fit(t.Context(), x, y, 3, &Options{Width: 256, Weights: w})
	if err != nil {
		t.Fatal(err)
	}
	xNew, yNew := spreadOut(6000, heavy, 10)
	lower, upper := make([]float64, len(yNew)), make([]float64, len(yNew))
	if err := m.PredictInterval(lower, upper, xNew, 0.9); err != nil {
		t.Fatal(err)
	}
	in, all := 0.0, 0.0
	for i, v := range yNew {
		c := 1.0
		if xNew[3*i+2] > 0 {
			c = 4
		}
		if all += c; lower[i] <= v && v <= upper[i] {
			in += c
		}
	}
	if math.Abs(in/all-0.9) > 0.045 || math.Abs(r.Estimate.Coverage-0.9) > 0.04 {
		t.Errorf("%.4f of the weight is covered, told %.4f", in/all, r.Estimate.Coverage)
	}
}

// TestReachesAreOrderStatistics: of n rows the one of rank ⌈level·(n+1)⌉ exactly; a weight of 2 is a row
// twice where the new row weighs as much as the mean; levels that n rows do not tell have none.
func TestReachesAreOrderStatistics(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 9, 19, 20, 99, 400, 401, 1999, 2048} {
		q := make([]float64, n)
		for i := range q {
			q[i] = math.Abs(rng.NormFloat64())
		}
		level, reach := reaches(q, nil)
		sorted := slices.Sorted(slices.Values(q))
		if len(level) > intervalLevels {
			t.Errorf("%d levels of %d rows", len(level), n)
		}
		for percent := 1; percent < 100; percent++ { // multiples of 1/400
			rank := (percent*(n+1) + 99) / 100
			at, _ := slices.BinarySearch(level, float64(percent)/100)
			if rank > n {
				if at != len(level) && n <= intervalLevels {
					t.Fatalf("%d rows tell the level %d %%", n, percent)
				}
				continue
			}
			if reach[at] != sorted[rank-1] {
				t.Fatalf("%d rows, %d %%: %v, want that of rank %d, %v", n, percent, reach[at], rank, sorted[rank-1])
			}
		}
	}
	// Σw = 6, w̄ = 1.5: levels 2/7.5, 3/7.5, 5/7.5, 6/7.5.
	level, reach := reaches([]float64{3, 1, 2, 4}, []float64{2, 2, 1, 1})
	if !slices.Equal(reach, []float64{1, 2, 3, 4}) || level[0] != 2/7.5 || level[2] != 5/7.5 || level[3] != 6/7.5 {
		t.Errorf("%v with %v", level, reach)
	}
}

// TestNoIntervals without rows out of fold, of few rows, of classes: each says why.
func TestNoIntervals(t *testing.T) {
	x, y := spreadOut(60, oneSpread, 11)
	for name, c := range map[string]struct {
		n    int
		o    Options
		want string
	}{"no folds": {60, Options{Folds: NoFolds}, "without rows out of fold"}, "few rows": {19, Options{}, "fewer than 20"}, "a given ridge": {60, Options{Ridge: 0.1}, "without rows out of fold"}} {
		c.o.Width, c.o.MaxSteps = 64, 1
		m, r, err := Fit(t.Context(), x[:3*c.n], y[:c.n], 3, &c.o)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]float64, c.n)
		if err := m.PredictInterval(dst, dst, x[:3*c.n], 0.9); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", name, err)
		}
		if r.Estimate != nil && (r.Estimate.Coverage == r.Estimate.Coverage || strings.Contains(r.Estimate.String(), "interval")) {
			t.Errorf("%s: told %v", name, r.Estimate)
		}
	}
	labels := make([]string, len(y))
	for i, v := range y {
		labels[i] = fmt.Sprint(v > 3)
	}
	m, _, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 64, MaxSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.CheckLevel(0.9); err == nil || !strings.Contains(err.Error(), "classes") {
		t.Errorf("error %v", err)
	}
}

// TestIntervalsOfExactTargets and of a target of two values: finite, and ordered.
func TestIntervalsOfExactTargets(t *testing.T) {
	x, _ := spreadOut(60, oneSpread, 12)
	for name, f := range map[string]func(i int) float64{"constant": func(int) float64 { return 7 }, "linear": func(i int) float64 { return x[3*i] }, "two values": func(i int) float64 { return float64(i % 2) }, "mostly zero": func(i int) float64 { return max(0, float64(i-55)) }} {
		y := make([]float64, 60)
		for i := range y {
			y[i] = f(i)
		}
		m, _, err := Fit(t.Context(), x, y, 3, &Options{Width: 64, MaxSteps: 1})
		if err != nil {
			t.Fatal(err)
		}
		lower, upper, p := make([]float64, 60), make([]float64, 60), make([]float64, 60)
		for _, err := range []error{m.PredictInterval(lower, upper, x, 0.9), m.Predict(p, x)} {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for i, v := range p {
			if !(lower[i] <= v && v <= upper[i]) || math.IsInf(upper[i]-lower[i], 0) {
				t.Fatalf("%s: %v in %v … %v", name, v, lower[i], upper[i])
			}
		}
	}
}
