package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/format"
)

//go:embed page.html.tmpl parts.html.tmpl
var reportText embed.FS

// Options are what a page says beside the report. The zero value will do.
type Options struct {
	Title  string // "Training report" if empty
	Target string // name of the target, for the axes
	Facts  []Fact // further lines of the summary, in this order

	// True and Predicted are the targets of rows that were not trained on and
	// the model's predictions, in the units of the target. If both are there
	// they are drawn against each other, at most 2000 points.
	True, Predicted []float64
}

// Fact is one line of the summary.
type Fact struct{ Name, Value string }

// Write writes a report as one self-contained HTML page: summary; of classes the
// confusions, all of up to 12 and the largest of more, and the reliability of their
// probabilities; of columns their importance, and predictions along the first few; loss
// and error curves, damping, gate flips, inner iterations, gain ratio, time by
// phase, predictions and residuals, and a table of the steps, some 300 at
// most. It refers to nothing outside itself, follows the reader's light or
// dark setting, and can be told apart without colour. Equal reports give equal
// pages. opts may be nil. It returns ErrShape if True and Predicted differ in
// length, and the errors of w.
func Write(w io.Writer, r *train.Report, opts *Options) error {
	var p Options
	if opts != nil {
		p = *opts
	}
	if len(p.True) != len(p.Predicted) {
		return fmt.Errorf("page: %d true values and %d predictions to draw: %w", len(p.True), len(p.Predicted), fault.ErrShape)
	}
	if p.Title == "" {
		p.Title = "Training report"
	}
	t, err := template.New("page.html.tmpl").Funcs(template.FuncMap{"short": short, "seconds": seconds, "percent": percent, "figure": figure, "signed": signed}).ParseFS(reportText, "*.tmpl")
	if err != nil {
		return fmt.Errorf("page: report template: %w", err)
	}
	var pictures []picture
	for _, c := range charts(r, &p) {
		pictures = append(pictures, c.svg())
	}
	err = t.Execute(w, struct {
		Title    string
		Facts    []Fact
		Pictures []picture
		Phases   []phaseBar
		Several  bool // targets
		Every    int  // steps a row
		Rows     []row
		Choice   *train.Choice
		Classes  *classesView
		Columns  *columnsView
	}{p.Title, append(facts(r), p.Facts...), pictures, phases(r), len(r.Targets) > 1, every(r), rows(r), r.Choice, newClassesView(r), newColumnsView(r)})
	if err != nil {
		return fmt.Errorf("page: writing report: %w", err)
	}
	return nil
}

// row is one of the table.
type row struct {
	train.Step
	Best bool // its model is returned
}

const mostRows = 300

// every returns how many steps a row of the table stands for.
func every(r *train.Report) int { return max(1, (len(r.Steps)+mostRows-1)/mostRows) }

// rows returns those of the table: all steps, or one in some, those of the
// returned models and the last in any case.
func rows(r *train.Report) []row {
	best := map[int]bool{r.Best: true}
	at := 0
	for i := range r.Targets {
		best[at+r.Targets[i].Best] = true
		at += len(r.Targets[i].Steps)
	}
	var out []row
	for i, s := range r.Steps {
		if best[i] || i%every(r) == 0 || i == len(r.Steps)-1 {
			out = append(out, row{s, best[i]})
		}
	}
	return out
}

// phaseBar is one bar of the time chart.
type phaseBar struct {
	Name, Note string
	Time       time.Duration
	Width      string  // of the bar, the longest taking all
	Share      float64 // of the sum
}

// phases adds up the time of all steps by phase.
func phases(r *train.Report) []phaseBar {
	out := []phaseBar{
		{Name: "Forward", Note: "predictions and gates"},
		{Name: "Gram", Note: "Gram matrix or sketch"},
		{Name: "Factor", Note: "Cholesky, QR or low-rank preconditioner"},
		{Name: "Solve", Note: "triangular solves or conjugate gradients"},
		{Name: "Update", Note: "Jᵀu and the new weights"},
		{Name: "Validate", Note: "validation error"},
		{Name: "Checkpoint", Note: "writing the state"},
	}
	for _, s := range r.Steps {
		for i, t := range s.Phases.Durations() {
			out[i].Time += t
		}
	}
	var sum, longest time.Duration
	for _, p := range out {
		sum, longest = sum+p.Time, max(longest, p.Time)
	}
	if longest <= 0 {
		return nil
	}
	for i := range out {
		out[i].Width = fmt.Sprintf("%.1f%%", 100*float64(out[i].Time)/float64(longest))
		out[i].Share = float64(out[i].Time) / float64(sum)
	}
	return out
}

// seconds writes a time to three digits.
func seconds(d time.Duration) string { return format.Seconds(d.Seconds(), 3) }

// figure writes a rise of the error, to four places.
func figure(v float64) string {
	return minus(fmt.Sprintf("%.4f", v))
}

// signed writes a change of a share.
func signed(v float64) string {
	return minus(fmt.Sprintf("%+.1f %%", 100*v))
}

// minus writes the sign of a number in the type of its digits, and none before zeros.
func minus(text string) string {
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		if strings.Trim(rest, "0. %") == "" {
			return rest
		}
		return "−" + rest
	}
	return text
}

func percent(v float64) string {
	if v != v {
		return "–"
	}
	return fmt.Sprintf("%.3g %%", 100*v)
}
