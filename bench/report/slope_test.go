package main

import (
	"math"
	"testing"
)

// The slope and its interval of five points, worked by hand: residuals 0, 1, −2, 1, 0 tenths of
// a decade about y = x² are orthogonal to the fit, so s² = 0.06/3 and the interval is
// t(0.975, 3)·√(0.02/10) in decades.
func TestSlope(t *testing.T) {
	x, y := make([]float64, 5), make([]float64, 5)
	for i, e := range []float64{0, 0.1, -0.2, 0.1, 0} {
		x[i] = math.Pow(10, float64(i))
		y[i] = 7 * math.Pow(10, 2*float64(i)+e)
	}
	s := slopeOf(x, y)
	if want := 3.18244630528 * math.Sqrt(0.02/10); math.Abs(s.b-2) > 1e-12 || math.Abs(s.half-want) > 1e-9 {
		t.Errorf("slope %.12g ± %.12g, want 2 ± %.12g", s.b, s.half, want)
	}
	// A point that is missing does not count.
	if got := slopeOf(append(x, 1e6), append(y, 0)); got != s {
		t.Errorf("with a point missing: %v, without it: %v", got, s)
	}
	if got := slopeOf([]float64{1, 10}, []float64{5, 500}); math.Abs(got.b-2) > 1e-12 || got.half != 0 {
		t.Errorf("two points: %v", got)
	}
	if got := slopeOf([]float64{1}, []float64{5}).String(); got != "–" {
		t.Errorf("one point: %s", got)
	}
}

// Power laws cross where they do: 100·x and x² at 100, and nowhere else.
func TestCrossings(t *testing.T) {
	x := []float64{1, 7, 50, 300, 2000}
	a, b := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		a[i], b[i] = 100*x[i], x[i]*x[i]
	}
	if got := crossings(x, a, b); len(got) != 1 || math.Abs(got[0]-100) > 1e-10 {
		t.Errorf("crossings at %v, want 100", got)
	}
	if got := crossings(x, a, x); got != nil {
		t.Errorf("parallel lines cross at %v", got)
	}
	b[3] = 0
	if got := crossings(x, a, b); got != nil {
		t.Errorf("curves cross at %v, beside a point that is missing", got)
	}
	if got := crossings([]float64{1, 2, 4}, []float64{1, 2, 4}, []float64{2, 2, 2}); len(got) != 1 || got[0] != 2 {
		t.Errorf("curves that meet at 2 cross at %v", got)
	}
}
