package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// phaseCalls are the calls by which a stack shows what a fit is doing, the
// innermost first.
var phaseCalls = [...]struct{ phase, call string }{
	{"prepare", "train.prepare("}, {"prepare", "train.checkData("}, {"memory", "train.makeTrainer("},
	{"validate", "train.(*trainer).validate("},
	{"forward", "train.(*trainer).evaluate("},
	{"columns", "solver.(*pivoting[...]).choose("}, {"lowrank", "solver.NewRPCholesky("},
	{"sketch", "jacobian.(*Operator).Sketch("}, {"sketch", "jacobian.(*Operator).Sketch32("}, {"qr", "train.(*sketchPre)."},
	{"gram", "jacobian.(*Operator).Gram("},
	{"factor", "train.(*exact).factor("}, {"solve", "train.(*exact).solve("},
	{"cg", "train.(*iterative).run("},
	{"update", "train.(*vectors).move("}, {"update", "jacobian.(*Operator).MulTransVec("}, {"update", "jacobian.(*Operator).MulVec("},
	{"checkpoint", "train.(*trainer).checkpoint("},
}

// phaseOf returns what the running fit is doing, or "".
func phaseOf(buf []byte) string {
	for _, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if !strings.Contains(stack, "train.Fit(") {
			continue
		}
		for _, p := range phaseCalls {
			if strings.Contains(stack, p.call) {
				return p.phase
			}
		}
	}
	return ""
}

// BenchmarkCancel ends the context at a random moment of each phase of a fit of
// 20 000 rows and 16 384 neurons (the sketch, whose memory is 24n² floats and more, of
// 4000 rows) and reports the longest time until Fit returned.
func BenchmarkCancel(b *testing.B) {
	for _, c := range []struct {
		o      Options
		n, d   int
		phases string
	}{
		{Options{Method: MatrixFree, Rank: 512}, 20000, 10, "prepare memory forward validate columns lowrank cg update"},
		{Options{Method: MatrixFree, Rank: 512}, 20000, 64, "prepare forward validate columns lowrank cg update"},
		{Options{Method: GramCG, Rank: 512}, 20000, 10, "gram columns lowrank cg"},
		{Options{Method: Exact}, 20000, 10, "factor solve"},
		{Options{Method: Sketched}, 4000, 10, "sketch qr cg"},
		{Options{Method: Sketched, Sketch: FullSRHT}, 4000, 10, "sketch"},
	} {
		x, y := specimen.Tabular(c.n, c.d, 1)
		c.o.Width, c.o.Validation, c.o.Ridge = 16384, 0.1, 0.01
		for _, phase := range strings.Fields(c.phases) {
			b.Run(fmt.Sprintf("phase=%s/method=%v/sketch=%v/n=%d/d=%d", phase, c.o.Method, c.o.Sketch, c.n, c.d), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, uint64(c.d)))
				var worst time.Duration
				for b.Loop() {
					worst = max(worst, cancelIn(b, phase, x, y, c.d, c.o, rng))
				}
				b.ReportMetric(float64(worst)/1e6, "ms-worst")
			})
		}
	}
}

// cancelIn starts a fit, waits for the phase and a moment, ends the context and
// returns how long Fit then took, or zero if the moment was too long.
func cancelIn(b *testing.B, phase string, x, y []float64, d int, o Options, rng *rand.Rand) time.Duration {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	done := make(chan error)
	go func() {
		_, _, err := Fit(ctx, x, y, d, &o)
		done <- err
	}()
	buf := make([]byte, 1<<20)
	seen := ""
	for seen != phase {
		select {
		case err := <-done:
			b.Fatalf("the fit ended before the phase %s: %v", phase, err)
		default:
		}
		time.Sleep(100 * time.Microsecond)
		seen = phaseOf(buf)
	}
	for range rng.IntN(20) {
		time.Sleep(500 * time.Microsecond)
		if phaseOf(buf) != phase {
			break
		}
	}
	start := time.Now()
	cancel()
	if err := <-done; err == nil {
		return 0
	}
	return time.Since(start)
}
