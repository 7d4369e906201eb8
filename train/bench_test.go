package train

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/portable"
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
					if err := tr.try(context.Background(), &s); err != nil {
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
					tr.lin.Linearize(tr.f)
					tr.lin.MulTransVec(tr.vec.step, tr.r)
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

// BenchmarkDigitsTo times a whole Fit of 1437 digits (d = 65, m = 4096) from raw
// rows to a training error, in standard deviations, by the undamped iteration
// and by damped steps without ridge.
func BenchmarkDigitsTo(b *testing.B) {
	const n = 1437
	table := readTable(b, digitsFile, "digit")
	d := len(table.Features)
	x, y := make([]float64, 0, n*d), make([]float64, 0, n)
	for _, i := range portable.Permutation(len(table.Y), 1, streamSplit)[:n] {
		x, y = append(x, table.X[i*d:(i+1)*d]...), append(y, table.Y[i])
	}
	for _, rule := range []StepRule{GaussNewton, LevenbergMarquardt} {
		for _, rmse := range []float64{1e-3, 1e-10} {
			b.Run(fmt.Sprintf("rmse=%.0e/rule=%v/m=4096", rmse, rule), func(b *testing.B) {
				var report *Report
				for b.Loop() {
					var err error
					_, report, err = Fit(context.Background(), x, y, d, &Options{Rule: rule, Ridge: NoRidge, KeepSkew: true, TargetRMSE: rmse})
					if err != nil {
						b.Fatal(err)
					}
					if report.Stop != ReachedTarget {
						b.Fatalf("%v at %g", report.Stop, report.TrainRMSE)
					}
				}
				b.ReportMetric(float64(len(report.Steps)-1), "steps")
			})
		}
	}
}
