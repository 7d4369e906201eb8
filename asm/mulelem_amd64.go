//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func mulRows64AVX2(dst, x, y *float64, n, rows, stride int)

//go:noescape
func mulRows32AVX2(dst, x, y *float32, n, rows, stride int)

//go:noescape
func mulRows64AVX512(dst, x, y *float64, n, rows, stride int)

//go:noescape
func mulRows32AVX512(dst, x, y *float32, n, rows, stride int)

// mulRows is for rows of one element or more, at least one.
func mulRows[T Float](dst, x, y []T, rows, stride int) {
	if useAVX512 {
		switch d := any(&dst[0]).(type) {
		case *float64:
			mulRows64AVX512(d, any(&x[0]).(*float64), any(&y[0]).(*float64), len(y), rows, stride)
		case *float32:
			mulRows32AVX512(d, any(&x[0]).(*float32), any(&y[0]).(*float32), len(y), rows, stride)
		}
		return
	}
	n := len(y) &^ (32/int(unsafe.Sizeof(x[0])) - 1)
	if useAVX2 && n > 0 {
		switch d := any(&dst[0]).(type) {
		case *float64:
			mulRows64AVX2(d, any(&x[0]).(*float64), any(&y[0]).(*float64), n, rows, stride)
		case *float32:
			mulRows32AVX2(d, any(&x[0]).(*float32), any(&y[0]).(*float32), n, rows, stride)
		}
		if n == len(y) {
			return
		}
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	mulRowsGeneric(dst, x, y, rows, stride)
}
