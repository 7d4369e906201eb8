// Package phase measures the parts of a training step and labels the goroutines that
// work on them for the profiler.
package phase

import (
	"context"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// Phase is a part of a step.
type Phase int32

// The parts of a step, in the order in which they run.
const (
	None Phase = iota
	Forward
	Gram
	Factor
	Solve
	Update
	Validate
	Checkpoint
)

var names = [...]string{Forward: "forward", Gram: "gram", Factor: "factor", Solve: "solve", Update: "update", Validate: "validate", Checkpoint: "checkpoint"}

// String returns the label of the phase.
func (p Phase) String() string { return names[p] }

// Timer measures a phase.
type Timer struct {
	total  *time.Duration
	start  time.Time
	labels *labels
	before Phase
}

// Clock adds the time until the timer is stopped to d, and meanwhile labels the
// goroutine and its helpers as being in phase p, if ctx is one of WithLabels.
func Clock(ctx context.Context, d *time.Duration, p Phase) Timer {
	t := Timer{total: d, start: time.Now()}
	if l, ok := ctx.Value(labelsKey{}).(*labels); ok {
		t.labels, t.before = l, Phase(l.now.Load())
		l.set(p)
	}
	return t
}

// Stop ends the measurement.
func (t Timer) Stop() {
	*t.total += time.Since(t.start)
	if t.labels != nil {
		t.labels.set(t.before)
	}
}

// labels are the profiler labels of one fit.
type labels struct {
	of  [len(names)]context.Context // carries the label of the phase
	now atomic.Int32                // Phase
}

type labelsKey struct{}

// WithLabels returns a context under which Clock sets the label train.phase, and
// the teams bound to which keep up with it.
func WithLabels(ctx context.Context) context.Context {
	l := new(labels)
	for p, name := range names {
		l.of[p] = ctx
		if name != "" {
			l.of[p] = pprof.WithLabels(ctx, pprof.Labels("train.phase", name))
		}
	}
	ctx = context.WithValue(ctx, labelsKey{}, l)
	return asm.WithEntry(ctx, func() { pprof.SetGoroutineLabels(l.of[l.now.Load()]) })
}

func (l *labels) set(p Phase) {
	l.now.Store(int32(p))
	pprof.SetGoroutineLabels(l.of[p])
}
