package table

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestTextIsWhatWasRead: what encoding makes of a cell tells the cell, and where it was missing.
func TestTextIsWhatWasRead(t *testing.T) {
	cells := [][]string{
		{"1.5", "red", "true", "2024-02-29", "2021-06-01 12:30:00"},
		{"", "blue", "false", "1969-12-31", "2021-06-01 12:30:01"},
		{"-3", "", "", "", ""},
		{"4", "red", "true", "2030-01-01", "2024-12-31 23:59:59"},
	}
	var b strings.Builder
	b.WriteString("a,b,c,d,e,y\n")
	for i := range 40 {
		fmt.Fprintf(&b, "%s,%d\n", strings.Join(cells[i%4], ","), i)
	}
	rows, err := Read(context.Background(), strings.NewReader(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Encode(rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	widths, d := e.Widths(), len(x.Features)
	for i, row := range cells {
		at := i * d
		for j, want := range row {
			c, features := &e.Columns[j], x.X[at:at+widths[j]]
			if missing := want == ""; missing != c.Missing(features) {
				t.Errorf("row %d, column %s: missing is %v", i, c.Name, !missing)
			} else if missing {
				want = "missing"
			}
			if got := c.Text(features); got != want {
				t.Errorf("row %d, column %s: %q, want %q of %v", i, c.Name, got, want, features)
			}
			at += widths[j]
		}
		if at != (i+1)*d {
			t.Fatalf("widths %v of %d features", widths, d)
		}
	}
}

// TestTextOfPooledCategories: those without a feature of their own are rare.
func TestTextOfPooledCategories(t *testing.T) {
	c := &EncodedColumn{Name: "a", Type: Category, Categories: []string{"x", "y"}, Rare: []string{"z"}, Counts: []int{9, 7, 1}, Impute: true}
	for want, features := range map[string][]float64{"x": {1, 0, 0, 2.2}, "y": {0, 1, 0, 1.9}, "rare": {0, 0, 1, 0}, "missing": {0, 0, 0, 0}} {
		if got := c.Text(features); got != want {
			t.Errorf("%q, want %q of %v", got, want, features)
		}
	}
	plain := &EncodedColumn{Name: "a", Type: Category, Categories: []string{"x", "y"}}
	if got := plain.Text([]float64{0, 0}); got != "unknown" {
		t.Errorf("%q", got)
	}
	if w := (&Encoder{Columns: []EncodedColumn{*c, *plain}}).Widths(); !slices.Equal(w, []int{4, 2}) {
		t.Errorf("widths %v", w)
	}
}
