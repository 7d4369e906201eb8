package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nearlinear/nearlinear/train"
)

// columnsView is what the page says of the columns of the table.
type columnsView struct {
	Note     string
	Wrong    bool // shares of wrong classes are told
	Bars     []columnBar
	Pictures []picture // dependence on numbers
	Lists    []valueList
}

// columnBar is a column with the rise of the error without it.
type columnBar struct {
	Name           string
	Width          string // of the bar, the longest taking all
	Rise, Error    float64
	Wrong, WrongOf float64
	IsNone         bool
}

// valueList is the dependence on categories.
type valueList struct {
	Title, Label string
	Values       []valueDot
}

// valueDot is a category with its mean prediction, and where that stands between the least and the largest.
type valueDot struct {
	Text        string
	Share, Mean float64
	At          string
}

// mostChance is the number of columns that are shown though their rise may be chance.
const mostChance = 15

// newColumnsView returns nil where nothing is known of columns.
func newColumnsView(r *train.Report) *columnsView {
	if r.Estimate == nil || r.Estimate.Importance == nil {
		return nil
	}
	i := r.Estimate.Importance
	v := &columnsView{Wrong: r.Classes != nil}
	unit := "RMSE, in standard deviations of the target,"
	if v.Wrong {
		unit = "log-loss"
	}
	v.Note = fmt.Sprintf("By how much the %s of %d rows out of fold rises when the values of a column are permuted among them: %s, with the standard error. All that encoding made of a column moves together. What may be chance is slanted and grey.", unit, i.Rows, times(i.Permutations))
	if left := len(i.Columns) - len(i.Significant()) - mostChance; left > 0 {
		v.Note += fmt.Sprintf(" %d more of those are left out, of smaller rises.", left)
	}
	shown := i.Columns[:min(len(i.Columns), len(i.Significant())+mostChance)]
	longest := 0.0
	for _, c := range shown {
		longest = max(longest, c.Rise)
	}
	for _, c := range shown {
		b := columnBar{Name: nameOf(&c), Rise: c.Rise, Error: c.RiseError, Wrong: c.WrongRise, WrongOf: c.WrongRiseError, IsNone: !c.Significant, Width: "0%"}
		if longest > 0 && c.Rise > 0 {
			b.Width = fmt.Sprintf("%.1f%%", 100*c.Rise/longest)
		}
		v.Bars = append(v.Bars, b)
		v.depend(r, &c)
	}
	return v
}

// times says how often columns were permuted.
func times(n int) string {
	if n == 1 {
		return "one permutation"
	}
	return fmt.Sprintf("mean of %d permutations", n)
}

// nameOf returns the name of a column, of none its number.
func nameOf(c *train.ColumnImportance) string {
	if c.Name == "" {
		return fmt.Sprintf("feature %d", c.Column)
	}
	return c.Name
}

// mostLines is the number of targets or classes whose dependence is drawn.
const mostLines = 3

// depend adds what predictions do along a column.
func (v *columnsView) depend(r *train.Report, c *train.ColumnImportance) {
	if len(c.Dependence) == 0 {
		return
	}
	of, label := moving(r, c.Dependence), "mean prediction"
	if r.Classes != nil {
		label = "mean probability"
	}
	if c.Dependence[0].Share == c.Dependence[0].Share {
		v.Lists = append(v.Lists, newValueList(r, c, of[0], label))
		return
	}
	p := &chart{Title: nameOf(c), X: axis{Label: nameOf(c)}, Y: axis{Label: label}}
	for at, k := range of {
		s := series{Name: lineName(r, k), Class: at, Mark: "osx"[at], Line: true}
		for _, d := range c.Dependence {
			s.X, s.Y = append(s.X, d.Value), append(s.Y, d.Mean[k])
		}
		p.Series = append(p.Series, s)
	}
	v.Pictures = append(v.Pictures, p.svg())
}

// moving returns the indexes of the means that move most, in ascending order: of two classes the second alone.
func moving(r *train.Report, points []train.DependencePoint) []int {
	if len(r.Classes) == 2 {
		return []int{1}
	}
	k := len(points[0].Mean)
	order, span := make([]int, k), make([]float64, k)
	for j := range order {
		lo, hi := points[0].Mean[j], points[0].Mean[j]
		for _, p := range points {
			lo, hi = min(lo, p.Mean[j]), max(hi, p.Mean[j])
		}
		order[j], span[j] = j, hi-lo
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(span[b], span[a]) })
	order = order[:min(k, mostLines)]
	slices.Sort(order)
	return order
}

// lineName names the class or target of a line, nothing for a single target.
func lineName(r *train.Report, k int) string {
	switch {
	case r.Classes != nil:
		return r.Classes[k]
	case len(r.Targets) > 1:
		return fmt.Sprintf("target %d", k)
	}
	return ""
}

func newValueList(r *train.Report, c *train.ColumnImportance, k int, label string) valueList {
	l := valueList{Title: nameOf(c), Label: label}
	if name := lineName(r, k); name != "" {
		l.Label += " of " + name
	}
	lo, hi := c.Dependence[0].Mean[k], c.Dependence[0].Mean[k]
	for _, d := range c.Dependence {
		lo, hi = min(lo, d.Mean[k]), max(hi, d.Mean[k])
	}
	for _, d := range c.Dependence {
		at := 0.0
		if hi > lo {
			at = (d.Mean[k] - lo) / (hi - lo)
		}
		l.Values = append(l.Values, valueDot{d.Text, d.Share, d.Mean[k], fmt.Sprintf("%.1f%%", 100*at)})
	}
	return l
}
