package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// wave returns n noisy samples of a smooth function of d features.
func wave(n, d int, noise float64, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 77))
	x, y = make([]float64, n*d), make([]float64, n)
	for i := range y {
		s := 0.0
		for k := 0; k < d; k++ {
			v := rng.NormFloat64()
			x[i*d+k] = 10 + 3*v
			s += v * float64(1+k%3)
		}
		y[i] = 100 + 20*math.Sin(s/4) + noise*rng.NormFloat64()
	}
	return x, y
}

func TestBadInputIsRefusedWithItsPlace(t *testing.T) {
	x, y := wave(20, 3, 0, 1)
	spoil := func(v []float64, i int, to float64) []float64 {
		v = append([]float64(nil), v...)
		v[i] = to
		return v
	}
	for _, c := range []struct {
		name string
		x, y []float64
		d    int
		o    Options
		want error
		text string
	}{
		{"no rows", nil, nil, 3, Options{}, ErrShape, "0 targets"},
		{"no features", x, y, 0, Options{}, ErrShape, "0 features"},
		{"ragged", x[1:], y, 3, Options{}, ErrShape, "59 values"},
		{"targets missing", x, y[1:], 3, Options{}, ErrShape, "19 targets"},
		{"NaN", spoil(x, 7, math.NaN()), y, 3, Options{}, ErrNotFinite, "row 2, column 1 is NaN"},
		{"Inf", spoil(x, 59, math.Inf(1)), y, 3, Options{}, ErrNotFinite, "row 19, column 2 is +Inf"},
		{"target", x, spoil(y, 4, math.Inf(-1)), 3, Options{}, ErrNotFinite, "target of row 4 is -Inf"},
		{"width", x, y, 3, Options{Width: -1}, ErrOption, "Width is -1"},
		{"method", x, y, 3, Options{Method: 9}, ErrOption, "Method(9)"},
		{"rule", x, y, 3, Options{Rule: -1}, ErrOption, "StepRule(-1)"},
		{"ridge", x, y, 3, Options{Ridge: math.NaN()}, ErrOption, "Ridge is NaN"},
		{"ridge sign", x, y, 3, Options{Ridge: -0.5}, ErrOption, "Ridge is -0.5"},
		{"ridge of gn", x, y, 3, Options{Ridge: 1, Rule: GaussNewton}, ErrOption, "GaussNewton"},
		{"validation", x, y, 3, Options{Validation: 1}, ErrOption, "Validation is 1"},
		{"validation of no row", x, y, 3, Options{Validation: 0.001}, ErrOption, "Validation is 0.001"},
		{"inner", x, y, 3, Options{InnerTol: 1}, ErrOption, "InnerTol is 1"},
		{"sketch", x, y, 3, Options{SketchRatio: 0.5}, ErrOption, "SketchRatio is 0.5"},
		{"sketch too long", x, y, 3, Options{Width: 4, SketchRatio: 50, Method: Sketched}, ErrOption, "SketchRatio 50, of only 4·28 weights"},
		{"sketch much too long", x, y, 3, Options{SketchRatio: 1e300, Method: Sketched}, ErrOption, "SketchRatio is 1e+300"},
		{"sketch kind", x, y, 3, Options{Sketch: 3}, ErrOption, "SketchKind(3)"},
		{"rank", x, y, 3, Options{Rank: -2}, ErrOption, "Rank is -2"},
		{"workers", x, y, 3, Options{Workers: 1e9}, ErrOption, "Workers is 1000000000"},
		{"negative workers", x, y, 3, Options{Workers: -1}, ErrOption, "Workers is -1"},
		{"damping of gn", x, y, 3, Options{Damping: 1, Rule: GaussNewton}, ErrOption, "GaussNewton"},
		{"overflow", x, y, 3, Options{Width: math.MaxInt}, ErrMemory, "bytes"},
		{"memory", x, y, 3, Options{Width: 1 << 20, MemoryLimit: 1 << 20}, ErrMemory, "memory limit is 1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			model, report, err := Fit(t.Context(), c.x, c.y, c.d, &c.o)
			if model != nil || report != nil {
				t.Error("a result beside the error")
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v; want %v and %q", err, c.want, c.text)
			}
		})
	}
}

// TestMemoryRefusalNamesTheWayOut: the hint must be true.
func TestMemoryRefusalNamesTheWayOut(t *testing.T) {
	o, _ := (&Options{Width: 64, Method: Exact, MemoryLimit: 1 << 30}).resolve(9000)
	_, err := makePlan(o, 10)
	if !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "MatrixFree") {
		t.Fatalf("exact at n = 9000 within 1 GiB: %v", err)
	}
	o.Method = MatrixFree
	if _, err := makePlan(o, 10); err != nil {
		t.Errorf("the method the message names: %v", err)
	}
}

// TestPlannedMemoryIsWhatIsTaken: the plan covers what Fit allocates and stays
// near it.
func TestPlannedMemoryIsWhatIsTaken(t *testing.T) {
	x, y := wave(700, 10, 1, 2)
	for _, o := range []Options{{Method: Exact}, {Method: Sketched, Sketch: KroneckerSRHT}, {Method: Sketched, Sketch: FullSRHT}, {Method: MatrixFree, Rank: NoPreconditioner}, {Method: MatrixFree, Rank: 150}, {Method: GramCG, Rank: NoPreconditioner}, {Method: GramCG, Rank: 150}} {
		o.Width, o.SketchRatio, o.MaxSteps, o.Workers, o.Ridge = 1000, 2, 1, 2, 1e-3
		if raceDetector && o.Method == Sketched {
			continue // a sync.Pool then loses what it holds, at random, and all that is allocated counts here
		}
		method := fmt.Sprintf("%v, sketch %v, rank %d", o.Method, o.Sketch, o.Rank)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, report, err := Fit(t.Context(), x, y, 10, &o)
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		taken := float64(after.TotalAlloc - before.TotalAlloc)
		t.Logf("%v: planned %d, taken %.0f", method, report.Bytes, taken)
		if r := taken / float64(report.Bytes); r > 1.1 || r < 0.6 {
			t.Errorf("%v: %.0f bytes taken, %d planned", method, taken, report.Bytes)
		}
	}
}

// TestReportIsConsistent checks the history against the model: the losses of
// accepted steps fall, the best step is the best, and the model's predictions
// give its training error.
func TestReportIsConsistent(t *testing.T) {
	x, y := wave(400, 5, 2, 3)
	for _, o := range []Options{{}, {Validation: 0.2, Ridge: 0.01}, {Method: Sketched}, {Method: Sketched, Sketch: FullSRHT}, {Method: MatrixFree}, {Method: MatrixFree, Rank: 60}, {Method: GramCG}, {Method: GramCG, Rank: 60}, {Ridge: NoRidge}, {Bias: NoBias}} {
		o.Width, o.Seed = 300, 5
		if o.Ridge == 0 && o.Method != Auto {
			o.Ridge = 0.01
		}
		var seen int
		o.Progress = func(s Step) bool {
			if s.Index != seen {
				t.Errorf("step %d shown as %d", seen, s.Index)
			}
			seen++
			return true
		}
		model, report, err := Fit(t.Context(), x, y, 5, &o)
		if err != nil {
			t.Fatal(err)
		}
		if seen != len(report.Steps) {
			t.Errorf("%d steps shown, %d in the report", seen, len(report.Steps))
		}
		last := math.Inf(1)
		for i, s := range report.Steps {
			if s.Accepted && !(s.Loss < last) {
				t.Errorf("step %d accepted at loss %g after %g", i, s.Loss, last)
			}
			if s.Accepted {
				last = s.Loss
			} else if s.Loss < last {
				t.Errorf("step %d rejected at loss %g, below %g", i, s.Loss, last)
			}
			if b := report.Steps[report.Best]; s.Accepted && (s.ValidRMSE < b.ValidRMSE || (o.Validation == 0 && s.Loss < b.Loss)) {
				t.Errorf("step %d is better than the best, %d", i, report.Best)
			}
		}
		if report.Steps[0].TrainRMSE < 2*report.TrainRMSE {
			t.Errorf("training error only fell from %g to %g", report.Steps[0].TrainRMSE, report.TrainRMSE)
		}
		if o.Validation == 0 {
			pred := make([]float64, len(y))
			if err := model.Predict(pred, x); err != nil {
				t.Fatal(err)
			}
			for i := range pred {
				pred[i] = (pred[i] - y[i]) / model.Scaler.YStd[0]
			}
			if e := rmse(pred); math.Abs(e/report.TrainRMSE-1) > 1e-9 {
				t.Errorf("the model's error is %g, the report says %g", e, report.TrainRMSE)
			}
		}
	}
}

// TestEarlyStoppingReturnsTheBestModel: noise that the network can fit makes
// the validation error rise again.
func TestEarlyStoppingReturnsTheBestModel(t *testing.T) {
	x, y := wave(300, 4, 30, 4)
	model, report, err := Fit(t.Context(), x, y, 4, &Options{Width: 2000, Ridge: NoRidge, Validation: 0.3, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if report.Stop != EarlyStopped {
		t.Fatalf("stopped by: %v", report.Stop)
	}
	if report.NValid != 90 || report.N != 210 {
		t.Errorf("%d rows held out of %d", report.NValid, report.N+report.NValid)
	}
	last := report.Steps[len(report.Steps)-1]
	if report.Best == last.Index || !(report.ValidRMSE < last.ValidRMSE) || model == nil {
		t.Errorf("best step %d with %g, last step %d with %g", report.Best, report.ValidRMSE, last.Index, last.ValidRMSE)
	}
}

func TestFitStopsWhenAsked(t *testing.T) {
	x, y := wave(500, 5, 5, 6)
	o := Options{Width: 500, Ridge: 0.01, Progress: func(s Step) bool { return s.Index < 2 }}
	if _, report, err := Fit(t.Context(), x, y, 5, &o); err != nil || report.Stop != StoppedByCaller || len(report.Steps) != 3 {
		t.Errorf("Progress: %v, %v", report, err)
	}
	if _, report, err := Fit(t.Context(), x, y, 5, &Options{Width: 500, Ridge: 0.01, MaxSteps: 2}); err != nil || report.Stop != ReachedMaxSteps || len(report.Steps) != 3 {
		t.Errorf("MaxSteps: %v, %v", report, err)
	}
	if _, report, err := Fit(t.Context(), x, y, 5, &Options{Width: 500, Ridge: 0.01, TargetRMSE: 0.5}); err != nil || report.Stop != ReachedTarget || report.TrainRMSE > 0.5 {
		t.Errorf("TargetRMSE: %v, %v", report, err)
	}
	model, report, err := Fit(t.Context(), x, y, 5, &Options{Width: 500, Ridge: 0.01, TimeLimit: 5 * time.Second, Progress: func(s Step) bool {
		if s.Index == 1 {
			time.Sleep(5 * time.Second)
		}
		return true
	}})
	if err != nil || model == nil || report.Stop != TimedOut {
		t.Errorf("TimeLimit: %v, %v", report, err)
	}
}

// TestCancelReturnsTheBestModel ends the context at every point of a fit that a
// timer can reach, for each method: the model must be that of the best step.
func TestCancelReturnsTheBestModel(t *testing.T) {
	x, y := wave(600, 6, 5, 7)
	cause := errors.New("enough")
	for _, method := range []Method{Exact, Sketched, MatrixFree, GramCG} {
		for wait := time.Millisecond; wait < 300*time.Millisecond; wait = wait * 8 / 5 {
			ctx, cancel := context.WithCancelCause(t.Context())
			timer := time.AfterFunc(wait, func() { cancel(cause) })
			model, report, err := Fit(ctx, x, y, 6, &Options{Width: 1500, Method: method, SketchRatio: 3, Rank: 200, Ridge: NoRidge, MaxSteps: 1 << 20})
			timer.Stop()
			cancel(nil)
			if err == nil {
				continue // it was faster
			}
			if !errors.Is(err, cause) {
				t.Fatalf("%v after %v: %v does not wrap the cause", method, wait, err)
			}
			if (model == nil) != (report == nil) {
				t.Fatalf("%v after %v: model %v, report %v", method, wait, model, report)
			}
			if model == nil {
				continue // before the first evaluation
			}
			if report.Stop != Cancelled {
				t.Errorf("%v after %v: stopped by %v", method, wait, report.Stop)
			}
			pred := make([]float64, len(y))
			if err := model.Predict(pred, x); err != nil {
				t.Fatal(err)
			}
			for i := range pred {
				pred[i] = (pred[i] - y[i]) / model.Scaler.YStd[0]
			}
			if e := rmse(pred); math.Abs(e-report.TrainRMSE) > 1e-9*report.TrainRMSE+1e-15 {
				t.Errorf("%v after %v: the model's error is %g, the report says %g", method, wait, e, report.TrainRMSE)
			}
		}
	}
}

func TestFitLeavesNoGoroutineAndKeepsItsInput(t *testing.T) {
	x, y := wave(200, 4, 1, 8)
	x0, y0 := append([]float64(nil), x...), append([]float64(nil), y...)
	before := runtime.NumGoroutine()
	if _, _, err := Fit(t.Context(), x, y, 4, &Options{Width: 200, Workers: 4, TimeLimit: time.Minute}); err != nil {
		t.Fatal(err)
	}
	for i := 0; runtime.NumGoroutine() > before && i < 100; i++ {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
	for i := range x {
		if x[i] != x0[i] {
			t.Fatal("x was changed")
		}
	}
	for i := range y {
		if y[i] != y0[i] {
			t.Fatal("y was changed")
		}
	}
}

// TestEndedContextIsNoticedBeforeTheWork: the data alone would take longer.
func TestEndedContextIsNoticedBeforeTheWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x, y := wave(200, 5, 1, 1)
	model, report, err := Fit(ctx, x, y, 5, nil)
	if model != nil || report != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v, %v", model, report, err)
	}
	_, _, err = Fit(t.Context(), x, y, 5, &Options{TimeLimit: 1})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a time limit before the first evaluation: %v", err)
	}
}
