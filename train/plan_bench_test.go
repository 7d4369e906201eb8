package train

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// BenchmarkPlanRates measures the constants of the cost model, see rates: the
// unit of each is 10⁹ of what the constant counts, a second. The product with an explicit
// matrix is in package newton.
func BenchmarkPlanRates(b *testing.B) {
	ctx := context.Background()
	rate := func(name string, units float64, body func()) {
		b.Run("rate="+name, func(b *testing.B) {
			body()
			for b.Loop() {
				body()
			}
			b.ReportMetric(units*float64(b.N)/b.Elapsed().Seconds()/1e9, "G/s")
		})
	}
	const m = 4096
	for _, d := range []int{7, 10, 15, 31, 63} {
		const n = 8192
		tr := newTestTrainer(b, tabularRows(b, n, d, 1), Options{Width: m, Seed: 1, Method: MatrixFree})
		work := 2.0 * n * m * float64(d+1)
		u := make([]float64, n)
		at := fmt.Sprintf("/n=%d/d=%d/m=%d", n, d, m)
		rate("forward"+at, work, func() { tr.lin.Linearize(tr.f) })
		rate("product"+at, 2*work, func() { tr.lin.MulGramVec(u, tr.r) })
	}
	for _, n := range []int{2048, 8192} {
		tr := newTestTrainer(b, tabularRows(b, n, 15, 1), Options{Width: m, Seed: 1, Method: MatrixFree})
		g, u := make([]float64, n*n), make([]float64, n)
		at := fmt.Sprintf("/n=%d/d=16/m=%d", n, m)
		nn := float64(n) * float64(n)
		rate("gram"+at, nn*m, func() { tr.lin.Gram(g) })
		chol, err := solver.NewCholesky(ctx, g, n, &solver.CholeskyOptions{Ridge: 1})
		if err != nil {
			b.Fatal(err)
		}
		rate("cholesky"+at, nn*float64(n)/3, func() { chol.Factor(ctx, g, 1) })
		rate("cholsolve"+at, nn, func() { chol.SolveVec(u, tr.r) })
		for _, k := range []int{256, 1024} {
			var pre *solver.RPCholesky
			at := fmt.Sprintf("%s/rank=%d", at, k)
			build := func() {
				pre, err = solver.NewRPCholesky(ctx, tr.lin.GramMatrix(), n, &solver.RPCholeskyOptions{Ridge: 1, Rank: k, Seed: 1})
				if err != nil {
					b.Fatal(err)
				}
			}
			rate("lowrank"+at, 3*float64(n)*float64(k)*float64(k), build)
			rate("lowranksolve"+at, float64(n)*float64(k), func() { pre.SolveVec(u, tr.r) })
		}
	}
	const n, s = 1024, 4096
	sj := make([]float64, s*n)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range sj {
		sj[i] = rng.NormFloat64()
	}
	qr, err := solver.NewSketchQR(ctx, sj, s, n, nil)
	if err != nil {
		b.Fatal(err)
	}
	rate("qr", 2*float64(n)*n*(s-n/3.0), func() { qr.Factor(ctx, sj, 1) })
	u := make([]float64, n)
	rate("qrsolve", n*n, func() { qr.SolveVec(u, sj[:n]) })
	tr := newTestTrainer(b, tabularRows(b, n, 15, 1), Options{Width: m, Seed: 1, Method: MatrixFree})
	full, err := hadamard.NewSRHT(m*16, s, 1)
	if err != nil {
		b.Fatal(err)
	}
	rate("srht", n*m*16*16, func() { tr.lin.Sketch(sj, full) })
	kron, err := hadamard.NewKroneckerSRHT(m, 16, s, 1)
	if err != nil {
		b.Fatal(err)
	}
	rate("kronecker", n*(m*12+s), func() { tr.lin.Sketch(sj, kron) })
}

// BenchmarkPlan compares the planner's choice with all methods by hand: the average time of
// six Levenberg–Marquardt steps of each on synthetic tables, preconditioners made on the way
// included. It reports the time of the choice in multiples of the best, and logs the times as a
// row of Markdown, which -plan-page appends to a file.
//
// What was chosen runs first. Another method is stopped when it has taken twice as long, and
// so is not the best, whatever the planner expected of it. Short runs are repeated in memory
// that was touched before, and the shortest counts: mapping new pages would decide otherwise.
func BenchmarkPlan(b *testing.B) {
	for _, c := range []planCase{
		{500, 8, 1024, 1e-3}, {1000, 8, 8192, 1e-3},
		{2000, 10, 4096, 1e-3}, {2000, 200, 4096, 1e-3}, {2000, 10, 65536, 0.01},
		{4000, 10, 4096, 1e-3}, {4000, 10, 4096, 0.1}, {4000, 64, 16384, 1e-3},
		{8000, 10, 4096, 1e-3}, {8000, 10, 4096, 0.1}, {8000, 64, 4096, 0.01},
		{12000, 10, 16384, 0.01}, {16000, 10, 2048, 0.1}, {20000, 10, 2048, 1}, {20000, 10, 16384, 0.01}, {20000, 30, 4096, 0.1},
	} {
		b.Run(fmt.Sprintf("n=%d/d=%d/m=%d/ridge=%g", c.n, c.d, c.m, c.ridge), func(b *testing.B) {
			var row string
			for b.Loop() {
				row = c.compare(b)
			}
			b.Log(row)
			if err := appendRow(*planPage, row); err != nil {
				b.Fatal(err)
			}
		})
	}
}

const (
	planCaseSteps  = 6
	planCaseMemory = 8 << 30
)

type planCase struct {
	n, d, m int
	ridge   float64
}

// compare measures all methods and returns the row of the table.
func (c planCase) compare(b *testing.B) string {
	data := tabularRows(b, c.n, c.d, 1)
	o := Options{Width: c.m, Seed: 1, Ridge: c.ridge, MaxSteps: planCaseSteps, MemoryLimit: planCaseMemory}
	r, err := o.resolve(c.n)
	if err != nil {
		b.Fatal(err)
	}
	r.Width = c.m
	auto, err := makePlan(r, c.d+1)
	if err != nil {
		b.Fatal(err)
	}
	w := newWork(r, c.d+1)
	w.steps = planCaseSteps
	all, err := w.candidates(r, planCaseMemory)
	if err != nil {
		b.Fatal(err)
	}
	name := func(p *plan) string { return fmt.Sprint(p.method, p.sketch) }
	o.Method, o.Sketch = auto.method, auto.sketch
	chosen, _ := planRun(b, data, o, 3600)
	limit := max(2*chosen, 0.5/planCaseSteps)
	best, cells := chosen, map[string]string{name(&auto): fmt.Sprintf("**%.4g**", 1e3*chosen)}
	for i := range all {
		p := &all[i]
		switch o.Method, o.Sketch = p.method, p.sketch; {
		case name(p) == name(&auto):
		case p.choice > planCaseMemory:
			cells[name(p)] = fmt.Sprintf("%.0f GB", p.choice/1e9)
		default:
			took, done := planRun(b, data, o, limit)
			cells[name(p)] = fmt.Sprintf("%.4g", 1e3*took)
			if !done {
				cells[name(p)] = fmt.Sprintf("> %.4g", 1e3*took)
				continue
			}
			best = min(best, took)
		}
	}
	b.ReportMetric(chosen/best, "of-best")
	row := fmt.Sprintf("| %d | %d | %d | %g | %.4g ", c.n, c.d+1, c.m, c.ridge, 1e3*auto.step)
	for _, p := range []plan{{method: Exact}, {method: GramCG}, {method: MatrixFree}, {method: Sketched, sketch: KroneckerSRHT}, {method: Sketched, sketch: FullSRHT}} {
		row += "| " + cmp.Or(cells[name(&p)], "–") + " "
	}
	return row + fmt.Sprintf("| %.2f |", chosen/best)
}

// planRun returns the seconds that a step takes, or, if the steps have not ended when they
// have taken limit each, false and limit.
func planRun(b *testing.B, data *dataset, o Options, limit float64) (seconds float64, done bool) {
	once := func() (seconds float64, done bool) {
		runtime.GC()
		tr := newTestTrainer(b, data, o)
		tr.loss = tr.objective(0)
		ctx, cancel := context.WithTimeout(b.Context(), time.Duration(limit*planCaseSteps*float64(time.Second)))
		defer cancel()
		start := time.Now()
		for range planCaseSteps {
			switch err := tr.try(ctx, &Step{}); {
			case errors.Is(err, fault.ErrStopped):
				return limit, false
			case err != nil:
				b.Fatal(err)
			}
		}
		return time.Since(start).Seconds() / planCaseSteps, true
	}
	if seconds, done = once(); !done {
		return seconds, done
	}
	for t := seconds; t < 0.7/planCaseSteps; t = 3 * max(t, 0.03/planCaseSteps) {
		if again, ended := once(); ended {
			seconds = min(seconds, again)
		}
	}
	return seconds, true
}

var planPage = flag.String("plan-page", "", "file to which BenchmarkPlan appends its table")

// appendRow appends to a page, which gets its head first if it is new.
func appendRow(path, row string) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	at, err := f.Seek(0, io.SeekEnd)
	if err == nil && at == 0 {
		_, err = fmt.Fprintf(f, planHead, planCaseSteps, planCaseMemory>>30, time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor(), asm.Info())
	}
	if err == nil {
		_, err = fmt.Fprintln(f, row)
	}
	return errors.Join(err, f.Close())
}

// processor is its name, where the system tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(text), "model name\t: ")
	name, _, _ := strings.Cut(rest, "\n")
	return cmp.Or(name, "unknown")
}

const planHead = `# The planner's choice beside all methods

Written by ` + "`make plan-table`" + `. Milliseconds a step, the mean of %d Levenberg–Marquardt steps on synthetic tables of n rows, d features with the constant,
and m neurons; preconditioners made on the way are included. The choice of ` + "`auto`" + ` within %d GiB is bold, and *expected* is what its plan announced,
by the rates of another machine. Other methods run
until they have taken twice as long, or half a second if that is more: "> t" were stopped at t, so that they cannot be best. "GB" do not fit, and "–" is a sketch
with more rows than there are weights. The last column is the time of the choice in multiples of the best.

%s, %s %s/%s, %d processors, %s, %s.

| n | d | m | ridge | expected | exact | gram-cg | matrix-free | Kronecker sketch | full sketch | choice / best |
|---|---|---|---|---|---|---|---|---|---|---|
`
