package asm

import "fmt"

// The kernels of this file compute in float64 on vectors stored in float32, which
// they widen on the way: half the bytes from memory, none of the roundings. Those
// that write float32 round once more at the end.

// DotWide returns Σ x[i]·y[i], with the bits of Dot on x converted to float64. The
// slices must have the same length; it panics otherwise. A load and a conversion,
// a load and an FMA for four elements.
func DotWide(x []float32, y []float64) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("asm: DotWide of lengths %d and %d", len(x), len(y)))
	}
	var s float64
	for len(x) > vecChunk {
		s += dotWide(x[:vecChunk], y[:vecChunk])
		x, y = x[vecChunk:], y[vecChunk:]
	}
	return s + dotWide(x, y)
}

// Dot32 returns Σ x[i]·y[i], with the bits of Dot on both converted to float64:
// products are exact. The slices must have the same length; it panics otherwise.
func Dot32(x, y []float32) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("asm: Dot32 of lengths %d and %d", len(x), len(y)))
	}
	var s float64
	for len(x) > vecChunk {
		s += dot32(x[:vecChunk], y[:vecChunk])
		x, y = x[vecChunk:], y[vecChunk:]
	}
	return s + dot32(x, y)
}

// AxpyWide sets dst[i] = dst[i] + alpha·x[i], rounded once. The slices must have
// the same length; it panics otherwise.
func AxpyWide(dst []float64, alpha float64, x []float32) {
	if len(x) != len(dst) {
		panic(fmt.Sprintf("asm: AxpyWide of lengths %d and %d", len(dst), len(x)))
	}
	for len(x) > vecChunk {
		axpyWide(dst[:vecChunk], alpha, x[:vecChunk])
		dst, x = dst[vecChunk:], x[vecChunk:]
	}
	axpyWide(dst, alpha, x)
}

// Axpy32 sets dst[i] = dst[i] + alpha·x[i], rounded to float64 and then to
// float32. The slices must have the same length, otherwise it panics, and be the
// same or not overlap.
func Axpy32(dst []float32, alpha float64, x []float32) {
	if len(x) != len(dst) {
		panic(fmt.Sprintf("asm: Axpy32 of lengths %d and %d", len(dst), len(x)))
	}
	for len(x) > vecChunk {
		axpy32(dst[:vecChunk], alpha, x[:vecChunk])
		dst, x = dst[vecChunk:], x[vecChunk:]
	}
	axpy32(dst, alpha, x)
}

// Scale32 sets dst[i] = alpha·x[i], rounded to float64 and then to float32; dst may
// be x itself. The slices must have the same length; it panics otherwise.
func Scale32(dst []float32, alpha float64, x []float32) {
	if len(x) != len(dst) {
		panic(fmt.Sprintf("asm: Scale32 of lengths %d and %d", len(dst), len(x)))
	}
	for len(x) > vecChunk {
		scaleTwice32(dst[:vecChunk], alpha, x[:vecChunk])
		dst, x = dst[vecChunk:], x[vecChunk:]
	}
	scaleTwice32(dst, alpha, x)
}
