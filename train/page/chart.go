package page

import (
	"fmt"
	"math"
	"strings"
)

// The drawing area of a chart, in units of its viewBox.
const (
	chartWidth, chartHeight = 480, 300
	plotLeft, plotRight     = 74, 468
	plotTop, plotBottom     = 42, 254
)

// chart is a picture in data coordinates; svg turns it into shapes.
type chart struct {
	Title  string
	X, Y   axis
	Series []series
	Note   string // shown under the picture
}

type axis struct {
	Label  string // with the unit
	Log    bool
	Whole  bool // ticks at whole numbers only
	Zero   bool // starts at 0
	lo, hi float64
}

// series is one line with a mark at each point, marks alone, or bars. Points
// with a coordinate that the axes cannot show, NaN or not positive on a log axis,
// are left out, and interrupt the line.
type series struct {
	Name  string
	Class int  // selects colour and dashes, or the fill of bars
	Mark  byte // 'o' circle, 's' square, 'x' cross, '.' small dot, 0 none
	Line  bool
	Bar   float64   // width of bars
	X, Y  []float64 // of bars, centre and end
	Base  []float64 // where bars begin
}

// mostMarks is the number of points above which a line goes without marks.
const mostMarks = 80

func (s *series) mark() byte {
	if s.Line && len(s.X) > mostMarks {
		return 0
	}
	return s.Mark
}

// picture is what the template draws.
type picture struct {
	Title, XLabel, YLabel, Note, Alt string
	Width, Height                    int
	Left, Right, Top, Bottom         int
	XTicks, YTicks                   []tick
	Shapes                           []shape
	Legend                           []legend
	Empty                            bool
}

type tick struct {
	At   string
	Text string
}

// shape is the path data of one series' line and marks; Filled marks have area.
type shape struct {
	Class       int
	Line, Marks string
	Filled      bool
	Bars        string
}

type legend struct {
	shape
	Name         string
	TextX, TextY string
}

// svg lays the chart out.
func (c *chart) svg() picture {
	p := picture{Title: c.Title, XLabel: c.X.Label, YLabel: c.Y.Label, Note: c.Note, Width: chartWidth, Height: chartHeight, Left: plotLeft, Right: plotRight, Top: plotTop, Bottom: plotBottom}
	c.X.lo, c.X.hi, c.Y.lo, c.Y.hi = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, s := range c.Series {
		for i, x := range s.X {
			if y := s.Y[i]; c.X.shows(x) && c.Y.shows(y) {
				c.X.lo, c.X.hi, c.Y.lo, c.Y.hi = min(c.X.lo, x-s.Bar/2), max(c.X.hi, x+s.Bar/2), min(c.Y.lo, y), max(c.Y.hi, y)
			}
		}
	}
	if c.X.lo > c.X.hi {
		p.Empty, p.Alt = true, c.Title+": no values"
		return p
	}
	p.Alt = fmt.Sprintf("%s: %s from %s to %s", c.Title, c.Y.Label, short(c.Y.lo), short(c.Y.hi))
	c.X.widen()
	c.Y.widen()
	p.XTicks = c.X.ticks(plotLeft, plotRight)
	p.YTicks = c.Y.ticks(plotBottom, plotTop)
	at, row := plotLeft, plotTop-18
	for _, s := range c.Series {
		sh, any := c.shape(&s)
		if !any {
			continue
		}
		p.Shapes = append(p.Shapes, sh)
		if s.Name == "" {
			continue
		}
		swatch := 24 // width
		if s.Bar > 0 {
			swatch = 10
		}
		wide := swatch + 16 + 6*len([]rune(s.Name))
		if at+wide > plotRight+12 && at > plotLeft { // the title stands above the first row
			at, row = plotLeft, row+10
		}
		key := legend{shape: shape{Class: s.Class, Filled: sh.Filled}, Name: s.Name, TextX: coordinate(float64(at + swatch + 4)), TextY: fmt.Sprint(row + 4)}
		switch {
		case s.Bar > 0:
			key.Bars = fmt.Sprintf("M%d %dh10v9h-10z", at, row-4)
		case s.Line:
			key.Line = fmt.Sprintf("M%d %dh24", at, row)
		}
		key.Marks = mark(s.mark(), float64(at)+12, float64(row))
		p.Legend = append(p.Legend, key)
		at += wide
	}
	return p
}

func (c *chart) shape(s *series) (sh shape, any bool) {
	if s.Bar > 0 {
		return c.bars(s)
	}
	sh = shape{Class: s.Class, Filled: s.Mark == 'o' || s.Mark == 's' || s.Mark == '.'}
	var line, marks strings.Builder
	pen := byte('M')
	for i, x := range s.X {
		if !c.X.shows(x) || !c.Y.shows(s.Y[i]) {
			pen = 'M'
			continue
		}
		any = true
		h := plotLeft + c.X.place(x)*(plotRight-plotLeft)
		v := plotBottom - c.Y.place(s.Y[i])*(plotBottom-plotTop)
		if s.Line {
			line.WriteByte(pen)
			line.WriteString(coordinate(h) + " " + coordinate(v))
			pen = 'L'
		}
		marks.WriteString(mark(s.mark(), h, v))
	}
	sh.Line, sh.Marks = line.String(), marks.String()
	return sh, any
}

func (c *chart) bars(s *series) (sh shape, any bool) {
	var b strings.Builder
	across := func(x float64) string { return coordinate(plotLeft + c.X.place(x)*(plotRight-plotLeft)) }
	up := func(y float64) string { return coordinate(plotBottom - c.Y.place(y)*(plotBottom-plotTop)) }
	for i, x := range s.X {
		if c.X.shows(x) && c.Y.shows(s.Y[i]) && s.Y[i] > s.Base[i] {
			fmt.Fprintf(&b, "M%s %sH%sV%sH%sz", across(x-s.Bar/2), up(s.Base[i]), across(x+s.Bar/2), up(s.Y[i]), across(x-s.Bar/2))
		}
	}
	return shape{Class: s.Class, Bars: b.String()}, b.Len() > 0
}

// mark returns the path of a mark at (x, y). Shapes differ so that they can be
// told apart without colour.
func mark(kind byte, x, y float64) string {
	at := "M" + coordinate(x) + " " + coordinate(y)
	switch kind {
	case 'o':
		return at + "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"
	case 's':
		return at + "m-3 -3h6v6h-6z"
	case 'x':
		return at + "m-4 -4l8 8m0 -8l-8 8"
	case '.':
		return at + "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z"
	}
	return ""
}

func coordinate(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

func (a *axis) shows(v float64) bool {
	return v-v == 0 && (!a.Log || v > 0)
}

// scale maps to the linear scale of the axis, in halves: the difference of two
// finite numbers may overflow.
func (a *axis) scale(v float64) float64 {
	if a.Log {
		return math.Log10(v)
	}
	return v / 2
}

// place returns v's position between lo and hi, 0 to 1.
func (a *axis) place(v float64) float64 {
	lo, hi := a.scale(a.lo), a.scale(a.hi)
	return (a.scale(v) - lo) / (hi - lo)
}

// widen leaves room around the data, and gives a single value a range.
func (a *axis) widen() {
	if a.Zero {
		a.lo = min(a.lo, 0)
	}
	switch lo, hi := a.scale(a.lo), a.scale(a.hi); {
	case a.Log:
		room := max(0.06*(hi-lo), 0.02)
		a.lo, a.hi = max(math.Pow(10, lo-room), 5e-324), min(math.Pow(10, hi+room), math.MaxFloat64)
	case a.Whole:
		a.hi = max(a.hi, a.lo+1)
	default:
		room := max(0.04*(hi-lo), 0.01*max(math.Abs(hi), math.Abs(lo)))
		if room == 0 {
			room = 0.5
		}
		a.lo, a.hi = 2*max(lo-room, -math.MaxFloat64/2), 2*min(hi+room, math.MaxFloat64/2)
	}
}

// ticks returns about five labelled positions between from (lo) and to (hi).
func (a *axis) ticks(from, to float64) []tick {
	var out []tick
	add := func(v float64, text string) {
		if v >= a.lo && v <= a.hi {
			out = append(out, tick{coordinate(from + a.place(v)*(to-from)), text})
		}
	}
	first, last := math.Floor(math.Log10(a.lo)), math.Ceil(math.Log10(a.hi))
	if a.Log && last-first >= 3 {
		every := math.Ceil((last - first) / 7)
		for e := first; e <= last; e++ {
			if math.Mod(e, every) == 0 {
				add(math.Pow(10, e), power(1, int(e)))
			}
		}
		return out
	}
	if a.Log {
		for e := first; e <= last; e++ {
			for _, lead := range []int{1, 2, 5} {
				add(float64(lead)*math.Pow(10, e), power(lead, int(e)))
			}
		}
		if len(out) >= 2 {
			return out
		}
		out = nil
	}
	step := nice((a.hi/2 - a.lo/2) / 2.5)
	if a.Whole {
		step = max(step, 1)
	}
	start := math.Ceil(a.lo / step)
	for i := range 20 {
		v := (start + float64(i)) * step
		if v == 0 {
			v = 0 // not -0
		}
		add(v, short(v))
	}
	return out
}

// nice rounds up to 1, 2 or 5 times a power of ten.
func nice(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, lead := range []float64{1, 2, 5} {
		if v <= lead*p*(1+1e-9) {
			return lead * p
		}
	}
	return 10 * p
}

// power writes lead·10^e.
func power(lead, e int) string {
	if e >= -2 && e <= 3 {
		return short(float64(lead) * math.Pow(10, float64(e)))
	}
	s := "10" + strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(fmt.Sprint(e))
	if lead > 1 {
		s = fmt.Sprintf("%d·%s", lead, s)
	}
	return s
}

// short formats a number for people; what is not a number is a dash.
func short(v float64) string {
	if v != v {
		return "–"
	}
	text := fmt.Sprintf("%.4g", v)
	if a := math.Abs(v); a >= 1e4 && a < 1e6 { // without an exponent
		unit := math.Pow(10, math.Floor(math.Log10(a))-3)
		text = fmt.Sprintf("%.0f", math.Round(v/unit)*unit)
	}
	return strings.Replace(text, "-", "−", -1)
}
