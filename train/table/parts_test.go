package table

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// partsTable is a text with numbers, gaps, categories and unknown ones, and the encoder of its beginning.
func partsTable(t *testing.T, n int) (string, *Encoder) {
	t.Helper()
	header, lines := sampleLines(n)
	first, err := Read(context.Background(), strings.NewReader(header+strings.Join(lines[:300], "\n")), &Options{Drop: []string{"id", "w"}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines[n/2] = strings.Replace(lines[n/2], ",k", ",other", 1)
	lines[n-1] = lines[n-1][:strings.LastIndexByte(lines[n-1], ',')+1] // no target
	return header + strings.Join(lines, "\n") + "\n", e
}

// TestPartsAreTheTable: one after the other they are what Read returns, in less memory.
func TestPartsAreTheTable(t *testing.T) {
	const n = 5000
	text, e := partsTable(t, n)
	o := Options{Encoder: e, Targets: []string{"y"}}
	whole, err := Read(context.Background(), strings.NewReader(text), &o)
	if err != nil || whole.Rows() != n || len(whole.Notices) != 1 {
		t.Fatalf("%d rows, notices %q, %v", whole.Rows(), whole.Notices, err)
	}
	for _, rows := range []int{1, 7, 1000, n, n + 1} {
		got := Table{}
		calls := 0
		rest, err := ReadParts(context.Background(), strings.NewReader(text), &o, rows, func(part *Table) error {
			if part.Rows() != min(rows, n-calls*rows) {
				t.Fatalf("part %d of %d rows has %d", calls, rows, part.Rows())
			}
			calls++
			got.X = append(got.X, part.X...)
			got.Features, got.Columns = part.Features, part.Columns
			return nil
		})
		if err != nil || rest.X != nil {
			t.Fatalf("%d values are left, %v", len(rest.X), err)
		}
		got.Y, got.Targets, got.Notices = rest.Y, rest.Targets, rest.Notices
		if !sameTable(&got, whole) {
			t.Errorf("parts of %d rows differ from the table", rows)
		}
	}
	o.MemoryLimit = 200 << 10
	if _, err := Read(context.Background(), strings.NewReader(text), &o); !errors.Is(err, fault.ErrMemory) {
		t.Fatalf("the whole table: %v", err)
	}
	if _, err := ReadParts(context.Background(), strings.NewReader(text), &o, 500, func(*Table) error { return nil }); err != nil {
		t.Error(err)
	}
}

// TestPartsEndWithTheFirstError: of the caller, of the data, and of options.
func TestPartsEndWithTheFirstError(t *testing.T) {
	text, e := partsTable(t, 1000)
	read := func(text string, e *Encoder, rows int, each func(*Table) error) error {
		rest, err := ReadParts(context.Background(), strings.NewReader(text), &Options{Encoder: e}, rows, each)
		if rest != nil {
			t.Error("a table beside an error")
		}
		return err
	}
	enough := errors.New("enough")
	calls := 0
	if err := read(text, e, 10, func(*Table) error { calls++; return enough }); !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	calls = 0
	if err := read(text+"1,2\n", e, 400, func(*Table) error { calls++; return nil }); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "line 1002") || calls != 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
	for name, err := range map[string]error{"no encoder": read(text, nil, 10, nil), "no rows": read(text, e, 0, nil)} {
		if !errors.Is(err, fault.ErrOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
	calls = 0
	if _, err := ReadParts(context.Background(), strings.NewReader("a,c\n"), &Options{Encoder: e}, 10, func(*Table) error { calls++; return nil }); err != nil || calls != 0 {
		t.Errorf("no rows: %v after %d calls", err, calls)
	}
}

func ExampleReadParts() {
	training, err := Read(context.Background(), strings.NewReader("size,town,price\n50,A,100\n80,B,210\n65,A,140\n"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	encoder, err := NewEncoder(training, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := "size,town\n70,B\n55,A\n90,B\n"
	_, err = ReadParts(context.Background(), strings.NewReader(rows), &Options{Encoder: encoder}, 2, func(part *Table) error {
		fmt.Println(part.Rows(), "rows, the first of size", part.X[0])
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 rows, the first of size 70
	// 1 rows, the first of size 90
}
