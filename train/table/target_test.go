package table

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRowsWithoutTargetAreLeftOut: counted in a notice, and the others are as if they had not been there.
func TestRowsWithoutTargetAreLeftOut(t *testing.T) {
	read := func(o *Options, targets ...string) (*Table, error) {
		var b strings.Builder
		b.WriteString("a;w;y\n")
		for i, y := range targets {
			fmt.Fprintf(&b, "%d;%d;%s\n", i, 10+i, y)
		}
		return Read(context.Background(), strings.NewReader(b.String()), o)
	}
	for _, c := range []struct {
		name    string
		o       *Options
		targets []string
		y       []float64
		classes []string
		origin  []int
		notice  string
	}{
		{"numbers", nil, []string{"1.5", "", "3", "NA", "null"}, []float64{1.5, 3}, nil, []int{0, 2}, `3 of 5 rows have no value of target "y": they are left out`},
		{"texts", nil, []string{"", "red", "blue", "red"}, []float64{0, 1, 0}, []string{"red", "blue"}, []int{1, 2, 3}, "1 of 4 rows"},
		{"booleans", nil, []string{"no", "NaN", "yes", "-"}, []float64{0, 1}, []string{"no", "yes"}, []int{0, 2}, "2 of 4 rows"},
		{"numbers as classes", &Options{Classes: true}, []string{"NA", "2", "1", "2"}, []float64{0, 1, 0}, []string{"2", "1"}, []int{1, 2, 3}, "1 of 4 rows"},
		{"a marker among texts is a class", nil, []string{"NA", "red", "NA"}, []float64{0, 1, 0}, []string{"NA", "red"}, nil, `has classes that may stand for no value: "NA" in 2 rows`},
		{"two targets", &Options{Targets: []string{"w", "y"}}, []string{"1", "", "3"}, []float64{10, 1, 12, 3}, nil, []int{0, 2}, `no value of target "w", "y"`},
		{"all there", nil, []string{"1.5", "2"}, []float64{1.5, 2}, nil, nil, ""},
	} {
		tab, err := read(c.o, c.targets...)
		if err != nil || !slices.Equal(tab.Y, c.y) || !slices.Equal(tab.Classes, c.classes) || !slices.Equal(tab.Origin, c.origin) ||
			len(tab.Notices) != min(len(c.notice), 1) || !strings.Contains(strings.Join(tab.Notices, ""), c.notice) {
			t.Errorf("%s: %+v, %v", c.name, tab, err)
			continue
		}
		for k := range tab.Rows() {
			want := k
			if c.origin != nil {
				want = c.origin[k]
			}
			if got := tab.X[k*len(tab.Features)]; got != float64(want) {
				t.Errorf("%s: row %d has the feature of row %v, want %d", c.name, k, got, want)
			}
		}
	}
	tab, err := read(&Options{Weight: "w"}, "1", "NA", "3.5")
	if err != nil || !slices.Equal(tab.Weights, []float64{10, 12}) {
		t.Errorf("weights: %+v, %v", tab, err)
	}
	if part := tab.Select([]int{1}); !slices.Equal(part.Origin, []int{2}) {
		t.Errorf("selected: %+v", part)
	}
}
