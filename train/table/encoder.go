package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// Missing says what an Encoder does with features that have no value.
type Missing int

const (
	RefuseMissing Missing = iota
	// ImputeMedian puts the median of the training rows in their place. Text
	// that is missing is none of the categories.
	ImputeMedian
	// ImputeIndicator does so too, and appends a feature that is 1 where the
	// value is missing and 0 elsewhere, for columns that lack values in the
	// training rows.
	ImputeIndicator
)

// Encoder makes numbers of the features of a Table: it puts a number where a
// value is missing, and replaces a column of text by one column of zeros and
// ones for each category. It learns both from the training rows, and a model
// that was trained on what it made carries it along (Model.Encoder). Its
// methods do not change it and may run concurrently.
type Encoder struct {
	Columns []EncodedColumn // of the table, in order
}

// EncodedColumn is one column of the tables that an Encoder takes.
type EncodedColumn struct {
	Name       string
	Categories []string // for text, ascending by bytes; one feature each, named Name=category
	Impute     bool     // missing values are admitted
	Fill       float64  // the number in their place; 0 for text
	Indicator  bool     // a feature Name=? tells where they were
}

// NewEncoder learns from the rows of t, which should be those trained on: the
// median of each column of numbers if missing values are to be imputed, and the
// categories of each column of text, in ascending order of their bytes whatever
// the order of the rows.
//
// It returns ErrNotFinite with row and column for a missing value that is not
// to be imputed, and ErrData for a column without any value, or for two
// features of one name. n·log n comparisons a column.
func NewEncoder(t *Table, missing Missing) (*Encoder, error) {
	if missing < RefuseMissing || missing > ImputeIndicator {
		return nil, fmt.Errorf("table: missing is %d, want RefuseMissing, ImputeMedian or ImputeIndicator: %w", int(missing), fault.ErrOption)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	d := len(t.Features)
	e := &Encoder{Columns: make([]EncodedColumn, d)}
	column := make([]float64, 0, t.Rows())
	for j, name := range t.Features {
		column = column[:0]
		for i := j; i < len(t.X); i += d {
			if v := t.X[i]; v == v {
				column = append(column, v)
			} else if missing == RefuseMissing {
				return nil, fmt.Errorf("table: row %d, column %s is missing: %w", i/d, fault.Clip(name), fault.ErrNotFinite)
			}
		}
		if len(column) == 0 {
			return nil, fmt.Errorf("table: column %s has no value in %d rows: drop it: %w", fault.Clip(name), t.Rows(), fault.ErrData)
		}
		c := &e.Columns[j]
		c.Name, c.Impute = name, missing != RefuseMissing
		c.Indicator = missing == ImputeIndicator && len(column) < t.Rows()
		if names := t.names(j); names != nil {
			there := make([]bool, len(names))
			for _, v := range column {
				there[int(v)] = true
			}
			for k, name := range names {
				if there[k] {
					c.Categories = append(c.Categories, name)
				}
			}
			slices.Sort(c.Categories)
		} else if c.Impute {
			c.Fill = middle(column)
		}
	}
	if err := e.Check(); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, name := range e.Features() {
		if seen[name] {
			return nil, fmt.Errorf("table: a column is named %s as is a category or indicator of another: rename or drop one: %w", fault.Clip(name), fault.ErrData)
		}
		seen[name] = true
	}
	return e, nil
}

// middle sorts v and returns its median.
func middle(v []float64) float64 {
	slices.Sort(v)
	k := len(v) / 2
	if len(v)%2 == 1 {
		return v[k]
	}
	return float64(v[k-1]*0.5) + float64(v[k]*0.5) // the sum may overflow
}

// Plain tells whether encoding changes nothing: numbers, none of them imputed.
func (e *Encoder) Plain() bool {
	for j := range e.Columns {
		if c := &e.Columns[j]; c.Impute || len(c.Categories) > 0 {
			return false
		}
	}
	return true
}

// Features returns the names of the features that encoding makes, in order:
// for each column its name, or Name=category for each category, and then
// Name=? if missing values have a feature of their own.
func (e *Encoder) Features() []string {
	var names []string
	for j := range e.Columns {
		c := &e.Columns[j]
		if len(c.Categories) == 0 {
			names = append(names, c.Name)
		}
		for _, text := range c.Categories {
			names = append(names, c.Name+"="+text)
		}
		if c.Indicator {
			names = append(names, c.Name+"=?")
		}
	}
	return names
}

// Encode returns the table of numbers that the model is trained on or predicts
// from. t must have the columns of e; its targets and weights are shared with
// the result, and so is X if e is plain. A category that e does not know is
// none of them: zeros.
//
// It returns ErrShape if the columns are not those of e, ErrNotFinite with row
// and column for a value that is missing and not imputed, and ErrMemory if the result
// takes more than memoryLimit bytes, 0 for what there is.
func (e *Encoder) Encode(t *Table, memoryLimit uint64) (*Table, error) {
	limit, source := memoryLimit, "the memory limit"
	if limit == 0 {
		limit, source = memory.Available()
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	if len(t.Features) != len(e.Columns) {
		return nil, fmt.Errorf("table: %d features for an encoder of %d columns: %w", len(t.Features), len(e.Columns), fault.ErrShape)
	}
	codes := make([][]int, len(e.Columns)) // of t's categories, −1 for none
	for j := range e.Columns {
		c := &e.Columns[j]
		names := t.names(j)
		if t.Features[j] != c.Name || (names == nil) != (len(c.Categories) == 0) {
			return nil, fmt.Errorf("table: column %s of the table is not what the encoder has as column %s: %w", fault.Clip(t.Features[j]), fault.Clip(c.Name), fault.ErrShape)
		}
		for _, name := range names {
			k, ok := slices.BinarySearch(c.Categories, name)
			if !ok {
				k = -1
			}
			codes[j] = append(codes[j], k)
		}
	}
	out := &Table{Y: t.Y, Weights: t.Weights, Targets: t.Targets, Classes: t.Classes, Features: e.Features()}
	d, width := len(e.Columns), len(out.Features)
	if e.Plain() {
		if err := fault.Finite(t.X, d); err != nil {
			return nil, fmt.Errorf("table: %w", err)
		}
		out.X = t.X
		return out, nil
	}
	if uint64(t.Rows()) > limit/8/uint64(width) {
		return nil, fmt.Errorf("table: %d rows of %d features, after encoding, take %s, %s is %s; drop columns: %w",
			t.Rows(), width, memory.Megabytes(8*uint64(t.Rows())*uint64(width)), source, memory.Megabytes(limit), fault.ErrMemory)
	}
	out.X = make([]float64, t.Rows()*width)
	to := out.X
	for i := 0; i < len(t.X); i += d {
		for j, v := range t.X[i : i+d] {
			c := &e.Columns[j]
			missing := v != v
			if missing && !c.Impute || !missing && v-v != 0 {
				return nil, fmt.Errorf("table: row %d, column %s is %v: %w", i/d, fault.Clip(c.Name), v, fault.ErrNotFinite)
			}
			switch {
			case len(c.Categories) > 0:
				if !missing {
					if k := codes[j][int(v)]; k >= 0 {
						to[k] = 1
					}
				}
				to = to[len(c.Categories):]
			default:
				if missing {
					v = c.Fill
				}
				to[0], to = v, to[1:]
			}
			if c.Indicator {
				if missing {
					to[0] = 1
				}
				to = to[1:]
			}
		}
	}
	return out, nil
}

// Check returns ErrModel unless the columns' names are there, different and
// short, and the categories ascend.
func (e *Encoder) Check() error {
	if len(e.Columns) < 1 || len(e.Columns) > maxColumns {
		return badEncoder("an encoder of %d columns", len(e.Columns))
	}
	seen := make(map[string]bool, len(e.Columns))
	for j := range e.Columns {
		c := &e.Columns[j]
		if c.Name == "" || len(c.Name) > MaxNameBytes || seen[c.Name] {
			return badEncoder("column %d has the name %s, which is empty, long or taken", j, fault.Clip(c.Name))
		}
		seen[c.Name] = true
		if c.Fill-c.Fill != 0 || c.Fill != 0 && (!c.Impute || len(c.Categories) > 0) {
			return badEncoder("column %s is imputed by %v", fault.Clip(c.Name), c.Fill)
		}
		if c.Indicator && !c.Impute {
			return badEncoder("column %s tells of missing values and refuses them", fault.Clip(c.Name))
		}
		for k, text := range c.Categories {
			if text == "" || len(c.Name)+1+len(text) > MaxNameBytes || k > 0 && text <= c.Categories[k-1] {
				return badEncoder("column %s has category %s, which is empty, long or not in order", fault.Clip(c.Name), fault.Clip(text))
			}
		}
	}
	return nil
}

func badEncoder(format string, args ...any) error {
	return fmt.Errorf("table: encoder: %s: %w", fmt.Sprintf(format, args...), fault.ErrModel)
}

// Makes tells whether e.Features() equals names, without making it: a file of a
// long name with many categories would be short, their names are not.
func (e *Encoder) Makes(names []string) bool {
	next := func(name, text string) bool {
		if len(names) == 0 {
			return false
		}
		rest, ok := strings.CutPrefix(names[0], name)
		names = names[1:]
		return ok && rest == text
	}
	for j := range e.Columns {
		c := &e.Columns[j]
		if len(c.Categories) == 0 && !next(c.Name, "") {
			return false
		}
		for _, text := range c.Categories {
			if !next(c.Name, "="+text) {
				return false
			}
		}
		if c.Indicator && !next(c.Name, "=?") {
			return false
		}
	}
	return len(names) == 0
}
