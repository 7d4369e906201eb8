//go:build arm64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func mulElem64NEON(dst, x, y *float64, n int)

//go:noescape
func mulElem32NEON(dst, x, y *float32, n int)

func mulElem[T Float](dst, x, y []T) {
	if n := len(dst) &^ (16/int(unsafe.Sizeof(x[0])) - 1); n > 0 {
		switch d := any(&dst[0]).(type) {
		case *float64:
			mulElem64NEON(d, any(&x[0]).(*float64), any(&y[0]).(*float64), n)
		case *float32:
			mulElem32NEON(d, any(&x[0]).(*float32), any(&y[0]).(*float32), n)
		}
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	mulElemGeneric(dst, x, y)
}
