package table

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// fuzzLimit is the memory limit of the fuzzed readers.
const fuzzLimit = 1 << 20

// readHostile reads a table under the limit. It fails unless the error is one
// of the data, nothing comes with it, the table is consistent, and what was
// allocated is within bounds.
func readHostile(t *testing.T, data []byte, o *Options) *Table {
	t.Helper()
	o.MemoryLimit = fuzzLimit
	var tab *Table
	var err error
	took := memory.Allocated(func() { tab, err = Read(context.Background(), bytes.NewReader(data), o) })
	// Buffers, the table, and a multiple of what is there; names and one row of
	// values for every column that an array claims; a row of text that was
	// compressed.
	most := uint64(4*fuzzLimit + 300*len(data))
	if bytes.HasPrefix(data, []byte(npyMagic)) {
		most += hostileBytes
	}
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		most += 8*maxRowBytes + hostileBytes
	}
	if took > most {
		t.Fatalf("%d bytes allocated for %d, want at most %d (%v)", took, len(data), most, err)
	}
	if err != nil {
		if tab != nil || !errors.Is(err, fault.ErrData) && !errors.Is(err, fault.ErrMemory) {
			t.Fatalf("%v, %v", tab, err)
		}
		return nil
	}
	n, d := tab.Rows(), len(tab.Features)
	if n < 1 || d < 1 || len(tab.X) != n*d || len(tab.Y) != n*len(tab.Targets) || tab.check() != nil || fault.Finite(tab.Y, 1) != nil {
		t.Fatalf("inconsistent table %+v", tab)
	}
	for k, v := range tab.X {
		if _, ok := textOf(v); ok || math.IsInf(v, 0) {
			t.Fatalf("value %d is neither a number nor missing: %+v", k, tab)
		}
	}
	return tab
}

// fieldOf writes value j of row i as a table may have it.
func fieldOf(tab *Table, i, j int) string {
	c, v := tab.Column(j), tab.X[i*len(tab.Features)+j]
	switch {
	case v != v:
		return ""
	case c.Type.named():
		return c.Categories[int(v)]
	case c.Type == Boolean:
		return booleanPairs[0][int(v)]
	case c.Type == Time:
		return clock(v).Format("2006-01-02T15:04:05")
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// written writes a table as CSV.
func written(tab *Table) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(append(append([]string{}, tab.Features...), tab.Targets...))
	for i, y := range tab.Y {
		var row []string
		for j := range tab.Features {
			row = append(row, fieldOf(tab, i, j))
		}
		if tab.Classes != nil {
			row = append(row, tab.Classes[int(y)])
		} else {
			row = append(row, strconv.FormatFloat(y, 'g', -1, 64))
		}
		w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// FuzzReadCSV reads any text. What is read, written out and read again with the types that
// were found is the same, and an encoder makes numbers of it, and of it as for prediction.
func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"a,b,y\n1,2,3\n", "\ufeff\"a\",y\r\n1,2\r\n", "a,y\n1,\"2\n", "a,a\n", ",\n", "a;y\n1;2", "a,y\n\n1,NaN\n", "a,y\n0x1p-3,1_0\n", "c\ty\nred\t1\n?\t2\n",
		"d;b;p;y\n2024-02-29 12:30;yes;1.234,5 €;7\n;no;12 €;8\n", "sep=|\nz|y\n007|a\n|b\n", "a,y\r1,2\r", "a,y\n1e400,1\n$1,2\n", ",a,y\n1,12%,t\n2,3 %,f\n"} {
		for _, how := range []byte{0, 1, 2} {
			f.Add([]byte(s), how)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, how byte) {
		o := &Options{NoHeader: how&1 != 0, Classes: how&2 != 0}
		tab := readHostile(t, text, o)
		if tab == nil {
			return
		}
		e, err := NewEncoder(tab, nil)
		if err != nil {
			if !errors.Is(err, fault.ErrData) {
				t.Fatal(err)
			}
			return
		}
		numbers, err := e.Encode(tab, 0)
		if err != nil || fault.Finite(numbers.X, len(numbers.Features)) != nil {
			t.Fatalf("%+v: %v", tab, err)
		}
		again := written(tab)
		// A carriage return before the end of a line is part of the end of it to CSV, in
		// quotes too; and a first name may look like the beginning of another file.
		if bytes.Contains(again, []byte("\r\n")) || bytes.ContainsRune(again, 0) || !utf8.Valid(again) || bytes.HasPrefix(again, []byte("\ufeff")) {
			return
		}
		types := make(map[string]Type)
		for j, name := range tab.Features {
			types[name] = tab.Column(j).Type
			for i := j; i < len(tab.X) && types[name] == Time; i += len(tab.Features) {
				if v := tab.X[i]; v != math.Trunc(v) {
					return
				}
			}
		}
		same, err := Read(context.Background(), bytes.NewReader(again), &Options{Comma: ',', Targets: tab.Targets, Classes: tab.Classes != nil, Types: types})
		if err != nil || !bytes.Equal(written(same), again) {
			t.Fatalf("%q read again: %v", again, err)
		}
	})
}

// FuzzInfer reads the lines of a text as the fields of a column, of a type that is asked for if the separator has bits
// beyond a byte: whatever the order of the rows, its type is the same, and prediction makes the same features of
// them as training, of a table and of one record after another.
func FuzzInfer(f *testing.F) {
	for _, s := range []string{"1\n2\n", "1,234\n5\n-\n", "1.234\n1,5\n", "yes\nno\n\n", "2024-01-01\n2024-02-03 04:05\n", "007\n12\n", "$5\n-$1,000.5\n3\n", "12%\n0\n", "NA\nx\n", "1.50\n1.5\nx\n01\n", "1'000\n2\n", "1e400\n1\n", "+1\n-0\n0x10\n", "CHF 1 000\n5",
		"00\n1000000000000000000000000000\n", "0x1p4\n$5\n", "31/12/2025\n1/2/2025 3:04 PM\n", "01.02.2025\n", "12-31-2025\nNA\n", "31-Dec-2025\nDec 31, 2025\n", "20250101\n20250102\n20250103\n",
		strings.Repeat("a\nb\n", 30) + "NA\n1\n2\n3\n4\n5\n6\n7\n8\n9\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\n"} {
		for asked := Number; asked <= MonthFirst; asked++ {
			f.Add(s, ','+rune(asked)<<8)
		}
		f.Add(s, ';')
		f.Add(s, ',')
	}
	f.Fuzz(func(t *testing.T, text string, comma rune) {
		if strings.ContainsRune(text, 0) {
			return // no text
		}
		o := Options{}
		if asked := Type(comma >> 8 & 0xff); asked != Auto && asked != Ignored && asked <= MonthFirst {
			o.Types = map[string]Type{"a": asked}
		}
		if comma &= 0xff; comma != ';' && comma != '\t' {
			comma = ','
		}
		fields := strings.Split(text, "\n")
		read := func(shift int, o Options) (*Table, error) {
			var b bytes.Buffer
			w := csv.NewWriter(&b)
			w.Comma = comma
			w.Write([]string{"a", "b", "y"})
			for i := range fields {
				w.Write([]string{fields[(i+shift)%len(fields)], "1", "1.5"})
			}
			w.Flush()
			o.MemoryLimit, o.Comma = fuzzLimit, comma
			if !utf8.Valid(b.Bytes()) {
				return nil, fault.ErrData
			}
			return Read(context.Background(), &b, &o)
		}
		tab, err := read(0, o)
		other, err2 := read(len(fields)/2, o)
		if (err == nil) != (err2 == nil) || err != nil && !errors.Is(err, fault.ErrData) && !errors.Is(err, fault.ErrMemory) {
			t.Fatalf("%v and %v", err, err2)
		}
		if err != nil {
			return
		}
		a, b := tab.Column(0), other.Column(0)
		if a.Type != b.Type || a.Format != b.Format || a.TimeFormat != b.TimeFormat || len(tab.Features) != len(other.Features) {
			t.Fatalf("%+v and in another order %+v", a, b)
		}
		e, err := NewEncoder(tab, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.Encode(tab, 0)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(0, Options{Encoder: e})
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		got, err := e.Encode(again, 0)
		if err != nil || !slices.Equal(got.X, want.X) {
			t.Fatalf("%+v: trained on %v, predicted from %v, %v", e, want.X, got.X, err)
		}
		sameRecords(t, e, fields, tab, want)
	})
}

// sameRecords fails unless the encoder makes the rows of want of records of the fields, which are the column a;
// those that are stray texts are refused in records.
func sameRecords(t *testing.T, e *Encoder, fields []string, tab, want *Table) {
	t.Helper()
	r, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	row, width := make([]float64, r.Width()), len(want.Features)
	rows := want.Rows()
	if rows != len(fields) {
		return // a blank line
	}
	for i := range rows {
		field := strings.ReplaceAll(fields[i], "\r\n", "\n")
		_, err := r.Encode(row, map[string]any{"a": field, "b": "1"})
		if a := tab.X[i*len(tab.Features)]; err != nil && a != a && errors.Is(err, fault.ErrData) {
			continue
		}
		if err != nil || !slices.Equal(row, want.X[i*width:(i+1)*width]) {
			t.Fatalf("%+v: row %d, of %q, is %v, and the record %v, %v", e, i, fields[i], want.X[i*width:(i+1)*width], row, err)
		}
	}
}

func FuzzReadNPY(f *testing.F) {
	for _, header := range []string{
		"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
		"{'descr': '>f4', 'fortran_order': True, 'shape': (3, 2)}",
		"{'shape': (4L,), 'descr': \"|b1\", 'fortran_order': False}",
		"{'descr': '<i8', 'fortran_order': True, 'shape': (1000000, 1000)}",
	} {
		f.Add(npy(1, header, []float64{1, 2, 3, 4, nan, 6}), byte(0))
		f.Add(npy(3, header, []float64{1, 2, 3, 4, 5, 6}), byte(1))
	}
	f.Add([]byte(npyMagic+"\x02\x00\xff\xff\xff\x7f{"), byte(0))
	f.Add(npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", []float64{1, 2, 3, 4, 5, nan}), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, how byte) {
		data = append([]byte(npyMagic), bytes.TrimPrefix(data, []byte(npyMagic))...)
		tab := readHostile(t, data, &Options{NoHeader: how&1 != 0})
		if tab == nil {
			return
		}
		var b bytes.Buffer
		d := len(tab.Features)
		x := make([]float64, 0, len(tab.X)+len(tab.Y))
		for i, y := range tab.Y {
			x = append(append(x, tab.X[i*d:(i+1)*d]...), y)
		}
		if err := WriteNPY(&b, x, d+1); err != nil {
			t.Fatal(err)
		}
		again, err := Read(context.Background(), &b, nil)
		if again != nil {
			// Names are by place; rows without a target are not in what is read again.
			again.Features, again.Targets, again.Notices, again.Origin = tab.Features, tab.Targets, tab.Notices, tab.Origin
		}
		if err != nil || !sameTable(again, tab) {
			t.Fatalf("%#v read again is %#v, %v", tab, again, err)
		}
	})
}

// FuzzReadGzip compresses what it is given, or takes it as compressed.
func FuzzReadGzip(f *testing.F) {
	f.Add([]byte("a,y\n1,2\n"), true)
	f.Add([]byte(zipped(f, "a,y\n1,2\n")), false)
	f.Add([]byte(zipped(f, strings.Repeat("1,2\n", 1<<16))), false)
	f.Add([]byte(zipped(f, strings.Repeat(",", 1<<21))), false)
	f.Fuzz(func(t *testing.T, data []byte, compress bool) {
		if !compress {
			readHostile(t, append([]byte("\x1f\x8b"), bytes.TrimPrefix(data, []byte("\x1f\x8b"))...), &Options{})
			return
		}
		if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
			return // compressed twice is not what it is compressed once
		}
		o := &Options{MemoryLimit: fuzzLimit}
		want, err := Read(context.Background(), bytes.NewReader(data), o)
		got, err2 := Read(context.Background(), strings.NewReader(zipped(t, string(data))), o)
		if (err == nil) != (err2 == nil) || err == nil && !sameTable(got, want) {
			t.Fatalf("%v, %v and compressed %v, %v", want, err, got, err2)
		}
	})
}
