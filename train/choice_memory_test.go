package train

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// liveDuring returns the most bytes that marking found live while f ran, above those before.
// Garbage does not count, however late its collection is.
func liveDuring(f func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	live := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	before, most := live(), uint64(0)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				most = max(most, live()-min(before, live()))
			}
		}
	}()
	f()
	close(done)
	<-ended
	return most
}

// TestChoiceTakesWhatIsPlanned: all shapes, with the Gram matrices of each fold.
func TestChoiceTakesWhatIsPlanned(t *testing.T) {
	const n, d, m = 500, 6, 1024
	x, y := wave(n, d, 5, 5)
	r := &rawRows{d: d, targets: 1, x: x, y: y}
	for i := range n {
		r.at = append(r.at, i)
	}
	cfg, err := (&Options{Width: m, Workers: 2}).resolve(n)
	if err != nil {
		t.Fatal(err)
	}
	peak := liveDuring(func() { _, err = choose(t.Context(), r, choiceRows, cfg) })
	if err != nil {
		t.Fatal(err)
	}
	taken := peak
	w := work{n: n, d: cfg.inputs(d), m: m, choose: true}
	planned := w.choiceBytes(2)
	t.Logf("%d bytes taken, %.0f planned", taken, planned)
	if r := float64(taken) / planned; r > 1.3 || r < 0.2 {
		t.Errorf("%d bytes taken, %.0f planned", taken, planned)
	}
}
