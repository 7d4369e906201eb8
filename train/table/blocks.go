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

// each calls f with the numbers of each block in turn.
func (b *blocks) each(f func([]float64)) {
	for _, p := range b.full {
		f(p)
	}
	f(b.last)
}

// keep leaves those of the rows of so many numbers, and lets go of blocks that it does not need. No
// row lies in two blocks.
func (b *blocks) keep(width int, kept []bool) {
	all := append(b.full, b.last)
	to, row := 0, 0 // what is written lies before what is read
	for from, p := range all {
		if from == 0 {
			all[0] = p[:0]
		}
		for i := 0; i < len(p); i += width {
			if kept[row] {
				if cap(all[to])-len(all[to]) < width {
					to++
					all[to] = all[to][:0]
				}
				all[to] = append(all[to], p[i:i+width]...)
			}
			row++
		}
	}
	clear(all[to+1:])
	b.full, b.last, b.size = all[:to], all[to], 0
	for _, p := range all[:to+1] {
		b.size += cap(p)
	}
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
