package train

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nearlinear/nearlinear/train/internal/memory"
)

const (
	maxRowBytes  = 16 << 20 // text of one row; an unclosed quote must not swallow the file
	maxNameBytes = 4096     // a column name, here and in the model file
	maxColumns   = 1 << 16

	// DefaultMaxCategories is ReadOptions.MaxCategories when that is 0.
	DefaultMaxCategories = 100
)

// Table is a data set as read: n rows of d = len(Features) values and
// len(Targets) targets each, in the units of the file.
type Table struct {
	X        []float64 // n × d, row-major; NaN where a value is missing
	Y        []float64 // n × len(Targets), row-major; nil if the file has none
	Weights  []float64 // n sample weights, at least 0; nil without ReadOptions.Weight
	Features []string  // d names, in the order of X's columns
	Targets  []string  // names of Y's columns

	// Classes are the distinct labels in order of appearance if the target was
	// read as one (ReadOptions.Classes); Y then holds the index.
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

// ReadOptions says what ReadTable reads. The zero value is for numbers
// separated by commas under a header line, the last column the target.
type ReadOptions struct {
	Comma    rune // separates fields of CSV; 0 means ',', AutoComma the likeliest of , ; | and tab
	NoHeader bool // CSV has no header line; columns are named c1, c2, … as those of NPY always are

	Targets []string // columns that become Y; none means the last of those that have no other use
	Classes bool     // the one target holds labels, texts or numbers; see Table.Classes
	Weight  string   // column that becomes Weights; empty means none
	Drop    []string // columns that are not looked at

	// Text names features that hold categories, numbers among them if need be.
	// With AutoText, so does every feature whose first value is not a number.
	// More than MaxCategories of them in one column (0: DefaultMaxCategories),
	// and as many classes, are refused. An Encoder makes numbers of them.
	Text          []string
	AutoText      bool
	MaxCategories int

	// Missing admits features without a value, NaN in X: an empty field, NA, N/A,
	// NaN, null or ?, in any case. They are refused by default.
	Missing bool

	// Encoder, if set, reads for prediction: the columns that it was fitted to, in
	// its order and wherever they stand in the file, and with its categories.
	// Text and Missing then follow from it, other columns are not looked at, and
	// Targets may be absent (Y is nil unless all are there) or empty (NaN).
	// Text that is none of a column's categories is refused, or with Unknown
	// NaN in X, which encodes as none of them.
	Encoder *Encoder
	Unknown bool

	MemoryLimit uint64 // bytes that the table may take while it is read; 0 means what Options.MemoryLimit does

	// Progress, if set, is called now and then by ReadTable with the rows and
	// the bytes (after decompression) read so far.
	Progress func(rows int, bytes int64)
}

// AutoComma as ReadOptions.Comma takes the separator from the first line: the
// one of comma, semicolon, tab and bar that occurs there most, outside quotes.
const AutoComma rune = -1

// ReadTable reads a table, to the end of r: comma-separated values or a NumPy
// array (.npy, of one or two dimensions and of real numbers), either of them
// possibly compressed by gzip, which their first bytes tell apart. opts may be
// nil.
//
// In CSV, blanks around names and values, quotes, a byte-order mark, blank lines
// and carriage returns are tolerated; numbers are those of strconv.ParseFloat.
//
// Every error in the data wraps ErrData and names line or row, column and the
// text at fault; NaN and infinite values also wrap ErrNotFinite. ErrMemory says
// that the table takes more than the limit, as data that were compressed to
// harm would. An error of r itself is returned wrapped, and so, within
// milliseconds of reads that do not block, is context.Cause(ctx).
//
// Memory grows with the rows that are there: beside twice the table, one row,
// of at most 16 MiB of text, and some hundred bytes a column. At most 65 536 columns.
// Categories count towards the limit with the names that encoding gives them.
func ReadTable(ctx context.Context, r io.Reader, opts *ReadOptions) (*Table, error) {
	o := ReadOptions{}
	if opts != nil {
		o = *opts
	}
	if o.MaxCategories == 0 {
		o.MaxCategories = DefaultMaxCategories
	}
	if o.MaxCategories < 0 {
		return nil, fmt.Errorf("train: MaxCategories is %d, want at least 1: %w", o.MaxCategories, ErrOption)
	}
	if o.Encoder != nil {
		if err := o.Encoder.check(); err != nil {
			return nil, err
		}
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit, _ = memory.Available()
	}
	s := &source{ctx: ctx, r: r}
	text := bufio.NewReaderSize(s, 1<<16)
	if magic, _ := text.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(text)
		if err != nil {
			return nil, s.blame(err)
		}
		text = bufio.NewReaderSize(unpacked{s, z}, 1<<16)
	}
	b := &builder{ctx: ctx, o: &o, source: s}
	var err error
	if magic, _ := text.Peek(len(npyMagic)); bytes.Equal(magic, []byte(npyMagic)) {
		err = readNPY(text, b)
	} else {
		err = readCSV(text, b)
	}
	if err != nil {
		return nil, err
	}
	return b.finish()
}

// source is the stream as the caller gave it. It ends with the context, and
// remembers an error of its own, which is not one of the data.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

// ended keeps the context's error and returns it.
func (s *source) ended() error {
	if s.ctx.Err() != nil {
		s.err = context.Cause(s.ctx)
		return s.err
	}
	return nil
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ended(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// unpacked is what a source holds compressed. It ends with the context as well: a
// thousand bytes may come of one.
type unpacked struct {
	*source
	text io.Reader
}

func (u unpacked) Read(p []byte) (int, error) {
	if err := u.ended(); err != nil {
		return 0, err
	}
	return u.text.Read(p)
}

// blame makes the error of ReadTable from one that reading gave.
func (s *source) blame(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case s.err != nil:
		return fmt.Errorf("train: reading table: %w", s.err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("train: table: %w: the compressed data are damaged: %w", err, ErrData)
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		return fmt.Errorf("train: table ends before its end: it was cut short: %w", ErrData)
	}
	return fmt.Errorf("train: reading table: %w", err)
}

// builder collects the rows of a table. A reader calls begin with the names of
// all columns, then row for each row and fills in what layout says.
type builder struct {
	ctx    context.Context
	o      *ReadOptions
	source *source
	layout
	texts   []categories // of each feature, nil if all are numbers
	classes categories
	x, y, w blocks
	rows    int
	bytes   int64  // read so far, for Progress
	held    int    // numbers that the reader keeps beside the table
	named   uint64 // bytes of categories and their names
}

// row returns the next row's features, targets and weight (of length 0 or 1).
func (b *builder) row() (x, y, w []float64, err error) {
	if b.rows%1024 == 0 && b.rows > 0 {
		if b.ctx.Err() != nil {
			return nil, nil, nil, fmt.Errorf("train: reading table: %w", context.Cause(b.ctx))
		}
		if b.o.Progress != nil {
			b.o.Progress(b.rows, b.bytes)
		}
	}
	b.rows++
	x, y = b.x.take(len(b.features)), b.y.take(len(b.targets))
	if b.weight >= 0 {
		w = b.w.take(1)
	}
	return x, y, w, b.fits()
}

// fits returns ErrMemory if there is more than the limit.
func (b *builder) fits() error {
	// The blocks and the slices they are joined to.
	if need := 8*(2*uint64(b.x.size+b.y.size+b.w.size)+uint64(b.held)) + b.named; need > b.o.MemoryLimit {
		return fmt.Errorf("train: the table takes more than %s at row %d, a memory limit of %s allows no more; drop columns, or read part of it: %w",
			memory.Megabytes(need), b.rows, memory.Megabytes(b.o.MemoryLimit), ErrMemory)
	}
	return nil
}

func (b *builder) finish() (*Table, error) {
	if err := b.fits(); err != nil { // the last row may have had categories
		return nil, err
	}
	t := &Table{Features: b.featureNames, Targets: b.targetNames, Classes: b.classes.names}
	for _, part := range []struct {
		from *blocks
		to   *[]float64
	}{{&b.x, &t.X}, {&b.y, &t.Y}, {&b.w, &t.Weights}} {
		var err error
		if *part.to, err = part.from.join(b.ctx); err != nil {
			return nil, err
		}
	}
	for j := range b.texts {
		if c := &b.texts[j]; c.kind == isText {
			if t.Categories == nil {
				t.Categories = make([][]string, len(b.features))
			}
			t.Categories[j] = c.names
		}
	}
	return t, nil
}

// blocks is a slice that grows without copying: large tables spend more time
// in that than in parsing.
type blocks struct {
	full [][]float64
	last []float64
	size int // numbers that there is room for
}

// take returns room for n numbers.
func (b *blocks) take(n int) []float64 {
	if cap(b.last)-len(b.last) < n {
		if len(b.last) > 0 {
			b.full = append(b.full, b.last)
		}
		room := max(n, min(b.size, 1<<17))
		b.last = make([]float64, 0, room)
		b.size += room
	}
	at := len(b.last)
	b.last = b.last[:at+n]
	return b.last[at:]
}

// join returns all that was taken, nil if that is nothing, and lets go of it.
func (b *blocks) join(ctx context.Context) ([]float64, error) {
	n := len(b.last)
	for _, p := range b.full {
		n += len(p)
	}
	if n == 0 {
		return nil, nil
	}
	all := make([]float64, 0, n)
	for i, p := range b.full {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("train: reading table: %w", context.Cause(ctx))
		}
		all = append(all, p...)
		b.full[i] = nil
	}
	all = append(all, b.last...)
	b.last = nil
	return all, nil
}
