package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// readCSV reads the rows of comma-separated values. See Read.
func readCSV(text *bufio.Reader, b *builder) error {
	c, err := newColumns(text, b)
	if err != nil {
		return err
	}
	if err := b.begin(c.names, c.hint()); err != nil {
		return err
	}
	for {
		fields := c.first
		if c.first = nil; fields == nil {
			if fields, err = c.next(); err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		if len(fields) != len(c.names) {
			line, _ := c.csv.FieldPos(0)
			return fmt.Errorf("table: csv line %d has %d fields%s, the %s has %d: %w", line, len(fields), c.edge(fields), c.head, len(c.names), fault.ErrData)
		}
		if err := c.row(fields); err != nil {
			return err
		}
	}
	if b.rows == 0 && b.o.Encoder == nil { // nothing asked is answered by nothing
		return fmt.Errorf("table: csv has a header line and no rows: %w", fault.ErrData)
	}
	return nil
}

// columns is a CSV stream whose header line has been read.
type columns struct {
	csv   *csv.Reader
	limit *rowLimit
	b     *builder
	names []string
	head  string   // what the number of fields comes from
	first []string // the first row, if there is no header line
}

// rowLimit fails a row that takes more text than maxRowBytes, or has many more
// fields than there may be columns: the CSV reader keeps a whole row in memory,
// and 40 bytes for each field.
type rowLimit struct {
	r      io.Reader
	comma  []byte
	left   int
	commas int
}

const maxCommas = 2 * maxColumns

// what is read ahead counts as well

var errRowTooLong = errors.New("row too long")

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 || l.commas <= 0 {
		return 0, errRowTooLong
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	l.commas -= bytes.Count(p[:n], l.comma)
	return n, err
}

func (l *rowLimit) reset() { l.left, l.commas = maxRowBytes, maxCommas }

func newColumns(r *bufio.Reader, b *builder) (*columns, error) {
	r, err := decoded(r)
	if err != nil {
		return nil, err
	}
	limit := &rowLimit{r: r, comma: []byte(",")}
	limit.reset()
	text := bufio.NewReaderSize(limit, 1<<16)
	c := &columns{csv: csv.NewReader(text), limit: limit, b: b, head: "header"}
	comma, said := b.o.Comma, separatorLine(text)
	if comma == 0 {
		comma = said
	}
	switch {
	case comma == 0:
		comma = likeliestComma(text)
	case !separates(comma):
		return nil, fmt.Errorf("table: %q cannot separate fields: %w", comma, fault.ErrOption)
	}
	c.csv.Comma, b.semicolon = comma, comma == ';'
	limit.comma = []byte(string(comma))
	c.csv.FieldsPerRecord = -1 // counted here, for an error that says more
	c.csv.ReuseRecord = true
	header, err := c.next()
	if err == nil && said != 0 {
		header, err = c.next()
	}
	if err == io.EOF {
		if b.o.NoHeader {
			return nil, fmt.Errorf("table: csv is empty: %w", fault.ErrData)
		}
		return nil, fmt.Errorf("table: csv is empty: a header line is needed: %w", fault.ErrData)
	}
	if err != nil {
		return nil, err
	}
	line, _ := c.csv.FieldPos(0)
	if len(header) > maxColumns {
		return nil, fmt.Errorf("table: csv line %d: %d columns, at most %d are allowed: %w", line, len(header), maxColumns, fault.ErrData)
	}
	if b.o.NoHeader {
		c.names, c.first, c.head = positions(len(header)), header, "first row"
		return c, nil
	}
	return c, c.nameColumns(header)
}

// nameColumns takes the names of the header line. A column without a name, as pandas and R
// write that of the rows, stays nameless and is not looked at.
func (c *columns) nameColumns(header []string) error {
	seen := make(map[string]int, len(header))
	nameless, numbers := 0, 0
	for k, name := range header {
		name = strings.TrimSpace(name)
		line, _ := c.csv.FieldPos(k)
		if name == "" || strings.HasPrefix(name, "Unnamed: ") {
			nameless++
			c.names = append(c.names, "")
			continue
		}
		first, twice := seen[name]
		if (twice || len(name) > maxColumnName) && !c.b.needs(name) {
			c.names = append(c.names, "")
			continue
		}
		if _, ok := plainNumber(name); ok {
			numbers++
		}
		if len(name) > maxColumnName {
			return fmt.Errorf("table: csv line %d: the name of column %d, %s, takes %d bytes, at most %d are allowed: %w", line, k+1, fault.Clip(name), len(name), maxColumnName, fault.ErrData)
		}
		if twice {
			hint := ""
			if numbers > 0 {
				hint = "; it looks like data: if there is no header line, say so (NoHeader, -header=false)"
			}
			return fmt.Errorf("table: csv line %d: columns %d and %d are both named %s%s: %w", line, first+1, k+1, fault.Clip(name), hint, fault.ErrData)
		}
		seen[name] = k
		c.names = append(c.names, name)
	}
	if len(seen) == 0 {
		line, _ := c.csv.FieldPos(0)
		return fmt.Errorf("table: csv line %d: none of %d columns has a name: %w", line, len(header), fault.ErrData)
	}
	if 2*numbers > len(seen) {
		c.b.note("the first line looks like data (%s): if there is no header line, say so (NoHeader, -header=false)", fault.List(c.names[:min(len(c.names), 5)]))
	}
	if nameless > 0 && c.b.o.Encoder == nil {
		c.b.note("%d of %d columns have no name: they are not used", nameless, len(header))
	}
	return nil
}

// next returns the fields of the next row that is not blank, or io.EOF.
func (c *columns) next() ([]string, error) {
	for {
		c.limit.reset()
		fields, err := c.csv.Read()
		var syntax *csv.ParseError
		switch {
		case err == nil:
		case err == io.EOF:
			return nil, err
		case errors.Is(err, errRowTooLong):
			return nil, fmt.Errorf("table: csv: a row takes more than %d bytes or %d separators (a quote that is not closed?): %w", maxRowBytes, maxCommas, fault.ErrData)
		case errors.As(err, &syntax):
			return nil, fmt.Errorf("table: csv line %d, byte %d: %w: %w", syntax.Line, syntax.Column, syntax.Err, fault.ErrData)
		default:
			return nil, c.b.source.explain(err)
		}
		// The reader drops empty lines, this drops those of blanks; in a file of
		// one column they are a missing value.
		if len(fields) == 1 && len(c.names) != 1 && strings.TrimSpace(fields[0]) == "" {
			continue
		}
		return fields, nil
	}
}

// row takes the fields over into the table.
func (c *columns) row(fields []string) error {
	b := c.b
	b.bytes = c.csv.InputOffset()
	kept, err := b.next()
	if err != nil || !kept {
		return err
	}
	x, y, w := b.row()
	for j, k := range b.features {
		if x[j], err = c.feature(j, k, strings.TrimSpace(fields[k])); err != nil {
			return err
		}
	}
	d := len(b.features)
	for j, k := range b.targets {
		text := strings.TrimSpace(fields[k])
		if len(b.follows) > d {
			y[j], err = c.followed(b.follows[d+j], k, text)
		} else {
			y[j] = c.open(&b.columns[len(b.columns)-len(b.targets)+j], k, text)
		}
		if err != nil {
			return err
		}
	}
	if b.weight >= 0 {
		text := strings.TrimSpace(fields[b.weight])
		if w[0], err = c.number(text, b.weight); err != nil {
			return err
		}
		if w[0] < 0 {
			return c.errorf(b.weight, "the weight %s is negative: %w", fault.Clip(text), fault.ErrData)
		}
	}
	return nil
}

// feature reads the field k as feature j.
func (c *columns) feature(j, k int, text string) (float64, error) {
	if c.b.follows != nil {
		return c.followed(c.b.follows[j], k, text)
	}
	return c.open(&c.b.columns[j], k, text), nil
}

// open reads the field k of a column whose type is not decided yet.
func (c *columns) open(of *column, k int, text string) float64 {
	if v, ok := of.number(text); ok {
		return v
	}
	line, _ := c.csv.FieldPos(k)
	return of.text(text, line)
}

// followed reads the field k for prediction.
func (c *columns) followed(f *following, k int, text string) (float64, error) {
	line, _ := c.csv.FieldPos(k)
	v, err := f.text(text, line)
	if err != nil {
		return 0, c.errorf(k, "%w", err)
	}
	return v, nil
}

// edge tells where a row that is too short or too long leaves the header.
func (c *columns) edge(fields []string) string {
	if n := len(c.names); len(fields) > n {
		return fmt.Sprintf(" (the first one too many is %s)", fault.Clip(fields[n]))
	}
	return fmt.Sprintf(" (column %s and what follows is missing)", fault.Clip(c.names[len(fields)]))
}

// errorf makes an error about the field k of the row at hand.
func (c *columns) errorf(k int, format string, args ...any) error {
	line, _ := c.csv.FieldPos(k)
	return fmt.Errorf("table: csv line %d, column %s: %w", line, fault.Clip(c.names[k]), fmt.Errorf(format, args...))
}

// number parses the field k, a weight.
func (c *columns) number(text string, k int) (float64, error) {
	v, ok := (NumberFormat{}).parse(text)
	switch {
	case ok:
		return v, nil
	case text == "":
		return 0, c.errorf(k, "the field is empty, a number is needed: %w", fault.ErrData)
	}
	return 0, c.errorf(k, "%w", notOf(Column{Type: Number}, text))
}

// hint recognises the usual other separators.
func (c *columns) hint() string {
	if len(c.names) != 1 {
		return ""
	}
	text := c.names[0]
	if c.first != nil {
		text = c.first[0]
	}
	for _, other := range commas {
		if other != c.csv.Comma && strings.ContainsRune(text, other) {
			return fmt.Sprintf(" (fields are separated by %q: is it %q?)", c.csv.Comma, other)
		}
	}
	return ""
}
