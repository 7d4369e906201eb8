package bench

import (
	"errors"
	"flag"
	"testing"
	"time"
)

// smoke says that the benchmarks are only to be seen running, on small problems.
func smoke() bool {
	return testing.Short() || flag.Lookup("test.benchtime").Value.String() == "1x"
}

// python starts a peer that ends with b, which is skipped if there is no Python for it.
func python(b *testing.B, threads int, script string, args ...string) *Peer {
	b.Helper()
	p, err := StartPeer(threads, script, args...)
	return started(b, p, err)
}

// started is a peer that ends with b, which is skipped if the machine has none.
func started(b *testing.B, p *Peer, err error) *Peer {
	b.Helper()
	if errors.Is(err, ErrNoPeer) || errors.Is(err, ErrNoCompiler) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
	b.Log(p.About)
	return p
}

// turns asks a peer for its turn at a job, as pair wants it.
func turns(b *testing.B, p *Peer, job ...string) func() time.Duration {
	return func() time.Duration {
		said, err := p.Turn(job...)
		if err != nil {
			b.Fatal(err)
		}
		return time.Duration(said["seconds"] * 1e9)
	}
}

// timed times work.
func timed(work func()) func() time.Duration {
	return func() time.Duration {
		seconds, _ := Timed(func() error { work(); return nil })
		return time.Duration(seconds * 1e9)
	}
}

// pair has the peer and ours do the same work in turn, five times or for ten seconds,
// and reports the median times of both, and the peer's over ours: above one, ours is the
// faster. With flops it also reports the rate of ours, and its share of the peak
// of the fused multiply-add on as many workers, measured before each turn.
func pair(b *testing.B, workers int, flops float64, ours, peer func() time.Duration) {
	b.Helper()
	ours() // touches every page
	var us, them, peak []float64
	for b.Loop() {
		start := time.Now()
		for turn := 0; turn == 0 || turn < 5 && !smoke() && time.Since(start) < 10*time.Second; turn++ {
			them = append(them, peer().Seconds())
			if flops > 0 {
				peak = append(peak, PeakRate(workers))
			}
			us = append(us, ours().Seconds())
		}
	}
	b.ReportMetric(0, "ns/op") // that of both and of the rests
	b.ReportMetric(median(us)*1e3, "ms")
	b.ReportMetric(median(them)*1e3, "peer-ms")
	b.ReportMetric(median(them)/median(us), "times")
	if flops > 0 {
		b.ReportMetric(flops/median(us)/1e9, "GF/s")
		b.ReportMetric(100*flops/median(us)/median(peak), "%peak")
	}
}

// beside pairs ours with the only work of a peer, and returns what it told last.
func beside(b *testing.B, p *Peer, ours func() time.Duration) map[string]float64 {
	var said map[string]float64
	pair(b, 2, 0, ours, func() time.Duration {
		var err error
		if said, err = p.Turn(); err != nil {
			b.Fatal(err)
		}
		return time.Duration(said["seconds"] * 1e9)
	})
	return said
}

func median(x []float64) float64 { return Quantile(x, 0.5) }
