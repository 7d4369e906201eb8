package table

import (
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Table is a data set as read: n rows of d = len(Features) values and
// len(Targets) targets each, in the units of the file.
type Table struct {
	X        []float64 // n × d, row-major; NaN where a value is missing
	Y        []float64 // n × len(Targets), row-major; nil if the file has none
	Weights  []float64 // n sample weights, at least 0; nil without Options.Weight
	Features []string  // d names, in the order of X's columns
	Targets  []string  // names of Y's columns

	// Origin has the row of the file, from 0, of each row; nil if none was left out, for want of
	// a target or of memory (Options.Sample).
	Origin []int

	// Classes are the distinct labels in order of appearance if the target is one of
	// classes (texts, booleans, or Options.Classes); Y then holds the index. For
	// prediction they are Options.Labels, and an index beyond is of a label that is none.
	Classes []string

	// Columns is nil for a table of plain numbers only. Otherwise it has an entry for
	// each feature.
	Columns []Column

	// Notices are sentences about what Read took for granted: columns that are not used,
	// values that count as missing, a first line that looks like data.
	Notices []string
}

// Rows returns n.
func (t *Table) Rows() int {
	if len(t.Features) == 0 {
		return 0
	}
	return len(t.X) / len(t.Features)
}

// Select returns a table of copies of the given rows, in their order. What describes the
// columns is shared.
func (t *Table) Select(rows []int) *Table {
	part := *t
	take := func(from []float64, width int) []float64 {
		if from == nil {
			return nil
		}
		to := make([]float64, 0, len(rows)*width)
		for _, i := range rows {
			to = append(to, from[i*width:(i+1)*width]...)
		}
		return to
	}
	if t.Origin != nil {
		part.Origin = make([]int, len(rows))
		for k, i := range rows {
			part.Origin[k] = t.Origin[i]
		}
	}
	part.X, part.Y, part.Weights = take(t.X, len(t.Features)), take(t.Y, len(t.Targets)), take(t.Weights, 1)
	return &part
}

// Column describes feature j.
func (t *Table) Column(j int) Column {
	var c Column
	if t.Columns != nil {
		c = t.Columns[j]
	}
	if c.Type == Auto {
		c.Type = Number
	}
	return c
}

// check returns ErrShape unless lengths agree, and ErrData for a category that
// has no name.
func (t *Table) check() error {
	n, d := t.Rows(), len(t.Features)
	if n == 0 || len(t.X) != n*d || t.Columns != nil && len(t.Columns) != d {
		return fmt.Errorf("table: %d values, %d features, %d columns: %w", len(t.X), d, len(t.Columns), fault.ErrShape)
	}
	for j := range t.Columns {
		c := &t.Columns[j]
		for i := j; i < len(t.X) && c.Type.named(); i += d {
			if v := t.X[i]; v == v && !(v >= 0 && v < float64(len(c.Categories)) && v == math.Trunc(v)) {
				return fmt.Errorf("table: row %d, column %s holds %v, which is none of %d categories: %w", i/d, fault.Clip(t.Features[j]), v, len(c.Categories), fault.ErrData)
			}
		}
	}
	return nil
}
