package train

import (
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/model"
)

// residualOf returns ‖rhs − (JJᵀ + cI)u‖/‖rhs‖.
func residualOf(tr *trainer, u, rhs []float64, c float64) float64 {
	gu := make([]float64, len(u))
	tr.lin.MulGramVec(gu, u)
	for i := range gu {
		gu[i] = rhs[i] - gu[i] - c*u[i]
	}
	return asm.Nrm2(gu) / asm.Nrm2(rhs)
}

// TestWellConditionedStepsNeedNoPreconditioner: with much damping conjugate
// gradients need few iterations, and none is made, whatever the plan allows.
func TestWellConditionedStepsNeedNoPreconditioner(t *testing.T) {
	x, y := specimen.Tabular(600, 5, 1)
	for _, method := range []Method{MatrixFree, GramCG} {
		_, report, err := Fit(t.Context(), x, y, 5, &Options{Width: 512, Method: method, Ridge: 30, MaxSteps: 6})
		if err != nil {
			t.Fatal(err)
		}
		if report.Steps[1].InnerIters > 10 {
			t.Fatalf("%v: %d iterations: the case shows nothing", method, report.Steps[1].InnerIters)
		}
		for _, s := range report.Steps {
			if s.Renewed || s.Rank != 0 {
				t.Errorf("%v, step %d: a preconditioner of rank %d for %d iterations", method, s.Index, s.Rank, s.InnerIters)
			}
		}
	}
}

// TestPreconditionerIsMadeWhenItPays: an ill-conditioned step makes one on its
// way, which the following steps keep, with far fewer iterations than without;
// and all find the same step.
func TestPreconditionerIsMadeWhenItPays(t *testing.T) {
	data := tabularRows(t, 700, 5, 2)
	type run struct {
		weights []float64
		iters   int
		steps   []Step
	}
	fit := func(o Options) run {
		o.Width, o.Ridge, o.Damping, o.InnerTol = 512, 1e-2, 1e-3, 1e-11
		tr := newTestTrainer(t, data, o)
		tr.loss = tr.objective(0)
		var r run
		for range 4 {
			var s Step
			if err := tr.try(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
			r.iters += s.InnerIters
			r.steps = append(r.steps, s)
		}
		r.weights = tr.net.W
		return r
	}
	want := fit(Options{Method: Exact})
	plain := fit(Options{Method: MatrixFree, Rank: NoPreconditioner})
	for _, o := range []Options{{Method: MatrixFree}, {Method: GramCG}, {Method: MatrixFree, Rank: 100}, {Method: GramCG, Rank: 100}} {
		got := fit(o)
		made := 0
		for i, s := range got.steps {
			if s.Renewed {
				made++
			}
			if s.Rank == 0 || i == 0 && !s.Renewed {
				t.Errorf("%v, rank %d, step %d: no preconditioner in %d iterations", o.Method, o.Rank, i+1, s.InnerIters)
			}
			if !(s.InnerTrue <= 1e-11) {
				t.Errorf("%v, rank %d, step %d: residual %g", o.Method, o.Rank, i+1, s.InnerTrue)
			}
		}
		if made > 2 {
			t.Errorf("%v, rank %d: made %d times in 4 steps", o.Method, o.Rank, made)
		}
		if 2*got.iters > plain.iters {
			t.Errorf("%v, rank %d: %d iterations, %d without preconditioner", o.Method, o.Rank, got.iters, plain.iters)
		}
		asm.Axpy(got.weights, -1, want.weights)
		if e := asm.Nrm2(got.weights) / asm.Nrm2(want.weights); !(e <= 1e-7) {
			t.Errorf("%v, rank %d: weights differ by %g from those of exact steps", o.Method, o.Rank, e)
		}
	}
}

// TestPreconditionerFollowsTheDamping: a new c moves the low-rank
// preconditioner without another look at the Gram matrix, to the iterations of
// one made for it.
func TestPreconditionerFollowsTheDamping(t *testing.T) {
	tr := newTestTrainer(t, tabularRows(t, 500, 5, 3), Options{Width: 512, Method: MatrixFree, Rank: 100, InnerTol: 1e-9})
	u := make([]float64, len(tr.r))
	for i, c := range []float64{1, 0.1, 0.01, 3} {
		var in, want newton.Trace
		if err := tr.sys.Refresh(t.Context(), &in); err != nil {
			t.Fatal(err)
		}
		if err := tr.sys.Solve(t.Context(), u, tr.r, c, &in); err != nil {
			t.Fatal(err)
		}
		if in.Renewed != (i == 0) {
			t.Errorf("c=%g: renewed %t", c, in.Renewed)
		}
		other := newTestTrainer(t, tr.data, Options{Width: 512, Method: MatrixFree, Rank: 100, InnerTol: 1e-9})
		err := other.sys.Solve(t.Context(), make([]float64, len(u)), tr.r, c, &want)
		if err != nil || in.Iterations != want.Iterations {
			t.Errorf("c=%g: %d iterations, %d with a preconditioner made for it (%v)", c, in.Iterations, want.Iterations, err)
		}
		if e := residualOf(tr, u, tr.r, c); !(e <= 1.1e-9) {
			t.Errorf("c=%g: residual %g", c, e)
		}
	}
}

// TestStalePreconditionerIsRenewed: once the gates have become others, the
// iterations above those of a new preconditioner add up, and it is made anew
// before they exceed its cost by much; never twice at the same gates.
func TestStalePreconditionerIsRenewed(t *testing.T) {
	for _, o := range []Options{{Method: MatrixFree, Rank: 150}, {Method: GramCG, Rank: 150}, {Method: Sketched, Sketch: KroneckerSRHT}} {
		o.Width, o.InnerTol = 256, 1e-9
		data := tabularRows(t, 400, 8, 4)
		tr := newTestTrainer(t, data, o)
		p, err := makePlan(tr.cfg, data.scaler.Width())
		if err != nil {
			t.Fatal(err)
		}
		p.makingCost = 30
		if tr.sys, err = newSystem(tr.lin, p, tr.cfg); err != nil {
			t.Fatal(err)
		}
		u := make([]float64, len(tr.r))
		const c = 1e-3
		solve := func() newton.Trace {
			t.Helper()
			var in newton.Trace
			if err := tr.sys.Solve(t.Context(), u, tr.r, c, &in); err != nil {
				t.Fatal(err)
			}
			if e := residualOf(tr, u, tr.r, c); !(e <= 1.1e-9) {
				t.Errorf("%v: residual %g", o.Method, e)
			}
			return in
		}
		if err := tr.sys.Refresh(t.Context(), &newton.Trace{}); err != nil {
			t.Fatal(err)
		}
		first := solve()
		if !first.Renewed {
			t.Fatalf("%v: no preconditioner", o.Method)
		}
		if again := solve(); again.Renewed || again.Iterations != first.Iterations {
			t.Errorf("%v: %d iterations and renewed %t at the same gates, %d before", o.Method, again.Iterations, again.Renewed, first.Iterations)
		}
		// Another network altogether: five directions, and as many neurons on each.
		const d = 9
		other := newNetwork(tr.team, 0, 5, d, 99).W
		for r := range 256 {
			copy(tr.net.W[r*d:(r+1)*d], other[r%5*d:])
		}
		if err := tr.evaluate(t.Context(), &Step{}); err != nil {
			t.Fatal(err)
		}
		renewed, wasted := 0, 0
		for range 20 {
			if err := tr.sys.Refresh(t.Context(), &newton.Trace{}); err != nil {
				t.Fatal(err)
			}
			in := solve()
			if in.Renewed {
				renewed++
			}
			wasted += max(0, in.Iterations-first.Iterations)
		}
		t.Logf("%v: %d iterations, renewed %d times, %d iterations wasted", o.Method, first.Iterations, renewed, wasted)
		if renewed != 1 || tr.sys.State().Excess != 0 || wasted > 2*30+2*first.Iterations {
			t.Errorf("%v: renewed %d times, %d iterations wasted", o.Method, renewed, wasted)
		}
	}
}

// TestBitsDoNotDependOnWorkers: fits whose preconditioners are made on the way
// have the same weights for any number of workers.
func TestBitsDoNotDependOnWorkers(t *testing.T) {
	x, y := specimen.Tabular(500, 6, 5)
	for _, o := range []Options{{Method: MatrixFree}, {Method: GramCG}, {Method: MatrixFree, Rule: GaussNewton, InnerTol: 0.3, MaxSteps: 2}} {
		o.Width, o.Damping, o.Seed = 384, 0, 3
		if o.Rule == LevenbergMarquardt {
			o.MaxSteps, o.Validation, o.Folds = 8, 0.1, NoFolds
		}
		var first *model.Model
		for _, workers := range []int{1, 2, 3} {
			o.Workers = workers
			model, report, err := Fit(t.Context(), x, y, 6, &o)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = model
				made := false
				for _, s := range report.Steps {
					made = made || s.Renewed
				}
				if !made {
					t.Errorf("%v, %v: no preconditioner was made: the case shows nothing", o.Method, o.Rule)
				}
			}
			for i, w := range model.Nets[0].W {
				if math.Float64bits(w) != math.Float64bits(first.Nets[0].W[i]) {
					t.Fatalf("%v, %v: weight %d is %g for %d workers, %g for one", o.Method, o.Rule, i, w, workers, first.Nets[0].W[i])
				}
			}
		}
	}
}

// TestForcingTermIsBesideWhatIsLeft: a damped step ends with a residual of at
// most 0.03·c‖u‖ or 10⁻³ of the right-hand side, and no sooner.
func TestForcingTermIsBesideWhatIsLeft(t *testing.T) {
	x, y := specimen.Tabular(600, 5, 6)
	for _, rank := range []int{NoPreconditioner, 0, 60} {
		tr := newTestTrainer(t, tabularRows(t, 600, 5, 6), Options{Width: 512, Method: MatrixFree, Rank: rank})
		const c = 0.05
		u := make([]float64, len(tr.r))
		var in newton.Trace
		if err := tr.sys.Solve(t.Context(), u, tr.r, c, &in); err != nil {
			t.Fatal(err)
		}
		left := newton.Forcing * c * asm.Nrm2(u) / asm.Nrm2(tr.r)
		if in.Stop != "accurate enough" || in.Residual > 1.001*left || in.Residual < left/20 {
			t.Errorf("rank %d: %q with residual %g, forcing term %g", rank, in.Stop, in.Residual, left)
		}
		// The loss it leads to is that of exact steps.
		exact, inexact := 0.0, 0.0
		for method, loss := range map[Method]*float64{Exact: &exact, MatrixFree: &inexact} {
			_, report, err := Fit(t.Context(), x, y, 5, &Options{Width: 512, Method: method, Rank: rank, Ridge: 0.1})
			if err != nil {
				t.Fatal(err)
			}
			*loss = report.Steps[report.Best].Loss
		}
		if math.Abs(inexact/exact-1) > 0.02 {
			t.Errorf("rank %d: loss %g, %g with exact steps", rank, inexact, exact)
		}
	}
}
