package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
)

// TestSlopesAreDerivatives of the linearised fit along the scaled features, the
// gates held, by differences, over the rows that take part.
func TestSlopesAreDerivatives(t *testing.T) {
	const n, d, h = 30, 4, 1e-5
	x, y := wave(n, d, 1, 8)
	for _, weighted := range []bool{false, true} {
		c := newTestChooser(t, x, y, d, weighted, Options{Width: 80})
		scaler := shape{bias: 2, logs: true}.of(c.fitted)
		m, err := c.linearize(t.Context(), scaler)
		if err != nil {
			t.Fatal(err)
		}
		design, err := c.newDesign(t.Context(), scaler, nil)
		if err != nil {
			t.Fatal(err)
		}
		u, err := c.solve(t.Context(), &design, 1, ridges[6])
		if err != nil {
			t.Fatal(err)
		}
		takesPart := func(i int) bool { return c.fold[i] != 1 }
		got, err := c.slopes(t.Context(), m, u, takesPart)
		if err != nil {
			t.Fatal(err)
		}
		fit := make([]float64, len(m.net.W))
		m.lin.MulTransVec(fit, u)
		asm.Scale(fit, -1, fit)
		want := make([]float64, d)
		for i := range n {
			if !takesPart(i) {
				continue
			}
			weight := 1.0
			if weighted {
				weight = c.root[i] * c.root[i]
			}
			row := m.unit[i*(d+1) : (i+1)*(d+1)]
			z := make([]float64, d+1)
			for k := range z {
				z[k] = row[k] * scaler.Bias / row[d]
			}
			at := func() float64 {
				v := append([]float64(nil), z...)
				features.Unit(v)
				f := 0.0
				for r, a := range m.net.A {
					if m.lin.(*jacobian.Operator).Gate(r, i) {
						f += a * asm.Dot(fit[r*(d+1):(r+1)*(d+1)], v) / math.Sqrt(40)
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
				want[k] += weight * v * v / float64(len(c.without(1)))
			}
		}
		for k, v := range want {
			if e := math.Abs(got[k]/math.Sqrt(v) - 1); e > 1e-6 {
				t.Errorf("weighted %t, feature %d: slope %.9g, by differences %.9g", weighted, k, got[k], math.Sqrt(v))
			}
		}
	}
}

// TestHalvesMakeTheGramMatrixOfPairs, up to rounding, and the pairs have f₀ = 0.
func TestHalvesMakeTheGramMatrixOfPairs(t *testing.T) {
	const n, d, m = 20, 5, 48
	x, _ := wave(n, d, 1, 8)
	for i := range n {
		features.Unit(x[i*d : (i+1)*d])
	}
	team := asm.NewTeam(1)
	var g [2][]float64
	for q, net := range []*jacobian.Network{newPairs(team, 0, m, d, 3), newHalves(team, m, d, 3)} {
		lin, err := jacobian.New(net, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := make([]float64, n)
		lin.Linearize(f)
		if q == 0 && asm.Nrm2(f) > 1e-13 {
			t.Errorf("f₀ is %v", f)
		}
		g[q] = make([]float64, n*n)
		lin.Gram(g[q])
	}
	for i, v := range g[0] {
		if math.Abs(v-g[1][i]) > 1e-13 {
			t.Fatalf("entry %d is %v of pairs, %v of halves", i, v, g[1][i])
		}
	}
}

// TestMetricIsOfTheGradients of the linearised fit by the features before any map, by
// differences, in the first round and in one after it.
func TestMetricIsOfTheGradients(t *testing.T) {
	const n, d, h = 30, 4, 1e-5
	x, y := wave(n, d, 1, 8)
	for _, weighted := range []bool{false, true} {
		c := newTestChooser(t, x, y, d, weighted, Options{Width: 80})
		plain := shape{bias: 2, logs: true}.of(c.fitted)
		rows := make([]float64, n*(d+1))
		plain.Apply(rows, c.x)
		takesPart := func(i int) bool { return c.fold[i] != 1 }
		for scaler, round := plain, 0; round < 2; round++ {
			design, err := c.newDesign(t.Context(), scaler, nil)
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.linearize(t.Context(), scaler)
			if err != nil {
				t.Fatal(err)
			}
			u, err := c.solve(t.Context(), &design, 1, ridges[6])
			if err != nil {
				t.Fatal(err)
			}
			fit := make([]float64, len(m.net.W))
			m.lin.MulTransVec(fit, u)
			asm.Scale(fit, -1, fit)
			sums := make([]float64, d*d)
			for i := range n {
				if !takesPart(i) {
					continue
				}
				z := make([]float64, d)
				for k := range z {
					z[k] = rows[i*(d+1)+k] * plain.Bias / rows[i*(d+1)+d]
				}
				at := func() float64 {
					v := append(slices.Clone(z), plain.Bias)
					for k := range z {
						if round > 0 {
							v[k] = asm.Dot(scaler.Metric[k*d:(k+1)*d], z)
						}
					}
					features.Unit(v)
					f := 0.0
					for r, a := range m.net.A {
						if m.lin.(*jacobian.Operator).Gate(r, i) {
							f += a * asm.Dot(fit[r*(d+1):(r+1)*(d+1)], v)
						}
					}
					return f
				}
				g := make([]float64, d)
				for k := range z {
					z[k] += h
					up := at()
					z[k] -= 2 * h
					g[k] = (up - at()) / (2 * h)
					z[k] += h
					if weighted {
						g[k] *= c.root[i]
					}
				}
				for k, v := range g {
					asm.Axpy(sums[k*d:(k+1)*d], v, g)
				}
			}
			want := plain.WithMetric(t.Context(), sums)
			if scaler, err = c.mapped(t.Context(), m, u, takesPart); err != nil {
				t.Fatal(err)
			}
			for k, v := range want.Metric {
				if got := scaler.Metric[k]; math.Abs(got-v) > 1e-5 {
					t.Errorf("weighted %t, round %d: entry %d is %.9g, by differences %.9g", weighted, round, k, got, v)
				}
			}
		}
	}
}

// TestManyTargetsHaveTheSlopesOfTheirSum: random combinations of many targets have the mean
// square slopes of all, in expectation.
func TestManyTargetsHaveTheSlopesOfTheirSum(t *testing.T) {
	const n, d, k = 60, 3, 12
	x, _ := wave(n, d, 1, 8)
	var y []float64
	for j := range k {
		for i := range n {
			y = append(y, math.Sin(float64(j)+x[d*i+j%d])) // each target follows one feature
		}
	}
	c := newTestChooser(t, x, y, d, false, Options{Width: 200})
	d0, err := c.newDesign(t.Context(), c.fitted, nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := c.solve(t.Context(), &d0, -1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.linearize(t.Context(), c.fitted)
	if err != nil {
		t.Fatal(err)
	}
	all := func(int) bool { return true }
	want, err := c.slopes(t.Context(), m, u, all)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.slopes(t.Context(), m, c.combined(u), all)
	if err != nil {
		t.Fatal(err)
	}
	for f := range want {
		if r := got[f] / want[f] * want[0] / got[0]; r < 0.5 || r > 2 {
			t.Errorf("feature %d has %g of the slope of feature 0, of all targets %g", f, got[f]/got[0], want[f]/want[0])
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
	notUnderRace(t)
	xt, yt := someMatter(400, 0, 2)
	var x, y []float64
	test := func(o Options) (float64, *Choice) {
		o.Width = 512
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
	// Of few rows a metric does still better.
	x, y = someMatter(400, 0.05, 1)
	mapped, c := test(Options{NoPieces: true, Members: 1, MaxSteps: 8})
	if plain, _ := test(Options{NoPieces: true, Members: 1, MaxSteps: 8, KeepScale: true}); !(mapped < 0.6*plain) || !c.Mapped {
		t.Errorf("few rows: test error %g with features mapped (%v), %g without", mapped, c.Mapped, plain)
	}
	x, y = someMatter(metricRows+1, 0.05, 1)
	scaled, c := test(Options{NoPieces: true, Members: 1, MaxSteps: 1})
	plain, kept := test(Options{NoPieces: true, Members: 1, MaxSteps: 1, KeepScale: true})
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

// TestFeaturesOfOneKind: where a feature's spread tells its worth, as that of
// pixels does, rows out of fold have it divide all by the same deviation, in whatever unit
// they are, and not where it does not, nor with KeepScale.
func TestFeaturesOfOneKind(t *testing.T) {
	notUnderRace(t)
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

// TestWhatTheChooserKeepsIsOfTheShape: the dual solutions are those of the best ridge, and weights of
// another width are drawn anew.
func TestWhatTheChooserKeepsIsOfTheShape(t *testing.T) {
	x, y := someMatter(120, 0.3, 4)
	c := newTestChooser(t, x, y, len(x)/120, false, Options{Width: 128})
	for _, all := range []bool{true, false} {
		tr := &trial{shape: shape{bias: 2}, best: 3}
		if err := c.judge(t.Context(), tr, all); err != nil {
			t.Fatal(err)
		}
		_, want, err := c.residuals(t.Context(), tr, ridges[tr.best])
		if err != nil {
			t.Fatal(err)
		}
		for f, u := range want {
			if !slices.Equal(tr.duals[f], u) {
				t.Errorf("all %t, fold %d: the dual solutions are those of another ridge", all, f)
			}
		}
	}
	wide, narrow := shape{bias: 2}.of(c.fitted), shape{bias: 0}.of(c.fitted)
	for _, s := range []*features.Scaler{wide, narrow, wide} {
		m, err := c.linearize(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if m.net.D != s.Width() || m.scaler != s {
			t.Errorf("a network of %d inputs for rows of %d", m.net.D, s.Width())
		}
	}
}

// TestMetricsBeginWithBothScales: where a common scale is better than one for each feature, the metric is learnt from
// both, since it need not keep to what was better without it.
func TestMetricsBeginWithBothScales(t *testing.T) {
	const n, d = 300, 8
	rng := rand.New(rand.NewPCG(3, 5))
	x, y := make([]float64, n*d), make([]float64, n)
	for i := range n {
		for k := range d {
			x[i*d+k] = math.Exp2(float64(-k)/4) * rng.NormFloat64()
		}
		y[i] = math.Floor(2*x[i*d]) + math.Floor(4*x[i*d+1]) + 0.05*rng.NormFloat64() // which pieces find
	}
	_, r, err := Fit(t.Context(), x, y, d, &Options{Width: 256, MaxSteps: 1, Folds: NoFolds})
	if err != nil {
		t.Fatal(err)
	}
	var common, each bool
	for _, s := range r.Choice.Shapes {
		if strings.Contains(s.Shape, "metric") {
			common = common || strings.Contains(s.Shape, "common scale")
			each = each || !strings.Contains(s.Shape, "common scale")
		}
	}
	if !common || !each {
		t.Errorf("metrics with a common scale %v, without %v: %+v", common, each, r.Choice.Shapes)
	}
}
