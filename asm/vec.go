package asm

import (
	"fmt"
	"math"
)

// vecChunk bounds one assembly call of the vector kernels (64 KiB an operand,
// a few microseconds) and is part of the definition of Dot.
const vecChunk = 8192

// Dot returns Σ x[i]·y[i]. The slices must have the same length; Dot panics
// otherwise. The sum is that of dotGeneric over chunks of 8192 elements, the
// chunks joined in index order. Two loads an FMA: the load ports bound it in
// cache, memory beyond.
func Dot(x, y []float64) float64 {
	if len(x) != len(y) {
		panic(fmt.Sprintf("asm: Dot of lengths %d and %d", len(x), len(y)))
	}
	var s float64
	for len(x) > vecChunk {
		s += dot(x[:vecChunk], y[:vecChunk])
		x, y = x[vecChunk:], y[vecChunk:]
	}
	return s + dot(x, y)
}

// Axpy sets dst[i] = dst[i] + alpha·x[i], rounded once. The slices must have
// the same length and be the same or not overlap.
func Axpy(dst []float64, alpha float64, x []float64) {
	if len(x) != len(dst) {
		panic(fmt.Sprintf("asm: Axpy of lengths %d and %d", len(dst), len(x)))
	}
	for len(x) > vecChunk {
		axpy(dst[:vecChunk], alpha, x[:vecChunk])
		dst, x = dst[vecChunk:], x[vecChunk:]
	}
	axpy(dst, alpha, x)
}

// Scale sets dst[i] = alpha·x[i]; dst may be x itself. The slices must have the
// same length.
func Scale(dst []float64, alpha float64, x []float64) {
	if len(x) != len(dst) {
		panic(fmt.Sprintf("asm: Scale of lengths %d and %d", len(dst), len(x)))
	}
	for len(x) > vecChunk {
		scale(dst[:vecChunk], alpha, x[:vecChunk])
		dst, x = dst[vecChunk:], x[vecChunk:]
	}
	scale(dst, alpha, x)
}

// Nrm2 returns the Euclidean norm of x without overflow or harmful underflow:
// a sum of squares out of the safe range is taken again on copies of 256 elements
// scaled by a power of two, which are summed in turn. NaN gives NaN, ±Inf gives
// +Inf.
func Nrm2(x []float64) float64 {
	const low, high = 0x1p-900, 0x1p+1000
	s := Dot(x, x)
	if s > low && s < high {
		return math.Sqrt(s)
	}
	var big float64
	for _, v := range x {
		a := math.Abs(v)
		if a > big || a != a {
			big = a
		}
		if a != a {
			return a
		}
	}
	if big == 0 || math.IsInf(big, 1) {
		return big
	}
	_, e := math.Frexp(big)
	var buf [256]float64
	s = 0
	for len(x) > 0 {
		c := min(len(x), len(buf))
		for i, v := range x[:c] {
			buf[i] = math.Ldexp(v, -e)
		}
		s += dot(buf[:c], buf[:c])
		x = x[c:]
	}
	return math.Ldexp(math.Sqrt(s), e)
}
