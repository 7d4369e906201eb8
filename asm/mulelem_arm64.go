//go:build arm64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func mulRows64NEON(dst, x, y *float64, n, rows, stride int)

//go:noescape
func mulRows32NEON(dst, x, y *float32, n, rows, stride int)

// mulRows is for rows of one element or more, at least one.
func mulRows[T Float](dst, x, y []T, rows, stride int) {
	if n := len(y) &^ (16/int(unsafe.Sizeof(x[0])) - 1); n > 0 {
		switch d := any(&dst[0]).(type) {
		case *float64:
			mulRows64NEON(d, any(&x[0]).(*float64), any(&y[0]).(*float64), n, rows, stride)
		case *float32:
			mulRows32NEON(d, any(&x[0]).(*float32), any(&y[0]).(*float32), n, rows, stride)
		}
		if n == len(y) {
			return
		}
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	mulRowsGeneric(dst, x, y, rows, stride)
}
