package train

import (
	"context"
	"errors"

	"github.com/nearlinear/nearlinear/jacobian"
)

// errElsewhere is the cause of a context that ended on another rank.
var errElsewhere = errors.New("train: another rank was cancelled")

// accord is a Reducer that makes the ranks of a job agree on when to stop. A
// rank's own context may end at any time, but if it then left the sequence of
// sums, the others would wait for it. So nothing but Sum looks at it: there the
// ranks tell each other, and the context that they have in common ends on all of
// them at the same sum.
type accord struct {
	jacobian.Reducer
	own    context.Context
	common context.Context
	end    context.CancelCauseFunc
	buf    []float64
}

// flags are what a rank adds to a sum: whether its context ended, and whether
// that was the time limit.
const flags = 2

// withFlags is the longest sum that is copied for the flags; longer ones are
// preceded by one of the flags alone.
const withFlags = 1 << 16

// follow makes a new common context, for as long as own is the rank's own.
func (a *accord) follow(own context.Context) context.Context {
	a.own = own
	a.common, a.end = context.WithCancelCause(context.WithoutCancel(own))
	return a.common
}

// Sum replaces x by the sum over all ranks.
func (a *accord) Sum(x []float64) {
	if len(x) > withFlags {
		a.Sum(nil)
		a.Reducer.Sum(x)
		return
	}
	a.buf = append(append(a.buf[:0], x...), 0, 0)
	n := len(x)
	if a.own.Err() != nil {
		a.buf[n] = 1
		if context.Cause(a.own) == errTimeLimit {
			a.buf[n+1] = 1
		}
	}
	a.Reducer.Sum(a.buf)
	copy(x, a.buf)
	switch stopped, timed := a.buf[n], a.buf[n+1]; {
	case stopped == 0:
	case stopped == timed:
		a.end(errTimeLimit)
	case a.own.Err() != nil && context.Cause(a.own) != errTimeLimit:
		a.end(context.Cause(a.own))
	default:
		a.end(errElsewhere)
	}
}

// any reports whether v holds on any rank.
func (a *accord) any(v bool) bool {
	x := []float64{0}
	if v {
		x[0] = 1
	}
	a.Sum(x)
	return x[0] > 0
}

// least returns the smallest v of all ranks.
func (a *accord) least(v uint64) uint64 {
	all := make([]float64, a.Size())
	all[a.Rank()] = float64(v)
	a.Sum(all)
	low := all[0]
	for _, x := range all {
		low = min(low, x)
	}
	return uint64(min(low, 1<<63))
}
