package main

import (
	"fmt"
	"image/color"
	"math"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is a plot of several series. Axis titles carry their unit.
type chart struct {
	title, x, y string
	logX, logY  bool
	series      []series
	fromZero    bool // the y axis starts at 0
	// xTicks names places of the x axis, where its numbers would not do.
	xTicks map[float64]string
	width  float64 // in centimetres; 0 means 18
}

// series is a line with a mark at each point. Where low and high are given they are drawn
// as error bars. Points that are not positive are left out on a logarithmic axis.
type series struct {
	name      string
	x, y      []float64
	low, high []float64
	noMarks   bool // a line alone, for curves of very many points or for limits
	noLine    bool // marks alone
}

// Series differ in colour, in dashes and in marks, so that they do in grey too: the
// colours, which colour-blind people tell apart (Okabe and Ito), are ordered by
// alternating darkness. After the eighth they begin again, with other dashes and marks.
var (
	colours = []color.RGBA{
		{0, 0, 0, 255}, {213, 94, 0, 255}, {0, 114, 178, 255}, {230, 159, 0, 255},
		{0, 158, 115, 255}, {86, 180, 233, 255}, {204, 121, 167, 255}, {110, 110, 110, 255},
	}
	dashes = [][]vg.Length{
		nil, {vg.Points(6), vg.Points(2)}, {vg.Points(2), vg.Points(2)}, {vg.Points(8), vg.Points(2), vg.Points(2), vg.Points(2)},
	}
	marks = []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{},
		draw.PlusGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{},
	}
)

// draw writes the chart as an SVG file. The legend stands to the right of the plot, where it
// hides no data.
func (c chart) draw(path string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = c.title, c.x
	for _, style := range []*font.Font{&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font,
		&p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font} {
		style.Variant = "Sans"
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	if c.logX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logTicks{}
	}
	if c.logY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{}
	}
	if c.xTicks != nil {
		var ticks plot.ConstantTicks
		for at, name := range c.xTicks {
			ticks = append(ticks, plot.Tick{Value: at, Label: name})
		}
		p.X.Tick.Marker = ticks
	}
	legend := plot.NewLegend()
	legend.TextStyle = p.Legend.TextStyle
	legend.Top, legend.Left = true, true
	legend.ThumbnailWidth = vg.Points(28)
	legend.Padding = vg.Points(2)
	for i, s := range c.series {
		if err := c.add(p, &legend, i, s); err != nil {
			return fmt.Errorf("series %q: %w", s.name, err)
		}
	}
	switch {
	case c.logY && p.Y.Min > 0:
		p.Y.Min, p.Y.Max = roundDown(p.Y.Min), 1/roundDown(1/p.Y.Max)
	case c.fromZero:
		p.Y.Min = 0
	}

	width := vg.Length(c.width) * vg.Centimeter
	if width == 0 {
		width = 18 * vg.Centimeter
	}
	height := 10 * vg.Centimeter
	canvas, err := draw.NewFormattedCanvas(width, height, "svg")
	if err != nil {
		return err
	}
	whole := draw.New(canvas)
	whole.SetColor(color.White)
	whole.Fill(whole.Rectangle.Path())
	// A reader's fonts may be wider than those the width is computed from.
	beside := 1.2*legend.Rectangle(whole).Size().X + vg.Points(14)
	// The title of the y axis is drawn here: plot makes room for it as if its middle were
	// that of the numbers, which it is not on a logarithmic axis.
	title := p.Y.Label.TextStyle
	title.Rotation = math.Pi / 2
	left := title.Height(c.y) + vg.Points(8)
	area := draw.Crop(whole, left, -beside, vg.Points(4), -vg.Points(4))
	p.Draw(area)
	data := p.DataCanvas(area)
	whole.FillText(title, vg.Point{X: left - vg.Points(4) - title.FontExtents().Descent, Y: data.Center().Y}, c.y)
	legend.Draw(draw.Crop(whole, width-beside+vg.Points(6), 0, 0, -vg.Points(24)))

	temp := path + ".tmp"
	file, err := os.Create(temp)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(file); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// add draws one series, and enters it in the legend.
func (c chart) add(p *plot.Plot, legend *plot.Legend, i int, s series) error {
	var points plotter.XYs
	var bars struct {
		plotter.XYs
		plotter.YErrors
	}
	for j := range s.x {
		if c.logX && s.x[j] <= 0 || c.logY && s.y[j] <= 0 || math.IsNaN(s.y[j]) || math.IsInf(s.y[j], 0) {
			continue
		}
		at := plotter.XY{X: s.x[j], Y: s.y[j]}
		points = append(points, at)
		if s.low != nil {
			bars.XYs = append(bars.XYs, at)
			bars.YErrors = append(bars.YErrors, struct{ Low, High float64 }{s.y[j] - s.low[j], s.high[j] - s.y[j]})
		}
	}
	if len(points) == 0 {
		return nil // left out: the peer was missing
	}
	colour := colours[i%len(colours)]
	var shown []plot.Thumbnailer
	if !s.noLine {
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.Color, line.Width, line.Dashes = colour, vg.Points(1.2), dashes[(i+i/len(colours))%len(dashes)]
		p.Add(line)
		shown = append(shown, line)
	}
	if !s.noMarks {
		scatter, err := plotter.NewScatter(points)
		if err != nil {
			return err
		}
		scatter.GlyphStyle = draw.GlyphStyle{Color: colour, Radius: vg.Points(2.5), Shape: marks[(i+i/len(colours))%len(marks)]}
		p.Add(scatter)
		shown = append(shown, scatter)
	}
	if s.low != nil {
		errors, err := plotter.NewYErrorBars(bars)
		if err != nil {
			return err
		}
		errors.Color = colour
		p.Add(errors)
	}
	legend.Add(s.name, shown...)
	return nil
}

// logTicks marks every decade, or every other if there are many, and between them 2 and
// 5 if there are few.
type logTicks struct{}

func (logTicks) Ticks(low, high float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	decades := last - first
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for _, lead := range []float64{1, 2, 5} {
			v := lead * math.Pow(10, float64(e))
			if v < low*0.999 || v > high*1.001 {
				continue
			}
			t := plot.Tick{Value: v}
			if lead == 1 && (decades <= 8 || e%2 == 0) || decades <= 2 {
				t.Label = number(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// roundDown returns the largest of …, 0.1, 0.2, 0.5, 1, 2, 5, … that is at most v.
func roundDown(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, lead := range []float64{5, 2} {
		if lead*unit <= v*1.001 {
			return lead * unit
		}
	}
	return unit
}

// number writes a round value shortly: 200, 0.05, 10⁶, 2·10⁻⁵.
func number(v float64) string {
	if v >= 0.01 && v < 1e5 {
		return fmt.Sprintf("%g", v)
	}
	e := int(math.Floor(math.Log10(v) + 1e-9))
	lead := math.Round(v / math.Pow(10, float64(e)))
	s := "10" + superscript(e)
	if lead != 1 {
		s = fmt.Sprintf("%g·%s", lead, s)
	}
	return s
}

func superscript(e int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var s []rune
	for _, r := range fmt.Sprint(e) {
		if r == '-' {
			s = append(s, '⁻')
		} else {
			s = append(s, digits[r-'0'])
		}
	}
	return string(s)
}
