package page

import (
	_ "embed"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train"
)

// charts are the pictures for which there is something to show.
func charts(r *train.Report, p *Options) []*chart {
	// column picks the steps that keep accepts, and one value of each.
	// A step that is not there ends the line of one target.
	column := func(s series, keep func(*train.Step) bool, value func(*train.Step) float64) series {
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
	accepted := func(s *train.Step) bool { return s.Accepted || s.Index == 0 }
	rejected := func(s *train.Step) bool { return !accepted(s) }
	tried := func(s *train.Step) bool { return s.Index > 0 }
	step := axis{Label: "step", Whole: true}

	training := column(series{Name: "training", Class: 0, Mark: 'o', Line: true}, accepted, func(s *train.Step) float64 { return s.TrainRMSE })
	valid := column(series{Name: "validation", Class: 1, Mark: 's', Line: true}, func(s *train.Step) bool { return accepted(s) && s.ValidRMSE == s.ValidRMSE }, func(s *train.Step) float64 { return s.ValidRMSE })
	loss := func(s *train.Step) float64 { return s.Loss }
	out := []*chart{
		{Title: "Error", X: step, Y: axis{Label: "RMSE (standard deviations)", Log: true}, Series: []series{training, valid}},
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
		out = append(out, &chart{Title: "Error out of fold", X: axis{Label: "log₁₀ of the ridge μ"}, Y: axis{Label: "RMSE (standard deviations)"}, Series: []series{s}, Note: "Of the linearised model at the initial weights, with the shape that was chosen."})
	}
	last := 0
	for i := range r.Steps {
		last = max(last, r.Steps[i].Index)
	}
	// drawn tells whether there are two steps, since one is a line of the table, and what to draw.
	drawn := func(value func(*train.Step) float64) bool {
		return last > 1 && slices.ContainsFunc(r.Steps, func(s train.Step) bool { return value(&s) > 0 })
	}
	for _, c := range []struct {
		title, label string
		log          bool
		value        func(*train.Step) float64
	}{
		{"Damping", "λ", true, func(s *train.Step) float64 { return s.Damping }},
		{"Gate flips", "share of the n·m gates", true, func(s *train.Step) float64 { return s.FlipShare }},
		{"Inner iterations", "conjugate-gradient iterations", false, func(s *train.Step) float64 { return float64(s.InnerIters) }},
	} {
		if drawn(c.value) {
			out = append(out, &chart{Title: c.title, X: step, Y: axis{Label: c.label, Log: c.log, Whole: !c.log, Zero: !c.log}, Series: []series{column(series{Class: 0, Mark: 'o', Line: true}, tried, c.value)}})
		}
	}
	gain := func(s *train.Step) float64 { return s.GainRatio }
	if drawn(gain) {
		out = append(out, &chart{Title: "Gain ratio", X: step, Y: axis{Label: "decrease / predicted decrease"}, Note: "1 is a step that does what the linearised network promises.", Series: []series{
			column(series{Name: "accepted", Class: 0, Mark: 'o', Line: true}, func(s *train.Step) bool { return tried(s) && accepted(s) }, gain),
			column(series{Name: "tried and taken back", Class: 2, Mark: 'x'}, rejected, func(s *train.Step) float64 { return max(s.GainRatio, -2) }),
		}})
	}
	if c := timeline(r); c != nil {
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
func timeline(r *train.Report) *chart {
	const most = 60
	every := max(1, (len(r.Steps)+most-1)/most)
	bars := phases(r)
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
				top[g] += 1e3 * r.Steps[i].Phases.Durations()[k].Seconds() / float64(end-first)
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
func scatter(p *Options, name string) *chart {
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

// residualCharts draw what predictions are off by, against the prediction and
// as a histogram.
func residualCharts(p *Options, unit string) []*chart {
	every := thin(len(p.True))
	points := series{Class: 0, Mark: '.'}
	lo, hi := math.Inf(1), math.Inf(-1)
	var all []float64
	for i, y := range p.True {
		f := p.Predicted[i]
		r := f - y
		if r-r != 0 {
			continue
		}
		all = append(all, r)
		if i%every == 0 {
			points.X, points.Y = append(points.X, f), append(points.Y, r)
			lo, hi = min(lo, f), max(hi, f)
		}
	}
	if len(all) == 0 {
		return nil
	}
	label := "predicted − true " + unit
	out := []*chart{{
		Title: "Residuals", X: axis{Label: "predicted " + unit}, Y: axis{Label: "predicted − true"},
		Series: []series{{Class: 3, Line: true, X: []float64{lo, hi}, Y: []float64{0, 0}}, points},
	}}
	if h, ok := histogram(all); ok {
		out = append(out, &chart{Title: "Distribution of residuals", X: axis{Label: label}, Y: axis{Label: "rows", Whole: true, Zero: true}, Series: []series{h},
			Note: fmt.Sprintf("%d rows in bins of %s.", len(all), short(h.Bar))})
	}
	return out
}

// histogram counts values in up to about 2√n bins, at most 40, of a round width.
// It reports false where the values do not differ enough for that.
func histogram(x []float64) (series, bool) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	span := hi - lo
	if !(span > 1e-9*max(math.Abs(lo), math.Abs(hi))) || math.IsInf(span, 0) || span < 1e-300 {
		return series{}, false
	}
	width := nice(span / min(40, max(5, 2*math.Sqrt(float64(len(x))))))
	first := math.Floor(lo / width)
	counts := make([]float64, int(math.Floor(hi/width)-first)+1)
	for _, v := range x {
		counts[int(math.Floor(v/width)-first)]++
	}
	s := series{Class: 0, Bar: width}
	for i, n := range counts {
		s.X, s.Y, s.Base = append(s.X, (first+float64(i)+0.5)*width), append(s.Y, n), append(s.Base, 0)
	}
	return s, true
}
