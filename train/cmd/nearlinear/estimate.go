package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train"
)

// estimate is train.Estimate; null for what is not known.
type estimate struct {
	Rows          int         `json:"rows"`
	Fits          int         `json:"fits"`
	RMSE          number      `json:"rmse_standard_deviations"`
	RMSEError     number      `json:"rmse_error"`
	R2            number      `json:"r2"`
	Accuracy      number      `json:"accuracy"` // of classes
	AccuracyError number      `json:"accuracy_error"`
	LogLoss       number      `json:"log_loss"`
	LogLossError  number      `json:"log_loss_error"`
	Brier         number      `json:"brier"`
	BrierError    number      `json:"brier_error"`
	AUC           number      `json:"auc"` // of two classes
	ECE           number      `json:"ece"` // expected calibration error
	ECEByChance   number      `json:"ece_by_chance"`
	Reliability   []bin       `json:"reliability"`
	Confusion     [][]number  `json:"confusion"` // rows of each class, in their order, by the class told
	Recall        []number    `json:"recall"`    // of each class
	Precision     []number    `json:"precision"`
	Coverage      number      `json:"interval_coverage"` // of intervals of level 0.9
	CoverageError number      `json:"interval_coverage_error"`
	IntervalWidth number      `json:"interval_width"` // in standard deviations
	Importance    *importance `json:"importance"`     // null without -report and -importance
}

// bin is train.ReliabilityBin.
type bin struct {
	Rows        int    `json:"rows"`
	Probability number `json:"probability"`
	Right       number `json:"right"`
	Chance      number `json:"chance"`
}

// importance is train.Importance.
type importance struct {
	Rows         int     `json:"rows"`
	Permutations int     `json:"permutations"`
	Columns      []worth `json:"columns"`
}

// worth is train.ColumnImportance.
type worth struct {
	Column      string  `json:"column"`
	Rise        number  `json:"rise"` // of RMSE in standard deviations, of classes of the log-loss
	RiseError   number  `json:"rise_error"`
	Wrong       number  `json:"wrong_rise"` // of the share of wrong classes
	WrongError  number  `json:"wrong_rise_error"`
	Significant bool    `json:"significant"`
	Dependence  []point `json:"dependence"` // null but for the first few
}

// point is train.DependencePoint.
type point struct {
	Value number   `json:"value"`
	Text  string   `json:"text"`
	Share number   `json:"share"` // of the rows that have the value, of categories
	Mean  []number `json:"mean"`  // of each target, or the probability of each class
}

func newEstimate(e *train.Estimate) estimate {
	if e == nil {
		none := number(math.NaN())
		return estimate{RMSE: none, RMSEError: none, R2: none, Accuracy: none, AccuracyError: none, LogLoss: none, LogLossError: none, Brier: none, BrierError: none, AUC: none, ECE: none, ECEByChance: none, Coverage: none, CoverageError: none, IntervalWidth: none}
	}
	out := estimate{
		Rows: e.Rows, Fits: e.Folds, RMSE: number(e.RMSE), RMSEError: number(e.RMSEError), R2: number(e.R2),
		Accuracy: number(e.Accuracy), AccuracyError: number(e.AccuracyError), LogLoss: number(e.LogLoss), LogLossError: number(e.LogLossError),
		Brier: number(e.Brier), BrierError: number(e.BrierError), AUC: number(e.AUC), ECE: number(e.ECE), ECEByChance: number(e.ECEByChance),
		Coverage: number(e.Coverage), CoverageError: number(e.CoverageError), IntervalWidth: number(e.IntervalWidth),
		Importance: newImportance(e.Importance),
	}
	for _, b := range e.Reliability {
		out.Reliability = append(out.Reliability, bin{b.Rows, number(b.Probability), number(b.Right), number(b.Chance)})
	}
	for c, row := range e.Confusion {
		out.Confusion = append(out.Confusion, toNumbers(row))
		out.Recall = append(out.Recall, number(e.Confusion.Recall(c)))
		out.Precision = append(out.Precision, number(e.Confusion.Precision(c)))
	}
	return out
}

func newImportance(i *train.Importance) *importance {
	if i == nil {
		return nil
	}
	out := &importance{Rows: i.Rows, Permutations: i.Permutations}
	for _, c := range i.Columns {
		w := worth{Column: c.Name, Rise: number(c.Rise), RiseError: number(c.RiseError), Wrong: number(c.WrongRise), WrongError: number(c.WrongRiseError), Significant: c.Significant}
		for _, p := range c.Dependence {
			w.Dependence = append(w.Dependence, point{number(p.Value), p.Text, number(p.Share), toNumbers(p.Mean)})
		}
		out.Columns = append(out.Columns, w)
	}
	return out
}

func toNumbers(x []float64) []number {
	out := make([]number, len(x))
	for i, v := range x {
		out[i] = number(v)
	}
	return out
}

// What lines about classes and columns name at most.
const (
	classesTold  = 10
	confusedTold = 5
	columnsTold  = 8
)

// estimateLines tells the error on new rows, with its parts a line each.
func estimateLines(r *train.Report) string {
	e := r.Estimate
	var b strings.Builder
	fmt.Fprintf(&b, "error    %v\n", e)
	if e.Confusion != nil {
		fmt.Fprintf(&b, "recall   (and precision) of %s\n", recalls(r))
		if list := confusions(r); list != "" {
			fmt.Fprintf(&b, "confused %s\n", list)
		}
	}
	if e.Importance != nil {
		fmt.Fprintf(&b, "permuted %s\n", worths(r))
	}
	return b.String()
}

// recalls tells recall and precision of each class, those of least recall first.
func recalls(r *train.Report) string {
	c := r.Estimate.Confusion
	order := make([]int, len(c))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.Recall(a), c.Recall(b)) })
	return listed(len(order), classesTold, func(i int) string {
		k := order[i]
		return fmt.Sprintf("%s %s (%s)", plain(r.Classes[k]), percent(c.Recall(k)), percent(c.Precision(k)))
	})
}

// confusions tells the largest ones.
func confusions(r *train.Report) string {
	all := r.Estimate.Confusion.Largest(len(r.Classes) * len(r.Classes))
	return listed(len(all), confusedTold, func(i int) string {
		v := all[i]
		return fmt.Sprintf("%s for %s %.4g (%s of %s)", plain(r.Classes[v.Told]), plain(r.Classes[v.Class]), v.Rows, percent(v.Share), plain(r.Classes[v.Class]))
	})
}

// worths tells by how much the error rises if a column is permuted.
func worths(r *train.Report) string {
	i := r.Estimate.Importance
	found := i.Significant()
	unit := "RMSE"
	if r.Classes != nil {
		unit = "log-loss"
	}
	text := listed(len(found), columnsTold, func(k int) string {
		return fmt.Sprintf("%s %.3g ± %.1g", plain(found[k].Name), found[k].Rise, found[k].RiseError)
	})
	switch none := i.Tried - len(found); {
	case text == "":
		return fmt.Sprintf("%s rises for none of %d columns by more than chance", unit, i.Tried)
	case none > 0:
		return fmt.Sprintf("%s rises by %s; by no more than chance for %d others", unit, text, none)
	}
	return unit + " rises by " + text
}

// listed joins the first of n texts by commas.
func listed(n, most int, text func(i int) string) string {
	var parts []string
	for i := range min(n, most) {
		parts = append(parts, text(i))
	}
	if n > most {
		parts = append(parts, fmt.Sprintf("%d more", n-most))
	}
	return strings.Join(parts, ", ")
}

// percent tells a share; that of nothing is a dash.
func percent(v float64) string {
	if v != v {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}
