package train

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/ranks"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/model"
)

// fitOnRanks fits on ranks that are goroutines, and returns what each got.
func fitOnRanks(t *testing.T, size int, x, y []float64, d int, each func(rank int) (context.Context, *Options)) ([]*model.Model, []*Report, []error) {
	t.Helper()
	models, reports, errs := make([]*model.Model, size), make([]*Report, size), make([]error, size)
	var wg sync.WaitGroup
	for k, r := range jacobian.LocalRanks(size) {
		wg.Go(func() {
			ctx, o := each(k)
			o.Reducer, o.Workers = r, 1
			models[k], reports[k], errs[k] = Fit(ctx, x, y, d, o)
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("ranks wait for each other")
	}
	return models, reports, errs
}

// TestRanksHaveTheBitsOfOne fits by every method on one, two and four ranks:
// histories, and the weights that the ranks have between them, are those of a
// Fit without ranks.
func TestRanksHaveTheBitsOfOne(t *testing.T) {
	x, y := specimen.Tabular(150, 3, 1)
	both := make([]float64, 0, 2*len(y))
	for i, v := range y {
		both = append(both, v, x[3*i]-v)
	}
	cases := map[string]Options{
		"exact":             {Method: Exact, Validation: 0.2},
		"gram-cg":           {Method: GramCG, Rank: 20},
		"matrix-free":       {Method: MatrixFree, Rank: 20},
		"sketched":          {Method: Sketched, Sketch: KroneckerSRHT},
		"undamped":          {Method: Exact, Rule: GaussNewton, MaxSteps: 2},
		"gradient":          {Rule: GradientDescent},
		"adam, two targets": {Rule: Adam},
	}
	for name, o := range cases {
		o.Width, o.Seed, o.Ridge = 4*1536+200, 3, 0.01
		if o.MaxSteps == 0 {
			o.MaxSteps = 4
		}
		if o.Rule == GaussNewton {
			o.Ridge = 0
		}
		x, targets := x, y
		if o.Rule == GaussNewton { // distinct rows
			rng := rand.New(rand.NewPCG(1, 2))
			x = make([]float64, len(x))
			for i := range x {
				x[i] = rng.NormFloat64()
			}
		}
		if name == "adam, two targets" {
			targets = both
		}
		single, report, err := Fit(t.Context(), x, targets, 3, &o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, size := range []int{1, 2, 4} {
			if testing.Short() && size != 2 {
				continue
			}
			models, reports, errs := fitOnRanks(t, size, x, targets, 3, func(int) (context.Context, *Options) {
				own := o
				return t.Context(), &own
			})
			at := 0
			for k, m := range models {
				if errs[k] != nil {
					t.Fatalf("%s, rank %d of %d: %v", name, k, size, errs[k])
				}
				for j := range m.Nets {
					w, want := m.Nets[j].W, single.Nets[j].W[at:]
					for i := range w {
						if math.Float64bits(w[i]) != math.Float64bits(want[i]) {
							t.Fatalf("%s, rank %d of %d, target %d: weight %d is %v, of one process %v", name, k, size, j, at+i, w[i], want[i])
						}
					}
				}
				at += len(m.Nets[0].W)
				if len(reports[k].Steps) != len(report.Steps) {
					t.Fatalf("%s, rank %d of %d: %d steps, of one process %d", name, k, size, len(reports[k].Steps), len(report.Steps))
				}
				for i, s := range reports[k].Steps {
					want := report.Steps[i]
					if s.Loss != want.Loss || s.StepNorm != want.StepNorm || s.Flips != want.Flips || s.FlipShare != want.FlipShare || s.InnerIters != want.InnerIters || !(s.ValidRMSE == want.ValidRMSE || want.ValidRMSE != want.ValidRMSE) {
						t.Fatalf("%s, rank %d of %d, step %d: %+v, of one process %+v", name, k, size, i, s, want)
					}
				}
			}
			if at != len(single.Nets[0].W) {
				t.Fatalf("%s: %d ranks have %d weights of %d", name, size, at, len(single.Nets[0].W))
			}
		}
	}
}

// TestRanksStopTogether ends one rank's context, time or patience: all ranks stop
// after the same step, and none waits for another.
func TestRanksStopTogether(t *testing.T) {
	x, y := specimen.Tabular(120, 3, 2)
	for _, how := range []string{"context", "time limit", "progress", "before the start"} {
		var stop context.CancelFunc
		_, reports, errs := fitOnRanks(t, 2, x, y, 3, func(rank int) (context.Context, *Options) {
			o := &Options{Width: 3072, Ridge: 1e-9, Damping: 1e-9, MaxSteps: 100000}
			ctx, cancel := context.WithCancel(t.Context())
			t.Cleanup(cancel)
			if rank == 0 {
				return ctx, o
			}
			switch how {
			case "context":
				stop = cancel
				o.Progress = func(s Step) bool {
					if s.Index == 3 {
						stop()
					}
					return true
				}
			case "time limit":
				o.TimeLimit = 30 * time.Millisecond
			case "progress":
				o.Progress = func(s Step) bool { return s.Index < 3 }
			default:
				cancel()
			}
			return ctx, o
		})
		if how == "before the start" {
			for k, err := range errs {
				if err == nil || reports[k] != nil {
					t.Errorf("%s, rank %d: error %v, report %v", how, k, err, reports[k])
				}
			}
			continue
		}
		for k, want := range map[string][2]StopReason{"context": {Cancelled, Cancelled}, "time limit": {TimedOut, TimedOut}, "progress": {StoppedByCaller, StoppedByCaller}}[how] {
			if reports[k] == nil {
				t.Fatalf("%s, rank %d: no report: %v", how, k, errs[k])
			}
			if reports[k].Stop != want {
				t.Errorf("%s, rank %d: stopped by %v", how, k, reports[k].Stop)
			}
			if (errs[k] != nil) != (how == "context") {
				t.Errorf("%s, rank %d: error %v", how, k, errs[k])
			}
		}
		if a, b := len(reports[0].Steps), len(reports[1].Steps); a != b {
			t.Errorf("%s: %d and %d steps", how, a, b)
		}
		if how == "context" && !(errors.Is(errs[1], context.Canceled) && errors.Is(errs[0], ranks.ErrElsewhere)) {
			t.Errorf("errors %v and %v", errs[0], errs[1])
		}
	}
}

// poison is a Reducer that makes one sum NaN.
type poison struct {
	jacobian.Reducer
	left int
}

func (p *poison) Sum(x []float64) {
	if p.left--; p.left == 0 && len(x) > 0 {
		x[0] = math.NaN()
	}
	p.Reducer.Sum(x)
}

// TestNaNInASum: whatever sum becomes NaN on its way, all ranks end at once with an
// error that says so, with finite weights or none, and none waits for another.
func TestNaNInASum(t *testing.T) {
	x, y := specimen.Tabular(80, 3, 5)
	for _, method := range []Method{Exact, MatrixFree} {
		for at := 1; at < 60; at++ {
			models, reports, errs := make([]*model.Model, 2), make([]*Report, 2), make([]error, 2)
			var wg sync.WaitGroup
			var p *poison
			for k, r := range jacobian.LocalRanks(2) {
				if k == 1 {
					p = &poison{r, at}
					r = p
				}
				wg.Go(func() {
					models[k], reports[k], errs[k] = Fit(t.Context(), x, y, 3, &Options{Width: 3072, Ridge: 0.01, Method: method, MaxSteps: 4, Workers: 1, Reducer: r})
				})
			}
			done := make(chan struct{})
			go func() { wg.Wait(); close(done) }()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatalf("%v, NaN in sum %d: a rank waits", method, at)
			}
			if p.left > 0 { // training takes fewer sums
				if at < 20 {
					t.Errorf("%v takes less than %d sums", method, at)
				}
				break
			}
			if (models[0] == nil) != (models[1] == nil) {
				t.Fatalf("%v, NaN in sum %d: errors %v and %v", method, at, errs[0], errs[1])
			}
			for k, err := range errs {
				if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "sum of finite numbers of 2 ranks is NaN") {
					t.Fatalf("%v, NaN in sum %d: rank %d says %v", method, at, k, err)
				}
			}
			for k, m := range models {
				if m == nil {
					continue
				}
				if reports[k].Stop != reports[0].Stop || len(reports[k].Steps) != len(reports[0].Steps) {
					t.Errorf("%v, NaN in sum %d: %v after %d steps, and %v after %d", method, at, reports[0].Stop, len(reports[0].Steps), reports[k].Stop, len(reports[k].Steps))
				}
				for i, w := range m.Nets[0].W {
					if w-w != 0 {
						t.Fatalf("%v, NaN in sum %d: weight %d of rank %d is %v", method, at, i, k, w)
					}
				}
			}
		}
	}
}
