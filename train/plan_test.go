package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// planOf returns the plan of options with defaults.
func planOf(t *testing.T, o Options, n, d, m int) (plan, error) {
	t.Helper()
	r, err := o.resolve(n)
	if err != nil {
		t.Fatal(err)
	}
	r.Width, r.widthChosen = m, false
	return makePlan(r, d)
}

// eachSize calls f for a grid of sizes and options.
func eachSize(f func(n, d, m int, o Options)) {
	for _, n := range []int{1, 2, 50, 300, 1000, 3000, 10000, 30000, 100000, 1000000} {
		for _, d := range []int{1, 11, 65} {
			for _, m := range []int{1, 64, 4096, 65536} {
				for _, o := range []Options{{}, {Ridge: 0.1}, {Rule: GaussNewton}, {Ridge: NoRidge, Damping: 1e-9}, {InnerTol: 1e-9}, {Rank: 100}, {Rank: NoPreconditioner}, {MaxSteps: 1}} {
					f(n, d, m, o)
				}
			}
		}
	}
}

// TestPlanIsTheSameForAnyWorkers: the choice must not depend on them, only the
// bytes may.
func TestPlanIsTheSameForAnyWorkers(t *testing.T) {
	eachSize(func(n, d, m int, o Options) {
		o.MemoryLimit = 1 << 40
		var first plan
		for _, workers := range []int{1, 2, 3, 64} {
			o.Workers = workers
			p, err := planOf(t, o, n, d, m)
			if err != nil {
				t.Fatalf("n=%d d=%d m=%d %+v: %v", n, d, m, o, err)
			}
			p.bytes = 0
			if workers == 1 {
				first = p
			} else if p != first {
				t.Errorf("n=%d d=%d m=%d: %+v for %d workers, %+v for one", n, d, m, p, workers, first)
			}
		}
	})
}

// TestPlanRespectsTheMemoryLimit: what is chosen fits, more memory never makes
// the choice slower, what is ruled out is named, and a refusal says what would
// fit.
func TestPlanRespectsTheMemoryLimit(t *testing.T) {
	eachSize(func(n, d, m int, o Options) {
		at := fmt.Sprintf("n=%d d=%d m=%d %+v", n, d, m, o)
		o.Workers = 2
		slowest := math.Inf(1)
		for limit := uint64(1 << 20); limit < 1<<44; limit *= 4 {
			o.MemoryLimit = limit
			p, err := planOf(t, o, n, d, m)
			if err != nil {
				if !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), memory.Megabytes(p.bytes)) || !strings.Contains(err.Error(), "use ") {
					t.Fatalf("%s, limit %d: %v", at, limit, err)
				}
				if !math.IsInf(slowest, 1) {
					t.Fatalf("%s: less than %d was enough, but: %v", at, limit, err)
				}
				free := o
				free.Method, free.Rank = MatrixFree, NoPreconditioner
				if _, err2 := planOf(t, free, n, d, m); (err2 == nil) != strings.Contains(err.Error(), "MatrixFree") {
					t.Fatalf("%s: %v, while matrix-free: %v", at, err, err2)
				}
				continue
			}
			if p.bytes > limit {
				t.Fatalf("%s: %d bytes within %d", at, p.bytes, limit)
			}
			if p.step > planMargin*slowest {
				t.Fatalf("%s: %g s a step with %d bytes, %g with fewer", at, p.step, limit, slowest)
			}
			slowest = min(slowest, p.step)
		}
		if math.IsInf(slowest, 1) {
			t.Fatalf("%s: never fits", at)
		}
	})
	o := Options{Workers: 2, MemoryLimit: 1 << 30}
	p, err := planOf(t, o, 9000, 11, 65536)
	if err != nil || p.method == Exact || !strings.Contains(p.why, "the memory limit of 1024 MiB rules out exact (") {
		t.Errorf("%v, %q, %v", p.method, p.why, err)
	}
	o.MemoryLimit, o.InnerTol, o.Ridge = 120<<20, 1e-6, 1e-3 // without the memory of a choice
	if p, err = planOf(t, o, 40000, 11, 4096); err != nil || !p.short || !strings.Contains(p.why, "holds down") {
		t.Errorf("rank %d, %q, %v", p.rank, p.why, err)
	}
	o.Method = MatrixFree
	if p, err = planOf(t, o, 40000, 11, 4096); err != nil || !p.short || !strings.Contains(p.why, "holds the rank down") {
		t.Errorf("rank %d, %q, %v", p.rank, p.why, err)
	}
}

// TestPlanGrowsWithTheProblem: more rows, features or neurons never make a step
// cheaper, up to the margin by which Exact is preferred and the ranks that a few
// more rows allow; and Auto does not go back to Exact as n grows.
func TestPlanGrowsWithTheProblem(t *testing.T) {
	for _, o := range []Options{{}, {Ridge: 0.1}, {Rule: GaussNewton}, {Ridge: NoRidge, Damping: 1e-9}} {
		o.MemoryLimit = 1 << 60
		step := func(n, d, m int) plan {
			p, err := planOf(t, o, n, d, m)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		for _, d := range []int{1, 8, 30} {
			for _, m := range []int{64, 1000, 8192} {
				exact := true
				last := 0.0
				for n := 256; n < 1<<20; n += 1 + n/7 {
					p := step(n, d, m)
					if p.step < last/planMargin {
						t.Errorf("n=%d d=%d m=%d: %g s a step, %g with fewer rows", n, d, m, p.step, last)
					}
					if p.method == Exact && !exact {
						t.Errorf("n=%d d=%d m=%d: exact, but not with fewer rows", n, d, m)
					}
					exact, last = p.method == Exact, p.step
					if q := step(n, d+5, m); q.step < p.step/planMargin {
						t.Errorf("n=%d d=%d m=%d: %g s a step, %g with 5 features more", n, d, m, p.step, q.step)
					}
					if q := step(n, d, 2*m); q.step < p.step/planMargin {
						t.Errorf("n=%d d=%d m=%d: %g s a step, %g with twice the neurons", n, d, m, p.step, q.step)
					}
				}
			}
		}
	}
}

// TestPlanIsTheSameEverywhere fixes choices: they must be these on every
// processor, or bits would differ. They are what measurement found best, see
// BenchmarkPlan.
func TestPlanIsTheSameEverywhere(t *testing.T) {
	for _, c := range []struct {
		n, d, m int
		o       Options
		want    string
	}{
		{824, 9, 4096, Options{}, "exact 0 0"},
		{500, 9, 1024, Options{}, "exact 0 0"},
		{1437, 65, 16384, Options{Rule: GaussNewton}, "exact 0 0"},
		{2000, 11, 4096, Options{}, "exact 0 0"},
		{4000, 11, 4096, Options{}, "matrix-free 192 35"},
		{4000, 11, 4096, Options{Ridge: 0.1}, "matrix-free 128 22"},
		{4000, 65, 16384, Options{}, "gram-cg 256 26"},
		{2000, 11, 65536, Options{Ridge: 0.01}, "exact 0 0"},
		{8000, 11, 4096, Options{}, "matrix-free 256 47"},
		{12000, 11, 16384, Options{Ridge: 0.01}, "matrix-free 512 30"},
		{16000, 11, 2048, Options{Ridge: 0.1}, "matrix-free 128 42"},
		{50000, 11, 8192, Options{Ridge: 0.1, InnerTol: 1e-6}, "matrix-free 512 53"},
	} {
		c.o.MemoryLimit = 1 << 50
		p, err := planOf(t, c.o, c.n, c.d, c.m)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%v %d %d", p.method, p.rank, p.makingCost); got != c.want {
			t.Errorf("n=%d d=%d m=%d: %s, want %s (%s)", c.n, c.d, c.m, got, c.want, p.why)
		}
	}
}

// TestIterationModel holds the model of the iterations against counts on
// synthetic tables: within a factor of two, or three iterations.
func TestIterationModel(t *testing.T) {
	sizes, dims := []int{600}, []int{4}
	if !testing.Short() {
		sizes, dims = []int{600, 2000}, []int{4, 10, 40}
	}
	for _, n := range sizes {
		for _, d := range dims {
			tr := newTestTrainer(t, tabularRows(t, n, d, 1), Options{Width: 1024, Seed: 1, Method: MatrixFree}) // 512 different neurons, in pairs
			u := make([]float64, n)
			for _, k := range []int{0, 100, 400} {
				if k > n/2 {
					continue
				}
				var low *solver.RPCholesky
				var left float64
				if k > 0 {
					var err error
					if low, err = solver.NewRPCholesky(t.Context(), tr.lin.GramMatrix(), n, &solver.RPCholeskyOptions{Ridge: 1, Rank: k, Seed: 1, Float32: true}); err != nil {
						t.Fatal(err)
					}
					left, _ = low.Trace()
				}
				for _, c := range []float64{1, 0.1, 0.01, 0.001} {
					o := &solver.Options{RelTol: 1e-6, Ridge: c, History: make([]float64, 2*n)}
					if k > 0 {
						if err := low.SetRidge(c + left/float64(n)); err != nil {
							t.Fatal(err)
						}
						o.Preconditioner = low
					}
					res, err := solver.CG(t.Context(), u, solver.OperatorFunc(tr.lin.MulGramVec), tr.r, o)
					if err != nil || res.Iterations >= len(o.History) {
						t.Fatal(err, res.Iterations)
					}
					for _, tol := range []float64{1e-3, 1e-6} {
						at := slices.IndexFunc(o.History, func(norm float64) bool { return norm <= tol*asm.Nrm2(tr.r) })
						got, want := float64(at), iterations(n, c, tol, k)
						if math.Abs(got-want) > 3 && (got > 2*want || want > 2*got) {
							t.Errorf("n=%d d=%d k=%d c=%g tol=%g: %g iterations, expected %.1f", n, d, k, c, tol, got, want)
						}
					}
				}
			}
		}
	}
}

// TestReportTellsThePlan: method, reason, estimate and bytes are in the report.
func TestReportTellsThePlan(t *testing.T) {
	x, y := specimen.Tabular(300, 4, 1)
	_, report, err := Fit(t.Context(), x, y, 4, &Options{Width: 256, MaxSteps: 2})
	if err != nil {
		t.Fatal(err)
	}
	if report.Method != Exact || !strings.HasPrefix(report.Why, "exact ") || report.StepTime <= 0 || report.Bytes == 0 {
		t.Errorf("%v, %q, %v, %d", report.Method, report.Why, report.StepTime, report.Bytes)
	}
	for _, other := range []string{"gram-cg", "matrix-free", "sketch"} {
		if !strings.Contains(report.Why, other) {
			t.Errorf("%q says nothing of %s", report.Why, other)
		}
	}
}

// TestWidthSettlesByTheRows: wide where that costs little, half where a step takes long, and narrow before what does
// not fit is refused; a width that was asked for stays.
func TestWidthSettlesByTheRows(t *testing.T) {
	for _, c := range []struct {
		n, inputs, targets int
		limit              uint64
		want               int
	}{
		{16_000, 18, 26, 20 << 30, mostWidth / 2}, {100_000, 188, 1, 20 << 30, leastWidth}, {1_000_000, 188, 1, 20 << 30, leastWidth / 2},
		{10_000_000, 188, 1, 1 << 40, fewestWidth}, {1_000_000, 188, 1, 7 << 29, fewestWidth},
	} {
		for _, chosen := range []bool{true, false} {
			cfg, err := (&Options{MaxSteps: 1, Ridge: 0.1}).resolve(c.n)
			if err != nil {
				t.Fatal(err)
			}
			cfg.limit, cfg.widthChosen, cfg.targets = c.limit, chosen, c.targets
			p, err := cfg.settleWidth(c.inputs)
			switch {
			case !chosen:
				if cfg.Width != leastWidth {
					t.Errorf("%+v: the width that was asked for has become %d", c, cfg.Width)
				}
			case err != nil:
				t.Errorf("%+v: %v", c, err)
			case cfg.Width != c.want || p.bytes > c.limit:
				t.Errorf("%+v: width %d with %d bytes", c, cfg.Width, p.bytes)
			}
		}
	}
	// A short step that has no room with 4096 neurons, but has with half as many.
	narrow, _ := (&Options{MaxSteps: 1, Ridge: 0.1, Width: leastWidth / 2, Method: MatrixFree, Rank: NoPreconditioner, Workers: planWorkers}).resolve(100_000)
	p, err := planWithin(narrow, 188, math.MaxInt64, "nothing")
	if err != nil || p.step > longStep {
		t.Fatal(p.step, err)
	}
	short, _ := (&Options{MaxSteps: 1, Ridge: 0.1, Workers: planWorkers}).resolve(100_000)
	short.limit, short.widthChosen = p.bytes, true
	if _, err := short.settleWidth(188); err != nil || short.Width != leastWidth/2 {
		t.Errorf("%d bytes: width %d, %v", p.bytes, short.Width, err)
	}
	cfg, _ := (&Options{MaxSteps: 1, Ridge: 0.1}).resolve(1_000_000)
	cfg.limit, cfg.widthChosen = 1<<30, true
	if _, err := cfg.settleWidth(188); !errors.Is(err, ErrMemory) {
		t.Errorf("a gigabyte: %v", err)
	}
}
