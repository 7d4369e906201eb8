package train

import (
	"context"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// phase is a part of a step, for labels.
type phase int32

const (
	phaseNone phase = iota
	phaseForward
	phaseGram
	phaseFactor
	phaseSolve
	phaseUpdate
	phaseValidate
	phaseCheckpoint
)

var phaseNames = [...]string{phaseForward: "forward", phaseGram: "gram", phaseFactor: "factor", phaseSolve: "solve", phaseUpdate: "update", phaseValidate: "validate", phaseCheckpoint: "checkpoint"}

// timer measures a phase.
type timer struct {
	total  *time.Duration
	start  time.Time
	labels *labels
	before phase
}

// clock adds the time until the timer is stopped to d, and meanwhile labels the
// goroutine and its helpers as being in phase p, if ctx is one of withLabels.
func clock(ctx context.Context, d *time.Duration, p phase) timer {
	t := timer{total: d, start: time.Now()}
	if l, ok := ctx.Value(labelsKey{}).(*labels); ok {
		t.labels, t.before = l, phase(l.now.Load())
		l.set(p)
	}
	return t
}

func (t timer) stop() {
	*t.total += time.Since(t.start)
	if t.labels != nil {
		t.labels.set(t.before)
	}
}

// labels are the profiler labels of one Fit.
type labels struct {
	of  [len(phaseNames)]context.Context // carries the label of the phase
	now atomic.Int32                     // phase
}

type labelsKey struct{}

// withLabels returns a context under which clock sets labels, and the teams
// bound to which keep up with it.
func withLabels(ctx context.Context) context.Context {
	l := new(labels)
	for p, name := range phaseNames {
		l.of[p] = ctx
		if name != "" {
			l.of[p] = pprof.WithLabels(ctx, pprof.Labels("train.phase", name))
		}
	}
	ctx = context.WithValue(ctx, labelsKey{}, l)
	return asm.WithEntry(ctx, func() { pprof.SetGoroutineLabels(l.of[l.now.Load()]) })
}

func (l *labels) set(p phase) {
	l.now.Store(int32(p))
	pprof.SetGoroutineLabels(l.of[p])
}
