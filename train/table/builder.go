package table

import (
	"context"
	"fmt"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
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
	rows    int    // of the file
	bytes   int64  // read so far, for Progress
	held    int    // numbers that the reader keeps beside the table
	named   uint64 // bytes of texts and the names they make
	sample  sample // of the rows, with Options.Sample
	parts   parts  // of ReadParts
	notices []string
	needed  map[string]bool // what prediction looks at

	semicolon bool // fields are not separated by commas, which are then in the numbers
}

// next counts a row of the file, and tells whether there is room for it in the table.
func (b *builder) next() (bool, error) {
	if b.rows%1024 == 0 && b.rows > 0 {
		if b.ctx.Err() != nil {
			return false, fmt.Errorf("table: %w", context.Cause(b.ctx))
		}
		if b.o.Progress != nil {
			b.o.Progress(b.rows, b.bytes)
		}
	}
	if b.parts.each != nil && b.rows%b.parts.rows == 0 && b.rows > 0 {
		if err := b.part(); err != nil {
			return false, err
		}
	}
	b.rows++
	if !b.o.Sample {
		return true, b.fits()
	}
	if err := b.thin(); err != nil || !b.stays(b.rows-1) {
		return false, err
	}
	b.sample.origin = append(b.sample.origin, b.rows-1)
	return true, nil
}

// row returns the features, targets and weight (of length 0 or 1) of the row that next has counted.
func (b *builder) row() (x, y, w []float64) {
	x, y = b.x.take(len(b.features)), b.y.take(len(b.targets))
	if b.weight >= 0 {
		w = b.w.take(1)
	}
	return x, y, w
}

// need returns the bytes that the table takes: of the blocks, and of the slices they are joined to.
func (b *builder) need() uint64 {
	return 8*(2*uint64(b.x.size+b.y.size+b.w.size)+uint64(b.held)+uint64(cap(b.sample.origin))) + b.named
}

// fits returns ErrMemory if there is more than the limit.
func (b *builder) fits() error {
	if b.need() > b.o.MemoryLimit {
		return b.tooMuch()
	}
	return nil
}

// note keeps a sentence for Table.Notices.
func (b *builder) note(format string, args ...any) {
	b.notices = append(b.notices, fmt.Sprintf(format, args...))
}

// finish makes the table of the rows: types are decided now.
func (b *builder) finish() (*Table, error) {
	last := b.fits // the last row may have had texts
	if b.o.Sample {
		last = b.thin
	}
	if err := last(); err != nil {
		return nil, err
	}
	b.noteSample()
	if b.parts.each != nil {
		if err := b.part(); err != nil {
			return nil, err
		}
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
