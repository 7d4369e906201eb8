package table

import (
	"context"
	"fmt"
	"io"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// parts are what ReadParts hands over, of so many rows.
type parts struct {
	rows int
	each func(*Table) error
}

// ReadParts is Read for prediction of tables larger than memory: each is called with the features of so many rows
// at a time, of the last part with those that are left, and may keep them. What it returns ends the reading. The
// table that ReadParts returns has all but the features, X: the targets, if they are there, and the notices.
// opts must have an Encoder. An error may come after parts that were without one.
//
// Memory is that of a part, twice, and of the targets, twice; an array in Fortran order is held as a whole.
func ReadParts(ctx context.Context, r io.Reader, opts *Options, rows int, each func(part *Table) error) (*Table, error) {
	if opts == nil || opts.Encoder == nil {
		return nil, fmt.Errorf("table: ReadParts without an Encoder, where types are decided by all rows: %w", fault.ErrOption)
	}
	if rows < 1 {
		return nil, fmt.Errorf("table: parts of %d rows, want at least 1: %w", rows, fault.ErrOption)
	}
	return read(ctx, r, opts, parts{rows, each})
}

// part hands over the features that there are.
func (b *builder) part() error {
	t := &Table{Features: b.featureNames, Targets: b.targetNames}
	var err error
	if t.X, err = b.x.join(b.ctx); err != nil || t.X == nil {
		return err
	}
	b.x = blocks{}
	b.describe(t)
	return b.parts.each(t)
}
