package model

import (
	"context"
	"fmt"
	"io"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/table"
)

// ReadTable reads a table for Predict, by the names of its columns, which may
// stand in any order and among others, and encodes it as the training rows were.
// Y is nil unless the table has the target. Classes are those of the model, and an index in Y
// beyond them is of a label that it does not know. From opts, which may be nil, come
// Comma, NoHeader, Strict, MemoryLimit, which holds for the table
// before and after encoding each, and Progress. See table.Read for format and errors; ErrModel
// says that the model has no names.
func (m *Model) ReadTable(ctx context.Context, r io.Reader, opts *table.Options) (*table.Table, error) {
	o, err := m.readOptions(opts)
	if err != nil {
		return nil, err
	}
	t, err := table.Read(ctx, r, o)
	if err != nil {
		return nil, err
	}
	return o.Encoder.Encode(t, o.MemoryLimit)
}

// ReadParts is ReadTable for tables larger than memory: each is called with the features of so many rows at a time, encoded,
// and the table that is returned has all but these. See table.ReadParts.
func (m *Model) ReadParts(ctx context.Context, r io.Reader, opts *table.Options, rows int, each func(part *table.Table) error) (*table.Table, error) {
	o, err := m.readOptions(opts)
	if err != nil {
		return nil, err
	}
	return table.ReadParts(ctx, r, o, rows, func(part *table.Table) error {
		encoded, err := o.Encoder.Encode(part, o.MemoryLimit)
		if err != nil {
			return err
		}
		return each(encoded)
	})
}

// readOptions returns what a table is read by.
func (m *Model) readOptions(opts *table.Options) (*table.Options, error) {
	if len(m.Features) == 0 {
		return nil, fmt.Errorf("model: it has no column names, so the columns of a table cannot be told apart: %w", fault.ErrModel)
	}
	var o table.Options
	if opts != nil {
		o = *opts
	}
	o.Targets, o.Classes, o.Labels = m.Targets, len(m.Classes) > 0, m.Classes
	o.Encoder = m.encoder()
	return &o, nil
}

// encoder returns what makes the features of a table: of a model without one, its columns as
// they are.
func (m *Model) encoder() *table.Encoder {
	if m.Encoder != nil {
		return m.Encoder
	}
	e := &table.Encoder{Columns: make([]table.EncodedColumn, len(m.Features))}
	for j, name := range m.Features {
		e.Columns[j] = table.EncodedColumn{Name: name, Type: table.Number}
	}
	return e
}
