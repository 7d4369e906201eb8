//go:build amd64 && !purego && !noasm

package asm

// The functions in assembly take whole steps, of which there is at least one.

//go:noescape
func widenBFloat16AVX2(dst *float32, src *uint16, n int)

//go:noescape
func widenFloat16AVX2(dst *float32, src *uint16, n int)

//go:noescape
func widenFloat16AVX512(dst *float32, src *uint16, n int)

//go:noescape
func maxAbsAVX2(x *float32, n int) uint32

//go:noescape
func quantizeInt8AVX2(dst *int8, x *float32, n int, by float32)

func widenBFloat16(dst []float32, src []uint16) {
	if n := len(src) &^ (8 - 1); useAVX2 && n > 0 {
		widenBFloat16AVX2(&dst[0], &src[0], n)
		dst, src = dst[n:], src[n:]
	}
	widenBFloat16Generic(dst, src)
}

func widenFloat16(dst []float32, src []uint16) {
	if n := len(src) &^ (16 - 1); useAVX512 && n > 0 {
		widenFloat16AVX512(&dst[0], &src[0], n)
		dst, src = dst[n:], src[n:]
	}
	if n := len(src) &^ (8 - 1); useAVX2 && n > 0 {
		widenFloat16AVX2(&dst[0], &src[0], n)
		dst, src = dst[n:], src[n:]
	}
	widenFloat16Generic(dst, src)
}

func maxAbs(x []float32) (most uint32) {
	if n := len(x) &^ (8 - 1); useAVX2 && n > 0 {
		most = maxAbsAVX2(&x[0], n)
		x = x[n:]
	}
	return max(most, maxAbsGeneric(x))
}

func quantizeInt8(dst []int8, x []float32, by float32) {
	if n := len(x) &^ (32 - 1); useAVX2 && n > 0 {
		quantizeInt8AVX2(&dst[0], &x[0], n, by)
		dst, x = dst[n:], x[n:]
	}
	quantizeInt8Generic(dst, x, by)
}
