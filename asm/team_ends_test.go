package asm

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestTeamRunsEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		team := NewTeam(workers)
		for _, tasks := range []int{0, 1, 5, 1000} {
			seen := make([]int32, tasks)
			if !team.Do(tasks, func(w, i int) {
				if w < 0 || w >= workers {
					t.Errorf("worker %d of %d", w, workers)
				}
				atomic.AddInt32(&seen[i], 1)
			}) {
				t.Error("Do reports a cancel nobody asked for")
			}
			for i, n := range seen {
				if n != 1 {
					t.Fatalf("task %d ran %d times", i, n)
				}
			}
		}
	}
}

func TestTeamStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	team := NewTeam(2)
	team.Bind(ctx)
	var ran atomic.Int32
	if team.Do(1000, func(_, i int) {
		if ran.Add(1) == 10 {
			cancel()
		}
	}) {
		t.Error("Do reports completion after a cancel")
	}
	if n := ran.Load(); n > 12 {
		t.Errorf("%d tasks ran after the cancel", n-10)
	}
	team.Bind(nil)
	if !team.Do(3, func(_, _ int) {}) {
		t.Error("an unbound team stays cancelled")
	}
}

func TestTeamRaisesPanicsInTheCaller(t *testing.T) {
	team := NewTeam(3)
	defer func() {
		if recover() != "boom" {
			t.Error("the panic was lost")
		}
		if !team.Do(2, func(_, _ int) {}) {
			t.Error("the team is unusable after a panic")
		}
	}()
	team.Do(100, func(_, i int) {
		if i == 50 {
			panic("boom")
		}
	})
}

// TestTeamJoinsLateHelpers runs loops that are over before a helper wakes, and
// loops that outlast it, by turns: each task writes what only it owns, and the
// race detector looks on.
func TestTeamJoinsLateHelpers(t *testing.T) {
	before := runtime.NumGoroutine()
	team := NewTeam(4)
	var owned [64]int
	for turn := 1; turn <= 3000; turn++ {
		tasks := 1 + turn*7%len(owned)
		team.Do(tasks, func(_, i int) {
			owned[i] = turn
			if turn%100 == 0 {
				time.Sleep(50 * time.Microsecond)
			}
		})
		for i := range tasks {
			if owned[i] != turn {
				t.Fatalf("turn %d: task %d of %d did not run", turn, i, tasks)
			}
		}
	}
	for i := 0; runtime.NumGoroutine() > before && i < 1000; i++ {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// TestTeamSurvivesGoexit: a body may end its goroutine, as a failing test does.
func TestTeamSurvivesGoexit(t *testing.T) {
	team := NewTeam(3)
	for turn := range 50 {
		var ran atomic.Int32
		done := make(chan struct{})
		go func() {
			defer close(done)
			team.Do(100, func(_, i int) {
				ran.Add(1)
				if i == turn || i == 99-turn {
					runtime.Goexit()
				}
				time.Sleep(time.Microsecond)
			})
		}()
		<-done
		if n := ran.Load(); n > 100 {
			t.Fatalf("%d of 100 tasks ran", n)
		}
	}
	var ran atomic.Int32
	if !team.Do(1000, func(_, _ int) { ran.Add(1) }) || ran.Load() != 1000 {
		t.Errorf("%d of 1000 tasks ran afterwards", ran.Load())
	}
}

func TestTeamAllocatesNothing(t *testing.T) {
	team := NewTeam(3)
	body := func(_, _ int) {}
	if n := testing.AllocsPerRun(100, func() { team.Do(10, body) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}
