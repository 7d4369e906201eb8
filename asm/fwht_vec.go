package asm

import "fmt"

// FlipSigns sets dst[i] = -src[i] where bit i of signs is set, and src[i] where
// it is not; bits count from the least significant of signs[0]. The slices
// must have the same length and be the same or not overlap; FlipSigns panics
// if the lengths differ or signs is too short.
func FlipSigns(dst, src []float64, signs []uint64) {
	if len(dst) != len(src) || len(signs) < (len(src)+63)/64 {
		panic(fmt.Sprintf("asm: FlipSigns with lengths dst=%d src=%d signs=%d", len(dst), len(src), len(signs)))
	}
	const chunk = 1 << 14
	for len(src) > chunk {
		flipSigns(dst[:chunk], src[:chunk], signs)
		dst, src, signs = dst[chunk:], src[chunk:], signs[chunk/64:]
	}
	flipSigns(dst, src, signs)
}

// FWHTScale multiplies each element of x by alpha, rounded to T first: the
// factor that usually follows a transform.
func FWHTScale[T Float](x []T, alpha float64) {
	if x, ok := any(x).([]float64); ok {
		Scale(x, alpha, x)
		return
	}
	y := any(x).([]float32)
	const chunk = 1 << 15
	for len(y) > chunk {
		scale32(y[:chunk], float32(alpha))
		y = y[chunk:]
	}
	scale32(y, float32(alpha))
}
