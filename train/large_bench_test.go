package train

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// peakOfProcess returns the peak of the resident memory since reset, or the present
// one if there is no /proc.
func peakOfProcess(b testing.TB, reset bool) uint64 {
	if runtime.GOOS != "linux" {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapSys - m.HeapReleased
	}
	if reset {
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			b.Logf("the peak includes what was before: %v", err)
		}
	}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("VmHWM:"))
	kb, err := strconv.ParseUint(string(bytes.Fields(rest)[0]), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb << 10
}

// BenchmarkLargeStep times the first training step of tables whose Gram matrix
// does not fit, its preconditioner included, and reports what the step did, the
// peak of the memory beside the data, and both as the plan announced them.
func BenchmarkLargeStep(b *testing.B) {
	for _, c := range []struct {
		n, d, m int
		tol     float64
		limit   uint64
	}{
		{50000, 10, 8192, 1e-6, 2e9},
		{500000, 10, 4096, 1e-3, 8e9},
	} {
		b.Run(fmt.Sprintf("n=%d/d=%d/m=%d/ridge=0.1/tol=%g", c.n, c.d, c.m, c.tol), func(b *testing.B) {
			x, y := specimen.Tabular(c.n, c.d, 1)
			for b.Loop() {
				debug.FreeOSMemory()
				before := peakOfProcess(b, true)
				_, report, err := Fit(b.Context(), x, y, c.d, &Options{Width: c.m, Seed: 1, Ridge: 0.1, InnerTol: c.tol, MaxSteps: 1, MemoryLimit: c.limit})
				if err != nil {
					b.Fatal(err)
				}
				peak := peakOfProcess(b, false) - before
				s := report.Steps[1]
				b.Logf("%v, rank %d: %s", report.Method, s.Rank, report.Why)
				b.Logf("%d iterations, residual %.2g (%s), RMSE %.4g, phases %+v", s.InnerIters, s.InnerTrue, s.InnerStop, s.TrainRMSE, s.Phases)
				b.ReportMetric(s.Elapsed.Seconds(), "s/step")
				b.ReportMetric(report.StepTime.Seconds(), "s-planned")
				b.ReportMetric(float64(s.InnerIters), "iterations")
				b.ReportMetric(s.InnerTrue, "residual")
				b.ReportMetric(float64(peak), "peak-bytes")
				b.ReportMetric(float64(report.Bytes), "planned-bytes")
			}
		})
	}
}
