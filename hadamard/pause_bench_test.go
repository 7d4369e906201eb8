package hadamard_test

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/hadamard"
)

// pauses returns the counts of stop-the-world pauses of the collector by length.
func pauses() *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64Histogram()
}

// quantile99 returns the bound below which 99 of 100 pauses since before are.
func quantile99(before, after *metrics.Float64Histogram) time.Duration {
	var total, seen uint64
	for i, n := range after.Counts {
		total += n - before.Counts[i]
	}
	for i, n := range after.Counts {
		if seen += n - before.Counts[i]; 100*seen >= 99*total && total > 0 {
			return time.Duration(min(after.Buckets[i+1], 1e3) * 1e9)
		}
	}
	return time.Duration(math.MaxInt64)
}

// BenchmarkPause collects garbage in a process that transforms 2²⁶ values in a
// loop and, in turn, in an idle one, and compares the pauses: a call into
// assembly that ran long would hold them up.
func BenchmarkPause(b *testing.B) {
	x := make([]float64, 1<<26)
	var busy atomic.Bool
	finish, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		for {
			select {
			case <-finish:
				return
			default:
			}
			if !busy.Load() {
				time.Sleep(time.Millisecond)
				continue
			}
			hadamard.Transform(x)
		}
	}()
	measure := func(load bool) time.Duration {
		busy.Store(load)
		time.Sleep(300 * time.Millisecond) // a transform may still run
		before := pauses()
		for start := time.Now(); time.Since(start) < 3*time.Second; {
			for range 100 {
				garbage = make([]byte, 1<<12)
			}
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		return quantile99(before, pauses())
	}
	var idle, loaded time.Duration
	for b.Loop() {
		idle, loaded = measure(false), measure(true)
	}
	close(finish)
	<-finished
	b.ReportMetric(float64(idle.Nanoseconds()), "ns-p99-idle")
	b.ReportMetric(float64(loaded.Nanoseconds()), "ns-p99-transform")
	b.ReportMetric(float64(loaded)/float64(idle), "transform/idle")
}

var garbage []byte
