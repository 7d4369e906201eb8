package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/model"
)

// outsideNamed is the number of columns that a notice names.
const outsideNamed = 3

// outside counts rows that have features outside their range in training, and those that differ in a column
// that was constant there.
type outside struct {
	rows, ranges, constants int
	columns                 []int // rows of each
}

// add counts the rows of x.
func (o *outside) add(m *model.Model, x []float64) {
	s := &m.Scaler
	d := len(s.Mean)
	if o.columns == nil {
		o.columns = make([]int, d)
	}
	for i := 0; i < len(x); i += d {
		var beyond, constant int
		for k, v := range x[i : i+d] {
			if !s.Outside(k, v) {
				continue
			}
			o.columns[k]++
			if s.Std[k] == 0 {
				constant = 1
			} else {
				beyond = 1
			}
		}
		o.ranges += beyond
		o.constants += constant
	}
	o.rows += len(x) / d
}

// note tells the counts, a line each. Nothing if there are none, or if the model does not know.
func (o *outside) note(w io.Writer, m *model.Model) {
	s := &m.Scaler
	if o.ranges > 0 {
		fmt.Fprintf(w, "note: %d of %d rows have features outside their range in training, most often in %s\n", o.ranges, o.rows,
			mostOften(o.columns, func(k int) bool { return s.Std[k] > 0 }, func(k int) string {
				return fmt.Sprintf("%s (%d, beyond %.6g to %.6g)", plain(m.Features[k]), o.columns[k], s.Min[k], s.Max[k])
			}))
	}
	if o.constants > 0 {
		fmt.Fprintf(w, "note: %d of %d rows differ where all training rows were equal, which changes no prediction: in %s\n", o.constants, o.rows,
			mostOften(o.columns, func(k int) bool { return s.Std[k] == 0 }, func(k int) string {
				return fmt.Sprintf("%s (%d, was %.6g)", plain(m.Features[k]), o.columns[k], s.Mean[k])
			}))
	}
}

// mostOften names the columns of a kind with the largest counts, the first of equals first.
func mostOften(counts []int, kind func(k int) bool, name func(k int) string) string {
	var at []int
	for k, n := range counts {
		if n > 0 && kind(k) {
			at = append(at, k)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	var names []string
	for _, k := range at[:min(len(at), outsideNamed)] {
		names = append(names, name(k))
	}
	if more := len(at) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
