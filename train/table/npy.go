package table

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

const (
	npyMagic     = "\x93NUMPY"
	npyMaxHeader = 1 << 16
)

// npyArray is what the header of an array says.
type npyArray struct {
	rows, cols int
	fortran    bool // column by column
	size       int  // bytes of an element
	decode     func([]byte) float64
	boolean    bool
}

// readNPY reads the rows of a NumPy array. See Read.
func readNPY(r *bufio.Reader, b *builder) error {
	a, err := readNPYHeader(r, b)
	if err != nil {
		return err
	}
	if err := b.begin(positions(a.cols), ""); err != nil {
		return err
	}
	if a.fortran && a.rows > 1 && a.cols > 1 {
		err = a.byColumns(r, b)
	} else {
		err = a.byRows(r, b)
	}
	if err != nil {
		return err
	}
	if _, err := r.ReadByte(); err == nil {
		return fmt.Errorf("table: npy goes on after the array that its header tells of: %w", fault.ErrData)
	} else if err != io.EOF {
		return b.source.explain(err)
	}
	return nil
}

func readNPYHeader(r io.Reader, b *builder) (*npyArray, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("table: npy header: %s: %w", fmt.Sprintf(format, args...), fault.ErrData)
	}
	var start [len(npyMagic) + 6]byte
	at := len(npyMagic) + 2 // the length
	if _, err := io.ReadFull(r, start[:at+2]); err != nil {
		return nil, b.source.explain(err)
	}
	version, length := start[at-2], uint32(binary.LittleEndian.Uint16(start[at:]))
	switch version {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, start[at+2:]); err != nil {
			return nil, b.source.explain(err)
		}
		length = binary.LittleEndian.Uint32(start[at:])
	default:
		return nil, bad("format version %d is not one of 1 to 3", version)
	}
	if length > npyMaxHeader {
		return nil, bad("takes %d bytes, at most %d are allowed", length, npyMaxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, b.source.explain(err)
	}
	p := npyParser{rest: string(text)}
	descr, order, shape, ok := p.dictionary()
	if !ok {
		return nil, bad("%s is not a dictionary of descr, fortran_order and shape; structured arrays are not read", fault.Clip(string(text)))
	}
	a := &npyArray{fortran: order, rows: 1, cols: 1}
	switch len(shape) {
	case 1:
		a.rows = shape[0]
	case 2:
		a.rows, a.cols = shape[0], shape[1]
	default:
		return nil, bad("%d dimensions, want 1 or 2", len(shape))
	}
	if a.rows < 1 || a.cols < 1 {
		return nil, bad("%d rows of %d columns: there is nothing in it", a.rows, a.cols)
	}
	if a.cols > maxColumns || a.rows > math.MaxInt/8/a.cols {
		return nil, bad("%d rows of %d columns are too many (the limit is %d columns)", a.rows, a.cols, maxColumns)
	}
	if !a.setType(descr) {
		return nil, bad("elements of type %s; real numbers f4, f8, i1 to i8, u1 to u8 and b1 are read", fault.Clip(descr))
	}
	return a, nil
}

// setType takes descr, such as "<f8": order of bytes, kind, and size.
func (a *npyArray) setType(descr string) bool {
	if len(descr) != 3 {
		return false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	switch descr[0] {
	case '<':
	case '>':
		order = binary.BigEndian
	case '|':
		if descr[2] != '1' {
			return false
		}
	default:
		return false
	}
	a.size = int(descr[2] - '0')
	switch descr[1:] {
	case "f8":
		a.decode = func(p []byte) float64 { return math.Float64frombits(order.Uint64(p)) }
	case "f4":
		a.decode = func(p []byte) float64 { return float64(math.Float32frombits(order.Uint32(p))) }
	case "i8":
		a.decode = func(p []byte) float64 { return float64(int64(order.Uint64(p))) }
	case "i4":
		a.decode = func(p []byte) float64 { return float64(int32(order.Uint32(p))) }
	case "i2":
		a.decode = func(p []byte) float64 { return float64(int16(order.Uint16(p))) }
	case "i1":
		a.decode = func(p []byte) float64 { return float64(int8(p[0])) }
	case "u8":
		a.decode = func(p []byte) float64 { return float64(order.Uint64(p)) }
	case "u4":
		a.decode = func(p []byte) float64 { return float64(order.Uint32(p)) }
	case "u2":
		a.decode = func(p []byte) float64 { return float64(order.Uint16(p)) }
	case "u1":
		a.decode = func(p []byte) float64 { return float64(p[0]) }
	case "b1":
		a.decode = func(p []byte) float64 { return min(1, float64(p[0])) }
	default:
		return false
	}
	return true
}

// byRows reads row by row.
func (a *npyArray) byRows(r io.Reader, b *builder) error {
	raw := make([]byte, a.cols*a.size)
	values := make([]float64, a.cols)
	for range a.rows {
		if _, err := io.ReadFull(r, raw); err != nil {
			return b.source.explain(err)
		}
		b.bytes += int64(len(raw))
		for k := range values {
			values[k] = a.decode(raw[k*a.size:])
		}
		if err := b.numbers(values); err != nil {
			return err
		}
	}
	return nil
}

// byColumns reads column by column, keeps those that are used, and makes rows
// of them.
func (a *npyArray) byColumns(r *bufio.Reader, b *builder) error {
	used := make([]bool, a.cols)
	for _, k := range append(append([]int{b.weight}, b.features...), b.targets...) {
		if k >= 0 {
			used[k] = true
		}
	}
	kept := make([]blocks, a.cols)
	held := 0
	raw := make([]byte, 1<<12*a.size)
	for k := range kept {
		for done := 0; done < a.rows; {
			n := min(a.rows-done, len(raw)/a.size)
			if _, err := io.ReadFull(r, raw[:n*a.size]); err != nil {
				return b.source.explain(err)
			}
			done += n
			if !used[k] {
				continue
			}
			before := kept[k].size
			out := kept[k].take(n)
			for i := range out {
				out[i] = a.decode(raw[i*a.size:])
			}
			held += kept[k].size - before
			if need := 8 * uint64(held); need > b.o.MemoryLimit {
				return fmt.Errorf("table: an array in Fortran order of %d rows and %d columns takes more than %s, a memory limit of %s allows no more: %w",
					a.rows, a.cols, memory.Megabytes(need), memory.Megabytes(b.o.MemoryLimit), fault.ErrMemory)
			}
		}
	}
	b.held = held
	columns := make([][]float64, a.cols)
	for k := range kept {
		var err error
		if columns[k], err = kept[k].join(b.ctx); err != nil {
			return err
		}
	}
	values := make([]float64, a.cols)
	for i := range a.rows {
		for k := range values {
			if used[k] {
				values[k] = columns[k][i]
			}
		}
		if err := b.numbers(values); err != nil {
			return err
		}
	}
	return nil
}

// numbers adds a row of numbers, one for each column of the file.
func (b *builder) numbers(values []float64) error {
	kept, err := b.next()
	if err != nil || !kept {
		return err
	}
	x, y, w := b.row()
	// The row of the error is counted from 0, as NumPy does.
	at := func(k int, format string, args ...any) error {
		return fmt.Errorf("table: npy row %d, column %s: %w", b.rows-1, b.names[k], fmt.Errorf(format, args...))
	}
	take := func(of *column, v float64) (float64, error) {
		if math.IsInf(v, 0) {
			return 0, fmt.Errorf("%v: %w: %w", v, fault.ErrNotFinite, fault.ErrData)
		}
		if v == v {
			of.numbers++
			of.spellings |= otherNumbers
			return v, nil
		}
		of.empty++
		return nan, nil
	}
	d := len(b.features)
	for j, k := range b.features {
		switch v := values[k]; {
		case math.IsInf(v, 0):
			err = fmt.Errorf("%v: %w: %w", v, fault.ErrNotFinite, fault.ErrData)
		case b.follows != nil:
			x[j], err = b.follows[j].number(v)
		default:
			x[j], err = take(&b.columns[j], v)
		}
		if err != nil {
			return at(k, "%w", err)
		}
	}
	for j, k := range b.targets {
		if len(b.follows) > d {
			y[j], err = b.follows[d+j].number(values[k])
		} else {
			y[j], err = take(&b.columns[len(b.columns)-len(b.targets)+j], values[k])
		}
		if err != nil {
			return at(k, "%w", err)
		}
	}
	if b.weight >= 0 {
		if v := values[b.weight]; v-v != 0 || v < 0 {
			return at(b.weight, "the weight %v is not a finite number of at least 0: %w", v, fault.ErrData)
		}
		w[0] = values[b.weight]
	}
	return nil
}

// npyParser reads the literal of a Python dictionary that is the header.
type npyParser struct{ rest string }

// take skips blanks, and the token if it follows.
func (p *npyParser) take(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *npyParser) quoted() (string, bool) {
	for _, quote := range []string{"'", `"`} {
		if p.take(quote) {
			text, rest, ok := strings.Cut(p.rest, quote)
			p.rest = rest
			return text, ok
		}
	}
	return "", false
}

func (p *npyParser) tuple() (values []int, ok bool) {
	if !p.take("(") {
		return nil, false
	}
	for !p.take(")") {
		digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
		v, err := strconv.Atoi(p.rest[:digits])
		if err != nil || len(values) == 32 {
			return nil, false
		}
		values, p.rest = append(values, v), p.rest[digits:]
		p.take("L") // of Python 2
		if !p.take(",") && !strings.HasPrefix(p.rest, ")") {
			return nil, false
		}
	}
	return values, true
}

// dictionary reads the three entries in any order.
func (p *npyParser) dictionary() (descr string, fortran bool, shape []int, ok bool) {
	if !p.take("{") {
		return "", false, nil, false
	}
	seen := make(map[string]bool)
	for !p.take("}") {
		key, ok := p.quoted()
		if !ok || seen[key] || !p.take(":") {
			return "", false, nil, false
		}
		seen[key] = true
		switch key {
		case "descr":
			descr, ok = p.quoted()
		case "fortran_order":
			if fortran = p.take("True"); !fortran {
				ok = p.take("False")
			}
		case "shape":
			shape, ok = p.tuple()
		default:
			ok = false
		}
		if !ok || !p.take(",") && !strings.HasPrefix(p.rest, "}") {
			return "", false, nil, false
		}
	}
	return descr, fortran, shape, len(seen) == 3 && strings.TrimSpace(p.rest) == ""
}

// WriteNPY writes x, row-major with the given number of columns, as a NumPy
// array of format version 1 and type "<f8": of two dimensions, or of one if
// there is one column. It panics if x is not whole rows. 8 bytes a value.
func WriteNPY(w io.Writer, x []float64, cols int) error {
	if cols < 1 || len(x)%cols != 0 {
		panic(fmt.Sprintf("table: WriteNPY of %d values in %d columns", len(x), cols))
	}
	shape := fmt.Sprintf("(%d, %d)", len(x)/cols, cols)
	if cols == 1 {
		shape = fmt.Sprintf("(%d,)", len(x))
	}
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape)
	// The data begin at a multiple of 64 bytes.
	before := len(npyMagic) + 4
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString(npyMagic + "\x01\x00")
	var word [8]byte
	binary.LittleEndian.PutUint16(word[:], uint16(len(header)))
	out.Write(word[:2])
	out.WriteString(header)
	for _, v := range x {
		binary.LittleEndian.PutUint64(word[:], math.Float64bits(v))
		out.Write(word[:]) // a bufio.Writer keeps its first error for Flush
	}
	return out.Flush()
}
