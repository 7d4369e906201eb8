package table

import (
	"fmt"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// following reads a column for prediction, by the type that it had in training.
type following struct {
	name    string
	Column  // without Categories
	lookup  func(text string) (int, bool)
	known   []string // what lookup knows, in its order
	impute  bool     // missing values are admitted
	strict  bool
	label   bool // of classes
	pooled  bool // unknown categories are among the rare ones
	other   int  // values that are not of the type, or unknown
	first   string
	line    int // of the first
	present int // values that are not missing
}

func newFollowing(c *EncodedColumn, strict bool) *following {
	f := &following{name: c.Name, Column: Column{Type: c.Type, Format: c.Format, TimeFormat: c.TimeFormat}, impute: c.Impute, strict: strict}
	if c.Type.named() {
		f.known = slices.Concat(c.Categories, c.Rare)
		f.lookup, f.pooled = c.find, c.Counts != nil
	}
	return f
}

// newFollowingLabels reads the column of classes.
func newFollowingLabels(name string, o *Options) *following {
	index := make(map[string]int, len(o.Labels))
	for k, label := range o.Labels {
		index[label] = k
	}
	f := &following{name: name, Column: Column{Type: Code}, known: o.Labels, impute: true, strict: o.Strict, label: true}
	f.lookup = func(text string) (int, bool) { k, ok := index[text]; return k, ok }
	return f
}

// text returns the value of a field.
func (f *following) text(text string, line int) (float64, error) {
	v, ok := f.read(text)
	switch {
	case ok:
		f.present++
		return v, nil
	case text == "" && !f.impute:
		return 0, fmt.Errorf("the field is empty, a value is needed: %w", fault.ErrData)
	case f.lacks(text) && f.impute:
		return nan, nil
	case f.strict || !f.impute && !f.Type.named():
		return 0, f.refusal(text)
	}
	f.present++
	if f.other++; f.other == 1 {
		f.first, f.line = text[:min(len(text), 2*60)], line
	}
	if f.Type.named() {
		return float64(len(f.known)), nil
	}
	return nan, nil
}

// lacks tells whether text stands for a missing value. Among categories the empty field alone does, as
// in training.
func (f *following) lacks(text string) bool {
	return text == "" || (f.label || !f.Type.named()) && lacks(text)
}

// read returns the value of a text of the column's type.
func (f *following) read(text string) (float64, bool) {
	switch f.Type {
	case Number:
		return f.Format.parse(text)
	case Time:
		return f.TimeFormat.parse(text)
	case Boolean:
		if v, ok := plainNumber(text); ok { // however it is written
			return v, v == 0 || v == 1
		}
		_, v, ok := booleanWord(text)
		return v, ok
	}
	if !f.label {
		text = categoryName(f.Type, f.name, text)
	}
	k, ok := f.lookup(text)
	return float64(k), ok && text != ""
}

// number returns the value of a number in an array.
func (f *following) number(v float64) (float64, error) {
	switch {
	case v != v && !f.impute:
		return 0, fmt.Errorf("%v: %w: %w", v, fault.ErrNotFinite, fault.ErrData)
	case v != v:
		return nan, nil
	case f.Type == Number || f.Type == Time && f.TimeFormat != PlainYMD:
		f.present++
		return v, nil
	}
	return f.text(nameOf(f.Type, v), 0)
}

// refusal says what is wrong with a text that is not of the type.
func (f *following) refusal(text string) error {
	switch {
	case f.label:
		return fmt.Errorf("%s is not a class that the model knows; it knows %s: %w", fault.Clip(text), fault.List(f.known), fault.ErrData)
	case f.Type.named():
		return fmt.Errorf("%s is not a category that the model knows; it knows %s: %w", fault.Clip(text), fault.List(f.known), fault.ErrData)
	}
	return notOf(f.Column, text)
}

// told returns what there is to tell of the values. Few texts among numbers are taken
// for missing, as in training: more are the error of a wrong column.
func (f *following) told() (string, error) {
	if f.other == 0 {
		return "", nil
	}
	name, where := fault.Clip(f.name), ""
	if f.line > 0 {
		where = fmt.Sprintf(" in line %d", f.line)
	}
	first := fault.Clip(f.first) + where
	switch {
	case f.label:
		return fmt.Sprintf("column %s: labels that the model does not know in %d of %d rows, first %s: they count as wrong", name, f.other, f.present, first), nil
	case f.Type.named() && f.pooled:
		return "", nil
	case f.Type.named():
		return fmt.Sprintf("column %s: categories that the model does not know in %d of %d values, first %s: they count as none of those it knows", name, f.other, f.present, first), nil
	case f.Type == Boolean || float64(f.other) <= strayShare*float64(f.present):
		return fmt.Sprintf("column %s: no %s in %d of %d values, first %s: they count as missing", name, f.Type, f.other, f.present, first), nil
	}
	return "", fmt.Errorf("table: csv line %d, column %s: %w", f.line, name, f.refusal(f.first))
}

// column describes the values, of which the last is any that is unknown.
func (f *following) column() Column {
	c := f.Column
	if c.Type.named() {
		c.Categories = append(slices.Clip(f.known), "")
	}
	return c
}

// describe sets the columns of a table, or a part of one, for prediction.
func (b *builder) describe(t *Table) {
	plain := true
	columns := make([]Column, len(b.features))
	for j := range columns {
		c := b.follows[j].column()
		columns[j] = c
		plain = plain && c.Type == Number && c.Format.plain()
	}
	if !plain {
		t.Columns = columns
	}
}

// settleFollowing is settle for prediction.
func (b *builder) settleFollowing(t *Table) error {
	for _, f := range b.follows {
		note, err := f.told()
		if err != nil {
			return err
		}
		if note != "" {
			b.notices = append(b.notices, note)
		}
	}
	b.describe(t)
	if len(b.targets) > 0 && b.o.Classes {
		t.Classes = slices.Clip(b.o.Labels)
	}
	for j := range b.columns { // targets of numbers
		c, s := &b.columns[j], cells{t.Y, j, len(b.columns)}
		f := c.asNumbers(s, b.semicolon)
		if err := c.refuse(f); err != nil {
			return err
		}
		s.turn(f.texts, f.number)
	}
	return nil
}
