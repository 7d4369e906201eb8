package asm

import "math"

// dotGeneric defines Dot on one chunk. Sixteen lanes run through x and y 16
// elements at a time, lane l taking elements l, l+16, …; what is left in
// groups of four goes to lanes 0 to 3. The lanes are then joined, lane l of 0
// to 3 as (l + (l+4)) + ((l+8) + (l+12)), the four as (0 + 2) + (1 + 3), and
// the last one to three elements are added one by one. Each step is one fused
// multiply-add.
func dotGeneric(x, y []float64) float64 {
	var a [16]float64
	for len(x) >= 16 {
		for l := range a {
			a[l] = math.FMA(x[l], y[l], a[l])
		}
		x, y = x[16:], y[16:]
	}
	for len(x) >= 4 {
		for l := 0; l < 4; l++ {
			a[l] = math.FMA(x[l], y[l], a[l])
		}
		x, y = x[4:], y[4:]
	}
	for l := 0; l < 4; l++ {
		a[l] = (a[l] + a[l+4]) + (a[l+8] + a[l+12])
	}
	s := (a[0] + a[2]) + (a[1] + a[3])
	for i, v := range x {
		s = math.FMA(v, y[i], s)
	}
	return s
}

// axpyGeneric defines Axpy: one fused multiply-add an element.
func axpyGeneric(dst []float64, alpha float64, x []float64) {
	for i, v := range x {
		dst[i] = math.FMA(alpha, v, dst[i])
	}
}

// scaleGeneric defines Scale: one product an element.
func scaleGeneric(dst []float64, alpha float64, x []float64) {
	for i, v := range x {
		dst[i] = alpha * v
	}
}
