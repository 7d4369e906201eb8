package asm

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
)

// TestTeamEntry: each helper calls the function of the context before its first
// task of each loop, and no longer once another context is bound.
func TestTeamEntry(t *testing.T) {
	var entries, tasks atomic.Int64
	team := NewTeam(2)
	both := func(want int64) {
		t.Helper()
		entries.Store(0)
		tasks.Store(0)
		team.Do(2, func(worker, task int) {
			for tasks.Add(1); tasks.Load() < 2; { // until the other one runs
				runtime.Gosched()
			}
			if worker == 1 && entries.Load() != want {
				t.Errorf("%d entries before the first task, want %d", entries.Load(), want)
			}
		})
	}
	team.Bind(WithEntry(context.Background(), func() { entries.Add(1) }))
	both(1)
	both(1)
	team.Bind(context.Background())
	both(0)
}
