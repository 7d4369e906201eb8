package main

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// slope is the exponent b of y ≈ a·x^b by least squares on the logarithms, and half of its
// 95 % confidence interval, by Student's t.
type slope struct {
	b, half float64
	points  int
}

func (s slope) String() string {
	switch {
	case s.points < 2:
		return "–"
	case s.points < 3:
		return fmt.Sprintf("%.2f", s.b)
	}
	return fmt.Sprintf("%.2f ± %.2f", s.b, s.half)
}

// slopeOf fits the points whose y is positive, the others being missing.
func slopeOf(x, y []float64) slope {
	var u, v []float64
	for i := range x {
		if y[i] > 0 {
			u, v = append(u, math.Log(x[i])), append(v, math.Log(y[i]))
		}
	}
	n := float64(len(u))
	if n < 2 {
		return slope{points: len(u)}
	}
	var mu, mv float64
	for i := range u {
		mu, mv = mu+u[i]/n, mv+v[i]/n
	}
	var suu, suv, rest float64
	for i := range u {
		suu += (u[i] - mu) * (u[i] - mu)
		suv += (u[i] - mu) * (v[i] - mv)
	}
	s := slope{b: suv / suu, points: len(u)}
	if n < 3 {
		return s
	}
	for i := range u {
		e := v[i] - mv - s.b*(u[i]-mu)
		rest += e * e
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 2}.Quantile(0.975)
	s.half = t * math.Sqrt(rest/(n-2)/suu)
	return s
}

// crossings returns where the curves a and b over x meet, interpolated between
// neighbouring points on logarithmic axes. Where either is missing, not positive,
// they do not.
func crossings(x, a, b []float64) []float64 {
	var at []float64
	last, lastX := 0.0, math.NaN() // the logarithm of a/b there
	for i := range x {
		if !(a[i] > 0 && b[i] > 0) {
			lastX = math.NaN()
			continue
		}
		now := math.Log(a[i] / b[i])
		if !math.IsNaN(lastX) && last*now < 0 {
			t := last / (last - now)
			at = append(at, math.Exp((1-t)*math.Log(lastX)+t*math.Log(x[i])))
		}
		if now == 0 {
			at = append(at, x[i])
		}
		last, lastX = now, x[i]
	}
	return at
}
