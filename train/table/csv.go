package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

var nan = math.NaN()

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
	if b.rows == 0 {
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
	if mark, _ := r.Peek(3); string(mark) == "\ufeff" {
		r.Discard(3)
	}
	limit := &rowLimit{r: r, comma: []byte(",")}
	limit.reset()
	text := bufio.NewReaderSize(limit, 1<<16)
	c := &columns{csv: csv.NewReader(text), limit: limit, b: b, head: "header"}
	switch comma := b.o.Comma; {
	case comma == 0:
	case comma == AutoComma:
		c.csv.Comma = likeliestComma(text)
	case comma == '"' || comma == '\r' || comma == '\n' || comma == ' ' || comma == utf8.RuneError || !utf8.ValidRune(comma):
		return nil, fmt.Errorf("table: %q cannot separate fields: %w", comma, fault.ErrOption)
	default:
		c.csv.Comma = comma
	}
	limit.comma = []byte(string(c.csv.Comma))
	c.csv.FieldsPerRecord = -1 // counted here, for an error that says more
	c.csv.ReuseRecord = true
	header, err := c.next()
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
	seen := make(map[string]int, len(header))
	for k, name := range header {
		name = strings.TrimSpace(name)
		line, _ := c.csv.FieldPos(k)
		if name == "" {
			return nil, fmt.Errorf("table: csv line %d: column %d has no name: %w", line, k+1, fault.ErrData)
		}
		if len(name) > MaxNameBytes {
			return nil, fmt.Errorf("table: csv line %d: the name of column %d, %s, takes %d bytes, at most %d are allowed: %w", line, k+1, fault.Clip(name), len(name), MaxNameBytes, fault.ErrData)
		}
		if first, ok := seen[name]; ok {
			return nil, fmt.Errorf("table: csv line %d: columns %d and %d are both named %s: %w", line, first+1, k+1, fault.Clip(name), fault.ErrData)
		}
		seen[name] = k
		c.names = append(c.names, name)
	}
	return c, nil
}

const commas = ",;\t|"

// likeliestComma looks at the first line, as far as it is within the buffer.
func likeliestComma(text *bufio.Reader) rune {
	head, _ := text.Peek(1 << 16)
	line, _, _ := strings.Cut(strings.TrimLeft(string(head), " \r\n"), "\n")
	var count [len(commas)]int
	quoted := false
	for _, ch := range []byte(line) {
		if ch == '"' {
			quoted = !quoted
		}
		if k := strings.IndexByte(commas, ch); k >= 0 && !quoted {
			count[k]++
		}
	}
	best := 0
	for k, n := range count {
		if n > count[best] {
			best = k
		}
	}
	return rune(commas[best])
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
	x, y, w, err := b.row()
	if err != nil {
		return err
	}
	for j, k := range b.features {
		text := strings.TrimSpace(fields[k])
		if b.texts != nil && b.texts[j].kind != isNumber {
			x[j], err = c.category(&b.texts[j], text, k, b.mayLack[j])
		} else {
			x[j], err = c.number(text, k, b.mayLack[j])
		}
		if err != nil {
			return err
		}
	}
	for j, k := range b.targets {
		text := strings.TrimSpace(fields[k])
		switch {
		case b.o.Classes:
			y[j], err = c.category(&b.classes, text, k, b.o.Encoder != nil)
		case b.o.Encoder != nil && lacks(text):
			y[j] = nan
		default:
			y[j], err = c.number(text, k, false)
		}
		if err != nil {
			return err
		}
	}
	if b.weight >= 0 {
		text := strings.TrimSpace(fields[b.weight])
		if w[0], err = c.number(text, b.weight, false); err != nil {
			return err
		}
		if w[0] < 0 {
			return c.errorf(b.weight, "the weight %s is negative: %w", fault.Clip(text), fault.ErrData)
		}
	}
	return nil
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

// number parses the field k, text, NaN if it is missing and may be.
func (c *columns) number(text string, k int, mayLack bool) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil && v-v == 0:
		return v, nil
	case mayLack && lacks(text):
		return nan, nil
	case text == "":
		return 0, c.errorf(k, "the field is empty, a number is needed: %w", fault.ErrData)
	case err == nil:
		return 0, c.errorf(k, "%s: %w: %w", fault.Clip(text), fault.ErrNotFinite, fault.ErrData)
	case errors.Is(err, strconv.ErrRange):
		return 0, c.errorf(k, "%s is beyond the range of float64: %w: %w", fault.Clip(text), fault.ErrNotFinite, fault.ErrData)
	}
	return 0, c.errorf(k, "%s is not a number: %w", fault.Clip(text), fault.ErrData)
}

// category returns the code of the field k, text, in a column that is not
// known to be one of numbers.
func (c *columns) category(of *categories, text string, k int, mayLack bool) (float64, error) {
	if mayLack && lacks(text) {
		return nan, nil
	}
	if text == "" {
		return 0, c.errorf(k, "the field is empty, a value is needed: %w", fault.ErrData)
	}
	if of.kind == undecided {
		of.kind = isText
		if _, err := strconv.ParseFloat(text, 64); err == nil || errors.Is(err, strconv.ErrRange) {
			of.kind = isNumber
		}
		if of.kind == isNumber {
			return c.number(text, k, mayLack)
		}
	}
	v, err := of.code(text)
	if err != nil {
		return 0, c.errorf(k, "%s %w: %w", fault.Clip(text), err, fault.ErrData)
	}
	return v, nil
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
