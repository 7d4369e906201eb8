package train

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	maxRowBytes  = 16 << 20 // text of one row; an unclosed quote must not swallow the file
	maxNameBytes = 4096     // a column name, here and in the model file
)

// Table is a data set as read from CSV: n rows of d = len(Features) numbers and
// one target each, in the units of the file.
type Table struct {
	X        []float64 // n × d, row-major
	Y        []float64 // n targets; nil if the file has none (ReadFeaturesCSV)
	Features []string  // d names, in the order of X's columns
	Target   string    // name of Y
}

// Rows returns n.
func (t *Table) Rows() int {
	if len(t.Features) == 0 {
		return 0
	}
	return len(t.X) / len(t.Features)
}

// ReadCSV reads a table with a header line from comma-separated values. The
// column named target becomes Y, the last one if target is empty; all others
// become features. Blanks around names and numbers, quotes, a byte-order mark
// and blank lines are tolerated; numbers are those of strconv.ParseFloat.
//
// Every error in the text wraps ErrData and names line, column and the text at
// fault; NaN and infinite values also wrap ErrNotFinite. An error of r itself
// is returned wrapped. Beside the table, one row is held at a time, of at most
// 16 MiB.
func ReadCSV(r io.Reader, target string) (*Table, error) {
	c, err := newColumns(r)
	if err != nil {
		return nil, err
	}
	t := &Table{Target: target}
	if target == "" {
		t.Target = c.names[len(c.names)-1]
	}
	at := slices.Index(c.names, t.Target)
	if at < 0 {
		return nil, fmt.Errorf("train: csv has no target column %s; it has %s: %w", clip(t.Target), c.list(), ErrData)
	}
	if len(c.names) == 1 {
		return nil, fmt.Errorf("train: csv has only the target column %s and no features%s: %w", clip(t.Target), c.hint(), ErrData)
	}
	pick := make([]int, 0, len(c.names)-1)
	for k, name := range c.names {
		if k != at {
			pick = append(pick, k)
			t.Features = append(t.Features, name)
		}
	}
	return c.read(t, pick, at, false)
}

// ReadFeaturesCSV reads the named features, in that order and wherever they
// stand in the file, for Model.Predict. Other columns are not looked at, except
// the one named target: if target is not empty and the file has it, Y holds its
// values, NaN where the field is empty, and Y is nil otherwise. Format and errors
// are those of ReadCSV.
func ReadFeaturesCSV(r io.Reader, features []string, target string) (*Table, error) {
	if len(features) == 0 {
		return nil, fmt.Errorf("train: no feature names to look for in csv: %w", ErrData)
	}
	c, err := newColumns(r)
	if err != nil {
		return nil, err
	}
	t := &Table{Features: slices.Clone(features), Target: target}
	place := make(map[string]int, len(c.names))
	for k, name := range c.names {
		place[name] = k
	}
	pick := make([]int, len(features))
	for j, name := range features {
		k, ok := place[name]
		if !ok {
			return nil, fmt.Errorf("train: csv has no feature column %s; it has %s%s: %w", clip(name), c.list(), c.hint(), ErrData)
		}
		pick[j] = k
	}
	at := -1
	if k, ok := place[target]; ok {
		at = k
	}
	return c.read(t, pick, at, true)
}

// columns is a CSV stream whose header line has been read.
type columns struct {
	csv   *csv.Reader
	limit *rowLimit
	names []string
}

// rowLimit fails a row that takes more text than maxRowBytes: the CSV reader
// keeps a whole row in memory.
type rowLimit struct {
	r    io.Reader
	left int
}

var errRowTooLong = errors.New("row too long")

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

func newColumns(r io.Reader) (*columns, error) {
	limit := &rowLimit{r: r, left: maxRowBytes}
	text := bufio.NewReader(limit)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" {
		text.Discard(3)
	}
	c := &columns{csv: csv.NewReader(text), limit: limit}
	c.csv.FieldsPerRecord = -1 // counted here, for an error that says more
	c.csv.ReuseRecord = true
	header, err := c.next()
	if err == io.EOF {
		return nil, fmt.Errorf("train: csv is empty: a header line is needed: %w", ErrData)
	}
	if err != nil {
		return nil, err
	}
	seen := make(map[string]int, len(header))
	for k, name := range header {
		name = strings.TrimSpace(name)
		line, _ := c.csv.FieldPos(k)
		if name == "" {
			return nil, fmt.Errorf("train: csv line %d: column %d has no name: %w", line, k+1, ErrData)
		}
		if len(name) > maxNameBytes {
			return nil, fmt.Errorf("train: csv line %d: the name of column %d, %s, takes %d bytes, at most %d are allowed: %w", line, k+1, clip(name), len(name), maxNameBytes, ErrData)
		}
		if first, ok := seen[name]; ok {
			return nil, fmt.Errorf("train: csv line %d: columns %d and %d are both named %s: %w", line, first+1, k+1, clip(name), ErrData)
		}
		seen[name] = k
		c.names = append(c.names, name)
	}
	return c, nil
}

// next returns the fields of the next row that is not blank, or io.EOF.
func (c *columns) next() ([]string, error) {
	for {
		c.limit.left = maxRowBytes
		fields, err := c.csv.Read()
		var syntax *csv.ParseError
		switch {
		case err == nil:
		case err == io.EOF:
			return nil, err
		case errors.Is(err, errRowTooLong):
			return nil, fmt.Errorf("train: csv: a row takes more than %d bytes (a quote that is not closed?): %w", maxRowBytes, ErrData)
		case errors.As(err, &syntax):
			return nil, fmt.Errorf("train: csv line %d, byte %d: %w: %w", syntax.Line, syntax.Column, syntax.Err, ErrData)
		default:
			return nil, fmt.Errorf("train: reading csv: %w", err)
		}
		// The reader drops empty lines, this drops those of blanks; in a file of
		// one column they are a missing value.
		if len(fields) == 1 && len(c.names) != 1 && strings.TrimSpace(fields[0]) == "" {
			continue
		}
		return fields, nil
	}
}

// read appends all rows to t: column pick[j] to feature j, column at to the
// target unless at is negative.
func (c *columns) read(t *Table, pick []int, at int, mayLack bool) (*Table, error) {
	rows := 0
	for ; ; rows++ {
		fields, err := c.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(fields) != len(c.names) {
			line, _ := c.csv.FieldPos(0)
			return nil, fmt.Errorf("train: csv line %d has %d fields%s, the header has %d: %w", line, len(fields), c.edge(fields), len(c.names), ErrData)
		}
		for _, k := range pick {
			v, err := c.number(fields, k)
			if err != nil {
				return nil, err
			}
			t.X = append(t.X, v)
		}
		if at < 0 {
			continue
		}
		v := math.NaN()
		if !mayLack || strings.TrimSpace(fields[at]) != "" {
			if v, err = c.number(fields, at); err != nil {
				return nil, err
			}
		}
		t.Y = append(t.Y, v)
	}
	if rows == 0 {
		return nil, fmt.Errorf("train: csv has a header line and no rows: %w", ErrData)
	}
	return t, nil
}

// edge tells where a row that is too short or too long leaves the header.
func (c *columns) edge(fields []string) string {
	if n := len(c.names); len(fields) > n {
		return fmt.Sprintf(" (the first one too many is %s)", clip(fields[n]))
	}
	return fmt.Sprintf(" (column %s and what follows is missing)", clip(c.names[len(fields)]))
}

func (c *columns) number(fields []string, k int) (float64, error) {
	text := strings.TrimSpace(fields[k])
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && v-v == 0 {
		return v, nil
	}
	line, _ := c.csv.FieldPos(k)
	where := fmt.Sprintf("train: csv line %d, column %s", line, clip(c.names[k]))
	switch {
	case text == "":
		return 0, fmt.Errorf("%s: the field is empty, a number is needed: %w", where, ErrData)
	case err == nil:
		return 0, fmt.Errorf("%s: %s: %w: %w", where, clip(text), ErrNotFinite, ErrData)
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s: %s is beyond the range of float64: %w: %w", where, clip(text), ErrNotFinite, ErrData)
	}
	return 0, fmt.Errorf("%s: %s is not a number: %w", where, clip(text), ErrData)
}

// list names the columns, the first twenty if there are more.
func (c *columns) list() string {
	var b strings.Builder
	for k, name := range c.names {
		if k == 20 {
			fmt.Fprintf(&b, " and %d more", len(c.names)-k)
			break
		}
		if k > 0 {
			b.WriteString(", ")
		}
		b.WriteString(clip(name))
	}
	return b.String()
}

// hint recognises the usual other separators.
func (c *columns) hint() string {
	if len(c.names) == 1 && strings.ContainsAny(c.names[0], ";\t") {
		return " (fields must be separated by commas)"
	}
	return ""
}

// clip quotes text for an error message, cut to what a line can show.
func clip(text string) string {
	const most = 60
	if len(text) <= most {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + "…"
}
