package train

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	failed error // what ended a common context for good
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
	if a.failed != nil {
		a.end(a.failed)
	}
	return a.common
}

// Sum replaces x by the sum over all ranks. If that has a NaN which not all of them
// brought, the common context ends: nothing that all ranks compute alike makes such a one,
// so a rank's memory or data is at fault, or the way between them.
func (a *accord) Sum(x []float64) {
	if len(x) > withFlags {
		a.Sum(nil)
		mine := brings(x)
		a.Reducer.Sum(x)
		a.blame(x, mine)
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
	mine := brings(x)
	a.Reducer.Sum(a.buf)
	copy(x, a.buf)
	a.blame(a.buf, mine)
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

// What a rank may bring to a sum.
const (
	numbersOnly = iota + 1
	infinities  // which make NaN where their signs differ
	nans
)

// brings says which of these x has, the last of them.
func brings(x []float64) float64 {
	most := numbersOnly
	for _, v := range x {
		if v != v {
			return nans
		}
		if v-v != 0 {
			most = infinities
		}
	}
	return float64(most)
}

// blame ends the common context if the sum x has a NaN that is not of all ranks alike;
// mine is what this rank brought.
func (a *accord) blame(x []float64, mine float64) {
	if brings(x) != nans {
		return
	}
	// All ranks see the same sum, and so all of them come here.
	all := make([]float64, a.Size())
	all[a.Rank()] = mine
	a.Reducer.Sum(all)
	switch k := slices.Index(all, nans); {
	case k >= 0 && slices.Min(all) < nans:
		a.failed = fmt.Errorf("train: rank %d of %d brought NaN to a sum, others did not: %w", k, len(all), ErrNotFinite)
	case slices.Max(all) == numbersOnly:
		a.failed = fmt.Errorf("train: the sum of finite numbers of %d ranks is NaN: %w", len(all), ErrNotFinite)
	default:
		return
	}
	a.end(a.failed)
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
