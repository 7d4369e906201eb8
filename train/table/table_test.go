package table

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// zipped returns text compressed by gzip.
func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReadTakesItsOptions(t *testing.T) {
	const text = "id,a,b,w,y,z\nr1,1,2,0.5,7,9\nr2,3,4,2,8,9\n"
	full := Table{X: []float64{1, 2, 3, 4}, Y: []float64{7, 8}, Weights: []float64{0.5, 2}, Features: []string{"a", "b"}, Targets: []string{"y"}}
	o := Options{Targets: []string{"y"}, Weight: "w", Drop: []string{"z", "id"}}
	with := func(change func(*Options)) *Options {
		c := o
		change(&c)
		return &c
	}
	other := func(comma string) string { return strings.ReplaceAll(text, ",", comma) }
	bare := full
	bare.Features, bare.Targets = []string{"c2", "c3"}, []string{"c5"}
	for _, c := range []struct {
		name, text string
		o          *Options
		want       Table
	}{
		{"by name", text, &o, full},
		{"gzip", zipped(t, text), &o, full},
		{"two gzip members", zipped(t, text[:30]) + zipped(t, text[30:]), &o, full},
		{"gzip and a mark", zipped(t, "\ufeff"+text), &o, full},
		{"tab", other("\t"), with(func(o *Options) { o.Comma = '\t' }), full},
		{"semicolon", other(";"), with(func(o *Options) { o.Comma = ';' }), full},
		{"other character", other("→"), with(func(o *Options) { o.Comma = '→' }), full},
		{"likeliest comma", text, &o, full},
		{"likeliest tab", "\n" + other("\t"), &o, full},
		{"likeliest bar", strings.Replace(other("|"), "id", `";;;;;;;;;;"`, 1), with(func(o *Options) { o.Drop = []string{"z", ";;;;;;;;;;"} }), full},
		{"no header", text[strings.Index(text, "\n")+1:], &Options{NoHeader: true, Targets: []string{"c5"}, Weight: "c4", Drop: []string{"c1", "c6"}}, bare},
		{"last left", "a,b,y,w\n1,2,7,0.5\n3,4,8,2\n", &Options{Weight: "w"}, full},
		{"two targets", "y,a,z\n1,2,3\n4,5,6\n", &Options{Targets: []string{"z", "y"}},
			Table{X: []float64{2, 5}, Y: []float64{3, 1, 6, 4}, Features: []string{"a"}, Targets: []string{"z", "y"}}},
		{"text", "c,a,y\nred,1,2\n,2,3\nblue,NA,4\nred,?,5\n", nil,
			Table{X: []float64{0, 1, nan, 2, 1, nan, 0, nan}, Y: []float64{2, 3, 4, 5}, Features: []string{"c", "a"}, Targets: []string{"y"}, Columns: []Column{{Type: Category, Categories: []string{"red", "blue"}}, {Type: Number}}}},
		{"numbers as text", "c,a,y\n,1,2\n7.50,2,3\n7.5,3,4\n1,4,5\n", &Options{Types: map[string]Type{"c": Category}},
			Table{X: []float64{nan, 1, 0, 2, 0, 3, 1, 4}, Y: []float64{2, 3, 4, 5}, Features: []string{"c", "a"}, Targets: []string{"y"}, Columns: []Column{{Type: Category, Categories: []string{"7.5", "1"}}, {Type: Number}}}},
		{"classes", "a,y\n1,no\n2,yes\n3,no\n", nil,
			Table{X: []float64{1, 2, 3}, Y: []float64{0, 1, 0}, Features: []string{"a"}, Targets: []string{"y"}, Classes: []string{"no", "yes"}}},
		{"classes that are numbers", "a,y\n1,2.0\n2,01\n3,2.0\n", &Options{Classes: true},
			Table{X: []float64{1, 2, 3}, Y: []float64{0, 1, 0}, Features: []string{"a"}, Targets: []string{"y"}, Classes: []string{"2.0", "01"}}},
		{"ignored", "a,b,c,y\n1,x,2,3\n", &Options{Types: map[string]Type{"b": Ignored, "y": Ignored}},
			Table{X: []float64{1}, Y: []float64{2}, Features: []string{"a"}, Targets: []string{"c"}}},
	} {
		got, err := Read(context.Background(), strings.NewReader(c.text), c.o)
		if err != nil || !sameTable(got, &c.want) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

// sameTable compares, taking NaN as equal to itself.
func sameTable(a, b *Table) bool {
	return fmt.Sprintf("%#v", *a) == fmt.Sprintf("%#v", *b)
}

func TestReadRefusesBadOptionsAndValues(t *testing.T) {
	const text = "a,b,y\n1,2,3\n"
	wide := strings.Repeat("1,", maxColumns) + "1\n"
	for _, c := range []struct {
		name, text string
		o          Options
		kind       error
		want       string
	}{
		{"comma", text, Options{Comma: '"'}, fault.ErrOption, `'"' cannot separate`},
		{"comma that is no character", text, Options{Comma: 0xD800}, fault.ErrOption, "cannot separate"},
		{"no such drop", text, Options{Drop: []string{"id"}}, fault.ErrData, `no dropped column "id"; it has "a", "b", "y"`},
		{"no such weight", text, Options{Weight: "w"}, fault.ErrData, `no weight column "w"`},
		{"two uses", text, Options{Weight: "y", Targets: []string{"y"}}, fault.ErrData, `"y" is asked for as weight and as target`},
		{"same target twice", text, Options{Targets: []string{"a", "a"}}, fault.ErrData, `"a" is asked for as target and as target`},
		{"two targets as classes", text, Options{Targets: []string{"a", "b"}, Classes: true}, fault.ErrOption, "2 targets"},
		{"a class of two targets", "a,y,z\n1,x,2\n", Options{Targets: []string{"y", "z"}, Types: map[string]Type{"y": Category}}, fault.ErrOption, `target "y" is to be a category, and there are 2 targets`},
		{"a text of two targets", "a,y,z\n1,x,2\n", Options{Targets: []string{"y", "z"}}, fault.ErrData, `line 2, column "y": "x" is not a number`},
		{"nothing left", text, Options{Drop: []string{"a", "b"}}, fault.ErrData, "no features"},
		{"negative weight", "a,w,y\n1,2,3\n1,-2,3\n", Options{Weight: "w"}, fault.ErrData, `line 3, column "w": the weight "-2" is negative`},
		{"weight missing", "a,w,y\n1,,3\n", Options{Weight: "w"}, fault.ErrData, `line 2, column "w": the field is empty`},
		{"weight of a marker", "a,w,y\n1,2,3\n1,NA,3\n", Options{Weight: "w"}, fault.ErrData, `line 3, column "w": "NA" is not a number`},
		{"target missing", "a,y\n1,NA\n", Options{Types: map[string]Type{"y": Number}}, fault.ErrData, `none of 1 rows has a value of target "y"`},
		{"no such type", "a,y\n1,2\n", Options{Types: map[string]Type{"b": Number}}, fault.ErrData, `no column "b" to be a number; it has "a", "y"`},
		{"type of no kind", "a,y\n1,2\n", Options{Types: map[string]Type{"a": 99}}, fault.ErrOption, "Type(99)"},
		{"type of a weight", "a,w,y\n1,2,3\n", Options{Weight: "w", Types: map[string]Type{"w": Number}}, fault.ErrData, `"w" is asked for as weight and as number`},
		{"ignored target", "a,y\n1,2\n", Options{Targets: []string{"y"}, Types: map[string]Type{"y": Ignored}}, fault.ErrData, `"y" is asked for as target and as ignored`},
		{"target of times", "a,y\n1,2\n", Options{Types: map[string]Type{"y": Time}}, fault.ErrOption, `"y" cannot be a time`},
		{"target of dates", "a,y\n1,2\n", Options{Types: map[string]Type{"y": DayFirst}}, fault.ErrOption, `"y" cannot be a time`},
		{"infinity among few", "a,y\ninf,2\n1,2\n", Options{}, fault.ErrNotFinite, `line 2, column "a": "inf"`},
		{"not a number", "a,y\n1,2\nred,2\n", Options{Types: map[string]Type{"a": Number}}, fault.ErrData, `line 3, column "a": "red" is not a number`},
		{"not a boolean", "a,y\nno,2\nmaybe,2\n", Options{Types: map[string]Type{"a": Boolean}}, fault.ErrData, `line 3, column "a": "maybe" is none of true, false`},
		{"not 0 or 1", "a,y\n0,2\n2,2\n", Options{Types: map[string]Type{"a": Boolean}}, fault.ErrData, `column "a": "2" is none of`},
		{"not a time", "a,y\n2024-02-30,2\n", Options{Types: map[string]Type{"a": Time}}, fault.ErrData, `line 2, column "a": "2024-02-30" is not a time such as 2025-12-31`},
		{"no times", "a,y\n2024,2\n", Options{Types: map[string]Type{"a": Time}}, fault.ErrData, `column "a" cannot be one of times: it has 1 numbers, which are none`},
		{"all classes differ", "a,y\n" + distinct(50), Options{}, fault.ErrData, `target "y" has 50 different labels in 50 rows`},
		{"nothing of use", "a,y\n,2\nNA,2\n", Options{}, fault.ErrData, `none of its columns is of use as a feature: column "a" has no value`},
		{"no class", "a,y\n1,\n", Options{Classes: true}, fault.ErrData, `none of 1 rows has a value of target "y"`},
		{"empty, no header", "", Options{NoHeader: true}, fault.ErrData, "csv is empty"},
		{"other separator given", "a,b,y\n1,2,3\n", Options{Comma: '\t'}, fault.ErrData, `(fields are separated by '\t': is it ','?)`},
		{"ragged, no header", "1,2\n3\n", Options{NoHeader: true}, fault.ErrData, `line 2 has 1 fields (column "c2" and what follows is missing), the first row has 2`},
		{"many columns", wide, Options{NoHeader: true}, fault.ErrData, "65537 columns, at most 65536"},
		{"gzip of nothing", zipped(t, ""), Options{}, fault.ErrData, "csv is empty"},
		{"gzip cut short", zipped(t, text)[:20], Options{}, fault.ErrData, "cut short"},
		{"gzip header cut short", zipped(t, text)[:5], Options{}, fault.ErrData, "cut short"},
		{"gzip damaged", strings.Replace(zipped(t, text), zipped(t, text)[15:17], "\xff\xff", 1), Options{}, fault.ErrData, "damaged"},
		{"gzip checksum", zipped(t, text)[:len(zipped(t, text))-8] + "12345678", Options{}, fault.ErrData, "checksum"},
		{"gzip header", "\x1f\x8b\x00\x00\x00\x00\x00\x00\x00\x00", Options{}, fault.ErrData, "damaged"},
		{"gzip twice", zipped(t, zipped(t, text)), Options{}, fault.ErrData, ""},
	} {
		got, err := Read(context.Background(), strings.NewReader(c.text), &c.o)
		if got != nil || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %v, %q", c.name, got, err, c.kind, c.want)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: an error of %d bytes", c.name, len(err.Error()))
		}
	}
}

// distinct returns n rows of a number and a text that no other has.
func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,r%d\n", i, i)
	}
	return b.String()
}

// TestBombsMeetTheMemoryLimit decompresses what would be 800 MB of numbers.
func TestBombsMeetTheMemoryLimit(t *testing.T) {
	piece := zipped(t, strings.Repeat("1,2,3,4,5,6,7,8,9,0\n", 1<<10))
	pieces := []io.Reader{strings.NewReader(zipped(t, "a,b,c,d,e,f,g,h,i,y\n"))}
	for range 1 << 10 {
		pieces = append(pieces, strings.NewReader(piece))
	}
	allocated := memory.Allocated(func() {
		_, err := Read(context.Background(), io.MultiReader(pieces...), &Options{MemoryLimit: 4 << 20})
		if !errors.Is(err, fault.ErrMemory) || !strings.Contains(err.Error(), "a memory limit of 4 MiB allows no more") {
			t.Error(err)
		}
	})
	if allocated > 8<<20 {
		t.Errorf("%d bytes allocated under a limit of 4 MiB", allocated)
	}
}

// drip gives one row at a time, for ever, and calls what at the given row.
type drip struct {
	row, at int
	what    func()
}

func (d *drip) Read(p []byte) (int, error) {
	if d.row++; d.row == d.at {
		d.what()
	}
	return copy(p, "1,2\n"), nil
}

func TestReadEndsWithTheContext(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	d := &drip{at: 5000, what: func() { cancel(enough) }}
	rows := 0
	_, err := Read(ctx, io.MultiReader(strings.NewReader("a,y\n"), d), &Options{Progress: func(n int, bytes int64) {
		if n <= rows || bytes < int64(4*n) || bytes > int64(4*n+8) {
			t.Errorf("%d rows, %d bytes after %d rows", n, bytes, rows)
		}
		rows = n
	}})
	if !errors.Is(err, enough) || errors.Is(err, fault.ErrData) || d.row > 5000 || rows != 4096 {
		t.Errorf("%v after %d reads and %d rows", err, d.row, rows)
	}
	// A reader that has everything in one piece is noticed between rows.
	ctx, cancel = context.WithCancelCause(context.Background())
	big := bytes.Repeat([]byte("1,2\n"), 1<<14)
	_, err = Read(ctx, bytes.NewReader(append([]byte("a,y\n"), big...)), &Options{Progress: func(int, int64) { cancel(enough) }})
	if !errors.Is(err, enough) {
		t.Error(err)
	}
}

func TestBlocksJoinInOrder(t *testing.T) {
	var b blocks
	var want []float64
	for i := range 1000 {
		p := b.take(1 + i%3)
		for j := range p {
			p[j] = float64(i + j)
			want = append(want, p[j])
		}
	}
	got, err := b.join(context.Background())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Error("numbers were lost or moved")
	}
	if none, err := new(blocks).join(context.Background()); none != nil || err != nil {
		t.Error("nothing became something")
	}
}

// BenchmarkRead reads 100 000 rows of 10 numbers with all their digits, as
// CSV, the same compressed, and as NPY.
func BenchmarkRead(b *testing.B) {
	text, array := benchTable(100000, 10)
	for _, c := range []struct {
		name string
		data []byte
	}{{"csv", text}, {"csv.gz", []byte(zipped(b, string(text)))}, {"npy", array}} {
		b.Run("format="+c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			start := time.Now()
			for b.Loop() {
				if _, err := Read(context.Background(), bytes.NewReader(c.data), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1e5/time.Since(start).Seconds(), "rows/s")
		})
	}
}

// BenchmarkEncodingCSV is what encoding/csv and strconv.ParseFloat take for the
// text of BenchmarkRead, into a slice that is large enough.
func BenchmarkEncodingCSV(b *testing.B) {
	const n, d = 100000, 10
	text, _ := benchTable(n, d)
	x := make([]float64, 0, n*d)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		x = x[:0]
		r := csv.NewReader(bytes.NewReader(text))
		r.ReuseRecord = true
		r.Read()
		for {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			for _, field := range row {
				v, err := strconv.ParseFloat(field, 64)
				if err != nil {
					b.Fatal(err)
				}
				x = append(x, v)
			}
		}
	}
}
