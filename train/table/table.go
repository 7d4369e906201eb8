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

	// Classes are the distinct labels in order of appearance if the target was
	// read as one (Options.Classes); Y then holds the index.
	Classes []string

	// Categories is nil for a table of numbers only. Otherwise it has an entry
	// for each feature: nil for numbers, and for text the distinct texts, in
	// order of appearance, of which X holds the index.
	Categories [][]string
}

// Rows returns n.
func (t *Table) Rows() int {
	if len(t.Features) == 0 {
		return 0
	}
	return len(t.X) / len(t.Features)
}

// names returns the categories of feature j, nil for numbers.
func (t *Table) names(j int) []string {
	if t.Categories == nil {
		return nil
	}
	return t.Categories[j]
}

// check returns ErrShape unless lengths agree, and ErrData for a category that
// has no name.
func (t *Table) check() error {
	n, d := t.Rows(), len(t.Features)
	if n == 0 || len(t.X) != n*d || t.Categories != nil && len(t.Categories) != d {
		return fmt.Errorf("table: %d values, %d features, %d lists of categories: %w", len(t.X), d, len(t.Categories), fault.ErrShape)
	}
	for j := range t.Categories {
		names := t.Categories[j]
		for i := j; i < len(t.X) && names != nil; i += d {
			if v := t.X[i]; v == v && !(v >= 0 && v < float64(len(names)) && v == math.Trunc(v)) {
				return fmt.Errorf("table: row %d, column %s holds %v, which is none of %d categories: %w", i/d, fault.Clip(t.Features[j]), v, len(names), fault.ErrData)
			}
		}
	}
	return nil
}
