package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/table"
)

// withNames is a model that reads tables with the given columns.
func withNames(target string, features ...string) *Model {
	m := &Model{Features: features}
	if target != "" {
		m.Targets = []string{target}
	}
	return m
}

func TestModelReadsTablesByName(t *testing.T) {
	for _, c := range []struct {
		name, text, target string
		x, y               []float64
	}{
		{"target absent", "a,b\n1,2\n3,4\n", "y", []float64{2, 1, 4, 3}, nil},
		{"target present", "y,a,b\n9,1,2\n8,3,4\n", "y", []float64{2, 1, 4, 3}, []float64{9, 8}},
		{"text elsewhere", "id,a,b\nr1,1,2\nr2,3,4\n", "y", []float64{2, 1, 4, 3}, nil},
		{"target not named", "a,b,y\n1,2,?\n", "", []float64{2, 1}, nil},
		{"target unknown", "a,b,y\n1,2,5\n3,4,\n", "y", []float64{2, 1, 4, 3}, []float64{5, math.NaN()}},
		{"target not available", "a,b,y\n1,2,5\n3,4,NA\n", "y", []float64{2, 1, 4, 3}, []float64{5, math.NaN()}},
	} {
		got, err := withNames(c.target, "b", "a").ReadTable(context.Background(), strings.NewReader(c.text), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		same := slices.EqualFunc(got.Y, c.y, func(a, b float64) bool { return a == b || a != a && b != b })
		if !slices.Equal(got.X, c.x) || !same || (got.Y == nil) != (c.y == nil) || !slices.Equal(got.Features, []string{"b", "a"}) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"missing", "a,c\n1,2\n", `no feature column "b"; it has "a", "c"`},
		{"text in the target", "a,b,y\n1,2,x\n", `line 2, column "y": "x"`},
		{"no value", "a,b,y\n1,NA,2\n", `line 2, column "b": "NA" is not a number`},
		{"no header", "", "a header line is needed"},
	} {
		if got, err := withNames("y", "b", "a").ReadTable(context.Background(), strings.NewReader(c.text), nil); got != nil || !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if got, err := withNames("y", "b", "a").ReadTable(context.Background(), strings.NewReader("a,b\n"), nil); err != nil || got.Rows() != 0 {
		t.Errorf("no rows: %+v, %v", got, err)
	}
	if _, err := withNames("").ReadTable(context.Background(), strings.NewReader("a\n1\n"), nil); !errors.Is(err, fault.ErrModel) {
		t.Errorf("no names: %v", err)
	}
}

// encoderModel has an encoder with every part in it.
func encoderModel(t testing.TB) *Model {
	t.Helper()
	const text = "a,colour,b,y\n1,red,7,1\nNA,blue,8,2\n4,,9,3\n2,red,10,4\n9,\"a, b\",11,5\n"
	numbers, err := table.Read(t.Context(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := table.NewEncoder(numbers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return modelOf(e)
}

// modelOf returns a model of what an encoder makes.
func modelOf(e *table.Encoder) *Model {
	m := newModel(3, len(e.Features()), 1, 7)
	s := &m.Scaler // no bits that come from a logarithm
	for k := range s.Mean {
		s.Mean[k], s.Std[k] = float64(k), 0.5
	}
	s.YMean[0], s.YStd[0] = 2, 3
	for i := range m.Nets[0].W {
		m.Nets[0].W[i] = float64(i%7) - 3
	}
	m.Features, m.Targets, m.Encoder = e.Features(), []string{"y"}, e
	return m
}

// typedModel has an encoder of every type of column.
func typedModel(t testing.TB) *Model {
	t.Helper()
	const text = `day;paid;price;zip;city;y
2024-02-29 08:30;yes;€ 1.234,50;01234;Ulm;1
2024-03-01;no;€ 12;98765;Ulm;2
;no;;01234;Bonn;3
2023-03-01;yes;€ 0,5;;Bonn;4
2023-03-04 23:00;yes;€ 7;01234;Köln;5
2023-03-05;yes;€ 7;01234;Köln;5
2023-03-06;yes;€ 7;01234;Jena;5
`
	tab, err := table.Read(t.Context(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := table.NewEncoder(tab, &table.EncoderOptions{Categories: 2})
	if err != nil {
		t.Fatal(err)
	}
	return modelOf(e)
}

func TestModelReadsEveryType(t *testing.T) {
	m := typedModel(t)
	m, err := Read(bytes.NewReader(marshal(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"day", "day (year)", "day (month)", "day (weekday)", "day (hour)", "day (missing)", "paid=false", "paid=true", "price", "price (missing)",
		"zip=01234", "zip=98765", "zip (missing)", "city=Bonn", "city=Köln", "city (rare)", "city (count)"}
	if !slices.Equal(m.Features, want) {
		t.Fatalf("%q", m.Features)
	}
	const text = "city,zip,price,paid,day\nUlm,1234,\"€ 1.000,5\",True,1970-01-02T03:00:00Z\nJena,01234,8,0,\nOslo,,-,?,2024-07-01\n"
	got, err := m.ReadTable(t.Context(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	const ln2 = 0.6931471805599453
	rows := [][]float64{
		{1.125, 1970, 1, 5, 3, 0, 0, 1, 1000.5, 0, 0, 0, 0, 0, 0, 1, ln2},
		{19421.5, 2023, 3, 0, 12, 1, 1, 0, 8, 0, 1, 0, 0, 0, 0, 1, 0},
		{19905, 2024, 7, 1, 0, 0, 0, 0, 7, 1, 0, 0, 1, 0, 0, 1, 0},
	}
	for i, row := range rows {
		if !slices.Equal(got.X[17*i:17*i+17], row) {
			t.Errorf("row %d: %v, want %v", i, got.X[17*i:17*i+17], row)
		}
	}
	if s := strings.Join(got.Notices, "\n"); len(got.Notices) != 1 || !strings.Contains(s, `column "zip": categories that the model does not know in 1 of 2 values, first "1234" in line 2`) {
		t.Errorf("%q", s)
	}
}

// TestLabelsHaveNoLimitButTheModel: a model of many classes reads them all, and NA if it is one.
func TestLabelsHaveNoLimitButTheModel(t *testing.T) {
	const k = 1200
	m := newModel(1, 1, k, 1)
	m.Features, m.Targets = []string{"a"}, []string{"y"}
	var b strings.Builder
	b.WriteString("a,y\n")
	for i := range k {
		m.Classes = append(m.Classes, fmt.Sprintf("%04d", i))
		fmt.Fprintf(&b, "1,%04d\n", i)
	}
	m.Classes[7] = "NA"
	b.WriteString("1,NA\n1,\n1,null\n1,other\n")
	got, err := m.ReadTable(t.Context(), strings.NewReader(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for i, want := range map[int]float64{0: 0, 7: k, k - 1: k - 1, k: 7, k + 1: nan, k + 2: nan, k + 3: k} {
		if y := got.Y[i]; y != want && (y == y || want == want) {
			t.Errorf("row %d: %v, want %v", i, y, want)
		}
	}
	if !slices.Equal(got.Classes, m.Classes) || len(got.Notices) != 1 || !strings.Contains(got.Notices[0], `labels that the model does not know in 2 of 1202 rows, first "0007" in line 9`) {
		t.Errorf("%q", got.Notices)
	}
}

func TestModelReadsWhatItWasTrainedOn(t *testing.T) {
	m := encoderModel(t)
	for _, c := range []struct {
		name, text string
		o          table.Options
		x          []float64
	}{
		{"other order", "y,b,colour,id,a\n?,1,red,q,2\n", table.Options{}, []float64{2, 0, 0, 0, 1, 0, 1}},
		{"imputed", "a,colour,b\nNA,,\n", table.Options{}, []float64{3, 1, 0, 0, 0, 1, 9}},
		{"unknown, and not missing", "a,colour,b\n1,green,2\n", table.Options{}, []float64{1, 0, 0, 0, 0, 0, 2}},
		{"separator", "a;colour;b\n1;\"a, b\";2\n", table.Options{Comma: ';'}, []float64{1, 0, 1, 0, 0, 0, 2}},
	} {
		got, err := m.ReadTable(context.Background(), strings.NewReader(c.text), &c.o)
		if err != nil || !slices.Equal(got.X, c.x) || !slices.Equal(got.Features, m.Features) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
			continue
		}
		if err := m.Predict(make([]float64, 1), got.X); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"unknown category", "a,colour,b\n1,red,2\n1,green,2\n", `line 3, column "colour": "green" is not a category that the model knows; it knows "a, b", "blue", "red"`},
		{"no such column", "a,b\n1,2\n", `no feature column "colour"`},
		{"text for a number", "a,colour,b\nred,red,2\n", `line 2, column "a": "red" is not a number`},
	} {
		if _, err := m.ReadTable(context.Background(), strings.NewReader(c.text), &table.Options{Strict: true}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestContradictoryEncodersAreNotWrittenOrRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Model, []table.EncodedColumn)
		want  string
	}{
		{"no columns", func(m *Model, _ []table.EncodedColumn) { m.Encoder.Columns = nil }, "0 columns"},
		{"no name", func(_ *Model, c []table.EncodedColumn) { c[0].Name = "" }, "column 0 has the name"},
		{"long name", func(_ *Model, c []table.EncodedColumn) { c[0].Name = strings.Repeat("n", table.MaxNameBytes+1) }, "column 0 has the name"},
		{"same name", func(_ *Model, c []table.EncodedColumn) { c[2].Name = "a" }, "column 2 has the name"},
		{"NaN", func(_ *Model, c []table.EncodedColumn) { c[0].Fill = math.NaN() }, "imputed by NaN"},
		{"fill without imputing", func(_ *Model, c []table.EncodedColumn) { c[2].Impute = false }, `column "b" is imputed by 9`},
		{"fill of text", func(_ *Model, c []table.EncodedColumn) { c[1].Fill = 1 }, "imputed by 1"},
		{"type", func(_ *Model, c []table.EncodedColumn) { c[0].Type = table.Ignored }, "of type ignored"},
		{"range", func(_ *Model, c []table.EncodedColumn) { c[0].Min = 10 }, "ranges from 10 to 9"},
		{"range of text", func(_ *Model, c []table.EncodedColumn) { c[1].Max = 10 }, "ranges from 0 to 10"},
		{"parts of a number", func(_ *Model, c []table.EncodedColumn) { c[0].Parts = table.Hour }, "has the parts 0x8"},
		{"categories of a number", func(_ *Model, c []table.EncodedColumn) { c[0].Categories = []string{"x"} }, "has categories"},
		{"counts", func(_ *Model, c []table.EncodedColumn) { c[1].Counts = []int{1} }, "1 counts of 3 categories"},
		{"count of none", func(_ *Model, c []table.EncodedColumn) { c[1].Counts = []int{1, 2, 0} }, "occurs 0 times"},
		{"rare without counts", func(_ *Model, c []table.EncodedColumn) { c[1].Rare = []string{"x"} }, "0 counts of 4"},
		{"rare twice", func(_ *Model, c []table.EncodedColumn) { c[1].Rare, c[1].Counts = []string{"red"}, []int{1, 1, 1, 1} }, `"red" twice`},
		{"format of text", func(_ *Model, c []table.EncodedColumn) { c[1].Format.Comma = true }, "is written as"},
		{"dates of a number", func(_ *Model, c []table.EncodedColumn) { c[0].TimeFormat = table.SlashDMY }, "has dates of the form 1"},
		{"dates of no kind", func(_ *Model, c []table.EncodedColumn) { c[0].TimeFormat = 200 }, "has dates of the form 200"},
		{"format of no kind", func(_ *Model, c []table.EncodedColumn) { c[0].Format.Group = "x" }, "is written as"},
		{"sign of no kind", func(_ *Model, c []table.EncodedColumn) { c[0].Format.Sign = "kg" }, "is written as"},
		{"indicator alone", func(_ *Model, c []table.EncodedColumn) { c[1].Impute = false }, "tells of missing values and refuses"},
		{"order", func(_ *Model, c []table.EncodedColumn) { slices.Reverse(c[1].Categories) }, `has category "blue"`},
		{"empty category", func(_ *Model, c []table.EncodedColumn) { c[1].Categories[0] = "" }, "empty"},
		{"long category", func(_ *Model, c []table.EncodedColumn) {
			c[1].Categories[2] = strings.Repeat("z", table.MaxNameBytes-6)
		}, "long"},
		{"other features", func(m *Model, _ []table.EncodedColumn) { m.Features[4] = "colour=green" }, "does not make the 7 features"},
		{"no indicator", func(_ *Model, c []table.EncodedColumn) { c[0].Indicator = false }, "does not make"},
		{"one category less", func(_ *Model, c []table.EncodedColumn) { c[1].Categories = c[1].Categories[:2] }, "does not make"},
		{"no names", func(m *Model, _ []table.EncodedColumn) { m.Features = nil }, "does not make the 0"},
	} {
		m := encoderModel(t)
		c.spoil(m, m.Encoder.Columns)
		var b bytes.Buffer
		if n, err := m.WriteTo(&b); n != 0 || b.Len() != 0 || !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %d bytes, %v", c.name, n, err)
		}
	}
	// The same under a right checksum: the part of the file is exchanged.
	good := encoderModel(t)
	file, part := marshal(t, good), appendEncoder(nil, good.Encoder)
	at := bytes.Index(file, part)
	if at < 0 {
		t.Fatal("the encoder is not in the file")
	}
	for _, c := range []struct {
		name  string
		alter func(b []byte)
		want  string
	}{
		{"flags", func(b []byte) { b[5] = 16 }, "flags 0x10"},
		{"no columns", func(b []byte) { clear(b[:4]) }, ""},
		{"more columns", func(b []byte) { b[3] = 0xff }, ""},
		{"long name", func(b []byte) { b[34+3] = 1 }, "a name of"},
		{"infinite fill", func(b []byte) { b[16], b[17] = 0xf0, 0x7f }, "imputed by"},
		{"lower case", func(b []byte) { b[38] = 'A' }, "does not make"},
	} {
		bad := slices.Clone(file)
		c.alter(bad[at : at+len(part)])
		if m, err := Read(bytes.NewReader(specimen.Reseal(bad))); m != nil || !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestModelEncodesWithinTheMemoryLimit: rows are short, and long once encoded.
func TestModelEncodesWithinTheMemoryLimit(t *testing.T) {
	const c = 3000
	m := newModel(1, c, 1, 1)
	m.Encoder = &table.Encoder{Columns: []table.EncodedColumn{{Name: "a", Type: table.Category}}}
	for i := range c {
		m.Encoder.Columns[0].Categories = append(m.Encoder.Columns[0].Categories, fmt.Sprintf("%04d", i))
	}
	m.Features, m.Targets = m.Encoder.Features(), []string{"y"}
	text := "a\n" + strings.Repeat("0000\n", 10000)
	took := memory.Allocated(func() {
		if tab, err := m.ReadTable(t.Context(), strings.NewReader(text), &table.Options{MemoryLimit: 4 << 20}); tab != nil || !errors.Is(err, fault.ErrMemory) {
			t.Error(err)
		}
	})
	if took > 8<<20 {
		t.Errorf("%d bytes allocated", took)
	}
	if _, err := m.ReadTable(t.Context(), strings.NewReader(text[:2+5*10]), &table.Options{MemoryLimit: 4 << 20}); err != nil {
		t.Error(err)
	}
}

// TestModelKeepsHowDatesAreWritten: a day that comes before its month in training does so at prediction.
func TestModelKeepsHowDatesAreWritten(t *testing.T) {
	tab, err := table.Read(t.Context(), strings.NewReader("day;y\n13/02/2025;1\n01/02/2025;2\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := table.NewEncoder(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(bytes.NewReader(marshal(t, modelOf(e))))
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.ReadTable(t.Context(), strings.NewReader("day\n03/04/2025\n"), nil)
	want, err2 := m.ReadTable(t.Context(), strings.NewReader("day\n3/4/2025 00:00\n"), nil)
	if err != nil || err2 != nil || !slices.Equal(got.X, want.X) || got.X[0] != 20181 { // days from 1970 to the third of April
		t.Errorf("%+v, %v, %+v, %v", got, err, want, err2)
	}
}
