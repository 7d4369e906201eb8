package asm

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

// Team runs the tasks of a parallel loop on a fixed number of workers.
//
// Which worker runs which task is not determined, so a body must write only to
// what its task owns; results then do not depend on the number of workers. A
// Team serves one Do at a time. It needs no Close: goroutines are started when
// there is work and end by themselves, at most teamLinger after the last of it.
//
// To wake an idle processor takes a while, on virtual machines 0.2 ms as
// measured, more than many loops last. Do therefore never waits for a helper
// that has not begun a task: one that comes late finds the loop closed and
// stays for the next. For the same reason a helper that has run out of tasks,
// or a caller that waits for one, does not go to sleep at once but yields its
// processor for as long as another wake would cost.
type Team struct {
	helpers []helper // helper w runs as worker w+1
	shares  []share  // of the tasks, one a worker

	// The loop under way. It is written before state opens and after all have
	// left, and read by those inside.
	body  func(worker, task int)
	fail  atomic.Pointer[any]
	ctx   context.Context
	entry func() // of the context, see WithEntry

	round atomic.Int64  // counts the calls of Do
	state atomic.Int64  // teamOpen and teamAsleep, plus teamInside for each helper inside
	left  chan struct{} // wakes a caller that is asleep
}

// share is a run of tasks that its worker takes first and the others when their
// own is done: a loop that is run again finds its data in the caches, which
// need not be common to the processors, where it left them.
type share struct {
	next atomic.Int64
	end  int64
	_    [48]byte // a cache line each
}

type helper struct {
	alive atomic.Bool // a goroutine runs, or is about to
	run   func()      // made once, so that Do allocates nothing
}

const teamLinger = 200 * time.Microsecond

const (
	teamOpen   = 1 << iota // helpers may enter the loop
	teamAsleep             // the caller waits for the last of them on the channel
	teamInside
)

// NewTeam returns a team of the given number of workers, the caller's
// goroutine included; 0 or less means GOMAXPROCS, and 4096 are the most.
func NewTeam(workers int) *Team {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, 1<<12)
	t := &Team{helpers: make([]helper, workers-1), shares: make([]share, workers), left: make(chan struct{}, 1)}
	for w := range t.helpers {
		t.helpers[w].run = func() { t.help(w) }
	}
	return t
}

// Workers returns the number of workers; bodies see worker < Workers().
func (t *Team) Workers() int { return len(t.helpers) + 1 }

// Bind makes Do stop between tasks once ctx is done; nil, or a context that is
// never done, unbinds. It is not to be called during Do.
func (t *Team) Bind(ctx context.Context) {
	t.entry = nil
	if ctx != nil {
		t.entry, _ = ctx.Value(entryKey{}).(func())
	}
	if ctx != nil && ctx.Done() == nil {
		ctx = nil
	}
	t.ctx = ctx
}

type entryKey struct{}

// WithEntry returns a context that makes the teams bound to it call f on the
// goroutine of a helper each time it enters a loop, before its first task:
// helpers outlive loops, and f may set what belongs to a goroutine, such as
// profiler labels. f runs on several goroutines at once.
func WithEntry(ctx context.Context, f func()) context.Context {
	return context.WithValue(ctx, entryKey{}, f)
}

// Cancelled reports whether the bound context is done. A body that runs for
// longer than a few milliseconds asks it and returns early.
func (t *Team) Cancelled() bool { return t.ctx != nil && t.ctx.Err() != nil }

// Do calls body(worker, task) for every task in [0, tasks) and returns when
// all calls have. It reports whether all tasks ran for certain: false means that
// the bound context has ended and that the results may be incomplete. A panic in
// a body is raised again in the caller once the other workers have stopped.
func (t *Team) Do(tasks int, body func(worker, task int)) bool {
	t.body = body
	t.fail.Store(nil)
	for w := range t.shares {
		s := &t.shares[w]
		s.next.Store(int64(w) * int64(tasks) / int64(len(t.shares)))
		s.end = int64(w+1) * int64(tasks) / int64(len(t.shares))
	}
	t.round.Add(1)
	t.state.Store(teamOpen)
	for w := 0; w < min(len(t.helpers), tasks-1); w++ {
		if h := &t.helpers[w]; h.alive.CompareAndSwap(false, true) {
			go h.run()
		}
	}
	t.lead()
	if p := t.fail.Load(); p != nil {
		panic(*p)
	}
	return !t.Cancelled()
}

// lead is the caller's part. What is deferred here and in join holds if a body
// ends its goroutine.
func (t *Team) lead() {
	defer func() {
		if t.state.Add(-teamOpen) != 0 {
			t.wait()
		}
		t.body = nil
	}()
	t.work(0)
}

// join is the part of a helper that has entered.
func (t *Team) join(worker int) {
	defer func() {
		if t.state.Add(-teamInside) == teamAsleep {
			t.left <- struct{}{}
		}
	}()
	if t.entry != nil {
		t.entry()
	}
	t.work(worker)
}

// wait returns when the last helper has left the loop, which is closed.
func (t *Team) wait() {
	for start := time.Now(); time.Since(start) < teamLinger; runtime.Gosched() {
		if t.state.Load() == 0 {
			return
		}
	}
	if t.state.Add(teamAsleep) != teamAsleep {
		<-t.left
	}
	t.state.Store(0)
}

// help is the life of helper w: it enters one loop after another until it has
// been idle for teamLinger.
func (t *Team) help(w int) {
	h := &t.helpers[w]
	over := false
	defer func() {
		if !over {
			h.alive.Store(false)
		}
	}()
	var round int64
	for {
		idle := time.Now()
		for time.Since(idle) < teamLinger {
			if r := t.round.Load(); r == round || !t.enter() {
				runtime.Gosched()
				continue
			}
			round = t.round.Load()
			t.join(w + 1)
			idle = time.Now()
		}
		// A Do that found this helper alive counts on it.
		h.alive.Store(false)
		if t.round.Load() == round || t.state.Load()&teamOpen == 0 || !h.alive.CompareAndSwap(false, true) {
			over = true
			return
		}
	}
}

// enter joins the loop that is open, if there is one.
func (t *Team) enter() bool {
	for {
		s := t.state.Load()
		if s&teamOpen == 0 {
			return false
		}
		if t.state.CompareAndSwap(s, s+teamInside) {
			return true
		}
	}
}

func (t *Team) work(worker int) {
	defer t.catch()
	for i := range t.shares {
		s := &t.shares[(worker+i)%len(t.shares)]
		for !t.Cancelled() && s.next.Load() < s.end {
			if task := s.next.Add(1) - 1; task < s.end {
				t.body(worker, int(task))
			}
		}
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
	for w := range t.shares {
		t.shares[w].next.Store(t.shares[w].end)
	}
	t.fail.CompareAndSwap(nil, first)
}
