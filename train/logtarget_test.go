package train

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// growth returns n rows of d uniform features with exp(sin x₀ + x₁ + noise) for a target.
func growth(n, d int, noise float64, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 77))
	for range n {
		row := make([]float64, d)
		for k := range row {
			row[k] = 4*rng.Float64() - 2
		}
		x = append(x, row...)
		y = append(y, math.Exp(math.Sin(row[0])+row[1]+noise*rng.NormFloat64()))
	}
	return x, y
}

// TestLogarithmsOfTargetsPayWhereEffectsMultiply: they are taken, new rows gain, and the error
// told is that of new rows in the target's own units.
func TestLogarithmsOfTargetsPayWhereEffectsMultiply(t *testing.T) {
	notUnderRace(t)
	const n, d, seeds = 300, 3, 3
	ratio := 0.0 // logarithm of the geometric mean
	for seed := range uint64(seeds) {
		x, y := growth(n, d, 0.05, seed)
		xNew, yNew := growth(4000, d, 0.05, 100+seed)
		o := Options{Width: 256, Seed: seed, NoPieces: true, KeepScale: true} // both of which make up for most of it
		m, r, err := Fit(t.Context(), x, y, d, &o)
		if err != nil {
			t.Fatal(err)
		}
		o.KeepSkew = true
		kept, rk, err := Fit(t.Context(), x, y, d, &o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Choice.LogTarget, []bool{true}) || !m.Scaler.InLogarithms(0) || rk.Choice.LogTarget != nil || kept.Scaler.InLogarithms(0) {
			t.Fatalf("seed %d: %v, with KeepSkew %v", seed, r.Choice, rk.Choice)
		}
		if !strings.Contains(r.Choice.String(), "target in logarithms") || !strings.Contains(r.Unit(), "logarithm") || strings.Contains(rk.Unit(), "logarithm") {
			t.Errorf("%v; %s and %s", r.Choice, r.Unit(), rk.Unit())
		}
		with, without := errorOn(t, m, xNew, yNew), errorOn(t, kept, xNew, yNew)
		told := r.Estimate.RMSE * m.Scaler.YStd[0]
		t.Logf("seed %d: %.3g in logarithms, told %.3g ± %.2g; %.3g without, told %.3g", seed, with, told, r.Estimate.RMSEError*m.Scaler.YStd[0], without, rk.Estimate.RMSE*m.Scaler.YStd[0])
		ratio += math.Log(with/without) / seeds
		if math.Abs(told-with) > 4*r.Estimate.RMSEError*m.Scaler.YStd[0]+0.1*with {
			t.Errorf("seed %d: error %.3g, told %.3g ± %.2g", seed, with, told, r.Estimate.RMSEError*m.Scaler.YStd[0])
		}
	}
	if r := math.Exp(ratio); r > 0.85 {
		t.Errorf("the error is %.3g times that without", r)
	}
}

// TestLogarithmsOfTargetsAreNotTakenWithoutGain: not for a skewed target that is linear in its
// features, not for one that is noise, and not for those that cannot have any.
func TestLogarithmsOfTargetsAreNotTakenWithoutGain(t *testing.T) {
	notUnderRace(t)
	const n, d = 200, 3
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 78))
		x, y := growth(n, d, 0.05, seed)
		linear, noise, zero := make([]float64, n), make([]float64, n), slices.Clone(y)
		zero[17] = 0
		negative := make([]float64, n)
		for i := range n {
			x[i*d+2] = rng.ExpFloat64() // a skewed feature makes a skewed target
			linear[i] = 0.1 + 3*x[i*d+2] + 0.1*rng.Float64()
			noise[i] = math.Exp(rng.NormFloat64())
			negative[i] = -y[i]
		}
		for name, y := range map[string][]float64{"linear": linear, "noise": noise, "with a zero": zero, "negative": negative} {
			m, r, err := Fit(t.Context(), x, y, d, &Options{Width: 128, Seed: seed, Folds: NoFolds, MaxSteps: 1})
			if err != nil {
				t.Fatal(err)
			}
			tried := slices.ContainsFunc(r.Choice.Shapes, func(s ShapeError) bool { return strings.Contains(s.Shape, "target in logarithms") })
			if may := name == "linear" || name == "noise"; tried != may {
				t.Errorf("seed %d, %s: tried %t", seed, name, tried)
			}
			if r.Choice.LogTarget != nil || m.Scaler.YLog != nil {
				t.Errorf("seed %d, %s: %v", seed, name, r.Choice.Shapes)
			}
		}
	}
}

// TestEachTargetHasItsOwnLogarithm: of three targets, one grows, one is linear and skewed, one
// is normal.
func TestEachTargetHasItsOwnLogarithm(t *testing.T) {
	notUnderRace(t)
	const n, d = 600, 3
	x, grows := growth(n, d, 0.05, 9)
	rng := rand.New(rand.NewPCG(1, 79))
	var y []float64
	for i := range n {
		x[i*d+2] = rng.ExpFloat64()
		y = append(y, 0.1+3*x[i*d+2]+0.1*rng.Float64(), grows[i], x[i*d]+0.1*rng.NormFloat64())
	}
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = float64(1 + i%3)
	}
	for _, w := range [][]float64{nil, weights} {
		m, r, err := Fit(t.Context(), x, y, d, &Options{Width: 128, Weights: w})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Choice.LogTarget, []bool{false, true, false}) || m.Scaler.InLogarithms(0) || !m.Scaler.InLogarithms(1) {
			t.Errorf("weights %t: %v of %v", w != nil, r.Choice.LogTarget, r.Choice.Shapes)
		}
		if !strings.Contains(r.Choice.String(), "1 of 3 targets in logarithms") || !(r.Estimate.R2 > 0.8) {
			t.Errorf("weights %t: %v, %v", w != nil, r.Choice, r.Estimate)
		}
	}
}

// TestErrorsOfLogarithmsAreInUnitsOfTheTarget: those by which the choice judges are those of
// predictions and targets as they are, whatever the weights.
func TestErrorsOfLogarithmsAreInUnitsOfTheTarget(t *testing.T) {
	const n, d = 60, 2
	x, y := growth(n, d, 0.05, 3)
	for _, weighted := range []bool{false, true} {
		c := newTestChooser(t, x, y, d, weighted, Options{Width: 64})
		weights := []float64(nil)
		if weighted {
			for _, r := range c.root {
				weights = append(weights, r*r)
			}
		}
		c.fitted = c.fitted.WithTargetLogs([]bool{true}, c.y, weights)
		trial := &trial{shape: shape{bias: 2, logTargets: []bool{true}}, best: 4}
		if err := c.judge(t.Context(), trial, false); err != nil {
			t.Fatal(err)
		}
		s := trial.design(0).scaler
		z, total := make([]float64, n), 0.0
		s.Standardize(z, c.y, 0)
		for f := range c.folds {
			u, err := c.solve(t.Context(), trial.design(f), f, ridges[trial.best])
			if err != nil {
				t.Fatal(err)
			}
			for i := c.begins[f]; i < c.begins[f+1]; i++ {
				e, root := trial.design(f).r[i], 1.0
				for k, v := range u {
					e -= trial.design(f).gram[i*n+k] * v
				}
				if c.root != nil {
					root = c.root[i]
				}
				p := []float64{z[i] + e/root}
				s.Restore(p, 0)
				e = root * (p[0] - c.y[i]) / s.YStd[0]
				total += e * e
			}
		}
		if want := math.Sqrt(total / n); math.Abs(trial.least()/want-1) > 1e-10 {
			t.Errorf("weighted %t: %.12g, want %.12g", weighted, trial.least(), want)
		}
	}
}

// TestLogarithmsOfTargetsAreLearntInsideFolds: what the fit without a fold knows does not
// depend on the fold's targets.
func TestLogarithmsOfTargetsAreLearntInsideFolds(t *testing.T) {
	const n, d = 80, 2
	x, y := growth(n, d, 0.05, 3)
	o, err := (&Options{Width: 64}).resolve(n)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gather(t.Context(), x, y, d, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	s := shape{bias: 1, logTargets: []bool{true}}
	var at []int
	for i := range n {
		if i%5 > 0 {
			at = append(at, i)
		}
	}
	fit := func(y []float64) model.Model {
		own := *r
		own.y = y
		scaler, _, err := s.fit(t.Context(), own.subset(at), 1e-2, o)
		if err != nil {
			t.Fatal(err)
		}
		return model.Model{Scaler: *scaler}
	}
	other := slices.Clone(r.y)
	for i := 0; i < n; i += 5 {
		other[i] *= 1e6
	}
	a, b := fit(r.y), fit(other)
	if a.Scaler.YLog[0] != b.Scaler.YLog[0] || a.Scaler.YLog[0].Std == 0 || a.Scaler.YStd[0] != b.Scaler.YStd[0] {
		t.Errorf("%+v and %+v", a.Scaler, b.Scaler)
	}
}

// TestLogarithmsOfTargetsLiveInFileAndCheckpoint: the model says the same when it is read, and
// a fit that was interrupted comes to the same bits.
func TestLogarithmsOfTargetsLiveInFileAndCheckpoint(t *testing.T) {
	const n, d = 160, 2
	x, y := growth(n, d, 0.05, 3)
	path := filepath.Join(t.TempDir(), "checkpoint")
	o := Options{Width: 64, MaxSteps: 4, Folds: NoFolds, NoPieces: true}
	m, r, err := Fit(t.Context(), x, y, d, &o)
	if err != nil || r.Choice.LogTarget == nil {
		t.Fatal(r.Choice, err)
	}
	var again model.Model
	if err := again.UnmarshalBinary(fileOf(t, m)); err != nil {
		t.Fatal(err)
	}
	p, q := make([]float64, n), make([]float64, n)
	if err := errors.Join(m.Predict(p, x), again.Predict(q, x)); err != nil || !slices.Equal(p, q) || !(slices.Min(p) > 0) {
		t.Errorf("%v, or other predictions, or negative ones", err)
	}
	o.Checkpoint, o.MaxSteps = path, 2
	if _, _, err := Fit(t.Context(), x, y, d, &o); err != nil {
		t.Fatal(err)
	}
	o.MaxSteps = 4
	resumed, r, err := Fit(t.Context(), x, y, d, &o)
	if err != nil || r.Resumed < 2 || fmt.Sprint(resumed.Nets[0].W) != fmt.Sprint(m.Nets[0].W) {
		t.Errorf("%d steps, %v", r.Resumed, err)
	}
}
