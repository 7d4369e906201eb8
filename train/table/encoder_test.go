package table

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// mixed is a table of numbers and text with missing values of both.
func mixed(t testing.TB) *Table {
	t.Helper()
	const text = "a,colour,b,y\n1,red,7,1\nNA,blue,8,2\n4,,9,3\n2,red,10,4\n9,\"a, b\",11,5\n"
	table, err := Read(context.Background(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestEncoderImputesAndExpands(t *testing.T) {
	e, err := NewEncoder(mixed(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &Encoder{Columns: []EncodedColumn{
		{Name: "a", Type: Number, Impute: true, Fill: 3, Indicator: true, Min: 1, Max: 9},
		{Name: "colour", Type: Category, Categories: []string{"a, b", "blue", "red"}, Impute: true, Indicator: true},
		{Name: "b", Type: Number, Impute: true, Fill: 9, Min: 7, Max: 11},
	}}
	if !reflect.DeepEqual(e, want) {
		t.Fatalf("%+v", e)
	}
	got, err := e.Encode(mixed(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "a (missing)", "colour=a, b", "colour=blue", "colour=red", "colour (missing)", "b"}; !slices.Equal(got.Features, want) {
		t.Errorf("%q", got.Features)
	}
	if want := []float64{
		1, 0, 0, 0, 1, 0, 7,
		3, 1, 0, 1, 0, 0, 8,
		4, 0, 0, 0, 0, 1, 9,
		2, 0, 0, 0, 1, 0, 10,
		9, 0, 1, 0, 0, 0, 11,
	}; !slices.Equal(got.X, want) || !slices.Equal(got.Y, []float64{1, 2, 3, 4, 5}) || got.Columns != nil {
		t.Errorf("%v", got)
	}
	plainer, err := NewEncoder(mixed(t), &EncoderOptions{Missing: ImputeMedian})
	if err != nil || len(plainer.Features()) != 5 {
		t.Errorf("%v, %v", plainer.Features(), err)
	}
}

// TestEncoderDoesNotDependOnTheOrderOfRows encodes the rows backwards.
func TestEncoderDoesNotDependOnTheOrderOfRows(t *testing.T) {
	table := mixed(t)
	n, d := table.Rows(), len(table.Features)
	back := *table
	back.X, back.Columns = nil, []Column{{}, {Type: Category, Categories: []string{"unused", "blue", "red", "a, b"}}, {Type: Number}}
	moved := []float64{2, 1, 3} // red, blue, a, b
	for i := n - 1; i >= 0; i-- {
		row := slices.Clone(table.X[i*d : (i+1)*d])
		if v := row[1]; v == v {
			row[1] = moved[int(v)]
		}
		back.X = append(back.X, row...)
	}
	for _, m := range []Missing{ImputeMedian, ImputeIndicator} {
		a, err := NewEncoder(table, &EncoderOptions{Missing: m})
		b, err2 := NewEncoder(&back, &EncoderOptions{Missing: m})
		if err != nil || err2 != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%+v and %+v, %v, %v", a, b, err, err2)
		}
		x, err := a.Encode(table, 0)
		y, err2 := a.Encode(&back, 0)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		w := len(x.Features)
		for i := range n {
			if !slices.Equal(x.X[i*w:(i+1)*w], y.X[(n-1-i)*w:(n-i)*w]) {
				t.Errorf("row %d: %v and %v", i, x.X[i*w:(i+1)*w], y.X[(n-1-i)*w:(n-i)*w])
			}
		}
	}
}

func TestPlainEncoderSharesTheTable(t *testing.T) {
	table := &Table{X: []float64{1, 2, 3, 4}, Y: []float64{5, 6}, Weights: []float64{1, 2}, Features: []string{"a", "b"}, Targets: []string{"y"}}
	e, err := NewEncoder(table, &EncoderOptions{Missing: RefuseMissing})
	if err != nil || !e.Plain() {
		t.Fatal(err, e)
	}
	got, err := e.Encode(table, 0)
	if err != nil || &got.X[0] != &table.X[0] || !sameTable(got, table) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestEncoderRefusesContradictions(t *testing.T) {
	table := func(change func(*Table)) *Table {
		t := mixed(t)
		change(t)
		return t
	}
	numbers := func(x ...float64) *Table { return &Table{X: x, Features: []string{"a"}} }
	for _, c := range []struct {
		name    string
		table   *Table
		missing Missing
		kind    error
		want    string
	}{
		{"policy", mixed(t), 3, fault.ErrOption, "Missing is 3"},
		{"missing", mixed(t), RefuseMissing, fault.ErrNotFinite, `row 1, column "a" is missing`},
		{"no value", &Table{X: []float64{nan, nan}, Features: []string{"a"}, Columns: []Column{{Type: Category}}}, ImputeMedian, fault.ErrData, "no column has a value in 2 rows"},
		{"infinite median", numbers(math.Inf(1)), ImputeMedian, fault.ErrModel, `column "a" is imputed by +Inf`},
		{"no rows", numbers(), RefuseMissing, fault.ErrShape, "0 values"},
		{"ragged", table(func(t *Table) { t.X = t.X[1:] }), ImputeMedian, fault.ErrShape, "14 values, 3 features"},
		{"lists", table(func(t *Table) { t.Columns = t.Columns[1:] }), ImputeMedian, fault.ErrShape, "2 columns"},
		{"code too large", table(func(t *Table) { t.X[1] = 3 }), ImputeMedian, fault.ErrData, `row 0, column "colour" holds 3, which is none of 3`},
		{"code between", table(func(t *Table) { t.X[4] = 0.5 }), ImputeMedian, fault.ErrData, `row 1, column "colour" holds 0.5`},
		{"negative code", table(func(t *Table) { t.X[4] = -1 }), ImputeMedian, fault.ErrData, `holds -1`},
		{"same name", table(func(t *Table) { t.Features[2] = "colour=red" }), ImputeMedian, fault.ErrData, `named "colour=red"`},
		{"columns of one name", table(func(t *Table) { t.Features[2] = "a" }), ImputeMedian, fault.ErrModel, `column 2 has the name "a"`},
	} {
		if e, err := NewEncoder(c.table, &EncoderOptions{Missing: c.missing}); e != nil || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", c.name, e, err)
		}
	}
	e, err := NewEncoder(mixed(t), &EncoderOptions{Missing: ImputeMedian})
	if err != nil {
		t.Fatal(err)
	}
	refuses := &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number}}}
	for _, c := range []struct {
		name  string
		e     *Encoder
		table *Table
		kind  error
		want  string
	}{
		{"other columns", e, numbers(1), fault.ErrShape, "1 features for an encoder of 3"},
		{"other name", e, table(func(t *Table) { t.Features[0] = "x" }), fault.ErrShape, `column "x" of the table, a number, is not what the encoder has as column "a"`},
		{"numbers for text", e, table(func(t *Table) { t.Columns = nil }), fault.ErrShape, `column "colour"`},
		{"infinite", e, table(func(t *Table) { t.X[3] = math.Inf(-1) }), fault.ErrNotFinite, `row 1, column "a" is -Inf`},
		{"missing in a plain one", refuses, numbers(1, nan), fault.ErrNotFinite, `row 1, column "a" is NaN`},
		{"missing in one column", &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number}, {Name: "b", Type: Number, Impute: true}}}, &Table{X: []float64{1, 2, nan, 3}, Features: []string{"a", "b"}}, fault.ErrNotFinite, `row 1, column "a" is NaN`},
	} {
		if got, err := c.e.Encode(c.table, 0); got != nil || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

func TestMedianIsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64}, {[]float64{-math.MaxFloat64, math.MaxFloat64}, 0}} {
		v := slices.Clone(c.v)
		slices.Sort(v)
		if got := median(v); got != c.want {
			t.Errorf("%v: %v, want %v", c.v, got, c.want)
		}
	}
}

func ExampleEncoder() {
	const text = "rooms,heating,price\n2,gas,210\n,oil,250\n4,gas,295\n3,,260\n"
	table, err := Read(context.Background(), strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := NewEncoder(table, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err = e.Encode(table, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", table.Features)
	for i := range table.Y {
		fmt.Println(table.X[5*i:5*i+5], table.Y[i])
	}
	// Output:
	// ["rooms" "rooms (missing)" "heating=gas" "heating=oil" "heating (missing)"]
	// [2 0 1 0 0] 210
	// [3 1 0 1 0] 250
	// [4 0 1 0 0] 295
	// [3 0 0 0 1] 260
}
