package train

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
)

// TestEdgeShapes: the smallest and the strangest problems train and predict.
func TestEdgeShapes(t *testing.T) {
	x, y := wave(60, 3, 0, 9)
	constant := make([]float64, 60)
	rows := make([]float64, 180)
	for i := range rows {
		rows[i] = x[i%3]
	}
	still := append([]float64(nil), x...)
	for i := range y {
		still[3*i], still[3*i+1] = 1e300, -7 // one feature is left
	}
	huge, tiny := append([]float64(nil), y...), append([]float64(nil), y...)
	for i := range y {
		huge[i] *= 1e150
		tiny[i] *= 1e-150
	}
	for _, c := range []struct {
		name string
		x, y []float64
		d, m int
	}{
		{"one row", x[:3], y[:1], 3, 50},
		{"two rows", x[:6], y[:2], 3, 50},
		{"one neuron", x, y, 3, 1},
		{"more features than rows", x, y[:3], 60, 64},
		{"constant target", x, constant, 3, 64},
		{"all rows equal", rows, y, 3, 64},
		{"constant features", still, y, 3, 64},
		{"huge target", x, huge, 3, 64},
		{"tiny target", x, tiny, 3, 64},
	} {
		for _, method := range []Method{Exact, Sketched, MatrixFree, GramCG} {
			o := Options{Width: c.m, Method: method, SketchRatio: 1, Rank: 16, MaxSteps: 20}
			if testing.Short() && method != Exact { // the choice is the same for all
				o.Ridge = plannedRidge
			}
			model, report, err := Fit(t.Context(), c.x, c.y, c.d, &o)
			if errors.Is(err, ErrOption) && method == Sketched && len(c.y) > c.m*(c.d+1) {
				continue // fewer weights than rows: nothing to sketch
			}
			if err != nil {
				t.Errorf("%s, %v: %v", c.name, method, err)
				continue
			}
			pred := make([]float64, len(c.y))
			if err := model.Predict(pred, c.x); err != nil {
				t.Errorf("%s, %v: %v", c.name, method, err)
			}
			for i, p := range pred {
				if p-p != 0 {
					t.Fatalf("%s, %v: prediction %d is %v (%v)", c.name, method, i, p, report.Stop)
				}
			}
			if report.TrainRMSE > 1.5 {
				t.Errorf("%s, %v: training error %g", c.name, method, report.TrainRMSE)
			}
		}
	}
}

// TestUndampedStepOnDuplicatesIsRefused: G is singular, the paper's step does
// not exist, and the error says what to do.
func TestUndampedStepOnDuplicatesIsRefused(t *testing.T) {
	x, y := wave(40, 3, 1, 10)
	copy(x[60:], x[:60])
	for _, o := range []Options{{Method: Exact}, {Method: Sketched}, {Method: GramCG}, {Method: GramCG, Rank: 10}} {
		o.Width, o.Rule, o.InnerTol = 500, GaussNewton, 1e-8
		_, _, err := Fit(t.Context(), x, y, 3, &o)
		if err == nil || !strings.Contains(err.Error(), "LevenbergMarquardt") {
			t.Errorf("%v, rank %d: %v", o.Method, o.Rank, err)
		}
	}
}

// TestSeedsDiffer: another seed is another network; the same one is the same.
func TestSeedsDiffer(t *testing.T) {
	a, b, c := newNetwork(asm.NewTeam(2), 0, 50, 4, 1), newNetwork(asm.NewTeam(2), 0, 50, 4, 2), newNetwork(asm.NewTeam(2), 0, 50, 4, 1)
	if same := func(p, q *jacobian.Network) bool { return p.W[17] == q.W[17] }; same(a, b) || !same(a, c) {
		t.Error("weights do not follow the seed")
	}
	// Row r does not depend on how many rows there are.
	d := newNetwork(asm.NewTeam(2), 0, 20, 4, 1)
	for i := range d.W {
		if d.W[i] != a.W[i] {
			t.Fatal("a narrower network has other weights")
		}
	}
}

// TestFailedFactorIsAStepWithoutLoss: damping below the rounding of a singular
// Gram matrix makes Cholesky fail; the step is reported as not tried, and more
// damping mends it.
func TestFailedFactorIsAStepWithoutLoss(t *testing.T) {
	x, y := wave(40, 3, 1, 11)
	_, report, err := Fit(t.Context(), x, y, 3, &Options{Width: 2, Ridge: NoRidge, Damping: 1e-17, Method: Exact})
	if err != nil {
		t.Fatal(err)
	}
	s := report.Steps[1]
	if s.Accepted || s.Loss == s.Loss || s.TrainRMSE == s.TrainRMSE || s.InnerStop == "" {
		t.Errorf("%+v", s)
	}
	if report.TrainRMSE >= report.Steps[0].TrainRMSE {
		t.Error("nothing was learnt")
	}
}

// TestInterpolationEndsAtRounding: without ridge and noise the damped iteration
// too ends at the level of rounding, and says so.
func TestInterpolationEndsAtRounding(t *testing.T) {
	p := sphere(60, 10, 4)
	_, report, err := Fit(t.Context(), p.x, p.y, p.d, &Options{Width: 2000, Ridge: NoRidge})
	if err != nil {
		t.Fatal(err)
	}
	if report.Stop != ReachedRounding || report.TrainRMSE > 1e-10 {
		t.Errorf("stopped by: %v, at %g", report.Stop, report.TrainRMSE)
	}
}

// TestDefaultSketchFitsNarrowNetworks: the default number of rows gives way
// where there are fewer weights.
func TestDefaultSketchFitsNarrowNetworks(t *testing.T) {
	x, y := wave(100, 3, 1, 12)
	_, report, err := Fit(t.Context(), x, y, 3, &Options{Width: 64, Method: Sketched, MaxSteps: 3})
	if err != nil || report.SketchRows != 256 {
		t.Errorf("%d rows, %v", report.SketchRows, err)
	}
}

// TestSignsAllPlus: outputs that can only be positive at first are fitted by
// moving weights alone, the targets of both signs included.
func TestSignsAllPlus(t *testing.T) {
	x, y := wave(60, 3, 0, 9)
	o, err := newConfig(x, y, 3, &Options{Width: 64, MaxSteps: 10, Method: Exact, Ridge: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	r, err := gather(t.Context(), x, y, 3, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := prepare(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := newTrainer(t.Context(), data, o, plan{method: Exact})
	if err != nil {
		t.Fatal(err)
	}
	for r := range tr.net.A {
		tr.net.A[r] = 1
	}
	if err := tr.runTargets(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = tr.finish()
	first := tr.report.Steps[0].TrainRMSE
	if e := tr.report.TrainRMSE; !(e < first/2) || !(first > 1) {
		t.Errorf("error %g, at first %g", e, first)
	}
}

// TestZeroStepStagnates: targets that the initial network meets but for what the
// ridge pulls back leave no step to take; an objective that no step lowers ends
// training with its reason.
func TestZeroStepStagnates(t *testing.T) {
	p := sphere(30, 5, 2)
	net := newPairs(asm.NewTeam(1), 0, 401, 5, 3) // the last neuron has no partner
	f := make([]float64, 30)
	if err := net.Predict(t.Context(), f, p.x, 1); err != nil {
		t.Fatal(err)
	}
	o, err := (&Options{Width: 401, Seed: 3, Method: Exact}).resolve(30)
	if err != nil {
		t.Fatal(err)
	}
	o.targets = 1
	for name, c := range map[string]struct {
		shift float64
		want  StopReason
	}{"zero loss": {0, ReachedRounding}, "no step": {1e-17, Stagnated}} {
		data := &dataset{scaler: &features.Scaler{Mean: make([]float64, 5), Std: []float64{1, 1, 1, 1, 1}, YMean: []float64{0}, YStd: []float64{1}}, x: p.x, y: append([]float64(nil), f...)}
		for i := range data.y {
			data.y[i] += c.shift * math.Abs(f[i])
		}
		if c.shift > 0 { // one unit in the last place of one output
			at := slices.IndexFunc(f, func(v float64) bool { return v != 0 })
			data.y[at] = math.Nextafter(f[at], 2)
		}
		tr, err := newTrainer(t.Context(), data, o, plan{method: Exact})
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.runTargets(t.Context()); err != nil {
			t.Fatal(err)
		}
		tr.finish()
		if got := tr.report.Stop; got != c.want {
			t.Errorf("%s: stopped by %v after %d steps", name, got, len(tr.report.Steps)-1)
		}
	}
}
