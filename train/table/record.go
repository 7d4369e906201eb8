package table

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// RecordEncoder makes the features of one record after another, such as the requests of a
// service, as an Encoder makes them of a table. Any number of goroutines may use one.
type RecordEncoder struct {
	columns []recordColumn
	index   map[string]int // of the columns, by name
	width   int
}

type recordColumn struct {
	*EncodedColumn
	follow *following
	codes  []int // of the categories, and −1 for one that is none of them
	width  int
}

// NewRecordEncoder returns a RecordEncoder. With strict, a category that the encoder does not
// know is refused. It returns ErrModel if the encoder contradicts itself.
func (e *Encoder) NewRecordEncoder(strict bool) (*RecordEncoder, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	r := &RecordEncoder{columns: make([]recordColumn, len(e.Columns)), index: make(map[string]int, len(e.Columns))}
	for j := range e.Columns {
		c := &e.Columns[j]
		to := recordColumn{EncodedColumn: c, follow: newFollowing(c, strict), width: c.width()}
		for k := range c.known() {
			to.codes = append(to.codes, k)
		}
		to.codes = append(to.codes, -1)
		r.columns[j], r.index[c.Name] = to, j
		r.width += to.width
	}
	return r, nil
}

// Width returns the number of features, which is len(Encoder.Features()).
func (r *RecordEncoder) Width() int { return r.width }

// Encode writes the features of a record, values by the names of columns, to dst of length
// Width(), and returns how many values are categories that the encoder does not know and
// takes for none of those it knows.
//
// A value is a number of any type (json.Number too), a bool, a string, which is read as a field of
// a file would be, or a time.Time, of which the clock counts as it is. A column that the record
// does not have, nil, NaN and strings that stand for no value are missing. Other keys
// do not matter, but for one that looks like the name of a column that is not there.
//
// It returns ErrShape for a wrong length of dst, and ErrData, or ErrNotFinite for an infinite
// number, with column and value; dst is then incomplete. It allocates nothing but errors,
// the names of numbers in columns of categories, and, where a record has gaps and other keys, what it
// takes to compare these.
func (r *RecordEncoder) Encode(dst []float64, record map[string]any) (unknown int, err error) {
	if len(dst) != r.width {
		return 0, fmt.Errorf("table: %d values for the %d features of a record: %w", len(dst), r.width, fault.ErrShape)
	}
	clear(dst)
	found := 0
	for j := range r.columns {
		c := &r.columns[j]
		v, ok := record[c.Name]
		if ok {
			found++
		}
		value, none, err := c.value(v)
		if err != nil {
			return 0, fmt.Errorf("table: column %s: %w", fault.Clip(c.Name), err)
		}
		if none {
			unknown++
		}
		c.encode(dst, value, c.codes)
		dst = dst[c.width:]
	}
	if found < len(record) && found < len(r.columns) {
		return unknown, r.misspelt(record)
	}
	return unknown, nil
}

// value returns what a value of a record is among the cells of the column, and whether it is an
// unknown category.
func (c *recordColumn) value(v any) (cell float64, none bool, err error) {
	switch v := v.(type) {
	case nil:
		return c.missing()
	case string:
		return c.text(strings.TrimSpace(v))
	case json.Number:
		return c.text(string(v))
	case bool:
		return c.boolean(v)
	case time.Time:
		if c.Type != Time {
			return 0, false, fmt.Errorf("a time, where the column holds a %v: %w", c.Type, fault.ErrData)
		}
		year, month, day := v.Date()
		hour, minute, second := v.Clock()
		whole := time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix()
		return float64(whole) + float64(v.Nanosecond())/1e9, false, nil
	}
	number, ok := asNumber(v)
	switch {
	case !ok:
		return 0, false, fmt.Errorf("a %T is no number, text, bool or time: %w", v, fault.ErrData)
	case number != number:
		return c.missing()
	case math.IsInf(number, 0):
		return 0, false, fmt.Errorf("%v: %w: %w", number, fault.ErrNotFinite, fault.ErrData)
	case c.Type == Number || c.Type == Time && c.TimeFormat != PlainYMD:
		return number, false, nil
	}
	return c.text(nameOf(c.Type, number))
}

func (c *recordColumn) missing() (float64, bool, error) {
	if !c.Impute {
		return 0, false, fmt.Errorf("it has no value, and the model takes none that is missing: %w", fault.ErrData)
	}
	return nan, false, nil
}

func (c *recordColumn) boolean(v bool) (float64, bool, error) {
	switch {
	case c.Type.named() && v:
		return c.text("true")
	case c.Type.named():
		return c.text("false")
	case c.Type == Time:
		return 0, false, notOf(c.follow.Column, fmt.Sprint(v))
	case v:
		return 1, false, nil
	}
	return 0, false, nil
}

// text reads a text as a field of a file; one that is not of the type is an error here, where
// no column shows that it is a stray one.
func (c *recordColumn) text(text string) (float64, bool, error) {
	v, ok := c.follow.read(text)
	switch {
	case ok:
		return v, false, nil
	case c.follow.lacks(text):
		return c.missing()
	case !c.Type.named() || c.follow.strict:
		return 0, false, c.follow.refusal(text)
	}
	return float64(len(c.codes) - 1), true, nil
}

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case int16:
		return float64(v), true
	case int8:
		return float64(v), true
	case uint:
		return float64(v), true
	case uint64:
		return float64(v), true
	case uint32:
		return float64(v), true
	case uint16:
		return float64(v), true
	case uint8:
		return float64(v), true
	}
	return 0, false
}

// misspelt returns an error for the first key, by its bytes, that is no column but looks like
// the name of one that the record does not have.
func (r *RecordEncoder) misspelt(record map[string]any) error {
	var strange, lacking []string
	for key := range record {
		if _, ok := r.index[key]; !ok {
			strange = append(strange, key)
		}
	}
	slices.Sort(strange)
	for j := range r.columns {
		if _, ok := record[r.columns[j].Name]; !ok {
			lacking = append(lacking, r.columns[j].Name)
		}
	}
	for _, key := range strange {
		for _, name := range lacking {
			if alike(key, name) {
				return fmt.Errorf("table: the record has %s and no column %s; is that its name?: %w", fault.Clip(key), fault.Clip(name), fault.ErrData)
			}
		}
	}
	return nil
}

// alike tells whether two names are the same but for case, marks and what is neither letter nor digit,
// or, from five letters on, for one letter that is wrong, missing, too many or in the place of its
// neighbour.
func alike(a, b string) bool {
	x, y := letters(a), letters(b)
	if slices.Equal(x, y) {
		return len(x) > 0
	}
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < 5 || len(y)-len(x) > 1 {
		return false
	}
	k := 0
	for k < len(x) && x[k] == y[k] {
		k++
	}
	if len(x) < len(y) {
		return slices.Equal(x[k:], y[k+1:])
	}
	return slices.Equal(x[k+1:], y[k+1:]) || k+1 < len(x) && x[k] == y[k+1] && x[k+1] == y[k] && slices.Equal(x[k+2:], y[k+2:])
}

// letters are those of a name, and its digits, in lower case and without marks.
func letters(name string) []rune {
	name, _ = bare(name)
	return slices.DeleteFunc([]rune(strings.ToLower(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
