//go:build arm64 && !purego && !noasm

package asm

//go:noescape
func flipSignsNEON(dst, src *float64, n int, signs *uint64)

//go:noescape
func scale32NEON(x *float32, n int, alpha float32)

func flipSigns(dst, src []float64, signs []uint64) {
	if n := len(src) &^ 63; n > 0 {
		flipSignsNEON(&dst[0], &src[0], n, &signs[0])
		dst, src, signs = dst[n:], src[n:], signs[n/64:]
	}
	flipSignsGeneric(dst, src, signs)
}

func scale32(x []float32, alpha float32) {
	if n := len(x) &^ 15; n > 0 {
		scale32NEON(&x[0], n, alpha)
		x = x[n:]
	}
	scale32Generic(x, alpha)
}
