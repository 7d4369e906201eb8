package train

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// BenchmarkTargets times the first step of three targets against that of one, in turns. It reports
// the ratio for the system alone, which all targets share (Gram matrix, factor or preconditioner,
// solution), and for the whole step, of which each target has a forward pass and an update of
// weights of its own.
func BenchmarkTargets(b *testing.B) {
	for _, c := range []struct {
		n, d, m int
		method  Method
	}{
		{4000, 10, 4096, Exact}, {4000, 10, 4096, GramCG}, {4000, 10, 4096, MatrixFree}, {4000, 10, 16384, GramCG},
	} {
		b.Run(fmt.Sprintf("n=%d/d=%d/m=%d/method=%v/ridge=0.1/targets=3", c.n, c.d, c.m, c.method), func(b *testing.B) {
			x, one := specimen.Tabular(c.n, c.d, 1)
			var three []float64
			for i, v := range one {
				three = append(three, v, math.Abs(x[i*c.d])-v, math.Sin(x[i*c.d])+x[i*c.d+1])
			}
			first := func(y []float64) (system, step time.Duration) {
				_, report, err := Fit(b.Context(), x, y, c.d, &Options{Width: c.m, Seed: 1, Method: c.method, Ridge: 0.1, MaxSteps: 1})
				if err != nil {
					b.Fatal(err)
				}
				for _, h := range report.Targets {
					s := h.Steps[1]
					system += s.Phases.Gram + s.Phases.Factor + s.Phases.Solve
					step += s.Elapsed
				}
				return system, step
			}
			var system, step [2]time.Duration
			for b.Loop() {
				for k, y := range [][]float64{one, three} {
					s, whole := first(y)
					system[k], step[k] = system[k]+s, step[k]+whole
				}
			}
			b.ReportMetric(system[0].Seconds()/float64(b.N)*1e3, "ms-system")
			b.ReportMetric(step[0].Seconds()/float64(b.N)*1e3, "ms-step")
			b.ReportMetric(system[1].Seconds()/system[0].Seconds(), "times-system")
			b.ReportMetric(step[1].Seconds()/step[0].Seconds(), "times-step")
		})
	}
}
