//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func mulElem64AVX2(dst, x, y *float64, n int)

//go:noescape
func mulElem32AVX2(dst, x, y *float32, n int)

//go:noescape
func mulElem64AVX512(dst, x, y *float64, n int)

//go:noescape
func mulElem32AVX512(dst, x, y *float32, n int)

func mulElem[T Float](dst, x, y []T) {
	if useAVX512 {
		switch d := any(&dst[0]).(type) {
		case *float64:
			mulElem64AVX512(d, any(&x[0]).(*float64), any(&y[0]).(*float64), len(dst))
		case *float32:
			mulElem32AVX512(d, any(&x[0]).(*float32), any(&y[0]).(*float32), len(dst))
		}
		return
	}
	n := len(dst) &^ (32/int(unsafe.Sizeof(x[0])) - 1)
	if useAVX2 && n > 0 {
		switch d := any(&dst[0]).(type) {
		case *float64:
			mulElem64AVX2(d, any(&x[0]).(*float64), any(&y[0]).(*float64), n)
		case *float32:
			mulElem32AVX2(d, any(&x[0]).(*float32), any(&y[0]).(*float32), n)
		}
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	mulElemGeneric(dst, x, y)
}
