package table

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// npy makes an array file by hand.
func npy(version byte, header string, data ...any) []byte {
	b := []byte(npyMagic)
	b = append(b, version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	b = append(b, header...)
	for _, v := range data {
		var err error
		order := binary.ByteOrder(binary.LittleEndian)
		if strings.Contains(header, ">") {
			order = binary.BigEndian
		}
		if b, err = binary.Append(b, order, v); err != nil {
			panic(err)
		}
	}
	return b
}

func benchTable(n, d int) (text, array []byte) {
	random := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n*d)
	text = []byte(strings.Join(positions(d), ",") + "\n")
	for i := range x {
		x[i] = random.NormFloat64()
		text = append(strconv.AppendFloat(text, x[i], 'g', -1, 64), ',')
		if (i+1)%d == 0 {
			text[len(text)-1] = '\n'
		}
	}
	var b bytes.Buffer
	WriteNPY(&b, x, d)
	return text, b.Bytes()
}

func TestNPYTypesAndOrders(t *testing.T) {
	header := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }   \n", descr, order, shape)
	}
	const shape = "(2, 3)"
	rows, columns := []float64{1, 2, 3, 4, 5, 6}, []float64{1, 4, 2, 5, 3, 6}
	want := []float64{1, 2, 4, 5}
	for name, b := range map[string][]byte{
		"f8":         npy(1, header("<f8", "False", shape), rows),
		"f8 big":     npy(1, header(">f8", "False", shape), rows),
		"f8 fortran": npy(1, header("<f8", "True", shape), columns),
		"version 2":  npy(2, header("<f8", "False", shape), rows),
		"version 3":  npy(3, header("<f8", "False", shape), rows),
		"f4":         npy(1, header("<f4", "False", shape), []float32{1, 2, 3, 4, 5, 6}),
		"f4 big":     npy(1, header(">f4", "True", shape), []float32{1, 4, 2, 5, 3, 6}),
		"i8":         npy(1, header("<i8", "False", shape), []int64{1, 2, 3, 4, 5, 6}),
		"i4 big":     npy(1, header(">i4", "False", shape), []int32{1, 2, 3, 4, 5, 6}),
		"i2":         npy(1, header("<i2", "False", shape), []int16{1, 2, 3, 4, 5, 6}),
		"i1":         npy(1, header("|i1", "False", shape), []int8{1, 2, 3, 4, 5, 6}),
		"u8 big":     npy(1, header(">u8", "False", shape), []uint64{1, 2, 3, 4, 5, 6}),
		"u4":         npy(1, header("<u4", "False", shape), []uint32{1, 2, 3, 4, 5, 6}),
		"u2 big":     npy(1, header(">u2", "False", shape), []uint16{1, 2, 3, 4, 5, 6}),
		"u1":         npy(1, header("|u1", "False", shape), []byte{1, 2, 3, 4, 5, 6}),
		"other text": npy(1, ` { "shape":(2L,3L,) ,"fortran_order":False, "descr" : "<f8"}`, rows),
		"gzip":       []byte(zipped(t, string(npy(1, header("<f8", "False", shape), rows)))),
	} {
		got, err := Read(context.Background(), iotest.OneByteReader(bytes.NewReader(b)), nil)
		if err != nil || !slices.Equal(got.X, want) || !slices.Equal(got.Y, []float64{3, 6}) || !slices.Equal(got.Features, []string{"c1", "c2"}) || got.Targets[0] != "c3" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	signs := npy(1, header("<i2", "False", "(1, 2)"), []int16{-300, -1})
	if got, err := Read(context.Background(), bytes.NewReader(signs), nil); err != nil || got.X[0] != -300 || got.Y[0] != -1 {
		t.Errorf("%v, %v", got, err)
	}
	bools := npy(1, header("|b1", "False", "(2, 2)"), []byte{0, 1, 1, 0})
	if got, err := Read(context.Background(), bytes.NewReader(bools), &Options{Targets: []string{"c1"}}); err != nil || !slices.Equal(got.X, []float64{1, 0}) || !slices.Equal(got.Y, []float64{0, 1}) {
		t.Errorf("%v, %v", got, err)
	}
	// One dimension is one column; options go by position.
	line := npy(1, header("<f8", "False", "(3,)"), []float64{1, 2, 3})
	if got, err := Read(context.Background(), bytes.NewReader(line), &Options{Targets: []string{"y"}, Encoder: &Encoder{Columns: []EncodedColumn{{Name: "c1", Type: Number}}}}); err != nil || !slices.Equal(got.X, []float64{1, 2, 3}) {
		t.Errorf("%v, %v", got, err)
	}
	nans := npy(1, header("<f8", "True", "(2, 3)"), []float64{5, 7, nan, 2, 1, 0.5})
	got, err := Read(context.Background(), bytes.NewReader(nans), &Options{Weight: "c3", Targets: []string{"c1"}})
	if err != nil || !sameTable(got, &Table{X: []float64{nan, 2}, Y: []float64{5, 7}, Weights: []float64{1, 0.5}, Features: []string{"c2"}, Targets: []string{"c1"}}) {
		t.Errorf("%v, %v", got, err)
	}
	codes := npy(1, header("<i8", "False", "(3, 2)"), []int64{10, 1, -3, 2, 10, 1})
	got, err = Read(context.Background(), bytes.NewReader(codes), &Options{Types: map[string]Type{"c1": Category}, Classes: true})
	if err != nil || !sameTable(got, &Table{X: []float64{0, 1, 0}, Y: []float64{0, 1, 0}, Features: []string{"c1"}, Targets: []string{"c2"}, Classes: []string{"1", "2"}, Columns: []Column{{Type: Category, Categories: []string{"10", "-3"}}}}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadNPYIsRefused(t *testing.T) {
	const good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}"
	rows := []float64{1, 2, 3, 4}
	change := func(old, new string) []byte { return npy(1, strings.Replace(good, old, new, 1), rows) }
	for _, c := range []struct {
		name string
		data []byte
		o    *Options
		want string
	}{
		{"only a magic", []byte(npyMagic), nil, "cut short"},
		{"version", npy(4, good, rows), nil, "format version 4"},
		{"version 0", npy(0, good, rows), nil, "format version 0"},
		{"long header", append([]byte(npyMagic+"\x02\x00"), 0xff, 0xff, 0xff, 0xff), nil, "takes 4294967295 bytes"},
		{"header cut", npy(1, good, rows)[:40], nil, "cut short"},
		{"data cut", npy(1, good, rows[:3]), nil, "cut short"},
		{"data cut in columns", npy(1, strings.Replace(good, "False", "True", 1), rows[:3]), nil, "cut short"},
		{"more data", npy(1, good, append(rows, 5)), nil, "goes on"},
		{"no dictionary", change("{", "["), nil, "is not a dictionary"},
		{"no end", change("}", ""), nil, "is not a dictionary"},
		{"more behind", change("}", "} x"), nil, "is not a dictionary"},
		{"key twice", change("'shape'", "'descr'"), nil, "is not a dictionary"},
		{"other key", change("descr", "colour"), nil, "is not a dictionary"},
		{"key missing", change("'descr': '<f8', ", ""), nil, "is not a dictionary"},
		{"structured", change("'<f8'", "[('a', '<f8')]"), nil, "structured arrays"},
		{"complex", change("<f8", "<c16"), nil, `type "<c16"`},
		{"half", change("<f8", "<f2"), nil, `type "<f2"`},
		{"objects", change("<f8", "|O8"), nil, `type "|O8"`},
		{"order of bytes", change("<f8", "|f8"), nil, `type "|f8"`},
		{"negative", change("(2, 2)", "(-2, -2)"), nil, "is not a dictionary"},
		{"huge number", change("(2, 2)", "(99999999999999999999, 1)"), nil, "is not a dictionary"},
		{"no dimension", change("(2, 2)", "()"), nil, "0 dimensions"},
		{"three dimensions", change("(2, 2)", "(2, 2, 1)"), nil, "3 dimensions"},
		{"no rows", change("(2, 2)", "(0, 2)"), nil, "nothing in it"},
		{"no columns", change("(2, 2)", "(2, 0)"), nil, "nothing in it"},
		{"many columns", change("(2, 2)", "(1, 65537)"), nil, "too many"},
		{"overflow", change("(2, 2)", "("+strconv.Itoa(math.MaxInt)+", 2)"), nil, "too many"},
		{"infinity", npy(1, good, []float64{1, 2, math.Inf(1), 4}), nil, `npy row 1, column c1: +Inf`},
		{"infinite target", npy(1, good, []float64{1, 2, 3, math.Inf(1)}), nil, `npy row 1, column c2: +Inf`},
		{"no target", npy(1, good, []float64{1, nan, 3, nan}), nil, `none of 2 rows has a value of target "c2"`},
		{"weight missing", npy(1, strings.Replace(good, "(2, 2)", "(1, 3)", 1), []float64{1, nan, 3}), &Options{Weight: "c2"}, "npy row 0, column c2: the weight NaN"},
		{"weight", npy(1, strings.Replace(good, "(2, 2)", "(1, 3)", 1), []float64{1, -2, 3}), &Options{Weight: "c2"}, "column c2: the weight -2"},
		{"one column", npy(1, strings.Replace(good, "(2, 2)", "(4,)", 1), rows), nil, "no features"},
		{"name", npy(1, good, rows), &Options{Targets: []string{"price"}}, `no target column "price"; it has "c1", "c2"`},
	} {
		got, err := Read(context.Background(), bytes.NewReader(c.data), c.o)
		if got != nil || !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", c.name, got, err, c.want)
		}
	}
	broken := errors.New("cable out")
	whole := npy(1, good, rows)
	for cut := range whole {
		r := io.MultiReader(bytes.NewReader(whole[:cut]), iotest.ErrReader(broken))
		if _, err := Read(context.Background(), r, nil); !errors.Is(err, broken) || errors.Is(err, fault.ErrData) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
}

// TestHostileNPYTakesNoMemory reads headers that claim much and have nothing.
func TestHostileNPYTakesNoMemory(t *testing.T) {
	for _, order := range []string{"True", "False"} {
		for _, shape := range []string{"(1125899906842624, 64)", "(65536, 65536)", "(2, 65536)", "(1152921504606846975,)", "(1, 65536)"} {
			b := npy(1, "{'descr': '<f8', 'fortran_order': "+order+", 'shape': "+shape+"}", make([]float64, 100))
			took := memory.Allocated(func() {
				if _, err := Read(context.Background(), bytes.NewReader(b), nil); !errors.Is(err, fault.ErrData) {
					t.Errorf("%s: %v", shape, err)
				}
			})
			if took > hostileBytes {
				t.Errorf("%s, Fortran order %s: %d bytes allocated for a file of %d", shape, order, took, len(b))
			}
		}
	}
	// Columns that are there count against the limit before rows are made.
	b := npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (1000000, 2)}", make([]byte, 2000000))
	if _, err := Read(context.Background(), bytes.NewReader(b), &Options{MemoryLimit: 4 << 20}); !errors.Is(err, fault.ErrMemory) {
		t.Error(err)
	}
}

func TestWriteNPYIsReadBack(t *testing.T) {
	x := []float64{1.5, -2, math.MaxFloat64, 5e-324, math.Copysign(0, -1), 7}
	for _, cols := range []int{2, 3} {
		var b bytes.Buffer
		if err := WriteNPY(&b, x, cols); err != nil {
			t.Fatal(err)
		}
		if len(b.Bytes())%64 != 8*len(x)%64 {
			t.Errorf("%d columns: the data begin at %d", cols, b.Len()-8*len(x))
		}
		e := &Encoder{Columns: make([]EncodedColumn, cols)}
		for k, name := range positions(cols) {
			e.Columns[k] = EncodedColumn{Name: name, Type: Number}
		}
		got, err := Read(context.Background(), &b, &Options{Encoder: e})
		if err != nil || !slices.EqualFunc(got.X, x, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
			t.Errorf("%d columns: %v, %v", cols, got, err)
		}
	}
	var b bytes.Buffer
	if err := WriteNPY(&b, []float64{3, 4}, 1); err != nil || !strings.Contains(b.String(), "'shape': (2,), }") {
		t.Errorf("%q, %v", b.String(), err)
	}
	if err := WriteNPY(&specimen.Failing{Left: 9, Err: io.ErrClosedPipe}, x, 2); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// hostileBytes bounds what a reader may allocate beside what the input holds:
// names of 65 536 columns, a row of them, buffers.
const hostileBytes = 24 << 20
