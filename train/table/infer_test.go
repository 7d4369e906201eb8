package table

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// ofColumn reads a table whose first column is the given fields, each of them so many times.
func ofColumn(t *testing.T, fields []string, times int, o *Options) (*Table, error) {
	t.Helper()
	var b strings.Builder
	b.WriteString("a;b;y\n")
	for i := range len(fields) * times {
		fmt.Fprintf(&b, "\"%s\";%d;%d\n", fields[i%len(fields)], i, i)
	}
	return Read(context.Background(), strings.NewReader(b.String()), o)
}

// TestTypesAreThoseOfTheWholeColumn: the values are of the first rows, in the order of fields.
func TestTypesAreThoseOfTheWholeColumn(t *testing.T) {
	money := func(group, mark string, comma bool, sign string) NumberFormat {
		return NumberFormat{Comma: comma, Group: group, Sign: sign}
	}
	day := func(n float64) float64 { return n * secondsOfDay }
	for _, c := range []struct {
		name   string
		fields []string
		want   Column
		values []float64
	}{
		{"numbers", []string{"1", "-2.5", "3e2"}, Column{Type: Number}, []float64{1, -2.5, 300}},
		{"gaps", []string{"1", "", "NA", "n/a", "NaN", "NULL", "None", "nil", "#N/A", "<NA>", "-", "?"}, Column{Type: Number}, append([]float64{1}, slices.Repeat([]float64{nan}, 11)...)},
		{"text at the end", []string{"1", "2", "red"}, Column{Type: Category, Categories: []string{"red", "1", "2"}}, []float64{1, 2, 0}},
		{"markers among texts", []string{"NA", "", "None", "-"}, Column{}, nil},
		{"markers that are categories", []string{"NA", "", "brick", "None"}, Column{Type: Category, Categories: []string{"NA", "brick", "None"}}, []float64{0, nan, 1, 2}},
		{"spellings of a number", []string{"1.50", "1.5", "x", "01"}, Column{Type: Category, Categories: []string{"x", "1", "1.5"}}, []float64{2, 2, 0, 1}},
		{"codes", []string{"007", "10", "12", "NA"}, Column{Type: Code, Categories: []string{"007", "NA", "10", "12"}}, []float64{0, 2, 3, 1}},
		{"zero alone", []string{"0", "10"}, Column{Type: Number}, []float64{0, 10}},
		{"zeros in front of fractions", []string{"00", "0.5"}, Column{Type: Number}, []float64{0, 0.5}},
		{"true", []string{"True", "FALSE", "NA"}, Column{Type: Boolean}, []float64{1, 0, nan}},
		{"yes or nothing", []string{"yes", ""}, Column{Type: Boolean}, []float64{1, nan}},
		{"yes and 0", []string{"yes", "0"}, Column{Type: Boolean}, []float64{1, 0}},
		{"one letter", []string{"Y", "n"}, Column{Type: Boolean}, []float64{1, 0}},
		{"one letter alone", []string{"t", ""}, Column{Type: Category, Categories: []string{"t"}}, []float64{0, nan}},
		{"no of two pairs", []string{"no", "true"}, Column{Type: Category, Categories: []string{"no", "true"}}, []float64{0, 1}},
		{"no, yes and service", []string{"no", "yes", "none of it"}, Column{Type: Category, Categories: []string{"no", "yes", "none of it"}}, []float64{0, 1, 2}},
		{"dates", []string{"1970-01-01", "1970-01-03", "", "1969-12-31"}, Column{Type: Time}, []float64{0, day(2), nan, day(-1)}},
		{"times", []string{"1970-01-02T12:00:00Z", "1970-01-01 00:00:01.5", "1970-01-01T01:00+01:00", "1970/02"}, Column{Type: Time}, []float64{day(1.5), 1.5, 3600, day(31)}},
		{"no such day", []string{"2023-02-29", "2024-02-29"}, Column{Type: Category, Categories: []string{"2023-02-29", "2024-02-29"}}, []float64{0, 1}},
		{"thousands", []string{"1,234.5", "12", "-1,234,567"}, Column{Type: Number, Format: money(",", ".", false, "")}, []float64{1234.5, 12, -1234567}},
		{"decimal comma", []string{"1,5", "12", "0,125"}, Column{Type: Number, Format: money(".", ",", true, "")}, []float64{1.5, 12, 0.125}},
		{"both, of the continent", []string{"1.234,5", "1.234", "7"}, Column{Type: Number, Format: money(".", ",", true, "")}, []float64{1234.5, 1234, 7}},
		{"a thousand of the continent", []string{"1.000", "1,5", "2.500", "3"}, Column{Type: Number, Format: money(".", ",", true, "")}, []float64{1000, 1.5, 2500, 3}},
		{"three decimals", []string{"1.000", "1.5", "2.500", "3"}, Column{Type: Number}, []float64{1, 1.5, 2.5, 3}},
		{"both, of Switzerland", []string{"1'234.5", "7.25"}, Column{Type: Number, Format: money("'", ".", false, "")}, []float64{1234.5, 7.25}},
		{"blanks", []string{"1 234,5", "1\u00a0234\u202f567"}, Column{Type: Number, Format: money(" ", ",", true, "")}, []float64{1234.5, 1234567}},
		{"percent", []string{"12%", "3.5 %", "-1 %"}, Column{Type: Number, Format: money(",", ".", false, "%")}, []float64{12, 3.5, -1}},
		{"percent and none", []string{"12%", "0.12"}, Column{Type: Category, Categories: []string{"12%", "0.12"}}, []float64{0, 1}},
		{"currency", []string{"$1,200", "-$3.50", "$-4", "5"}, Column{Type: Number, Format: money(",", ".", false, "$")}, []float64{1200, -3.5, -4, 5}},
		{"currency behind", []string{"1.200 €", "3,5€", "-"}, Column{Type: Number, Format: money(".", ",", true, "€")}, []float64{1200, 3.5, nan}},
		{"two currencies", []string{"$1", "€1"}, Column{Type: Category, Categories: []string{"$1", "€1"}}, []float64{0, 1}},
		{"commas out of place", []string{"1,23,4", "12"}, Column{Type: Category, Categories: []string{"1,23,4", "12"}}, []float64{0, 1}},
		{"points that are decimals", []string{"1,5", "2.75"}, Column{Type: Category, Categories: []string{"1,5", "2.75"}}, []float64{0, 1}},
	} {
		tab, err := ofColumn(t, c.fields, 1, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.want.Type == Auto { // not used
			if !slices.Equal(tab.Features, []string{"b"}) || len(tab.Notices) != 1 || !strings.Contains(tab.Notices[0], `column "a" has no value`) {
				t.Errorf("%s: %+v", c.name, tab)
			}
			continue
		}
		if got := tab.Column(0); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		for i, v := range c.values {
			if got := tab.X[2*i]; got != v && (got == got || v == v) {
				t.Errorf("%s: %q is %v, want %v", c.name, c.fields[i], got, v)
			}
		}
	}
}

// TestCommaOfThreeDigits: 1,234 alone is a thousand between commas, and a fraction between
// semicolons, where something writes decimal commas.
func TestCommaOfThreeDigits(t *testing.T) {
	for text, want := range map[string]float64{"a,y\n\"1,234\",1\n": 1234, "a;y\n1,234;1\n": 1.234, "a\ty\n1,234\t1\n": 1234} {
		tab, err := Read(t.Context(), strings.NewReader(text), nil)
		if err != nil || tab.X[0] != want {
			t.Errorf("%q: %+v, %v", text, tab, err)
		}
	}
}

// TestStrayTextsAreMissingWhereFew: of many numbers; else they make categories.
func TestStrayTextsAreMissingWhereFew(t *testing.T) {
	column := func(strays, n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprint(i))
		}
		for i := range strays {
			out[7+i] = "n.d."
		}
		return out
	}
	tab, err := ofColumn(t, column(2, 100), 1, nil)
	if err != nil || tab.Column(0).Type != Number || tab.X[2*7] == tab.X[2*7] || tab.X[2*9] != 9 ||
		!slices.Equal(tab.Notices, []string{`column "a": no number in 2 of 100 values, first "n.d." in line 9: they count as missing`}) {
		t.Errorf("%+v, %v", tab, err)
	}
	if tab, err = ofColumn(t, column(8, 100), 2, nil); err != nil || tab.Column(0).Type != Category {
		t.Errorf("many: %+v, %v", tab, err)
	}
	if tab, err = ofColumn(t, column(1, 15), 2, nil); err != nil || tab.Column(0).Type != Category {
		t.Errorf("few numbers: %+v, %v", tab, err)
	}
	if _, err = ofColumn(t, column(2, 100), 1, &Options{Types: map[string]Type{"a": Number}}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `line 9, column "a": "n.d." is not a number`) {
		t.Error(err)
	}
}

// TestIdentifiersAreNotUsed: unless asked for.
func TestIdentifiersAreNotUsed(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("row %d", i))
	}
	tab, err := ofColumn(t, names, 1, nil)
	if err != nil || !slices.Equal(tab.Features, []string{"b"}) || len(tab.X) != 40 || tab.X[39] != 39 || !strings.Contains(strings.Join(tab.Notices, ""), `column "a" has 40 different texts in 40 values, as names of the rows`) {
		t.Errorf("%+v, %v", tab, err)
	}
	if tab, err = ofColumn(t, names, 2, nil); err != nil || tab.Column(0).Type != Category {
		t.Errorf("twice each: %+v, %v", tab, err)
	}
	if tab, err = ofColumn(t, names[:19], 1, nil); err != nil || tab.Column(0).Type != Category {
		t.Errorf("few rows: %+v, %v", tab, err)
	}
	if tab, err = ofColumn(t, names, 1, &Options{Types: map[string]Type{"a": Category}}); err != nil || len(tab.Column(0).Categories) != 40 {
		t.Errorf("asked for: %+v, %v", tab, err)
	}
}

// TestTargetsAreClassesOfTexts: and numbers of numbers.
func TestTargetsAreClassesOfTexts(t *testing.T) {
	read := func(ys string, o *Options) (*Table, error) {
		var b strings.Builder
		b.WriteString("a;y\n")
		for i, y := range strings.Fields(ys) {
			fmt.Fprintf(&b, "%d;%s\n", i, strings.ReplaceAll(y, "_", ""))
		}
		return Read(context.Background(), strings.NewReader(b.String()), o)
	}
	for _, c := range []struct {
		name, ys string
		o        *Options
		y        []float64
		classes  []string
	}{
		{"texts", "no yes no", nil, []float64{0, 1, 0}, []string{"no", "yes"}},
		{"booleans", "True False True", nil, []float64{0, 1, 0}, []string{"True", "False"}},
		{"NA is one", "NA x NA None", nil, []float64{0, 1, 0, 2}, []string{"NA", "x", "None"}},
		{"some are numbers", "1.50 x 1.5", nil, []float64{0, 1, 2}, []string{"1.50", "x", "1.5"}},
		{"numbers", "1.50 01 3", nil, []float64{1.5, 1, 3}, nil},
		{"money", "$1,200.5 $3", nil, []float64{1200.5, 3}, nil},
		{"numbers as classes", "1.50 2 1.5", &Options{Classes: true}, []float64{0, 1, 2}, []string{"1.50", "2", "1.5"}},
		{"numbers of a type", "1 2 1", &Options{Types: map[string]Type{"y": Category}}, []float64{0, 1, 0}, []string{"1", "2"}},
	} {
		tab, err := read(c.ys, c.o)
		if err != nil || !slices.Equal(tab.Y, c.y) || !slices.Equal(tab.Classes, c.classes) {
			t.Errorf("%s: %+v, %v", c.name, tab, err)
		}
	}
	many := strings.Repeat("1.25 2.5 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ", 3)
	for _, c := range []struct{ name, ys, want string }{
		{"a text among numbers", many + "big", `line 62, column "y": "big" is not a number`},
	} {
		if _, err := read(c.ys, nil); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	few := strings.Repeat("1 2 3 ", 20)
	if tab, err := read(few, nil); err != nil || len(tab.Notices) != 1 || !strings.Contains(tab.Notices[0], `target "y" has only 3 different values, all whole`) {
		t.Errorf("%+v, %v", tab, err)
	}
	if tab, err := read(few+"2.5", nil); err != nil || tab.Notices != nil {
		t.Errorf("%+v, %v", tab, err)
	}
}

// TestRowOrderChangesNoType: nor what an encoder learns.
func TestRowOrderChangesNoType(t *testing.T) {
	rows := []string{"1;x;2024-01-01;yes;01", "2.5;3;;no;20", "NA;;2023-05-06;;03", "7;x;2024-02-02 10:00;yes;01"}
	encoded := ""
	for range len(rows) {
		rows = append(rows[1:], rows[0])
		tab, err := Read(t.Context(), strings.NewReader("n;c;t;b;z;y\n"+strings.Join(rows, ";1\n")+";1\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEncoder(tab, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%+v", *e); encoded != "" && got != encoded {
			t.Errorf("%s\nand %s", encoded, got)
		} else {
			encoded = got
		}
	}
}

// TestRareCategoriesArePooled: the most frequent have a feature each, and a count tells of all.
func TestRareCategoriesArePooled(t *testing.T) {
	var fields []string
	for k, n := range []int{6, 5, 3, 3, 2, 1, 1} {
		fields = append(fields, slices.Repeat([]string{string(rune('g' - k))}, n)...)
	}
	fields = append(fields, "")
	tab, err := ofColumn(t, fields, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(tab, &EncoderOptions{Categories: 3})
	if err != nil {
		t.Fatal(err)
	}
	c := e.Columns[0]
	if !slices.Equal(c.Categories, []string{"d", "f", "g"}) || !slices.Equal(c.Rare, []string{"c", "e"}) && !slices.Equal(c.Rare, []string{"c", "e"}) || !slices.Equal(c.Counts, []int{3, 5, 6, 2, 3}) {
		t.Fatalf("%+v", c)
	}
	if want := []string{"a=d", "a=f", "a=g", "a (rare)", "a (count)", "a (missing)", "b"}; !slices.Equal(e.Features(), want) {
		t.Errorf("%q", e.Features())
	}
	text := "a,b\ng,1\ne,1\na,1\nnew,1\n,1\n"
	tab, err = Read(t.Context(), strings.NewReader(text), &Options{Encoder: e, Strict: true})
	if err == nil {
		t.Error("Strict took a category that is not known")
	}
	tab, err = Read(t.Context(), strings.NewReader(text), &Options{Encoder: e})
	if err != nil || tab.Notices != nil {
		t.Fatal(tab, err)
	}
	got, err := e.Encode(tab, 0)
	ln := func(v float64) float64 { return math.Round(1e9*math.Log(v)) / 1e9 }
	want := []float64{0, 0, 1, 0, ln(6), 0, 1, 0, 0, 0, 1, ln(3), 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1}
	if err != nil || !slices.EqualFunc(got.X, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-8 }) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestIndicesOfCategories: all categories that occur twice have one, in the order of their bytes, for each target; what is
// unknown, missing or occurs once has −1. One record gives what the table gives, and the column's text is found again.
func TestIndicesOfCategories(t *testing.T) {
	fields := strings.Fields("g g d d d f f e e x")
	tab, err := ofColumn(t, fields, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	many := *tab
	tab.Targets, tab.Y = []string{"s", "t"}, make([]float64, 2*len(fields))
	e, err := NewEncoder(tab, &EncoderOptions{Categories: 3, Indices: true, Missing: ImputeMedian})
	if err != nil {
		t.Fatal(err)
	}
	c := &e.Columns[0]
	if c.Indices != 2 || c.Categories != nil || !slices.Equal(c.Rare, []string{"d", "e", "f", "g"}) || !slices.Equal(c.Counts, []int{3, 2, 2, 2}) {
		t.Fatalf("%+v", c)
	}
	if want := []string{"a (index)", "a (index 2)", "a (count)", "b"}; !slices.Equal(e.Features(), want) || !e.Makes(want) {
		t.Errorf("%q", e.Features())
	}
	if want := []Index{{0, 0, 4}, {1, 1, 4}}; !slices.Equal(e.Indices(), want) {
		t.Errorf("%v", e.Indices())
	}
	tab, err = Read(t.Context(), strings.NewReader("a,b\ng,1\nd,1\nx,1\nnew,1\n,1\n"), &Options{Encoder: e})
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Encode(tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	records, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		cell  any
		index float64
		count float64
		text  string
	}{{"g", 3, 2, "g"}, {"d", 0, 3, "d"}, {"x", -1, 1, "missing"}, {"new", -1, 1, "missing"}, {nil, -1, 1, "missing"}} {
		row, one := got.X[4*i:4*i+4], make([]float64, 4)
		if row[0] != want.index || row[1] != want.index || math.Abs(row[2]-math.Log(want.count)) > 1e-12 || c.Text(row[:3]) != want.text {
			t.Errorf("%v: %v, %s", want.cell, row, c.Text(row[:3]))
		}
		if _, err := records.Encode(one, map[string]any{"a": want.cell, "b": 1}); err != nil || !slices.Equal(one, row) {
			t.Errorf("%v: a record gives %v, %v, the table %v", want.cell, one, err, row)
		}
	}
	for _, bad := range []EncodedColumn{
		{Name: "a", Type: Category, Indices: 9, Rare: []string{"d"}, Counts: []int{1}}, {Name: "a", Type: Category, Indices: -1, Rare: []string{"d"}, Counts: []int{1}},
		{Name: "a", Type: Category, Indices: 1, Categories: []string{"d"}}, {Name: "a", Type: Category, Indices: 1, Categories: []string{"d"}, Counts: []int{1}}, {Name: "a", Type: Number, Indices: 1},
	} {
		if err := (&Encoder{Columns: []EncodedColumn{bad}}).Check(); !errors.Is(err, fault.ErrModel) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	many.Targets, many.Y = strings.Split("123456789", ""), make([]float64, 9*len(fields))
	if e, err := NewEncoder(&many, &EncoderOptions{Categories: 1, Indices: true}); err != nil || len(e.Indices()) != 0 {
		t.Errorf("nine targets: %v, %v", e, err)
	}
}

// TestStrayTextsOfTrainingAreThoseOfPrediction: what is a stray text among few others that are there, beside many
// that are missing, makes no error of a file that was trained on.
func TestStrayTextsOfTrainingAreThoseOfPrediction(t *testing.T) {
	var fields []string
	for i := range 100 {
		switch {
		case i < 30:
			fields = append(fields, "NA")
		default:
			fields = append(fields, fmt.Sprint(i))
		}
	}
	for strays := range 5 {
		fields[30+strays] = "n.d."
		tab, err := ofColumn(t, fields, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEncoder(tab, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ofColumn(t, fields, 2, &Options{Encoder: e}); err != nil {
			t.Errorf("%v: %v", tab.Column(0).Type, err)
		}
	}
}

// TestNamesKeepTheirDigits: those of sixteen and more, and those of a column that is asked to be one of codes.
func TestNamesKeepTheirDigits(t *testing.T) {
	for _, c := range []struct {
		fields []string
		asked  Type
	}{
		{[]string{"0123456789012345678901", "1234567890123456789012", "1234567890123456789013"}, Auto},
		{[]string{"1.50", "+1", "1e3", "1.5"}, Code},
	} {
		o := &Options{}
		if c.asked != Auto {
			o.Types = map[string]Type{"a": c.asked}
		}
		tab, err := ofColumn(t, c.fields, 1, o)
		if err != nil || tab.Column(0).Type != Code || !slices.Equal(tab.Column(0).Categories, c.fields) {
			t.Fatalf("%+v, %v", tab, err)
		}
	}
	tab, err := ofColumn(t, []string{"1234567890123456789012", "5"}, 1, nil)
	if err != nil || tab.Column(0).Type != Number || tab.X[0] != 1234567890123456789012 {
		t.Errorf("%+v, %v", tab, err)
	}
}
