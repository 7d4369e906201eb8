package asm

import "math"

func widenBFloat16Generic(dst []float32, src []uint16) {
	for i, h := range src {
		dst[i] = math.Float32frombits(uint32(h) << 16)
	}
}

// widenFloat16Generic moves the fraction to where float32 has it. Exponents, of 5
// bits, are 112 less than those of float32; the least stands for numbers without
// a leading one, which is put in front of the fraction and taken off again, and
// the largest for infinities and NaN.
func widenFloat16Generic(dst []float32, src []uint16) {
	const one = 1 << 23 // of the exponent
	for i, h := range src {
		bits := uint32(h&0x7fff) << 13
		switch {
		case bits < one:
			bits = math.Float32bits(math.Float32frombits(bits+113*one) - math.Float32frombits(113*one))
		case bits < 31*one:
			bits += 112 * one
		default:
			bits += 224 * one
		}
		dst[i] = math.Float32frombits(bits | uint32(h&0x8000)<<16)
	}
}

// maxAbsGeneric returns the bits of the largest absolute value: without signs
// the bits of floats are in the order of the numbers, and those of NaN above.
func maxAbsGeneric(x []float32) (most uint32) {
	for _, v := range x {
		most = max(most, math.Float32bits(v)&^(1<<31))
	}
	return most
}

func quantizeInt8Generic(dst []int8, x []float32, by float32) {
	for i, v := range x {
		v = float32(v * by)
		if !(v < 127) {
			v = 127
		}
		if v < -127 {
			v = -127
		}
		dst[i] = int8(math.RoundToEven(float64(v)))
	}
}
