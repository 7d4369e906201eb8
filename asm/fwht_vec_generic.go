package asm

import "math"

// flipSignsGeneric defines FlipSigns: bit 63 of the element and the sign bit
// are added modulo two, NaNs included.
func flipSignsGeneric(dst, src []float64, signs []uint64) {
	for i, v := range src {
		flip := signs[i/64] >> (i % 64) << 63
		dst[i] = math.Float64frombits(math.Float64bits(v) ^ flip)
	}
}

// scale32Generic defines FWHTScale for float32: one product an element.
func scale32Generic(x []float32, alpha float32) {
	for i, v := range x {
		x[i] = alpha * v
	}
}
