package phase

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// labelled returns the number of goroutines that the goroutine profile shows with the
// label of a phase; such with equal stacks count as one.
func labelled(p Phase) int {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	return strings.Count(b.String(), `"train.phase":"`+p.String()+`"`)
}

// TestLabelsReachWorkers: while a phase runs, its label is on the goroutine that
// clocks it and on the helper, even one that the last phase left behind; after it,
// what was there before returns.
func TestLabelsReachWorkers(t *testing.T) {
	defer pprof.SetGoroutineLabels(context.Background())
	ctx := WithLabels(t.Context())
	team := asm.NewTeam(2)
	team.Bind(ctx)
	var total time.Duration
	outer := Clock(ctx, &total, Validate)
	for _, p := range []Phase{Gram, Solve} {
		timer := Clock(ctx, &total, p)
		counted := make(chan int, 1)
		team.Do(2, func(worker, task int) {
			if task == 1 { // of the helper: the caller begins with task 0, and waits
				counted <- labelled(p)
				return
			}
			n := <-counted
			counted <- n
		})
		timer.Stop() // and on, while the helper is still there
		if n := <-counted; n != 2 {
			t.Errorf("label %s is on %d goroutines, want 2", p, n)
		}
	}
	if n := labelled(Validate); n < 1 {
		t.Error("the label of the outer phase does not return")
	}
	outer.Stop()
}
