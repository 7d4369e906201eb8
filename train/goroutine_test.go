package train

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// TestCancelledFitsLeaveNoGoroutine ends fits when their context has been asked
// ever more often, until one is not ended, and by a timer, which hits what does not
// ask: the memory of trainer and factors, 8·600² bytes and more, which a goroutine
// makes to its end. Afterwards there are as many goroutines as before.
func TestCancelledFitsLeaveNoGoroutine(t *testing.T) {
	x, y := wave(600, 6, 5, 7)
	before := runtime.NumGoroutine()
	for _, o := range []Options{
		{Method: Exact}, {Method: Sketched, SketchRatio: 3}, {Method: MatrixFree, Rank: 500}, {Method: GramCG, Rank: 500},
		{Rule: Adam, Ridge: 0.01, MaxSteps: 5}, {Validation: 0.1, MaxSteps: 1, Folds: NoFolds},
	} {
		o.Width, o.Workers = 500, 4
		if o.MaxSteps == 0 {
			o.Ridge, o.MaxSteps = 0.01, 2
		}
		cancelled := func(ctx context.Context) bool {
			_, _, err := Fit(ctx, x, y, 6, &o)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatalf("%v, %v: %v", o.Method, o.Rule, err)
			}
			if n := settled(before); n > before {
				t.Fatalf("%v, %v: %d goroutines, %d before", o.Method, o.Rule, n, before)
			}
			return err != nil
		}
		ended := 0
		for looks := int64(0); looks < math.MaxInt32; looks += 1 + looks {
			ctx, cancel := context.WithCancel(t.Context())
			counted := &specimen.Countdown{Context: ctx, Cancel: cancel}
			counted.Left.Store(looks)
			again := cancelled(counted)
			cancel()
			if !again {
				break
			}
			ended++
		}
		for wait := 100 * time.Microsecond; wait < 20*time.Millisecond; wait *= 2 {
			ctx, cancel := context.WithTimeoutCause(t.Context(), wait, context.Canceled)
			if cancelled(ctx) {
				ended++
			}
			cancel()
		}
		if ended < 4 {
			t.Errorf("%v, %v: only %d fits were ended", o.Method, o.Rule, ended)
		}
	}
}
