package page

import (
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train"
)

// mostMatrix is the number of classes up to which all confusions are laid out, and mostConfused that of the
// largest ones that are listed where there are more.
const (
	mostMatrix   = 12
	mostConfused = 20
)

// classesView is what the page says of classes.
type classesView struct {
	Note    string
	Names   []string    // of the columns of the matrix; nil where there are too many classes
	Rows    []classRow  // one a class
	Picture picture     // reliability
	Largest []confusion // where there is no matrix
}

// classRow is a class with the rows told to be of each.
type classRow struct {
	Name              string
	Rows              float64
	Told              []cell
	Recall, Precision float64
}

// cell is a count with the class of its shade: g0 to g5 of what is right, w0 to w5 of what is wrong.
type cell struct {
	Rows  float64
	Shade string
}

// confusion is a line of the list of the largest.
type confusion struct {
	Class, Told string
	Rows, Share float64
}

// newClassesView returns nil where nothing is known of classes.
func newClassesView(r *train.Report) *classesView {
	if r.Estimate == nil || r.Estimate.Confusion == nil || len(r.Estimate.Confusion) != len(r.Classes) {
		return nil
	}
	e, c := r.Estimate, r.Estimate.Confusion
	v := &classesView{Picture: reliability(e).svg()}
	v.Note = fmt.Sprintf("%d rows out of fold, each told by fits and a calibration that it had no part in.", e.Rows)
	if len(c) <= mostMatrix {
		v.Names = r.Classes
	} else {
		for _, l := range c.Largest(mostConfused) {
			v.Largest = append(v.Largest, confusion{r.Classes[l.Class], r.Classes[l.Told], l.Rows, l.Share})
		}
	}
	for k, row := range c {
		line := classRow{Name: r.Classes[k], Recall: c.Recall(k), Precision: c.Precision(k)}
		for _, n := range row {
			line.Rows += n
		}
		for told, n := range row {
			if v.Names != nil {
				line.Told = append(line.Told, cell{n, shade(n/line.Rows, told == k)})
			}
		}
		v.Rows = append(v.Rows, line)
	}
	if slices.ContainsFunc(v.Rows, func(l classRow) bool { return l.Rows != math.Round(l.Rows) }) {
		v.Note += " They count by their weights."
	}
	return v
}

// shade returns the class of a share: white is none, and wrong ones darken five times as fast.
func shade(share float64, right bool) string {
	if right {
		return fmt.Sprintf("g%.0f", 5*share)
	}
	return fmt.Sprintf("w%.0f", math.Ceil(5*min(1, 5*share)))
}

// reliability draws the share of rows told right over the probability of it, with two deviations of chance about
// the diagonal.
func reliability(e *train.Estimate) *chart {
	bins := series{Name: "rows", Class: 0, Mark: 'o', Line: true}
	low := series{Name: "two deviations of chance", Class: 1, Line: true}
	high := series{Class: 1, Line: true}
	least := 1.0
	for _, b := range e.Reliability {
		bins.X, bins.Y = append(bins.X, b.Probability), append(bins.Y, b.Right)
		low.X, low.Y = append(low.X, b.Probability), append(low.Y, max(0, b.Probability-2*b.Chance))
		high.X, high.Y = append(high.X, b.Probability), append(high.Y, min(1, b.Probability+2*b.Chance))
		least = min(least, b.Probability)
	}
	diagonal := series{Name: "ideal", Class: 3, Line: true, X: []float64{least, 1}, Y: []float64{least, 1}}
	return &chart{Title: "Reliability", X: axis{Label: "probability of the class told"}, Y: axis{Label: "share told right"}, Series: []series{diagonal, low, high, bins},
		Note: fmt.Sprintf("%d bins of equally many rows. Expected calibration error %s, by chance %s.", len(e.Reliability), short(e.ECE), short(e.ECEByChance))}
}
