package asm

import "math"

// dotWideGeneric defines DotWide on one chunk: dotGeneric of the widened x.
func dotWideGeneric(x []float32, y []float64) float64 { return dotWidened(x, y) }

// dot32Generic defines Dot32 on one chunk: dotGeneric of both, widened.
func dot32Generic(x, y []float32) float64 { return dotWidened(x, y) }

func dotWidened[T Float](x []float32, y []T) float64 {
	var a [16]float64
	for len(x) >= 16 {
		for l := range a {
			a[l] = math.FMA(float64(x[l]), float64(y[l]), a[l])
		}
		x, y = x[16:], y[16:]
	}
	for len(x) >= 4 {
		for l := 0; l < 4; l++ {
			a[l] = math.FMA(float64(x[l]), float64(y[l]), a[l])
		}
		x, y = x[4:], y[4:]
	}
	for l := 0; l < 4; l++ {
		a[l] = (a[l] + a[l+4]) + (a[l+8] + a[l+12])
	}
	s := (a[0] + a[2]) + (a[1] + a[3])
	for i, v := range x {
		s = math.FMA(float64(v), float64(y[i]), s)
	}
	return s
}

// axpyWideGeneric defines AxpyWide.
func axpyWideGeneric(dst []float64, alpha float64, x []float32) {
	for i, v := range x {
		dst[i] = math.FMA(alpha, float64(v), dst[i])
	}
}

// axpy32Generic defines Axpy32.
func axpy32Generic(dst []float32, alpha float64, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.FMA(alpha, float64(v), float64(dst[i])))
	}
}

// scaleTwice32Generic defines Scale32.
func scaleTwice32Generic(dst []float32, alpha float64, x []float32) {
	for i, v := range x {
		dst[i] = float32(alpha * float64(v))
	}
}
