package train

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"time"
)

//go:embed report.html.tmpl
var reportText string

// Page is what a report page says beside the report. The zero value will do.
type Page struct {
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

// WriteHTML writes the report as one self-contained HTML page: summary, loss
// and error curves, damping, gate flips, inner iterations, gain ratio, time by
// phase, predictions and residuals, and a table of the steps, some 300 at most. It refers to nothing outside itself, follows the reader's
// light or dark setting, and can be told apart without colour. Equal reports
// give equal pages. page may be nil. It returns ErrShape if True and Predicted
// differ in length, and the errors of w.
func (r *Report) WriteHTML(w io.Writer, page *Page) error {
	var p Page
	if page != nil {
		p = *page
	}
	if len(p.True) != len(p.Predicted) {
		return fmt.Errorf("train: %d true values and %d predictions to draw: %w", len(p.True), len(p.Predicted), ErrShape)
	}
	if p.Title == "" {
		p.Title = "Training report"
	}
	t, err := template.New("report").Funcs(template.FuncMap{"short": short, "seconds": seconds, "percent": percent}).Parse(reportText)
	if err != nil {
		return fmt.Errorf("train: report template: %w", err)
	}
	var pictures []picture
	for _, c := range r.charts(&p) {
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
	}{p.Title, append(r.facts(), p.Facts...), pictures, r.phases(), len(r.Targets) > 1, r.every(), r.rows()})
	if err != nil {
		return fmt.Errorf("train: writing report: %w", err)
	}
	return nil
}

// row is one of the table.
type row struct {
	Step
	Best bool // its model is returned
}

const mostRows = 300

// every returns how many steps a row of the table stands for.
func (r *Report) every() int { return max(1, (len(r.Steps)+mostRows-1)/mostRows) }

// rows returns those of the table: all steps, or one in some, those of the
// returned models and the last in any case.
func (r *Report) rows() []row {
	best := map[int]bool{r.Best: true}
	at := 0
	for i := range r.Targets {
		best[at+r.Targets[i].Best] = true
		at += len(r.Targets[i].Steps)
	}
	var out []row
	for i, s := range r.Steps {
		if best[i] || i%r.every() == 0 || i == len(r.Steps)-1 {
			out = append(out, row{s, best[i]})
		}
	}
	return out
}

func (r *Report) facts() []Fact {
	rows := fmt.Sprintf("%d trained on", r.N)
	if r.NValid > 0 {
		rows += fmt.Sprintf(", %d held out for validation", r.NValid)
	}
	f := []Fact{
		{"Rows", rows},
		{"Network", fmt.Sprintf("%d neurons × %d inputs = %d weights", r.Width, r.D, r.Width*r.D)},
		{"Method", r.Method.String() + ": " + r.Why},
		{"Step rule", map[StepRule]string{LevenbergMarquardt: "Levenberg–Marquardt", GaussNewton: "Gauss–Newton", GradientDescent: fmt.Sprintf("gradient descent, rate %s, momentum %s", short(r.LearningRate), short(r.Momentum)), Adam: fmt.Sprintf("Adam, rate %s, β₁ %s", short(r.LearningRate), short(r.Momentum))}[r.Rule]},
		{"Ridge μ", r.ridge()},
		{"Stopped", r.Stop.String()},
		{"Returned", r.returned()},
		{"Train RMSE", short(r.TrainRMSE) + " standard deviations of the target"},
	}
	if r.ValidRMSE == r.ValidRMSE && r.NValid > 0 {
		f = append(f, Fact{"Validation RMSE", short(r.ValidRMSE) + " standard deviations of the target"})
	}
	for _, a := range []struct {
		name string
		v    float64
	}{{"Train accuracy", r.TrainAccuracy}, {"Validation accuracy", r.ValidAccuracy}} {
		if a.v > 0 { // 0 in reports of no Fit
			f = append(f, Fact{a.name, percent(a.v)})
		}
	}
	if r.SketchRows > 0 {
		f = append(f, Fact{"Sketch", fmt.Sprintf("%v, %d rows", r.Sketch, r.SketchRows)})
	}
	if r.Rank > 0 {
		renewed := 0
		for _, s := range r.Steps {
			if s.Renewed {
				renewed++
			}
		}
		f = append(f, Fact{"Preconditioner", fmt.Sprintf("rank %d, made in %d of %d steps", r.Rank, renewed, max(0, len(r.Steps)-1))})
	}
	return append(f,
		Fact{"Time", seconds(r.Elapsed)},
		Fact{"Time planned", seconds(r.StepTime) + " a step, on two cores of the machine the plan was calibrated on"},
		Fact{"Memory planned", fmt.Sprintf("%.1f MB", float64(r.Bytes)/1e6)},
		Fact{"Seed", fmt.Sprint(r.Seed)},
		Fact{"Kernels", r.Kernels})
}

// returned tells the step of the model.
func (r *Report) returned() string {
	if len(r.Targets) > 1 {
		return fmt.Sprintf("the best step of each of %d targets, %d steps in all", len(r.Targets), len(r.Steps)-len(r.Targets))
	}
	return fmt.Sprintf("the model of step %d of %d", r.Best, max(0, len(r.Steps)-1))
}

// ridge tells μ, and by what it was chosen.
func (r *Report) ridge() string {
	if r.Choice == nil {
		return short(r.Ridge)
	}
	return short(r.Ridge) + ": " + r.Choice.String()
}

// charts are the pictures for which there is something to show.
func (r *Report) charts(p *Page) []*chart {
	// column picks the steps that keep accepts, and one value of each.
	// A step that is not there ends the line of one target.
	column := func(s series, keep func(*Step) bool, value func(*Step) float64) series {
		for i := range r.Steps {
			st := &r.Steps[i]
			if i > 0 && st.Target != r.Steps[i-1].Target {
				s.X, s.Y = append(s.X, math.NaN()), append(s.Y, math.NaN())
			}
			if keep(st) {
				s.X, s.Y = append(s.X, float64(st.Index)), append(s.Y, value(st))
			}
		}
		return s
	}
	accepted := func(s *Step) bool { return s.Accepted || s.Index == 0 }
	rejected := func(s *Step) bool { return !accepted(s) }
	tried := func(s *Step) bool { return s.Index > 0 }
	step := axis{Label: "step", Whole: true}

	train := column(series{Name: "training", Class: 0, Mark: 'o', Line: true}, accepted, func(s *Step) float64 { return s.TrainRMSE })
	valid := column(series{Name: "validation", Class: 1, Mark: 's', Line: true}, func(s *Step) bool { return accepted(s) && s.ValidRMSE == s.ValidRMSE }, func(s *Step) float64 { return s.ValidRMSE })
	loss := func(s *Step) float64 { return s.Loss }
	out := []*chart{
		{Title: "Error", X: step, Y: axis{Label: "RMSE (standard deviations)", Log: true}, Series: []series{train, valid}},
		{Title: "Loss", X: step, Y: axis{Label: "½‖f−y‖² + ½μ‖W−W₀‖²", Log: true}, Series: []series{
			column(series{Name: "accepted", Class: 0, Mark: 'o', Line: true}, accepted, loss),
			column(series{Name: "tried and taken back", Class: 2, Mark: 'x'}, rejected, loss),
		}},
	}
	if n := len(r.Targets); n > 1 {
		out[0].Note = fmt.Sprintf("One line for each of %d targets.", n)
	}
	if r.Choice != nil {
		s := series{Class: 0, Mark: 'o', Line: true}
		for _, p := range r.Choice.Curve {
			s.X, s.Y = append(s.X, math.Log10(p.Ridge)), append(s.Y, p.RMSE)
		}
		out = append(out, &chart{Title: "Leave-one-out error", X: axis{Label: "log₁₀ of the ridge μ"}, Y: axis{Label: "RMSE (standard deviations)"}, Series: []series{s}, Note: "Of the linearised model at the initial weights, with the shape that was chosen."})
	}
	positive := func(value func(*Step) float64) bool {
		for i := range r.Steps {
			if value(&r.Steps[i]) > 0 {
				return true
			}
		}
		return false
	}
	for _, c := range []struct {
		title, label string
		log          bool
		value        func(*Step) float64
	}{
		{"Damping", "λ", true, func(s *Step) float64 { return s.Damping }},
		{"Gate flips", "share of the n·m gates", true, func(s *Step) float64 { return s.FlipShare }},
		{"Inner iterations", "conjugate-gradient iterations", false, func(s *Step) float64 { return float64(s.InnerIters) }},
	} {
		if positive(c.value) {
			out = append(out, &chart{Title: c.title, X: step, Y: axis{Label: c.label, Log: c.log, Whole: !c.log, Zero: !c.log}, Series: []series{column(series{Class: 0, Mark: 'o', Line: true}, tried, c.value)}})
		}
	}
	gain := func(s *Step) float64 { return s.GainRatio }
	if positive(gain) {
		out = append(out, &chart{Title: "Gain ratio", X: step, Y: axis{Label: "decrease / predicted decrease"}, Note: "1 is a step that does what the linearised network promises.", Series: []series{
			column(series{Name: "accepted", Class: 0, Mark: 'o', Line: true}, func(s *Step) bool { return tried(s) && accepted(s) }, gain),
			column(series{Name: "tried and taken back", Class: 2, Mark: 'x'}, rejected, func(s *Step) float64 { return max(s.GainRatio, -2) }),
		}})
	}
	if c := r.timeline(); c != nil {
		out = append(out, c)
	}
	if len(p.True) > 0 {
		unit := p.Target
		if unit == "" {
			unit = "target"
		}
		out = append(out, scatter(p, unit))
		out = append(out, residualCharts(p, unit)...)
	}
	return out
}

// timeline stacks the time of the phases of each step, or of the mean of some
// steps where there are many.
func (r *Report) timeline() *chart {
	const most = 60
	every := max(1, (len(r.Steps)+most-1)/most)
	bars := r.phases()
	if bars == nil {
		return nil
	}
	groups := (len(r.Steps) + every - 1) / every
	top := make([]float64, groups)
	c := &chart{Title: "Time by phase", X: axis{Label: "step", Whole: true}, Y: axis{Label: "time a step (ms)", Zero: true}, Note: "From bottom to top as named."}
	if len(r.Targets) > 1 {
		c.X.Label = "step, target after target"
	}
	if every > 1 {
		c.Note += fmt.Sprintf(" Each bar is the mean of %d steps.", every)
	}
	for k, b := range bars {
		if b.Time <= 0 {
			continue
		}
		s := series{Name: b.Name, Class: len(c.Series), Bar: 0.84 * float64(every), Base: slices.Clone(top)}
		for g := range top {
			first, end := g*every, min((g+1)*every, len(r.Steps))
			for i := first; i < end; i++ {
				top[g] += 1e3 * r.Steps[i].Phases.list()[k].Seconds() / float64(end-first)
			}
			s.X = append(s.X, float64(first+end-1)/2)
		}
		s.Y = slices.Clone(top)
		c.Series = append(c.Series, s)
	}
	return c
}

// thin returns every how many of n points are drawn.
func thin(n int) int {
	const most = 2000
	return max(1, (n+most-1)/most)
}

// scatter draws predictions over true values, with the diagonal.
func scatter(p *Page, name string) *chart {
	every := thin(len(p.True))
	c := &chart{Title: "Predicted and true", X: axis{Label: "true " + name}, Y: axis{Label: "predicted " + name}}
	s := series{Class: 0, Mark: '.'}
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := 0; i < len(p.True); i += every {
		x, y := p.True[i], p.Predicted[i]
		s.X, s.Y = append(s.X, x), append(s.Y, y)
		if x-x == 0 && y-y == 0 {
			lo, hi = min(lo, x, y), max(hi, x, y)
		}
	}
	c.Series = []series{{Class: 3, Line: true, X: []float64{lo, hi}, Y: []float64{lo, hi}}, s}
	c.Note = fmt.Sprintf("%d rows that were not trained on; the line is a perfect prediction.", len(p.True))
	if every > 1 {
		c.Note += fmt.Sprintf(" One in %d is drawn.", every)
	}
	return c
}

// phaseBar is one bar of the time chart.
type phaseBar struct {
	Name, Note string
	Time       time.Duration
	Width      string  // of the bar, the longest taking all
	Share      float64 // of the sum
}

// phases adds up the time of all steps by phase.
func (r *Report) phases() []phaseBar {
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
		for i, t := range s.Phases.list() {
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

// seconds formats a duration to three digits.
func seconds(d time.Duration) string {
	switch {
	case d >= 100*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", 1e3*d.Seconds())
	}
	return fmt.Sprintf("%.3g µs", 1e6*d.Seconds())
}

func percent(v float64) string {
	if v != v {
		return "–"
	}
	return fmt.Sprintf("%.3g %%", 100*v)
}
