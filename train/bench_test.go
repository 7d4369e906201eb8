package train

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// BenchmarkStep times one undamped step on the digits (n = 1437, d = 65), and
// reports it in gradient steps: one Linearize and one MulTransVec of the same
// operator, in the same run, beside the inner iterations a step took. The
// sketched method keeps its preconditioner.
func BenchmarkStep(b *testing.B) {
	data := trainingRows(b, readTable(b, digitsFile, "digit"), 1437, 1)
	for _, m := range []int{4096, 16384, 65536} {
		for _, method := range []Method{Exact, Sketched} {
			b.Run(fmt.Sprintf("method=%v/n=1437/d=65/m=%d", method, m), func(b *testing.B) {
				tr := newTestTrainer(b, data, Options{Width: m, Seed: 1, Rule: GaussNewton, Method: method})
				iters := 0
				step := func() {
					var s Step
					if err := tr.gaussNewton(context.Background(), &s); err != nil {
						b.Fatal(err)
					}
					iters += s.InnerIters
				}
				step()
				iters = 0
				var gradient time.Duration
				rounds := 0
				for b.Loop() {
					step()
					b.StopTimer()
					start := time.Now()
					tr.op.Linearize(tr.f)
					tr.op.MulTransVec(tr.vec.step, tr.r)
					gradient += time.Since(start)
					rounds++
					b.StartTimer()
				}
				b.ReportMetric(b.Elapsed().Seconds()/gradient.Seconds(), "gradient-steps")
				b.ReportMetric(float64(iters)/float64(rounds), "inner-iterations")
			})
		}
	}
}
