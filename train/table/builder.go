package table

import (
	"context"
	"fmt"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// builder collects the rows of a table. A reader calls begin with the names of
// all columns, then row for each row and fills in what layout says.
type builder struct {
	ctx    context.Context
	o      *Options
	source *source
	layout
	columns []column     // of each feature and then of each target, for training
	follows []*following // the same, for prediction
	x, y, w blocks
	rows    int
	bytes   int64  // read so far, for Progress
	held    int    // numbers that the reader keeps beside the table
	named   uint64 // bytes of texts and the names they make
	notices []string
	needed  map[string]bool // what prediction looks at

	semicolon bool // fields are not separated by commas, which are then in the numbers
}

// row returns the next row's features, targets and weight (of length 0 or 1).
func (b *builder) row() (x, y, w []float64, err error) {
	if b.rows%1024 == 0 && b.rows > 0 {
		if b.ctx.Err() != nil {
			return nil, nil, nil, fmt.Errorf("table: %w", context.Cause(b.ctx))
		}
		if b.o.Progress != nil {
			b.o.Progress(b.rows, b.bytes)
		}
	}
	b.rows++
	x, y = b.x.take(len(b.features)), b.y.take(len(b.targets))
	if b.weight >= 0 {
		w = b.w.take(1)
	}
	return x, y, w, b.fits()
}

// fits returns ErrMemory if there is more than the limit.
func (b *builder) fits() error {
	// The blocks and the slices they are joined to.
	if need := 8*(2*uint64(b.x.size+b.y.size+b.w.size)+uint64(b.held)) + b.named; need > b.o.MemoryLimit {
		return fmt.Errorf("table: it takes more than %s at row %d, a memory limit of %s allows no more; drop columns, or read part of it: %w",
			memory.Megabytes(need), b.rows, memory.Megabytes(b.o.MemoryLimit), fault.ErrMemory)
	}
	return nil
}

// note keeps a sentence for Table.Notices.
func (b *builder) note(format string, args ...any) {
	b.notices = append(b.notices, fmt.Sprintf(format, args...))
}

// finish makes the table of the rows: types are decided now.
func (b *builder) finish() (*Table, error) {
	if err := b.fits(); err != nil { // the last row may have had texts
		return nil, err
	}
	t := &Table{Features: b.featureNames, Targets: b.targetNames}
	for _, part := range []struct {
		from *blocks
		to   *[]float64
	}{{&b.x, &t.X}, {&b.y, &t.Y}, {&b.w, &t.Weights}} {
		var err error
		if *part.to, err = part.from.join(b.ctx); err != nil {
			return nil, err
		}
	}
	settle := b.settle
	if b.o.Encoder != nil {
		settle = b.settleFollowing
	}
	if err := settle(t); err != nil {
		return nil, err
	}
	t.Notices = b.notices
	return t, nil
}

// settle decides the types of the columns, and lets go of those that are not used.
func (b *builder) settle(t *Table) error {
	d, plain := len(b.features), true
	var kept []int
	columns := make([]Column, 0, d)
	for j := range d {
		if b.ctx.Err() != nil {
			return fmt.Errorf("table: %w", context.Cause(b.ctx))
		}
		c, note, err := b.infer(&b.columns[j], cells{t.X, j, d})
		if err != nil {
			return err
		}
		if note != "" {
			b.notices = append(b.notices, note)
		}
		if c.Type != Ignored {
			kept, columns = append(kept, j), append(columns, c)
			plain = plain && c.Type == Number && c.Format.plain()
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("table: none of its columns is of use as a feature: %s: %w", strings.Join(b.notices[:min(len(b.notices), 3)], "; "), fault.ErrData)
	}
	if !plain {
		t.Columns = columns
	}
	if len(kept) < d {
		t.keep(kept)
	}
	k := len(b.targets)
	for j := range k {
		var err error
		if t.Classes, err = b.inferTarget(&b.columns[d+j], cells{t.Y, j, k}); err != nil {
			return err
		}
	}
	return b.leaveOut(t)
}

// keep leaves the given features, which ascend, in the place of all.
func (t *Table) keep(features []int) {
	d, to := len(t.Features), 0
	for i := 0; i < len(t.X); i += d {
		for _, j := range features {
			t.X[to] = t.X[i+j]
			to++
		}
	}
	t.X = t.X[:to]
	var names []string
	for _, j := range features {
		names = append(names, t.Features[j])
	}
	t.Features = names
}
