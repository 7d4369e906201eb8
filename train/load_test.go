package train

import (
	"flag"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/model"
)

var soak = flag.Duration("soak", 0, "how long TestSoak fits and predicts (make soak)")

// load runs fits and predictions of one model at the same time, each checked
// against what it is alone.
func load(t *testing.T, fits, predictions int) {
	t.Helper()
	x, y, d := (&checkpointCase{targets: 1}).data()
	o := Options{Width: 64, Seed: 2, MaxSteps: 3, Rank: 10}
	methods := []Method{Exact, MatrixFree, GramCG, Sketched}
	want := make([]string, len(methods))
	var model *model.Model
	for k, method := range methods {
		o := o
		o.Method = method
		m, r, err := Fit(t.Context(), x, y, d, &o)
		if err != nil {
			t.Fatal(err)
		}
		want[k], model = bitsOf(t, m, r), m
	}
	alone := make([]float64, len(y))
	if err := model.Predict(alone, x); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range fits {
		group.Go(func() {
			o := o
			o.Method, o.Workers = methods[i%len(methods)], 1+i%3
			m, r, err := Fit(t.Context(), x, y, d, &o)
			if err != nil || bitsOf(t, m, r) != want[i%len(methods)] {
				t.Errorf("%v beside others: %v, or other bits", o.Method, err)
			}
		})
	}
	rows := 16
	for i := range predictions {
		group.Go(func() {
			got := make([]float64, rows)
			at := i * 7 % (len(y) - rows)
			if err := model.Predict(got, x[at*d:(at+rows)*d]); err != nil {
				t.Error(err)
			}
			for k, v := range got {
				if v != alone[at+k] {
					t.Errorf("row %d is %g, alone %g", at+k, v, alone[at+k])
					return
				}
			}
		})
	}
	group.Wait()
}

// settled waits for the helpers of the loops to end.
func settled(before int) int {
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return runtime.NumGoroutine()
}

// TestConcurrentFitsAndPredictions: 8 fits and 300 predictions at once, 10 000
// with -faults, have the bits they have alone and leave no goroutine behind.
func TestConcurrentFitsAndPredictions(t *testing.T) {
	before, predictions := runtime.NumGoroutine(), 300
	if *faults {
		predictions = 10000
	}
	load(t, 8, predictions)
	if n := settled(before); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// TestSoak repeats that for the time of -soak: the heap and the goroutines stay
// where they are after a first while.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("for make soak")
	}
	measure := func() (heap uint64, goroutines int) {
		n := settled(2)
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, n
	}
	start := time.Now()
	load(t, 8, 100)
	heap0, goroutines0 := measure()
	rounds, highest := 0, heap0
	for next := start; time.Since(start) < *soak; rounds++ {
		load(t, 8, 100)
		if time.Since(next) < *soak/20 {
			continue
		}
		next = time.Now()
		heap, goroutines := measure()
		highest = max(highest, heap)
		t.Logf("%v: %d rounds of 8 fits and 100 predictions, heap %d kB, %d goroutines", time.Since(start).Round(time.Second), rounds, heap>>10, goroutines)
		if heap > heap0+1<<20 || goroutines > goroutines0 {
			t.Errorf("at first heap %d kB, %d goroutines", heap0>>10, goroutines0)
		}
	}
	t.Logf("%d rounds in %v, heap %d kB at first, %d kB at most", rounds, *soak, heap0>>10, highest>>10)
}
