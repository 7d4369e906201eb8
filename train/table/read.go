package table

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// Read reads a table, to the end of r: comma-separated values or a NumPy
// array (.npy, of one or two dimensions and of real numbers), either of them
// possibly compressed by gzip, which their first bytes tell apart. opts may be
// nil.
//
// In CSV, blanks around names and values, quotes, blank lines and carriage returns are
// tolerated, UTF-16 is told by its byte-order mark, and a first line such as sep=; names the
// separator. Columns without a name are not looked at. Other kinds of files, such as
// Parquet, spreadsheets and archives, are named in the error with what would help.
//
// What a column holds is decided by all its values, unless Options.Types says it; Type has
// the list. A column that has numbers alone, beside empty fields, NA, N/A, NaN, null, None,
// nil, #N/A, <NA>, - and ?, which are missing values there, is one of numbers: as
// strconv.ParseFloat reads them, or all with the same thousands separators, decimal comma,
// percent or currency sign. So it is if at most one value in twenty is a text and there are
// twenty different numbers or more; the texts are missing then, and Table.Notices tells.
// So it is with dates and times, all in one TimeFormat: 2025-12-31, 31/12/2025, 12/31/2025, 31.12.2025,
// 31-Dec-2025, Dec 31, 2025 or, if all numbers are such dates, 20251231. Where no value tells whether the day or
// the month is first, such as 01/02/2025, the column is one of categories, and a notice says how to tell: by the
// types DayFirst and MonthFirst.
// Digits of which some have a zero in front are codes. Any other column is one of categories,
// where the empty field alone is missing: NA and None are categories, as they are classes.
// If nearly all of twenty texts or more differ they name the rows, and are not used.
// A target of texts or booleans is one of classes, whose labels keep their spelling.
// Rows without a target, empty or a marker as among features, are left out and counted in a notice.
//
// Every error in the data wraps ErrData and names line or row, column and the
// text at fault; NaN and infinite values also wrap ErrNotFinite. ErrMemory says
// that the table takes more than the limit, as data that were compressed to
// harm would. An error of r itself is returned wrapped, and so, within
// milliseconds of reads that do not block, is context.Cause(ctx).
//
// Memory grows with the rows that are there: beside twice the table, one row,
// of at most 16 MiB of text, and some hundred bytes a column. At most 65 536 columns.
// Texts count towards the limit, once each in a column with some 128 bytes, and so do the
// names that encoding makes of them. A value that the type refuses is told at the end.
func Read(ctx context.Context, r io.Reader, opts *Options) (*Table, error) {
	return read(ctx, r, opts, parts{})
}

// read reads a table in parts, or as a whole.
func read(ctx context.Context, r io.Reader, opts *Options, p parts) (*Table, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Encoder != nil {
		if err := o.Encoder.Check(); err != nil {
			return nil, err
		}
		if o.Sample {
			return nil, fmt.Errorf("table: Sample leaves out rows, of which with Encoder each is to be predicted: %w", fault.ErrOption)
		}
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit, _ = memory.Available()
		if o.Sample {
			o.MemoryLimit /= 4
		}
	}
	s := &source{ctx: ctx, r: r}
	text := bufio.NewReaderSize(s, 1<<16)
	if magic, _ := text.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(text)
		if err != nil {
			return nil, s.explain(err)
		}
		text = bufio.NewReaderSize(unpacked{s, z}, 1<<16)
	}
	if err := refuseForeign(text); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, o: &o, source: s, parts: p}
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
	if s.err != nil { // who looked ahead has seen it, who reads has not
		return 0, s.err
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

// explain makes the error of Read from one that reading gave.
func (s *source) explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case s.err != nil:
		return fmt.Errorf("table: %w", s.err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("table: %w: the compressed data are damaged: %w", err, fault.ErrData)
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		return fmt.Errorf("table: it ends before its end: it was cut short: %w", fault.ErrData)
	}
	return fmt.Errorf("table: %w", err)
}
