package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/model"
)

// newTestChooser returns a chooser of raw rows with weights 1, 2, 3, … if asked for; targets
// stand one after the other in y.
func newTestChooser(t *testing.T, x, y []float64, d int, weighted bool, o Options) *chooser {
	t.Helper()
	return newLookingChooser(t, x, y, d, weighted, o, firstLook(choiceRows))
}

// newLookingChooser is newTestChooser with the look that it takes.
func newLookingChooser(t *testing.T, x, y []float64, d int, weighted bool, o Options, l look) *chooser {
	t.Helper()
	n := len(x) / d
	cfg, err := o.resolve(n)
	if err != nil {
		t.Fatal(err)
	}
	r := &rawRows{d: d, targets: len(y) / n, x: x, y: y}
	for i := range n {
		r.at = append(r.at, i)
		if weighted {
			r.weights = append(r.weights, float64(1+i%3))
		}
	}
	fitted, err := r.scalerOfAll(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newChooser(t.Context(), r, l, fitted, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// without returns the rows of all folds but one, all for -1.
func (c *chooser) without(fold int) []int {
	var at []int
	for i, f := range c.fold {
		if f != fold {
			at = append(at, i)
		}
	}
	return at
}

// TestErrorsOutOfFoldAreThoseOfRefits: of ridge regressions on the rows of the other folds,
// solved by elimination, for two targets, with weights and without; with rescaled features,
// whose scales come from the rows of the other folds alone.
func TestErrorsOutOfFoldAreThoseOfRefits(t *testing.T) {
	const n, d = 40, 3
	x, y := wave(n, d, 5, 3)
	_, other := wave(n, d, 20, 4)
	for k, weighted := range []bool{false, true, false, true} {
		look := firstLook(choiceRows)
		if k >= 2 { // some folds alone are judged
			look.folds, look.judged = 3, k-1
		}
		c := newLookingChooser(t, x, append(append([]float64(nil), y...), other...), d, weighted, Options{Width: 60}, look)
		for _, rescaling := range []shape{{}, {rounds: 2}, {rounds: 2, metric: true}} {
			rounds := rescaling.rounds
			trial := &trial{shape: shape{bias: 2, logs: true, metric: rescaling.metric}, best: 6}
			if err := c.judge(t.Context(), trial, false); err != nil {
				t.Fatal(err)
			}
			for range rounds {
				next := []design{}
				for f := range c.judged {
					next = append(next, c.nextFromScratch(t, trial.shape, trial.design(f), f, ridges[6]))
				}
				trial.designs, trial.rmse = next, [len(ridges)]float64{}
			}
			for k := 2; k < len(ridges); k += 3 {
				if err := c.ask(t.Context(), trial, k); err != nil {
					t.Fatal(err)
				}
				want, judged := 0.0, 0
				for f := range c.judged {
					g, r, at := trial.design(f).gram, trial.design(f).r, c.without(f)
					for j := range 2 {
						u := eliminate(g, r[j*n:(j+1)*n], at, n, ridges[k])
						for i := range n {
							if c.fold[i] != f {
								continue
							}
							judged++
							e := r[j*n+i]
							for p, q := range at {
								e -= g[i*n+q] * u[p]
							}
							want += e * e
						}
					}
				}
				want = math.Sqrt(want / float64(judged))
				if got := trial.rmse[k]; math.Abs(got/want-1) > 1e-8 {
					t.Errorf("weighted %t, %d rounds, ridge %g: %.12g, refitted %.12g", weighted, rounds, ridges[k], got, want)
				}
			}
		}
	}
}

// nextFromScratch is nextDesign on a copy of the chooser that has lost the targets of the fold.
func (c *chooser) nextFromScratch(t *testing.T, s shape, d *design, fold int, ridge float64) design {
	t.Helper()
	blind := *c
	blind.y = append([]float64(nil), c.y...)
	for i := range blind.y {
		if c.fold[i%c.n] == fold {
			blind.y[i] = 1e6
		}
	}
	blind.last = nil
	var made [2]design
	for i, c := range []*chooser{&blind, c} {
		u, err := c.solve(t.Context(), d, fold, ridge)
		if err != nil {
			t.Fatal(err)
		}
		if made[i], err = c.nextDesign(t.Context(), s, d, u, fold); err != nil {
			t.Fatal(err)
		}
	}
	next, seen := made[0], made[1]
	for k, v := range seen.scale {
		if v != next.scale[k] {
			t.Errorf("fold %d: the scale of feature %d is %g, without the fold's targets %g", fold, k, v, next.scale[k])
		}
	}
	if s.metric != (len(seen.scaler.Metric) > 0) || !slices.Equal(seen.scaler.Metric, next.scaler.Metric) {
		t.Errorf("fold %d: the metric is %v, without the fold's targets %v", fold, seen.scaler.Metric, next.scaler.Metric)
	}
	return seen
}

// eliminate solves (G + μI)u = r on the given rows by Gauss.
func eliminate(g, r []float64, at []int, n int, ridge float64) []float64 {
	m := len(at)
	a := make([][]float64, m)
	for p, i := range at {
		a[p] = make([]float64, m+1)
		for q, j := range at {
			a[p][q] = g[i*n+j]
		}
		a[p][p] += ridge
		a[p][m] = r[i]
	}
	for p := range m {
		for q := p + 1; q < m; q++ {
			f := a[q][p] / a[p][p]
			for k := p; k <= m; k++ {
				a[q][k] -= f * a[p][k]
			}
		}
	}
	u := make([]float64, m)
	for p := m - 1; p >= 0; p-- {
		u[p] = a[p][m]
		for q := p + 1; q < m; q++ {
			u[p] -= a[p][q] * u[q]
		}
		u[p] /= a[p][p]
	}
	return u
}

// TestRidgeFollowsTheNoise: more noise, more ridge, and what was found out is in
// the report: the ridge is the largest of the curve within one per cent of the least.
func TestRidgeFollowsTheNoise(t *testing.T) {
	notUnderRace(t)
	last := 0.0
	for _, noise := range []float64{0, 5, 60} {
		x, y := wave(250, 4, noise, 5)
		_, report, err := Fit(t.Context(), x, y, 4, &Options{Width: 512, MaxSteps: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := report.Choice
		if c.Ridge != report.Ridge || report.Steps[1].Ridge != c.Ridge || !(c.Ridge > last) {
			t.Errorf("noise %g: ridge %g chosen after %g, %g used", noise, c.Ridge, last, report.Ridge)
		}
		last = c.Ridge
		least, want := math.Inf(1), 0.0
		for _, p := range c.Curve {
			least = min(least, p.RMSE)
		}
		for i, p := range c.Curve {
			if i > 0 && !(p.Ridge > c.Curve[i-1].Ridge) {
				t.Errorf("noise %g: the curve is not in order: %v", noise, c.Curve)
			}
			if p.RMSE <= firstLook(choiceRows).flat*least {
				want = p.Ridge
			}
		}
		if c.Ridge != want {
			t.Errorf("noise %g: ridge %g of the curve %v", noise, c.Ridge, c.Curve)
		}
	}
}

// TestWhatIsGivenIsNotChosen: a ridge leaves nothing to choose, other options
// hold in every shape.
func TestWhatIsGivenIsNotChosen(t *testing.T) {
	x, y := wave(80, 3, 5, 5)
	for i := range x {
		x[i] = math.Exp(x[i] / 3) // skewed
	}
	for _, c := range []struct {
		name string
		o    Options
		ok   func(m *model.Model, r *Report) bool
	}{
		{"ridge", Options{Ridge: 0.02}, func(m *model.Model, r *Report) bool {
			return r.Choice == nil && r.Ridge == 0.02 && m.Scaler.Bias == 1
		}},
		{"no ridge", Options{Ridge: NoRidge}, func(m *model.Model, r *Report) bool { return r.Choice == nil && r.Ridge == 0 }},
		{"gn", Options{Rule: GaussNewton}, func(m *model.Model, r *Report) bool { return r.Choice == nil && r.Ridge == 0 && m.Scaler.Bias == 1 }},
		{"gd", Options{Rule: GradientDescent}, func(m *model.Model, r *Report) bool { return r.Choice != nil && r.Ridge == r.Choice.Ridge }},
		{"bias", Options{Bias: 3}, func(m *model.Model, r *Report) bool { return m.Scaler.Bias == 3 && r.Choice.Bias == 3 }},
		{"no bias", Options{Bias: NoBias}, func(m *model.Model, r *Report) bool {
			return m.Scaler.Bias == 0 && m.Scaler.Width() == 3+len(m.Scaler.Pieces)
		}},
		{"no pieces", Options{NoPieces: true, Members: 1}, func(m *model.Model, r *Report) bool {
			return len(m.Scaler.Pieces) == 0 && !r.Choice.Pieces && len(m.Further) == 0 && len(r.Choice.Members) == 1
		}},
		{"skew", Options{KeepSkew: true}, func(m *model.Model, r *Report) bool { return !r.Choice.Logarithms && !m.Scaler.HasLogarithms() }},
		{"scale", Options{KeepScale: true}, func(m *model.Model, r *Report) bool { return r.Choice.Rescaled == 0 }},
	} {
		c.o.Width, c.o.MaxSteps = 64, 2
		m, r, err := Fit(t.Context(), x, y, 3, &c.o)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if !c.ok(m, r) {
			t.Errorf("%s: ridge %g, bias %g, %+v", c.name, r.Ridge, m.Scaler.Bias, r.Choice)
		}
	}
}

// TestChoiceWithstandsDegenerateRows: too few of them, equal ones, targets that
// are constant or noise, values at the ends of the range.
func TestChoiceWithstandsDegenerateRows(t *testing.T) {
	same := make([]float64, 60)
	for i := range same {
		same[i] = float64(1 + i%2)
	}
	_, noise := wave(30, 2, 1e6, 1)
	huge, _ := wave(30, 2, 1, 1)
	for i := range huge {
		huge[i] = (huge[i] - 10) * 1e307
	}
	for name, c := range map[string]struct{ x, y []float64 }{
		"one row":         {[]float64{1, 2}, []float64{3}},
		"two rows":        {[]float64{1, 2, 3, 5}, []float64{3, 4}},
		"equal rows":      {same, noise},
		"constant target": {huge, make([]float64, 30)},
		"huge features":   {huge, noise},
	} {
		model, report, err := Fit(t.Context(), c.x, c.y, 2, &Options{Width: 32, MaxSteps: 3})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := model.MarshalBinary(); err != nil || !(report.Ridge >= ridges[0]) || !(report.Ridge <= ridges[len(ridges)-1]) {
			t.Errorf("%s: ridge %g, %v", name, report.Ridge, err)
		}
	}
}

// TestChoiceSamplesRowsAndStops: of many rows a sample of the seed decides, and
// the end of the context is noticed at any point.
func TestChoiceSamplesRowsAndStops(t *testing.T) {
	const n = choiceRows + 100
	x, y := wave(n, 2, 5, 5)
	var mark [n]bool
	for i := range n {
		x[2*i] = float64(i)
	}
	c := newTestChooser(t, x, y, 2, true, Options{Seed: 3})
	other := newTestChooser(t, x, y, 2, true, Options{Seed: 4})
	differ := false
	for i := range c.n {
		row := int(c.x[2*i])
		want := math.Sqrt(float64(1+row%3)) * c.root[0] / math.Sqrt(float64(1+int(c.x[0])%3))
		if mark[row] || math.Abs(c.root[i]-want) > 1e-12 || c.x[2*i+1] != x[2*row+1] {
			t.Fatalf("row %d, sample %d of the choice: drawn before %t, weight %g", row, i, mark[row], c.root[i])
		}
		mark[row] = true
		differ = differ || c.x[2*i] != other.x[2*i]
	}
	if c.n != choiceRows || !differ {
		t.Errorf("%d rows decide; another seed draws others: %t", c.n, differ)
	}
	x, y = x[:120], y[:60]
	cause := errors.New("enough")
	for after := range 60 {
		ctx, cancel := context.WithCancelCause(t.Context())
		counted := &specimen.Countdown{Context: ctx, Cancel: func() { cancel(cause) }}
		counted.Left.Store(int64(5 * after))
		cfg, err := (&Options{Width: 64}).resolve(60)
		if err != nil {
			t.Fatal(err)
		}
		r := &rawRows{d: 2, targets: 1, x: x, y: y}
		for i := range 60 {
			r.at = append(r.at, i)
		}
		_, err = choose(counted, r, choiceRows, cfg)
		cancel(nil)
		if err != nil && !errors.Is(err, fault.ErrStopped) {
			t.Fatalf("after %d looks at the context: %v", 5*after, err)
		}
	}
}

// TestPairsStartAtZero: every rule but GaussNewton starts from the zero function.
func TestPairsStartAtZero(t *testing.T) {
	x, y := wave(50, 3, 5, 5)
	for _, rule := range []StepRule{LevenbergMarquardt, GaussNewton, GradientDescent, Adam} {
		_, report, err := Fit(t.Context(), x, y, 3, &Options{Width: 100, Rule: rule, MaxSteps: 1})
		if err != nil {
			t.Fatal(err)
		}
		if e := math.Abs(report.Steps[0].TrainRMSE - 1); (e < 1e-12) != (rule != GaussNewton) {
			t.Errorf("%v: the error of the initial network is 1 + %g", rule, e)
		}
	}
	net := newPairs(asm.NewTeam(1), 0, 7, 5, 3)
	for r := 0; r+1 < net.M; r += 2 {
		for k := range net.D {
			if net.W[r*net.D+k] != net.W[(r+1)*net.D+k] || net.A[r] != -net.A[r+1] {
				t.Errorf("neurons %d and %d are no pair", r, r+1)
			}
		}
	}
	if err := net.Check(); err != nil {
		t.Error(err)
	}
}

// BenchmarkChoice times the whole choice.
func BenchmarkChoice(b *testing.B) {
	for _, n := range []int{824, 5000} {
		b.Run(fmt.Sprintf("n=%d/d=8/m=4096", n), func(b *testing.B) {
			x, y := specimen.Tabular(n, 8, 1)
			cfg, err := newConfig(x, y, 8, &Options{})
			if err != nil {
				b.Fatal(err)
			}
			r, err := gather(b.Context(), x, y, 8, nil, cfg)
			if err != nil {
				b.Fatal(err)
			}
			shapes := 0
			for b.Loop() {
				c, err := choose(b.Context(), r, choiceRows, cfg)
				if err != nil {
					b.Fatal(err)
				}
				shapes = len(c.Shapes)
			}
			b.ReportMetric(float64(shapes), "shapes")
		})
	}
}
