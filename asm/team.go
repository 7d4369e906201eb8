package asm

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Team runs the tasks of a parallel loop on a fixed number of workers.
//
// The goroutines of a call end with the call: a Team needs no Close and leaves
// nothing behind. Which worker runs which task is not determined, so a body
// must write only to what its task owns; results then do not depend on the
// number of workers. A Team serves one Do at a time.
type Team struct {
	start []func() // start[w] runs worker w+1; made once, so Do allocates nothing
	body  func(worker, task int)
	tasks int64
	next  atomic.Int64
	wg    sync.WaitGroup
	fail  atomic.Pointer[any]
	ctx   context.Context
}

// NewTeam returns a team of the given number of workers, the caller's
// goroutine included; 0 or less means GOMAXPROCS.
func NewTeam(workers int) *Team {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	t := &Team{start: make([]func(), workers-1)}
	for w := range t.start {
		t.start[w] = func() {
			defer t.wg.Done()
			t.work(w + 1)
		}
	}
	return t
}

// Workers returns the number of workers; bodies see worker < Workers().
func (t *Team) Workers() int { return len(t.start) + 1 }

// Bind makes Do stop between tasks once ctx is done; nil, or a context that is
// never done, unbinds. It is not to be called during Do.
func (t *Team) Bind(ctx context.Context) {
	if ctx != nil && ctx.Done() == nil {
		ctx = nil
	}
	t.ctx = ctx
}

// Cancelled reports whether the bound context is done. A body that runs for
// longer than a few milliseconds asks it and returns early.
func (t *Team) Cancelled() bool { return t.ctx != nil && t.ctx.Err() != nil }

// Do calls body(worker, task) for every task in [0, tasks) and returns when
// all calls have. It reports whether all tasks ran: false means that the bound
// context ended first and that the results are incomplete. A panic in a body
// is raised again in the caller once the other workers have stopped.
func (t *Team) Do(tasks int, body func(worker, task int)) bool {
	t.body, t.tasks = body, int64(tasks)
	t.next.Store(0)
	t.fail.Store(nil)
	helpers := min(len(t.start), tasks-1)
	for w := 0; w < helpers; w++ {
		t.wg.Add(1)
		go t.start[w]()
	}
	t.work(0)
	t.wg.Wait()
	t.body = nil
	if p := t.fail.Load(); p != nil {
		panic(*p)
	}
	return !t.Cancelled()
}

func (t *Team) work(worker int) {
	defer t.catch()
	for !t.Cancelled() {
		task := t.next.Add(1) - 1
		if task >= t.tasks {
			return
		}
		t.body(worker, int(task))
	}
}

// catch keeps the first panic of a Do and makes the other workers stop.
func (t *Team) catch() {
	p := recover()
	if p == nil {
		return
	}
	first := new(any)
	*first = p
	t.next.Store(t.tasks)
	t.fail.CompareAndSwap(nil, first)
}
