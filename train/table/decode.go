package table

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// decoded returns the text of a file as UTF-8 with line feeds: UTF-16 is told by its
// byte-order mark, and carriage returns end lines where no line feeds do.
func decoded(text *bufio.Reader) (*bufio.Reader, error) {
	mark, _ := text.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		text.Discard(2)
		text = bufio.NewReaderSize(&utf16Reader{r: text, big: mark[0] == 0xfe}, 1<<16)
	case string(mark) == "\ufeff":
		text.Discard(3)
	}
	head, _ := firstLines(text, 1)
	if bytes.IndexByte(head[:min(len(head), 64)], 0) >= 0 {
		return nil, fmt.Errorf("table: csv has bytes of zero among its first: it is UTF-16 without a byte-order mark, or no text: %w", fault.ErrData)
	}
	if bytes.IndexByte(head, '\n') < 0 && loneReturns(head) {
		text = bufio.NewReaderSize(returns{text}, 1<<16)
	}
	return text, nil
}

// loneReturns tells whether a carriage return has text behind it: one at the end of the
// buffer may be followed by the line feed that it is of.
func loneReturns(head []byte) bool {
	_, rest, found := bytes.Cut(head, []byte("\r"))
	return found && len(bytes.Trim(rest, "\r")) > 0
}

// returns makes line feeds of carriage returns.
type returns struct{ r io.Reader }

func (r returns) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, ch := range p[:n] {
		if ch == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// utf16Reader makes UTF-8 of UTF-16.
type utf16Reader struct {
	r    *bufio.Reader
	big  bool
	left []byte // of a character that did not fit
	err  error  // is the last thing there is
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	n := copy(p, u.left)
	u.left = u.left[n:]
	for len(p)-n >= utf8.UTFMax {
		if n > 0 && u.r.Buffered() < 4 {
			break // what is there comes first
		}
		r, err := u.unit()
		if err != nil {
			if n > 0 && err == io.EOF {
				return n, nil
			}
			return n, err
		}
		if utf16.IsSurrogate(r) {
			next, err := u.unit()
			if err == io.EOF {
				u.err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return n, u.err
			}
			r = utf16.DecodeRune(r, next)
		}
		n += utf8.EncodeRune(p[n:], r)
	}
	if n == 0 && len(p) > 0 { // no room for any character
		var one [utf8.UTFMax]byte
		k, err := u.Read(one[:])
		n = copy(p, one[:k])
		u.left = append(u.left[:0], one[n:k]...)
		return n, err
	}
	return n, nil
}

func (u *utf16Reader) unit() (rune, error) {
	var two [2]byte
	if u.err == nil {
		_, u.err = io.ReadFull(u.r, two[:])
	}
	if u.err != nil {
		return 0, u.err
	}
	if u.big {
		two[0], two[1] = two[1], two[0]
	}
	return rune(two[0]) | rune(two[1])<<8, nil
}

// foreign are the first bytes of files that are not read, with what helps.
var foreign = []struct{ magic, name, help string }{
	{"PAR1", "Parquet", "write it as CSV: DataFrame.to_csv(index=False) of pandas, COPY … TO of DuckDB"},
	{"ARROW1", "an Arrow or Feather file", "write it as CSV: DataFrame.to_csv(index=False)"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd", "pipe it: zstd -dc FILE, and read standard input (-data -)"},
	{"BZh", "compressed by bzip2", "pipe it: bzip2 -dc FILE, and read standard input (-data -)"},
	{"\xfd7zXZ\x00", "compressed by xz", "pipe it: xz -dc FILE, and read standard input (-data -)"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet (xls)", "save the sheet as CSV"},
	{"\x89HDF\r\n\x1a\n", "HDF5", "write the table as CSV or NPY"},
	{"SQLite format 3\x00", "an SQLite database", "write the table as CSV: sqlite3 -header -csv FILE 'select …'"},
	{"RDX", "R data", "write it as CSV: write.csv(…, row.names=FALSE)"},
	{"%PDF-", "PDF", "a table is needed, as CSV or NPY"},
}

// pickles are the versions of the protocol that Python writes.
const pickles = "\x02\x03\x04\x05"

// refuseForeign returns ErrData, with what would help, for a file that is neither text nor
// an array but of a known other kind.
func refuseForeign(text *bufio.Reader) error {
	text.Peek(16)
	head, _ := text.Peek(min(text.Buffered(), 512))
	kind := func(name, help string) error {
		return fmt.Errorf("table: the file is %s, which is not read: %s: %w", name, help, fault.ErrData)
	}
	for _, f := range foreign {
		// Text may begin with the letters of a magic; it has no bytes that text has not.
		if bytes.HasPrefix(head, []byte(f.magic)) && !isText(head) {
			return kind(f.name, f.help)
		}
	}
	if len(head) > 1 && head[0] == 0x80 && strings.IndexByte(pickles, head[1]) >= 0 {
		return kind("a pickle", "write the table as CSV, DataFrame.to_csv(index=False), or as an array, numpy.save")
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) && !bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return nil
	}
	switch {
	case bytes.Contains(head, []byte(".npy")):
		return kind("npz, an archive of arrays", "save the one array that is the table by numpy.save")
	case bytes.Contains(head, []byte("[Content_Types].xml")), bytes.Contains(head, []byte("xl/")), bytes.Contains(head, []byte("_rels/")):
		return kind("a spreadsheet (xlsx)", "save the sheet as CSV")
	}
	return kind("a zip archive", "pipe what is in it: unzip -p FILE, and read standard input (-data -)")
}

// isText tells whether there are no control characters but those of lines and tabs.
func isText(head []byte) bool {
	return bytes.IndexFunc(head, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError
	}) < 0
}
