package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// readFrom reads a table for training on the named column, the last if empty.
func readFrom(r io.Reader, target string) (*Table, error) {
	o := &Options{}
	if target != "" {
		o.Targets = []string{target}
	}
	return Read(context.Background(), r, o)
}

func TestReadCSVTakesUsualForms(t *testing.T) {
	want := &Table{X: []float64{1, -2.5, 3, 4e3}, Y: []float64{7, 8}, Features: []string{"a", "b c"}, Targets: []string{"y"}}
	for name, text := range map[string]string{
		"plain":             "a,b c,y\n1,-2.5,7\n3,4e3,8\n",
		"quoted header":     "\"a\",\"b c\",\"y\"\n1,-2.5,7\n3,4e3,8\n",
		"quoted numbers":    "a,b c,y\n\"1\",-2.5,7\n3,\" 4e3\",8\n",
		"blanks":            " a ,\tb c, y\n 1 ,-2.5, 7\n3,\t4e3,8\n",
		"byte-order mark":   "\ufeffa,b c,y\n1,-2.5,7\n3,4e3,8\n",
		"mark and quotes":   "\ufeff\"a\",b c,y\n1,-2.5,7\n3,4e3,8\n",
		"carriage returns":  "a,b c,y\r\n1,-2.5,7\r\n3,4e3,8\r\n",
		"no last newline":   "a,b c,y\n1,-2.5,7\n3,4e3,8",
		"trailing newlines": "a,b c,y\n1,-2.5,7\n3,4e3,8\n\n\n",
		"trailing blanks":   "a,b c,y\n1,-2.5,7\n3,4e3,8\n  \t\n",
		"leading newline":   "\n \na,b c,y\n1,-2.5,7\n3,4e3,8\n",
	} {
		for _, target := range []string{"", "y"} {
			got, err := readFrom(strings.NewReader(text), target)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, target %q: %+v, %v", name, target, got, err)
			}
		}
		got, err := readFrom(iotest.OneByteReader(strings.NewReader(text)), "")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s, byte by byte: %+v, %v", name, got, err)
		}
	}
}

func TestReadCSVTargetByName(t *testing.T) {
	got, err := readFrom(strings.NewReader("a,y,b\n1,2,3\n"), "y")
	want := &Table{X: []float64{1, 3}, Y: []float64{2}, Features: []string{"a", "b"}, Targets: []string{"y"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCSVErrorsNameWhatAndWhere(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ name, text, target, want string }{
		{"empty", "", "", "is empty"},
		{"only a mark", "\ufeff", "", "is empty"},
		{"only newlines", "\n\n", "", "is empty"},
		{"header only", "a,y\n", "", "no rows"},
		{"header and newline", "a,y\n\n", "", "no rows"},
		{"short row", "a,b,y\n1,2,3\n4,5\n", "", `line 3 has 2 fields (column "y" and what follows is missing), the header has 3`},
		{"long row", "a,y\n1,2\n\n4,5,6x\n", "", `line 4 has 3 fields (the first one too many is "6x"), the header has 2`},
		{"no such target", "a,b\n1,2\n", "price", `no target column "price"; it has "a", "b"`},
		{"no target at all", "a,y\n1,\n", "", `none of 1 rows has a value of target "y"`},
		{"infinity", "a,y\n1,-Inf\n", "", `line 2, column "y": "-Inf": value is not finite`},
		{"out of range", "a,y\n1e999,1\n", "", `line 2, column "a": "1e999": value is not finite`},
		{"duplicate names", "a,b, a,y\n1,2,3,4\n", "", `line 1: columns 1 and 3 are both named "a"`},
		{"nameless columns", "\"\",\n1,2\n", "", "line 1: none of 2 columns has a name"},
		{"only the target", "y\n1\n", "", `has "y" and no features`},
		{"bare quote", "a,y\n1,2\n1\"2,3\n", "", "line 3, byte 2: bare"},
		{"quote not closed", "a,y\n1,\"2\n3,4\n", "", "quote"},
		{"line of a quoted newline", "\"a\nb\",y\n1,2\ninf,2\n", "", `line 4, column "a\nb": "inf": value is not finite`},
		{"long name", long + ",y\n1,2\n", "", "takes 5000 bytes"},
	} {
		got, err := readFrom(strings.NewReader(c.text), c.target)
		if got != nil || !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", c.name, got, err, c.want)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("%s: an error of %d bytes", c.name, len(err.Error()))
		}
		if strings.Contains(c.want, "not finite") != errors.Is(err, fault.ErrNotFinite) && c.name != "out of range" {
			t.Errorf("%s: %v: ErrNotFinite is wrong", c.name, err)
		}
	}
}

func TestReadCSVReturnsErrorsOfTheReader(t *testing.T) {
	broken := errors.New("disk on fire")
	for cut := 0; cut < 16; cut++ {
		r := io.MultiReader(strings.NewReader("a,y\n1,\"2\"\n3,44\n"[:cut]), iotest.ErrReader(broken))
		if _, err := readFrom(r, ""); !errors.Is(err, broken) || errors.Is(err, fault.ErrData) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
}

// endless repeats text for ever and counts what is taken.
type endless struct {
	text  string
	taken int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.taken%len(e.text):])
	e.taken += n
	return n, nil
}

func TestRowLengthIsBounded(t *testing.T) {
	for _, c := range []struct{ name, head, text string }{
		{"no newline", "a,y\n", strings.Repeat("1", 4096)},
		{"fields", "a,y\n", strings.Repeat("x", 63) + ","},
		{"open quote", "a,y\n\"", strings.Repeat("z", 100) + "\n"},
		{"header", "", strings.Repeat("n", 4096)},
		{"commas", "a,y\n", strings.Repeat(",", 4096)},
	} {
		r := &endless{text: c.text}
		var err error
		took := memory.Allocated(func() { _, err = readFrom(io.MultiReader(strings.NewReader(c.head), r), "") })
		if most := uint64(8 * maxRowBytes); took > most {
			t.Errorf("%s: %d bytes allocated, want at most %d", c.name, took, most)
		}
		if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "a row takes more than") || r.taken > maxRowBytes+1<<17 {
			t.Errorf("%s: %v after %d bytes", c.name, err, r.taken)
		}
	}
}

func TestRowLimitIsPerRow(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB")
	}
	row := strings.Repeat(" ", 1<<20) + "1,2\n"
	rows := make([]io.Reader, 20)
	for i := range rows {
		rows[i] = strings.NewReader(row)
	}
	tab, err := readFrom(io.MultiReader(append([]io.Reader{strings.NewReader("a,y\n")}, rows...)...), "")
	if err != nil || tab.Rows() != 20 {
		t.Fatal(err)
	}
}

func ExampleRead() {
	const text = `"area","rooms","price"
54,2,210000
71,3,295000
`
	tab, err := Read(context.Background(), strings.NewReader(text), &Options{Targets: []string{"price"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tab.Rows(), tab.Features, tab.X, tab.Y)

	_, err = Read(context.Background(), strings.NewReader("area,price\n54,210000\n71,-Inf\n"), nil)
	fmt.Println(err)
	// Output:
	// 2 [area rooms] [54 2 71 3] [210000 295000]
	// table: csv line 3, column "price": "-Inf": value is not finite: bad data
}

func ExampleRead_types() {
	const text = `"id";"built";"heated";"area";"price"
"a17";1999-12-31;"yes";"54,5";"€ 210.000"
"b02";2004-02-29;"no";;"€ 95.500"
`
	tab, err := Read(context.Background(), strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for j, name := range tab.Features {
		c := tab.Column(j)
		fmt.Println(name, c.Type, c.Format, c.Categories)
	}
	fmt.Println(tab.X, tab.Y)
	// Output:
	// id category  [a17 b02]
	// built time  []
	// heated boolean  []
	// area number 1.234,5 []
	// [0 9.465984e+08 1 54.5 1 1.0780128e+09 0 NaN] [210000 95500]
}
