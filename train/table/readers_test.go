package table

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// inUTF16 returns text as UTF-16 with a byte-order mark.
func inUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// TestTextsOfOtherSystemsAreRead: each is the same table to Read, byte by byte too.
func TestTextsOfOtherSystemsAreRead(t *testing.T) {
	const text = "größe,y\n1,2\n𝄞,4\n3,\"5\"\n"
	want, err := Read(t.Context(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(text, ",", ";")
	for name, c := range map[string]struct {
		text string
		o    *Options
	}{
		"UTF-16 little":          {inUTF16(text, binary.LittleEndian), nil},
		"UTF-16 big":             {inUTF16(text, binary.BigEndian), nil},
		"UTF-16 compressed":      {zipped(t, inUTF16(text, binary.LittleEndian)), nil},
		"carriage returns":       {strings.ReplaceAll(text, "\n", "\r"), nil},
		"UTF-16 and returns":     {inUTF16(strings.ReplaceAll(text, "\n", "\r"), binary.BigEndian), nil},
		"both":                   {strings.ReplaceAll(text, "\n", "\r\n"), nil},
		"semicolons":             {other, nil},
		"separator line":         {"sep=;\n" + other, nil},
		"quoted separator line":  {"\"sep=;\"\r\n" + other, nil},
		"separator line, mark":   {"\ufeffsep=;\n" + other, nil},
		"separator line, option": {"sep=,\n" + text, &Options{Comma: ','}},
		"rare separator":         {"sep=^\n" + strings.ReplaceAll(text, ",", "^"), nil},
	} {
		got, err := Read(context.Background(), strings.NewReader(c.text), c.o)
		if err != nil || !sameTable(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if got, err = Read(context.Background(), iotest.OneByteReader(strings.NewReader(c.text)), c.o); err != nil || !sameTable(got, want) {
			t.Errorf("%s, byte by byte: %+v, %v", name, got, err)
		}
	}
	// The line of an error is that of the file.
	if _, err := Read(t.Context(), strings.NewReader("sep=;\na;y\n1;2\n1;-Inf\n"), nil); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Error(err)
	}
	cut := inUTF16(text, binary.LittleEndian)
	if _, err := Read(t.Context(), strings.NewReader(cut[:len(cut)-1]), nil); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "cut short") {
		t.Error(err)
	}
}

// TestForeignFilesAreNamed: with what would help.
func TestForeignFilesAreNamed(t *testing.T) {
	zip := func(name string) string { return "PK\x03\x04\x14\x00\x08\x00" + strings.Repeat("\x00", 22) + name }
	for name, c := range map[string]struct{ magic, want string }{
		"parquet": {"PAR1\x15\x04\x15\x00", "Parquet, which is not read: write it as CSV"},
		"feather": {"ARROW1\x00\x00", "Feather"},
		"xlsx":    {zip("[Content_Types].xml"), "(xlsx), which is not read: save the sheet as CSV"},
		"npz":     {zip("arr_0.npy"), "npz, an archive of arrays, which is not read: save the one array"},
		"zip":     {zip("table.csv"), "zip archive, which is not read: pipe what is in it: unzip -p FILE"},
		"zstd":    {"\x28\xb5\x2f\xfd\x04\x00", "zstd -dc FILE"},
		"bzip2":   {"BZh91AY&SY\x00\x01", "bzip2 -dc FILE"},
		"xz":      {"\xfd7zXZ\x00\x00\x04", "xz -dc FILE"},
		"pickle":  {"\x80\x04\x95\x10\x00", "a pickle"},
		"xls":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "(xls)"},
		"hdf5":    {"\x89HDF\r\n\x1a\n", "HDF5"},
		"sqlite":  {"SQLite format 3\x00\x10", "SQLite"},
		"rdata":   {"RDX3\nX\n\x00\x00\x00\x03", "R data"},
		"utf16":   {"a\x00,\x00y\x00\n\x00", "UTF-16 without a byte-order mark"},
	} {
		for _, text := range []string{c.magic + strings.Repeat("\x01\xff", 100), zipped(t, c.magic)} {
			_, err := Read(context.Background(), strings.NewReader(text), nil)
			if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		}
	}
	// A table may begin with such letters.
	for _, text := range []string{"PAR1,y\n1,2\n", "BZh,y\n1,2\n", "RDX,y\n1,2\n"} {
		if _, err := Read(context.Background(), strings.NewReader(text), nil); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLikeliestComma: the one that splits all lines alike.
func TestLikeliestComma(t *testing.T) {
	for text, want := range map[string]rune{
		"a,b,y\n1,2,3\n":                         ',',
		"a;b\n1,5;2,5\n3,25;4\n":                 ';',
		"1,5;2,5;3,5\n1,5;2,5;3,5\n":             ';',
		"\"name; of\",b;c,d\nx,1,2\n":            ',',
		"a\tb\n1,5\t2\n":                         '\t',
		"a|b,c|d\n1|2|3\n1|2,5|3\n":              '|',
		"name;price, EUR\nx;1\n":                 ';',
		"a\n1\n":                                 ',',
		"a;b,c;d":                                ';',
		"\n\n  \na;b\n1;2":                       ';',
		"note,y\n\"a;b\nc;d;e\",1\n\"f;g\",2\n":  ',',
		"a,b\n" + strings.Repeat("1,2\n", 99999): ',',
	} {
		b := &builder{ctx: t.Context(), o: &Options{}, source: &source{ctx: t.Context()}}
		c, err := newColumns(bufferOf(strings.NewReader(text)), b)
		if err != nil || c.csv.Comma != want {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

// TestOneRowAtATimeIsNotWaitedFor: that a pipe is slow to fill a buffer.
func TestOneRowAtATimeIsNotWaitedFor(t *testing.T) {
	r, w := io.Pipe()
	rows := make(chan int, 100)
	go func() {
		io.WriteString(w, "a,y\n")
		for range 3 * linesLooked {
			io.WriteString(w, "1,2\n")
		}
		w.Close()
	}()
	tab, err := Read(t.Context(), r, &Options{Progress: func(n int, _ int64) { rows <- n }})
	if err != nil || tab.Rows() != 3*linesLooked {
		t.Error(tab, err)
	}
}

// TestNamelessColumnsAreNotUsed: those of pandas and R.
func TestNamelessColumnsAreNotUsed(t *testing.T) {
	want := &Table{X: []float64{1, 3}, Y: []float64{2, 4}, Features: []string{"a"}, Targets: []string{"y"}}
	for _, text := range []string{",a,y\n0,1,2\n1,3,4\n", "\"\",a,y\nr1,1,2\nr2,3,4\n", "Unnamed: 0,a,Unnamed: 0.1,y\n0,1,0,2\n1,3,1,4\n"} {
		tab, err := Read(t.Context(), strings.NewReader(text), nil)
		if err != nil || len(tab.Notices) != 1 || !strings.Contains(tab.Notices[0], "have no name: they are not used") {
			t.Fatalf("%q: %+v, %v", text, tab, err)
		}
		if tab.Notices = nil; !sameTable(tab, want) {
			t.Errorf("%q: %+v", text, tab)
		}
	}
	e := &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number}}}
	if tab, err := Read(t.Context(), strings.NewReader(",a\n0,1\n"), &Options{Encoder: e}); err != nil || tab.Notices != nil || tab.X[0] != 1 {
		t.Error(tab, err)
	}
}

// TestOtherColumnsNeverMatter: to prediction, whatever their names and values.
func TestOtherColumnsNeverMatter(t *testing.T) {
	e := &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number}}}
	o := &Options{Encoder: e, Targets: []string{"y"}}
	text := "x,x,a,," + strings.Repeat("n", MaxNameBytes) + ",Unnamed: 3,x\n1,inf,7,q,r,s,2\n"
	tab, err := Read(t.Context(), strings.NewReader(text), o)
	if err != nil || len(tab.X) != 1 || tab.X[0] != 7 || tab.Y != nil || tab.Notices != nil {
		t.Errorf("%+v, %v", tab, err)
	}
	for _, text := range []string{"a,a\n1,2\n", "a,y,y\n1,2,3\n"} {
		if _, err := Read(t.Context(), strings.NewReader(text), o); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "are both named") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestHeadersThatLookLikeData are told.
func TestHeadersThatLookLikeData(t *testing.T) {
	tab, err := Read(t.Context(), strings.NewReader("5.1,3.5,0.2,setosa\n4.9,3,0.3,setosa\n6,2,1,virginica\n"), nil)
	if err != nil || len(tab.Notices) != 1 || !strings.Contains(tab.Notices[0], `the first line looks like data ("5.1", "3.5", "0.2", "setosa"): if there is no header line, say so`) {
		t.Errorf("%+v, %v", tab, err)
	}
	if _, err = Read(t.Context(), strings.NewReader("1,1,0\n2,3,4\n"), nil); err == nil || !strings.Contains(err.Error(), `both named "1"; it looks like data`) {
		t.Error(err)
	}
	if tab, err = Read(t.Context(), strings.NewReader("country,region,2019,2020\nx,y,1,2\nz,y,1,2\n"), nil); err != nil || tab.Notices != nil {
		t.Errorf("%+v, %v", tab, err)
	}
}

// TestOtherFormsOfANameAreTold: in Unicode, and in case.
func TestOtherFormsOfANameAreTold(t *testing.T) {
	for _, c := range []struct{ have, ask, want string }{
		{"gro\u0308ße", "gr\u00f6ße", "is U+0067 U+0072 U+00F6 U+00DF U+0065, and "},
		{"gr\u00f6ße", "gro\u0308ße", "is U+0067 U+0072 U+006F U+0308 U+00DF U+0065, and "},
		{"S\u030co", "\u0160o", "the same letters in another Unicode form"},
		{"resume", "resum\u00e9", ""},
		{"resume", "Resume", `(is it "resume"?)`},
		{"a", "b", ""},
	} {
		_, err := Read(t.Context(), strings.NewReader(c.have+",y\n1,2\n"), &Options{Targets: []string{c.ask}})
		if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) || c.want == "" && strings.Contains(err.Error(), "Unicode") {
			t.Errorf("%q for %q: %v", c.have, c.ask, err)
		}
	}
	e := &Encoder{Columns: []EncodedColumn{{Name: "\u00e9", Type: Number}}}
	if _, err := Read(t.Context(), bytes.NewReader([]byte("e\u0301\n1\n")), &Options{Encoder: e}); err == nil || !strings.Contains(err.Error(), "U+00E9") || !strings.Contains(err.Error(), "U+0301") {
		t.Error(err)
	}
}

// TestUnknownCategoriesNeedNoImputing: they are not missing, whatever is done about those.
func TestUnknownCategoriesNeedNoImputing(t *testing.T) {
	const text = "c,y\nred,1\nblue,2\n"
	tab, err := Read(t.Context(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Missing{RefuseMissing, ImputeMedian, ImputeIndicator} {
		e, err := NewEncoder(tab, &EncoderOptions{Missing: m})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Read(t.Context(), strings.NewReader("c\ngreen\nred\n"), &Options{Encoder: e})
		if err != nil || len(rows.Notices) != 1 {
			t.Fatal(rows, err)
		}
		got, err := e.Encode(rows, 0)
		if err != nil || !slices.Equal(got.X, []float64{0, 0, 0, 1}) {
			t.Errorf("%v: %+v, %v", m, got, err)
		}
		_, err = Read(t.Context(), strings.NewReader("c\n\"\"\n"), &Options{Encoder: e})
		if refused := errors.Is(err, fault.ErrData); refused != (m == RefuseMissing) {
			t.Errorf("%v, missing: %v", m, err)
		}
	}
}

// TestPredictionTakesFewTextsForMissing: more are a wrong column, as is one in a single row.
func TestPredictionTakesFewTextsForMissing(t *testing.T) {
	e := &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number, Impute: true, Fill: 7, Min: 1, Max: 9}, {Name: "t", Type: Time, Impute: true}, {Name: "b", Type: Boolean, Impute: true, Max: 1}}}
	rows := "a,t,b\n" + strings.Repeat("1,2024-01-01,no\n", 39)
	read := func(text string, strict bool) (*Table, error) {
		return Read(context.Background(), strings.NewReader(text), &Options{Encoder: e, Strict: strict})
	}
	for row, want := range map[string]string{
		"x,2024-01-01,no": `column "a": no number in 1 of 40 values, first "x" in line 41: they count as missing`,
		"1,soon,no":       `column "t": no time in 1 of 40 values, first "soon" in line 41: they count as missing`,
		"1,,perhaps":      `column "b": no boolean in 1 of 40 values, first "perhaps" in line 41: they count as missing`,
		"NA,-,?":          "",
	} {
		tab, err := read(rows+row+"\n", false)
		if err != nil || strings.Join(tab.Notices, "\n") != want {
			t.Fatalf("%s: %v, %+v", row, err, tab)
		}
		numbers, err := e.Encode(tab, 0)
		if err != nil || fault.Finite(numbers.X, 3) != nil {
			t.Errorf("%s: %v", row, err)
		}
		if _, err := read(rows+row+"\n", true); (err == nil) != (want == "") {
			t.Errorf("%s, strictly: %v", row, err)
		}
	}
	for row, want := range map[string]string{"x,,": `line 2, column "a": "x" is not a number`, ",soon,": `line 2, column "t": "soon" is not a time`} {
		if _, err := read("a,t,b\n"+row+"\n", false); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", row, err)
		}
	}
}

func bufferOf(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, 1<<16) }
