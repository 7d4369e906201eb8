package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// sampleLines are rows of numbers, missing ones, categories of which the last comes late, a
// column of names and a weight.
func sampleLines(n int) (header string, lines []string) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range n {
		a, c := fmt.Sprintf("%.4f", random.NormFloat64()), fmt.Sprint("k", random.IntN(5))
		if random.IntN(10) == 0 {
			a = "NA"
		}
		if i > n-200 {
			c = "late"
		}
		name := fmt.Sprint("name ", i)
		if random.IntN(5) == 0 {
			name = ""
		}
		lines = append(lines, fmt.Sprintf("%s,%s,%s,%d,%.3f", a, c, name, random.IntN(4), random.NormFloat64()))
	}
	return "a,c,id,w,y\n", lines
}

// TestSampleIsTheTableOfItsRows: what stays of a table that is too large reads as if the other rows were not in
// the file, is about half or more of what fits, and is the part that the seed draws.
func TestSampleIsTheTableOfItsRows(t *testing.T) {
	const n = 40000
	header, lines := sampleLines(n)
	text := header + strings.Join(lines, "\n") + "\n"
	o := Options{Weight: "w", Sample: true, MemoryLimit: 1 << 40}
	whole, err := Read(context.Background(), strings.NewReader(text), &o)
	if err != nil || whole.Rows() != n || whole.Origin != nil {
		t.Fatalf("%d rows, %v", whole.Rows(), err)
	}
	o.MemoryLimit = 5 << 19 // the names alone take more
	var first *Table
	for seed := range uint64(4) {
		o.Seed = seed
		got, err := Read(context.Background(), strings.NewReader(text), &o)
		if err != nil {
			t.Fatal(err)
		}
		kept := make([]string, 0, got.Rows())
		for _, i := range got.Origin {
			kept = append(kept, lines[i])
		}
		want, err := Read(context.Background(), strings.NewReader(header+strings.Join(kept, "\n")+"\n"), &Options{Weight: "w"})
		if err != nil {
			t.Fatal(err)
		}
		rows, notices := got.Rows(), got.Notices
		want.Origin = got.Origin
		// Lines in notices are those of either file.
		got.Notices, want.Notices = nil, nil
		if !sameTable(got, want) {
			t.Fatalf("seed %d: %d rows are not those of a table of them", seed, rows)
		}
		if told := fmt.Sprintf("%d of %d rows are kept, drawn at random", rows, n); !strings.HasPrefix(notices[0], told) {
			t.Errorf("%q does not tell %q", notices, told)
		}
		// Four rows of five have a name of their own, and each four numbers, which count twice.
		if least, most := leastSample, int(o.MemoryLimit/(nameBytes*4/5+2*4*8)); rows < least || rows > most {
			t.Errorf("seed %d: %d rows stay, where at most %d fit", seed, rows, most)
		}
		share := float64(rows) / n
		half := math.Exp2(math.Round(math.Log2(share)))
		if sd := math.Sqrt(n * half * (1 - half)); math.Abs(float64(rows)-half*n) > 5*sd {
			t.Errorf("seed %d: %d rows of %d are no halving of them", seed, rows, n)
		}
		// Rows of all parts of the file stay with the same chance.
		early := 0
		for _, i := range got.Origin {
			if i < n/2 {
				early++
			}
		}
		if sd := math.Sqrt(float64(rows)) / 2; math.Abs(float64(early)-float64(rows)/2) > 5*sd {
			t.Errorf("seed %d: %d of %d rows are of the first half", seed, early, rows)
		}
		if first == nil {
			first = got
		} else if slices.Equal(got.Origin, first.Origin) {
			t.Errorf("seed %d draws what another one does", seed)
		}
	}
	o.Seed = 0
	zip, err := Read(context.Background(), strings.NewReader(zipped(t, text)), &o)
	if zip != nil {
		zip.Notices = nil
	}
	if err != nil || !sameTable(zip, first) {
		t.Errorf("compressed: %v", err)
	}
	// Of more memory more rows stay, these among them.
	o.MemoryLimit *= 2
	more, err := Read(context.Background(), strings.NewReader(text), &o)
	if err != nil || more.Rows() < first.Rows()*3/2 {
		t.Fatalf("%d rows of twice the memory, %v", more.Rows(), err)
	}
	at := make(map[int]bool)
	for _, i := range more.Origin {
		at[i] = true
	}
	for _, i := range first.Origin {
		if !at[i] {
			t.Fatalf("row %d is not among those of more memory", i)
		}
	}
}

// TestSampleOfArrays: the rows that stay of an array are those of a text of the same rows, and targets that are
// missing leave out more.
func TestSampleOfArrays(t *testing.T) {
	const n, d = 60000, 4
	random := rand.New(rand.NewPCG(5, 6))
	x := make([]float64, n*d)
	var text strings.Builder
	text.WriteString("c1,c2,c3,c4\n")
	for i := range x {
		x[i] = float64(random.IntN(1000)) / 8
		end := ','
		if i%d == d-1 {
			end = '\n'
			if i%7 == 0 {
				x[i] = nan
			}
		}
		if x[i] == x[i] {
			fmt.Fprint(&text, x[i])
		}
		text.WriteRune(end)
	}
	var array bytes.Buffer
	if err := WriteNPY(&array, x, d); err != nil {
		t.Fatal(err)
	}
	o := Options{Sample: true, Seed: 9, MemoryLimit: 3 << 20}
	a, err := Read(context.Background(), &array, &o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(context.Background(), strings.NewReader(text.String()), &o)
	if err != nil || !sameTable(a, b) {
		t.Fatalf("%d rows of an array and %d of text, %v", a.Rows(), b.Rows(), err)
	}
	for k, i := range a.Origin {
		if !slices.Equal(a.X[k*(d-1):(k+1)*(d-1)], x[i*d:i*d+d-1]) || a.Y[k] != x[i*d+d-1] {
			t.Fatalf("row %d is not row %d of the file", k, i)
		}
	}
	if len(a.Notices) != 2 {
		t.Errorf("%q tell of the sample and of targets that are missing", a.Notices)
	}
}

// TestLastRowMayBeTooLarge: its texts are known when it has been read.
func TestLastRowMayBeTooLarge(t *testing.T) {
	const n = 20000
	var text strings.Builder
	text.WriteString("a,b,y\n")
	for i := range n {
		fmt.Fprintf(&text, "%d,k%d,%d\n", i%100, i%3, i%7)
	}
	o := Options{Sample: true, Seed: 2, MemoryLimit: 1 << 40}
	for o.MemoryLimit = 1 << 20; ; o.MemoryLimit += 1 << 14 { // the least that holds all of them
		tab, err := Read(context.Background(), strings.NewReader(text.String()), &o)
		if err != nil {
			t.Fatal(err)
		}
		if tab.Rows() == n {
			break
		}
	}
	fmt.Fprintf(&text, "1,%s,2\n", strings.Repeat("x", 1<<17))
	for seed := range uint64(4) { // it stays, or does not
		o.Seed = seed
		tab, err := Read(context.Background(), strings.NewReader(text.String()), &o)
		if err != nil || tab.Rows() > n*3/5 {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestSampleLeavesMemoryForAFit: without a limit it takes a quarter of what there is.
func TestSampleLeavesMemoryForAFit(t *testing.T) {
	const limit, n, d = 128 << 20, 1 << 18, 16 // 32 MB, which count twice
	if most, source := memory.Available(); most < limit {
		t.Skipf("%s has %d bytes", source, most)
	}
	var array bytes.Buffer
	if err := WriteNPY(&array, make([]float64, n*d), d); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit + int64(2*array.Len())))
	tab, err := Read(context.Background(), &array, &Options{Sample: true, Types: map[string]Type{"c16": Number}})
	if err != nil || tab.Rows() > n*3/5 {
		t.Errorf("%d of %d rows stay, %v", tab.Rows(), n, err)
	}
}

// TestSampleHasItsLimits: what no sample helps is refused.
func TestSampleHasItsLimits(t *testing.T) {
	header, lines := sampleLines(3 * leastSample)
	text := header + strings.Join(lines, "\n")
	for _, c := range []struct {
		name string
		o    Options
		want error
	}{
		{"no sample", Options{MemoryLimit: 1 << 20}, fault.ErrMemory},
		{"few rows", Options{Sample: true, MemoryLimit: 1 << 18}, fault.ErrMemory},
		{"prediction", Options{Sample: true, Encoder: &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number}}}}, fault.ErrOption},
	} {
		if got, err := Read(context.Background(), strings.NewReader(text), &c.o); got != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
