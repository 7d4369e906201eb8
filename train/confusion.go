package train

import (
	"cmp"
	"slices"
)

// Confusion counts rows: Confusion[c][t] are those of class c, an index into Report.Classes, that were
// told to be of class t. Where rows have weights, by Options.Balanced too, it is their weight, in units of the mean.
type Confusion [][]float64

// newConfusion counts rows of k classes by the class of each and the one told.
func newConfusion(k int, class, told []int, weights []float64) Confusion {
	c := make(Confusion, k)
	for i := range c {
		c[i] = make([]float64, k)
	}
	for i, of := range class {
		c[of][told[i]] += weights[i]
	}
	return c
}

// Recall returns the share of the rows of a class that were told to be of it, NaN without any.
func (c Confusion) Recall(class int) float64 { return c[class][class] / sum(c[class]) }

// Precision returns the share of the rows told to be of a class that are of it, NaN without any.
func (c Confusion) Precision(class int) float64 {
	told := 0.0
	for _, row := range c {
		told += row[class]
	}
	return c[class][class] / told
}

// Confused are rows of one class that were told to be of another.
type Confused struct {
	Class, Told int
	Rows        float64 // as Confusion counts them
	Share       float64 // of the rows of Class
}

// Largest returns the confusions of most rows, at most so many, none of no rows.
func (c Confusion) Largest(most int) []Confused {
	var out []Confused
	for of, row := range c {
		for told, v := range row {
			if told != of && v > 0 {
				out = append(out, Confused{of, told, v, v / sum(row)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Confused) int { return cmp.Compare(b.Rows, a.Rows) })
	return out[:min(len(out), most)]
}
