package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/model"
)

// newTestChooser returns a chooser of raw rows with weights 1, 2, 3, … if asked for, and a
// shape to try.
func newTestChooser(t *testing.T, x, y []float64, d int, weighted bool, o Options) (*chooser, *trial) {
	t.Helper()
	r, err := o.resolve(len(x) / d)
	if err != nil {
		t.Fatal(err)
	}
	s, err := features.FitScaler(context.Background(), x, y, nil, d, 2, true)
	if err != nil {
		t.Fatal(err)
	}
	n := len(x) / d
	std := make([]float64, len(y))
	for j := 0; j*n < len(y); j++ {
		s.Standardize(std[j*n:(j+1)*n], y[j*n:(j+1)*n], j)
	}
	var root []float64
	if weighted {
		for i := range n {
			root = append(root, math.Sqrt(float64(1+i%3)))
		}
	}
	return newChooser(s, x, std, root, r), &trial{scaler: s}
}

// TestLeaveOneOutIsExact: the closed form is the error of the ridge regressions
// that are fitted without the row, for two targets, with weights and without.
func TestLeaveOneOutIsExact(t *testing.T) {
	const n, d = 40, 3
	x, y := wave(n, d, 5, 3)
	_, other := wave(n, d, 20, 4)
	for _, weighted := range []bool{false, true} {
		c, s := newTestChooser(t, x, append(append([]float64(nil), y...), other...), d, weighted, Options{Width: 60})
		m, err := c.linearize(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for k := 2; k < len(ridges); k += 3 {
			if err := c.ask(t.Context(), s, m, k); err != nil {
				t.Fatal(err)
			}
			want := 0.0
			for out := range n {
				var rest []int
				for i := range n {
					if i != out {
						rest = append(rest, i)
					}
				}
				g := make([]float64, (n-1)*(n-1))
				for i, p := range rest {
					for j, q := range rest {
						g[i*(n-1)+j] = c.gram[p*n+q]
					}
				}
				chol, err := solver.NewCholesky(t.Context(), g, n-1, &solver.CholeskyOptions{Ridge: ridges[k]})
				if err != nil {
					t.Fatal(err)
				}
				for j := range 2 {
					u := make([]float64, n-1)
					for i, p := range rest {
						u[i] = m.r[j*n+p]
					}
					chol.SolveVec(u, u)
					e := m.r[j*n+out]
					for i, p := range rest {
						e -= c.gram[out*n+p] * u[i]
					}
					want += e * e
				}
			}
			want = math.Sqrt(want / (2 * n))
			if got := s.errs[k]; math.Abs(got/want-1) > 1e-9 {
				t.Errorf("weighted %t, ridge %g: %.12g, refitted %.12g", weighted, ridges[k], got, want)
			}
		}
	}
}

// TestSlopesAreDerivatives of the linearised fit along the scaled features, the
// gates held, by differences.
func TestSlopesAreDerivatives(t *testing.T) {
	const n, d, h = 30, 4, 1e-5
	x, y := wave(n, d, 1, 8)
	for _, weighted := range []bool{false, true} {
		c, s := newTestChooser(t, x, y, d, weighted, Options{Width: 80})
		s.best = 6
		m, err := c.linearize(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.slopes(t.Context(), s, m)
		if err != nil {
			t.Fatal(err)
		}
		fit := make([]float64, len(m.net.W))
		m.op.MulTransVec(fit, c.u)
		for i, w := range m.net.W {
			fit[i] = w - fit[i]
		}
		want := make([]float64, d)
		for i := range n {
			weight := 1.0
			if weighted {
				weight = c.root[i] * c.root[i]
			}
			row := m.unit[i*(d+1) : (i+1)*(d+1)]
			z := make([]float64, d+1)
			for k := range z {
				z[k] = row[k] * s.scaler.Bias / row[d]
			}
			at := func() float64 {
				v := append([]float64(nil), z...)
				features.Unit(v)
				f := 0.0
				for r, a := range m.net.A {
					if m.op.(*jacobian.Operator).Gate(r, i) {
						f += a * asm.Dot(fit[r*(d+1):(r+1)*(d+1)], v) / math.Sqrt(80)
					}
				}
				return f
			}
			for k := range d {
				z[k] += h
				up := at()
				z[k] -= 2 * h
				down := at()
				z[k] += h
				v := (up - down) / (2 * h)
				want[k] += weight * v * v / n
			}
		}
		for k, v := range want {
			if e := math.Abs(got[k]/math.Sqrt(v) - 1); e > 1e-6 {
				t.Errorf("weighted %t, feature %d: slope %.9g, by differences %.9g", weighted, k, got[k], math.Sqrt(v))
			}
		}
	}
}

// someMatter returns rows of ten uniform features, of which two make the target.
func someMatter(n int, noise float64, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 21))
	x, y = make([]float64, n*10), make([]float64, n)
	for i := range x {
		x[i] = rng.Float64()
	}
	for i := range y {
		y[i] = math.Sin(3*x[i*10+2]) + 2*x[i*10+7]*x[i*10+2] + noise*rng.NormFloat64()
	}
	return x, y
}

// TestRescalingFindsTheFeaturesThatMatter, and the model gains from it.
func TestRescalingFindsTheFeaturesThatMatter(t *testing.T) {
	x, y := someMatter(400, 0.05, 1)
	xt, yt := someMatter(400, 0, 2)
	test := func(o Options) (float64, *Choice) {
		o.Width, o.MaxSteps = 512, 8
		model, report, err := Fit(t.Context(), x, y, 10, &o)
		if err != nil {
			t.Fatal(err)
		}
		pred := make([]float64, len(yt))
		if err := model.Predict(pred, xt); err != nil {
			t.Fatal(err)
		}
		asm.Axpy(pred, -1, yt)
		return rmse(pred) / model.Scaler.YStd[0], report.Choice
	}
	scaled, c := test(Options{})
	plain, kept := test(Options{KeepScale: true})
	t.Logf("test error %.4f rescaled, %.4f without; scales %.2f", scaled, plain, c.Scale)
	if !(scaled < 0.8*plain) {
		t.Errorf("test error %g with features rescaled, %g without", scaled, plain)
	}
	if c.Rescaled == 0 || kept.Rescaled != 0 || kept.Scale != nil || !(c.RMSE < kept.RMSE) {
		t.Errorf("rescaled %d times to %g, kept %d times at %g", c.Rescaled, c.RMSE, kept.Rescaled, kept.RMSE)
	}
	square := 0.0
	for k, v := range c.Scale {
		square += v * v / 10
		if matters := k == 2 || k == 7; matters != (v > 0.8) {
			t.Errorf("feature %d is scaled by %g", k, v)
		}
	}
	if math.Abs(square-1) > 1e-2 {
		t.Errorf("mean square of the scales %g", square)
	}
}

// TestRidgeFollowsTheNoise: more noise, more ridge, and what was found out is in
// the report: the ridge is the largest of the curve within one per cent of the least.
func TestRidgeFollowsTheNoise(t *testing.T) {
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
			if p.RMSE <= choiceFlat*least {
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
		{"no bias", Options{Bias: NoBias}, func(m *model.Model, r *Report) bool { return m.Scaler.Bias == 0 && m.Scaler.Width() == 3 }},
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
	c, _ := newTestChooser(t, x, y, 2, true, Options{Seed: 3})
	other, _ := newTestChooser(t, x, y, 2, true, Options{Seed: 4})
	differ := false
	for i := range c.n {
		row := int(c.x[2*i])
		if mark[row] || c.root[i] != math.Sqrt(float64(1+row%3)) || c.x[2*i+1] != x[2*row+1] {
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
	for after := range 40 {
		ctx, cancel := context.WithCancelCause(t.Context())
		counted := &specimen.Countdown{Context: ctx, Cancel: func() { cancel(cause) }}
		counted.Left.Store(int64(after))
		c, s := newTestChooser(t, x, y, 2, false, Options{Width: 64})
		err := c.fit(counted, s, true)
		cancel(nil)
		if err != nil && !errors.Is(err, fault.ErrStopped) {
			t.Fatalf("after %d looks at the context: %v", after, err)
		}
	}
}

// TestChoiceTakesWhatIsPlanned: one shape, with factor and inverse.
func TestChoiceTakesWhatIsPlanned(t *testing.T) {
	const n, d, m = 500, 6, 1024
	x, y := wave(n, d, 5, 5)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, s := newTestChooser(t, x, y, d, false, Options{Width: m, Workers: 2})
	if err := c.fit(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	taken := after.TotalAlloc - before.TotalAlloc
	w := work{n: n, d: d + 1, m: m, choose: true}
	planned := w.choiceBytes(2)
	t.Logf("%d bytes taken, %.0f planned", taken, planned)
	if r := float64(taken) / planned; r > 1.05 || r < 0.5 {
		t.Errorf("%d bytes taken, %.0f planned", taken, planned)
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
			o, err := newConfig(x, y, 8, &Options{})
			if err != nil {
				b.Fatal(err)
			}
			shapes := 0
			for b.Loop() {
				if _, _, err := prepare(b.Context(), x, y, 8, o); err != nil {
					b.Fatal(err)
				}
				shapes = o.choice.Shapes
			}
			b.ReportMetric(float64(shapes), "shapes")
		})
	}
}

// TestFeaturesOfOneUnit: where a feature's spread tells its worth, as that of
// pixels does, leave-one-out divides all by the same deviation, in whatever unit
// they are, and not where it does not, nor with KeepScale.
func TestFeaturesOfOneUnit(t *testing.T) {
	const n, d = 200, 12
	rng := rand.New(rand.NewPCG(8, 1))
	x, y, even := make([]float64, n*d), make([]float64, n), make([]float64, n*d)
	for i := range n {
		for k := range d {
			z := rng.NormFloat64()
			x[i*d+k], even[i*d+k] = 1e-3*z, z*math.Exp2(float64(k))
			if k < 3 {
				x[i*d+k] = z
			}
		}
		y[i] = math.Sin(2*x[i*d]) + x[i*d+1]*x[i*d+2]
	}
	chosen := func(x []float64, scale float64, o Options) *Choice {
		own := make([]float64, len(x))
		for i, v := range x {
			own[i] = v * scale
		}
		o.Width, o.MaxSteps = 1024, 1
		_, r, err := Fit(t.Context(), own, y, d, &o)
		if err != nil {
			t.Fatal(err)
		}
		return r.Choice
	}
	want := chosen(x, 1, Options{})
	if !want.CommonScale || want.Logarithms {
		t.Errorf("three features of twelve vary: %v", want)
	}
	if got := chosen(x, 0x1p400, Options{}); got.RMSE != want.RMSE || !got.CommonScale {
		t.Errorf("in units of 2^-400: error %v, want %v", got.RMSE, want.RMSE)
	}
	if kept := chosen(x, 1, Options{KeepScale: true}); kept.CommonScale || !(kept.RMSE > want.RMSE) {
		t.Errorf("with KeepScale: %v, without %v", kept, want)
	}
	// The same worth, with spreads that say the opposite.
	if got := chosen(even, 1, Options{}); got.CommonScale {
		t.Errorf("the worthless features vary most: %v", got)
	}
}
