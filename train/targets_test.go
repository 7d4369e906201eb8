package train

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
)

// threeTargets returns rows with three targets, row-major, of which the last
// two depend on the first feature in different ways.
func threeTargets(n, d int) (x, y []float64, columns [3][]float64) {
	x, y0 := wave(n, d, 1, 2)
	for i, v := range y0 {
		row := []float64{v, 3 - 100*math.Abs(x[i*d]), math.Sin(3*x[i*d]) + x[i*d+1]}
		y = append(y, row...)
		for j := range row {
			columns[j] = append(columns[j], row[j])
		}
	}
	return x, y, columns
}

// untimed clears the durations, which differ from run to run.
func untimed(h TargetReport) TargetReport {
	h.Steps = slices.Clone(h.Steps)
	for i := range h.Steps {
		s := &h.Steps[i]
		s.Elapsed, s.Phases, s.Target = 0, Phases{}, 0
		for _, v := range []*float64{&s.Loss, &s.TrainRMSE, &s.ValidRMSE, &s.GainRatio, &s.InnerTrue} {
			if *v != *v {
				*v = -1 // DeepEqual tells NaN from itself
			}
		}
	}
	if h.ValidRMSE != h.ValidRMSE {
		h.ValidRMSE = -1
	}
	return h
}

// TestSeveralTargetsHaveTheBitsOfEach: training targets together shares work
// and changes nothing.
func TestSeveralTargetsHaveTheBitsOfEach(t *testing.T) {
	x, y, columns := threeTargets(150, 4)
	for name, o := range map[string]Options{
		"exact":       {Method: Exact, Validation: 0.2},
		"no ridge":    {Method: Exact, Ridge: NoRidge},
		"rejections":  {Method: Exact, Damping: 1e-9, Ridge: 1e-9},
		"gn":          {Method: Exact, Rule: GaussNewton, MaxSteps: 4},
		"low-rank":    {Method: MatrixFree, Rank: 30},
		"matrix-free": {Method: MatrixFree, Validation: 0.2},
		"gram-cg":     {Method: GramCG, Rank: 30, Ridge: NoRidge},
		"gram-cg gn":  {Method: GramCG, Rule: GaussNewton, Rank: 40, MaxSteps: 4},
		"gd":          {Rule: GradientDescent},
		"adam":        {Rule: Adam, Validation: 0.2},
		"sketched":    {Method: Sketched, SketchRatio: 3},
	} {
		o.Width, o.Seed = 300, 3
		if o.Ridge == 0 && o.Rule != GaussNewton {
			o.Ridge = 1e-3 // one that is chosen is that of all targets
		}
		if o.MaxSteps == 0 {
			o.MaxSteps = 8
		}
		model, report, err := Fit(t.Context(), x, y, 4, &o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(model.Nets) != 3 || len(report.Targets) != 3 || len(model.Scaler.YMean) != 3 {
			t.Fatalf("%s: %d networks, %d reports", name, len(model.Nets), len(report.Targets))
		}
		all := make([]float64, len(y))
		if err := model.Predict(all, x); err != nil {
			t.Fatal(err)
		}
		at := 0
		for j, column := range columns {
			one, r, err := Fit(t.Context(), x, column, 4, &o)
			if err != nil {
				t.Fatalf("%s, target %d: %v", name, j, err)
			}
			if !slices.Equal(one.Nets[0].W, model.Nets[j].W) {
				t.Errorf("%s: target %d has other weights than alone", name, j)
			}
			if a, b := untimed(r.Targets[0]), untimed(report.Targets[j]); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: target %d has another history than alone:\n%+v\n%+v", name, j, b, a)
			}
			if r.TrainRMSE != report.Targets[j].TrainRMSE || r.Stop != report.Targets[j].Stop || r.Best != report.Targets[j].Best {
				t.Errorf("%s: target %d: the report of one target is not that of its target", name, j)
			}
			for _, s := range report.Targets[j].Steps {
				if s.Target != j || report.Steps[at].Index != s.Index || report.Steps[at].Target != j {
					t.Fatalf("%s: step %d of target %d is out of place", name, s.Index, j)
				}
				at++
			}
			alone := make([]float64, len(column))
			if err := one.Predict(alone, x); err != nil {
				t.Fatal(err)
			}
			for i, v := range alone {
				if all[3*i+j] != v {
					t.Fatalf("%s: row %d, target %d: %g, alone %g", name, i, j, all[3*i+j], v)
				}
			}
		}
		if at != len(report.Steps) {
			t.Errorf("%s: %d steps, %d of targets", name, len(report.Steps), at)
		}
	}
}

// TestFirstStepIsShared: later targets need no factor for their first step.
func TestFirstStepIsShared(t *testing.T) {
	x, y, _ := threeTargets(150, 4)
	_, report, err := Fit(t.Context(), x, y, 4, &Options{Method: Exact, Width: 300, MaxSteps: 3})
	if err != nil {
		t.Fatal(err)
	}
	for j, h := range report.Targets {
		if p := h.Steps[1].Phases; (p.Factor == 0 && p.Gram == 0) != (j > 0) {
			t.Errorf("target %d: Gram matrix %v, factor %v in the first step", j, p.Gram, p.Factor)
		}
		if p := h.Steps[2].Phases; p.Factor == 0 || p.Gram == 0 {
			t.Errorf("target %d: no factor in the second step", j)
		}
	}
}

// TestFirstPreconditionerIsShared: every target begins with the one that the
// first target made.
func TestFirstPreconditionerIsShared(t *testing.T) {
	x, y, _ := threeTargets(150, 4)
	tr := newTestTrainer(t, prepared(t, x, y, 4, 0, Options{}), Options{Method: MatrixFree, Rank: 60, Width: 300, MaxSteps: 2})
	count := &columnCount{Linearization: tr.lin}
	p, err := makePlan(tr.cfg, tr.data.scaler.Width())
	if err != nil {
		t.Fatal(err)
	}
	if tr.sys, err = newSystem(count, p, tr.cfg); err != nil {
		t.Fatal(err)
	}
	for j := range 3 {
		before := count.columns
		if tr.begin(j); j > 0 && (tr.sys.State().Excess != 0 || tr.sys.State().First != -1 || tr.sys.State().Made) {
			t.Errorf("target %d begins with what was learnt from another", j)
		}
		if err := tr.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := tr.history.Steps[1]; s.Rank != 60 || !s.Renewed || (count.columns > before) != (j == 0) {
			t.Errorf("target %d: rank %d, renewed %t, %d columns of the Gram matrix", j, s.Rank, s.Renewed, count.columns-before)
		}
	}
}

// columnCount counts the columns of the Gram matrix that are asked for.
type columnCount struct {
	jacobian.Linearization
	columns int
}

func (c *columnCount) GramMatrix() jacobian.GramMatrix {
	return countedGram{c.Linearization.GramMatrix(), c}
}

type countedGram struct {
	jacobian.GramMatrix
	count *columnCount
}

func (g countedGram) Columns(dst []float64, cols []int) {
	g.count.columns += len(cols)
	g.GramMatrix.Columns(dst, cols)
}

// TestTargetsAreCutShortTogether: whatever ends training, there is a network
// for every target, the initial one for those it did not come to.
func TestTargetsAreCutShortTogether(t *testing.T) {
	x, y, _ := threeTargets(150, 4)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	cause := errors.New("enough")
	for _, c := range []struct {
		name string
		ctx  context.Context
		stop StopReason
		last bool
	}{{"caller", t.Context(), StoppedByCaller, false}, {"cancel", ctx, Cancelled, true}} {
		o := Options{Method: Exact, Width: 300, Validation: 0.2}
		o.Progress = func(s Step) bool {
			if s.Target == 1 && s.Index == 2 {
				if c.last {
					cancel(cause)
				}
				return c.last
			}
			return true
		}
		model, report, err := Fit(c.ctx, x, y, 4, &o)
		if c.last != errors.Is(err, cause) {
			t.Errorf("%s: %v", c.name, err)
		}
		if model == nil || len(model.Nets) != 3 || report.Stop != c.stop {
			t.Fatalf("%s: %+v", c.name, report)
		}
		if _, err := model.MarshalBinary(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		full, whole, err := Fit(t.Context(), x, y, 4, &Options{Method: Exact, Width: 300, Validation: 0.2, MaxSteps: 2})
		if err != nil {
			t.Fatal(err)
		}
		if h := report.Targets[0]; h.Stop == c.stop || len(h.Steps) < 4 {
			t.Errorf("%s: target 0 was cut short: %v", c.name, h.Stop)
		}
		if h := report.Targets[1]; h.Stop != c.stop || len(h.Steps) != 3 || !slices.Equal(full.Nets[1].W, model.Nets[1].W) {
			t.Errorf("%s: target 1 is not that of two steps: %v", c.name, h)
		}
		h := report.Targets[2]
		if h.Stop != c.stop || len(h.Steps) != 1 || h.Best != 0 {
			t.Fatalf("%s: target 2: %+v", c.name, h)
		}
		want := whole.Targets[2].Steps[0]
		if got := h.Steps[0]; got.Loss != want.Loss || got.TrainRMSE != want.TrainRMSE || got.ValidRMSE != want.ValidRMSE || got.Target != 2 || !got.Accepted {
			t.Errorf("%s: target 2 begins with %+v, want %+v", c.name, got, want)
		}
	}
}

// TestTargetsShareATimeLimit: a slow target takes no more than its share. In the
// test's clock only sleep takes time; one worker, for helpers wait by the clock.
func TestTargetsShareATimeLimit(t *testing.T) {
	x, y, _ := threeTargets(150, 4)
	synctest.Test(t, func(t *testing.T) {
		o := Options{Method: Exact, Width: 300, TimeLimit: 3 * time.Hour, Workers: 1, MaxSteps: 20}
		o.Progress = func(s Step) bool {
			if s.Target == 0 {
				time.Sleep(25 * time.Minute)
			}
			return true
		}
		model, report, err := Fit(t.Context(), x, y, 4, &o)
		if err != nil || len(model.Nets) != 3 {
			t.Fatal(err)
		}
		if h := report.Targets[0]; h.Stop != TimedOut || len(h.Steps) != 3 || report.Stop != TimedOut {
			t.Errorf("target 0, which sleeps, ended with %v after %d steps, all with %v", h.Stop, len(h.Steps), report.Stop)
		}
		for _, h := range report.Targets[1:] {
			if h.Stop == TimedOut || len(h.Steps) < 3 {
				t.Errorf("the others ended with %v after %d steps", h.Stop, len(h.Steps))
			}
		}
	})
}

func TestFitNamesTheBadTarget(t *testing.T) {
	x, y, _ := threeTargets(10, 4)
	y[3*7+2] = math.NaN()
	if _, _, err := Fit(t.Context(), x, y, 4, nil); !errors.Is(err, ErrNotFinite) || err.Error() != "train: target 2 of row 7 is NaN: value is not finite" {
		t.Error(err)
	}
	if _, _, err := Fit(t.Context(), x, y[1:], 4, nil); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
}
