package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A chart is one well-formed SVG document that names its axes and its series, and leaves out
// the series that has no points.
func TestChartIsSVG(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chart.svg")
	c := chart{title: "a title", x: "entries m·n", y: "time of a step (s)", logX: true, logY: true, series: []series{
		{name: "measured", x: []float64{1e3, 1e4, 1e6}, y: []float64{1e-3, 2e-3, 4}, low: []float64{5e-4, 1e-3, 3}, high: []float64{2e-3, 3e-3, 5}},
		{name: "another with a long name", x: []float64{1e3, 1e6}, y: []float64{2e-3, 2}},
		{name: "a third", x: []float64{1e3, 1e6}, y: []float64{4e-3, 3}},
		{name: "a fourth", x: []float64{1e3, 1e6}, y: []float64{5e-3, 6}},
		{name: "absent"},
	}}
	if err := c.draw(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for dec := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a title", "entries m·n", "time of a step (s)", "measured"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %q in the SVG", want)
		}
	}
	if bytes.Contains(text, []byte("absent")) {
		t.Error("a series without points is in the legend")
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{200: "200", 0.05: "0.05", 1e6: "10⁶", 2e-5: "2·10⁻⁵", 5e10: "5·10¹⁰"} {
		if got := number(v); got != want {
			t.Errorf("number(%g) = %q, want %q", v, got, want)
		}
	}
}

func TestRoundDown(t *testing.T) {
	for v, want := range map[float64]float64{3: 2, 1: 1, 0.999: 0.5, 0.107: 0.1, 7e5: 5e5, 2e-3: 2e-3, 1e6: 1e6} {
		if got := roundDown(v); math.Abs(got-want) > 1e-12*want {
			t.Errorf("roundDown(%g) = %g, want %g", v, got, want)
		}
	}
}
