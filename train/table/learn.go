package table

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Missing says what an Encoder does with features that have no value.
type Missing int

const (
	// ImputeIndicator puts the median of the training rows in their place, and appends a
	// feature that is 1 where the value is missing and 0 elsewhere, for columns that lack
	// values in the training rows. A category that is missing is none of those there are.
	ImputeIndicator Missing = iota
	ImputeMedian            // without the feature
	RefuseMissing           // in training and prediction
)

// EncoderOptions says what NewEncoder makes of a table. The zero value is ready to use.
type EncoderOptions struct {
	Missing Missing

	// Categories is the number of categories of a column that have a feature each; the rest
	// are pooled, see EncodedColumn. 0 means a twentieth of the rows, and 20 to 64, with
	// Indices 32 from 8192 rows on.
	Categories int

	// Indices asks for indices in place of features for the most frequent categories of a column that has more than
	// Categories: train.Fit, which needs the encoder for it (train.Options.Encoder), puts in their place
	// what the targets of the category are on average. It is for tables of at most 8 targets, or
	// classes.
	Indices bool
}

// Bounds of EncoderOptions.Categories when that is 0: a feature that few rows have tells
// little and costs as much as any.
const (
	rowsOfCategory = 20
	fewestOwn      = 20
	mostOwn        = 64
	manyRows       = 8192 // where averages by category are as good, and features dear
	mostOfMany     = 32
)

// mostIndices is the number of targets up to which a column has indices.
const mostIndices = 8

// NewEncoder learns from the rows of t, which should be those trained on: the median and
// range of each column of numbers, which parts of a time differ, and the categories in
// ascending order of their bytes, all of it whatever the order of the rows. opts may be nil.
//
// It returns ErrNotFinite with row and column for a missing value that is to be refused, and
// ErrData for two features of one name. A column without any value becomes zeros. n·log n
// comparisons a column.
func NewEncoder(t *Table, opts *EncoderOptions) (*Encoder, error) {
	var o EncoderOptions
	if opts != nil {
		o = *opts
	}
	if o.Missing < ImputeIndicator || o.Missing > RefuseMissing {
		return nil, fmt.Errorf("table: Missing is %d, want ImputeIndicator, ImputeMedian or RefuseMissing: %w", int(o.Missing), fault.ErrOption)
	}
	if o.Categories < 0 {
		return nil, fmt.Errorf("table: Categories is %d, want at least 1, or 0: %w", o.Categories, fault.ErrOption)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	if o.Categories == 0 {
		o.Categories = min(max(t.Rows()/rowsOfCategory, fewestOwn), mostOwn)
		if o.Indices && t.Rows() >= manyRows {
			o.Categories = mostOfMany
		}
	}
	indices := 0
	if k := t.outputs(); o.Indices && k <= mostIndices {
		indices = k
	}
	d := len(t.Features)
	e := &Encoder{Columns: make([]EncodedColumn, d)}
	values := make([]float64, 0, t.Rows())
	for j, name := range t.Features {
		values = values[:0]
		for i := j; i < len(t.X); i += d {
			if v := t.X[i]; v == v {
				values = append(values, v)
			} else if o.Missing == RefuseMissing {
				return nil, fmt.Errorf("table: row %d, column %s is missing: %w", i/d, fault.Clip(name), fault.ErrNotFinite)
			}
		}
		c := &e.Columns[j]
		c.Name, c.Impute = name, o.Missing != RefuseMissing
		c.Indicator = o.Missing == ImputeIndicator && len(values) < t.Rows() && len(values) > 0
		c.learn(t.Column(j), values, o.Categories, indices)
	}
	if err := e.Check(); err != nil {
		return nil, err
	}
	names := e.Features()
	if len(names) == 0 {
		return nil, fmt.Errorf("table: no column has a value in %d rows: %w", t.Rows(), fault.ErrData)
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return nil, fmt.Errorf("table: a column is named %s as is a category or another feature of a second column: rename or drop one: %w", fault.Clip(name), fault.ErrData)
		}
		seen[name] = true
	}
	return e, nil
}

// outputs returns how many numbers a model tells of a row: the targets, or one for each class, of two classes one.
func (t *Table) outputs() int {
	switch k := len(t.Classes); k {
	case 0:
		return len(t.Targets)
	case 2:
		return 1
	default:
		return k
	}
}

// learn learns from the values of a column, which it sorts: with so many indices, 0 for none, in place of features for
// the most frequent categories if there are more than most.
func (c *EncodedColumn) learn(column Column, values []float64, most, indices int) {
	c.Type, c.Format, c.TimeFormat = column.Type, column.Format, column.TimeFormat
	if c.Type.named() {
		c.learnCategories(column.Categories, values, most, indices)
		return
	}
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	c.Min, c.Max = values[0], values[len(values)-1]
	if c.Type == Time {
		c.Parts = differing(values)
	}
	if c.Impute && c.Type != Boolean {
		c.Fill = median(values)
	}
}

// median returns that of v, which ascends.
func median(v []float64) float64 {
	k := len(v) / 2
	if len(v)%2 == 1 {
		return v[k]
	}
	return float64(v[k-1]*0.5) + float64(v[k]*0.5) // the sum may overflow
}

// differing returns the parts of a time that are not the same in all values.
func differing(values []float64) TimeParts {
	var parts TimeParts
	first := clock(values[0])
	for _, v := range values {
		for _, p := range timeParts {
			if parts&p.part == 0 && p.of(clock(v)) != p.of(first) {
				parts |= p.part
			}
		}
		if parts == allParts {
			break
		}
	}
	return parts
}

// learnCategories gives features to the categories that there are, or to the most frequent
// if they are more than most, none with indices: of equals the first by their bytes.
func (c *EncodedColumn) learnCategories(names []string, values []float64, most, indices int) {
	type category struct {
		text  string
		count int
	}
	all := make([]category, len(names))
	for k, name := range names {
		all[k].text = name
	}
	for _, v := range values {
		all[int(v)].count++
	}
	all = slices.DeleteFunc(all, func(a category) bool { return a.count == 0 })
	byText := func(a, b category) int { return cmp.Compare(a.text, b.text) }
	if len(all) <= most {
		slices.SortFunc(all, byText)
		for _, a := range all {
			c.Categories = append(c.Categories, a.text)
		}
		return
	}
	if c.Indices = indices; indices > 0 {
		most = 0
	}
	// What occurred once says nothing that what never occurred would not.
	all = slices.DeleteFunc(all, func(a category) bool { return a.count == 1 })
	slices.SortFunc(all, func(a, b category) int {
		return cmp.Or(cmp.Compare(b.count, a.count), byText(a, b))
	})
	c.Counts = make([]int, 0, len(all))
	for k, part := range [][]category{all[:min(most, len(all))], all[min(most, len(all)):]} {
		slices.SortFunc(part, byText)
		to := []*[]string{&c.Categories, &c.Rare}[k]
		for _, a := range part {
			*to = append(*to, a.text)
			c.Counts = append(c.Counts, a.count)
		}
	}
}
