package train

import (
	"fmt"
	"math"
)

// residualCharts draw what predictions are off by, against the prediction and
// as a histogram.
func residualCharts(p *Page, unit string) []*chart {
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
