// Package ranks makes the processes of a job agree on when to stop, and hands
// vectors between them.
package ranks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// ErrElsewhere is the cause of a context that ended on another rank.
var ErrElsewhere = errors.New("another rank was cancelled")

// Group is a Reducer that makes the ranks of a job agree on when to stop. A
// rank's own context may end at any time, but if it then left the sequence of
// sums, the others would wait for it. So nothing but Sum looks at it: there the
// ranks tell each other, and the context that they have in common ends on all of
// them at the same sum.
type Group struct {
	jacobian.Reducer
	own    context.Context
	common context.Context
	end    context.CancelCauseFunc
	buf    []float64
	failed error // what ended a common context for good
}

// New returns the group of the ranks that r joins.
func New(r jacobian.Reducer) *Group { return &Group{Reducer: r} }

// Common returns the context of the last Follow, and whether a sum has failed for good.
func (g *Group) Common() (ctx context.Context, failed bool) { return g.common, g.failed != nil }

// flags are what a rank adds to a sum: whether its context ended, and whether
// that was the time limit.
const flags = 2

// withFlags is the longest sum that is copied for the flags; longer ones are
// preceded by one of the flags alone.
const withFlags = 1 << 16

// Follow makes a new common context, for as long as own is the rank's own.
func (g *Group) Follow(own context.Context) context.Context {
	g.own = own
	g.common, g.end = context.WithCancelCause(context.WithoutCancel(own))
	if g.failed != nil {
		g.end(g.failed)
	}
	return g.common
}

// Sum replaces x by the sum over all ranks. If that has a NaN which not all of them
// added, the common context ends: nothing that all ranks compute alike makes such a one,
// so a rank's memory or data is at fault, or the way between them.
func (g *Group) Sum(x []float64) {
	if len(x) > withFlags {
		g.Sum(nil)
		mine := worst(x)
		g.Reducer.Sum(x)
		g.checkNaN(x, mine)
		return
	}
	g.buf = append(append(g.buf[:0], x...), 0, 0)
	n := len(x)
	if g.own.Err() != nil {
		g.buf[n] = 1
		if context.Cause(g.own) == fault.ErrTimeLimit {
			g.buf[n+1] = 1
		}
	}
	mine := worst(x)
	g.Reducer.Sum(g.buf)
	copy(x, g.buf)
	g.checkNaN(g.buf, mine)
	switch stopped, timed := g.buf[n], g.buf[n+1]; {
	case stopped == 0:
	case stopped == timed:
		g.end(fault.ErrTimeLimit)
	case g.own.Err() != nil && context.Cause(g.own) != fault.ErrTimeLimit:
		g.end(context.Cause(g.own))
	default:
		g.end(ErrElsewhere)
	}
}

// What the values may be that a rank adds to a sum.
const (
	numbersOnly = iota + 1
	infinities  // which make NaN where their signs differ
	nans
)

// worst says which of these x has, the last of them.
func worst(x []float64) float64 {
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

// checkNaN ends the common context if the sum x has a NaN that is not of all ranks alike;
// mine is what this rank added.
func (g *Group) checkNaN(x []float64, mine float64) {
	if worst(x) != nans {
		return
	}
	// All ranks see the same sum, and so all of them come here.
	all := make([]float64, g.Size())
	all[g.Rank()] = mine
	g.Reducer.Sum(all)
	switch k := slices.Index(all, nans); {
	case k >= 0 && slices.Min(all) < nans:
		g.failed = fmt.Errorf("train: rank %d of %d added NaN to a sum, others did not: %w", k, len(all), fault.ErrNotFinite)
	case slices.Max(all) == numbersOnly:
		g.failed = fmt.Errorf("train: the sum of finite numbers of %d ranks is NaN: %w", len(all), fault.ErrNotFinite)
	default:
		return
	}
	g.end(g.failed)
}

// Any reports whether v holds on any rank.
func (g *Group) Any(v bool) bool {
	x := []float64{0}
	if v {
		x[0] = 1
	}
	g.Sum(x)
	return x[0] > 0
}

// Least returns the smallest v of all ranks.
func (g *Group) Least(v uint64) uint64 {
	all := make([]float64, g.Size())
	all[g.Rank()] = float64(v)
	g.Sum(all)
	low := all[0]
	for _, x := range all {
		low = min(low, x)
	}
	return uint64(min(low, 1<<63))
}

// gatherPiece is the number of values that Gather sums at a time.
const gatherPiece = 1 << 15

// Gather returns on rank 0 all of a vector of which each rank has the part from
// at on, and nil on the others.
func (g *Group) Gather(part []float64, at, length int) []float64 {
	var all []float64
	if g.Rank() == 0 {
		all = make([]float64, length)
	}
	piece := make([]float64, gatherPiece)
	for lo := 0; lo < length; lo += gatherPiece {
		hi := min(lo+gatherPiece, length)
		clear(piece)
		if from, to := max(lo, at), min(hi, at+len(part)); from < to {
			copy(piece[from-lo:], part[from-at:to-at])
		}
		g.Sum(piece[:hi-lo])
		if all != nil {
			copy(all[lo:], piece[:hi-lo])
		}
	}
	return all
}

// First returns rank 0's v on all ranks.
func (g *Group) First(v float64) float64 {
	x := []float64{0}
	if g.Rank() == 0 {
		x[0] = v
	}
	g.Sum(x)
	return x[0]
}
