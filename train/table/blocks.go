package table

import (
	"context"
	"fmt"
)

// blocks is a slice that grows without copying: large tables spend more time
// in that than in parsing.
type blocks struct {
	full [][]float64
	last []float64
	size int // numbers that there is room for
}

// take returns room for n numbers.
func (b *blocks) take(n int) []float64 {
	if cap(b.last)-len(b.last) < n {
		if len(b.last) > 0 {
			b.full = append(b.full, b.last)
		}
		room := max(n, min(b.size, 1<<17))
		b.last = make([]float64, 0, room)
		b.size += room
	}
	at := len(b.last)
	b.last = b.last[:at+n]
	return b.last[at:]
}

// join returns all that was taken, nil if that is nothing, and lets go of it.
func (b *blocks) join(ctx context.Context) ([]float64, error) {
	n := len(b.last)
	for _, p := range b.full {
		n += len(p)
	}
	if n == 0 {
		return nil, nil
	}
	all := make([]float64, 0, n)
	for i, p := range b.full {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("table: %w", context.Cause(ctx))
		}
		all = append(all, p...)
		b.full[i] = nil
	}
	all = append(all, b.last...)
	b.last = nil
	return all, nil
}
