//go:build amd64 && !purego && !noasm

package asm

import (
	"math/bits"
	"unsafe"
)

//go:noescape
func fwhtBlock64AVX2(x *float64, n, first, passes int)

//go:noescape
func fwhtBlock32AVX2(x *float32, n, first, passes int)

//go:noescape
func fwhtPass64AVX2(x *float64, run, count, r, row, step int)

//go:noescape
func fwhtPass32AVX2(x *float32, run, count, r, row, step int)

//go:noescape
func fwhtBlock64AVX512(x *float64, n, first, passes int)

//go:noescape
func fwhtBlock32AVX512(x *float32, n, first, passes int)

//go:noescape
func fwhtPass64AVX512(x *float64, run, count, r, row, step int)

//go:noescape
func fwhtPass32AVX512(x *float32, run, count, r, row, step int)

//go:noescape
func fwhtProduct64AVX2(dst, x, y *float64, n, first, passes int)

//go:noescape
func fwhtProduct32AVX2(dst, x, y *float32, n, first, passes int)

//go:noescape
func fwhtProduct64AVX512(dst, x, y *float64, n, first, passes int)

//go:noescape
func fwhtProduct32AVX512(dst, x, y *float32, n, first, passes int)

//go:noescape
func flipSignsAVX2(dst, src *float64, n int, signs *uint64)

//go:noescape
func scale32AVX2(x *float32, n int, alpha float32)

func fwhtBlock[T Float](x []T, n int) {
	vectors := n * int(unsafe.Sizeof(x[0])) / 32 // in a run, of 32 bytes
	switch {
	case useAVX512 && vectors >= 4: // below 16, Zen 4 is a tenth slower than on 256 bits, Zen 5 a third faster
		stages := bits.Len(uint(vectors)) - 2
		first, passes := fwhtFirst(stages, 4)
		switch p := any(&x[0]).(type) {
		case *float64:
			fwhtBlock64AVX512(p, len(x), first, passes)
		case *float32:
			fwhtBlock32AVX512(p, len(x), first, passes)
		}
	case useAVX2 && vectors >= 1:
		stages := bits.Len(uint(vectors)) - 1
		first, passes := fwhtFirst(stages, 3)
		switch p := any(&x[0]).(type) {
		case *float64:
			fwhtBlock64AVX2(p, len(x), first, passes)
		case *float32:
			fwhtBlock32AVX2(p, len(x), first, passes)
		}
	default:
		fwhtBlockGeneric(x, n)
	}
}

func fwhtProduct[T Float](dst, x, y []T, n int) {
	vectors := n * int(unsafe.Sizeof(x[0])) / 32 // in a run, of 32 bytes
	switch {
	case useAVX512 && vectors >= 4:
		first, passes := fwhtFirst(bits.Len(uint(vectors))-2, 4)
		switch p := any(&dst[0]).(type) {
		case *float64:
			fwhtProduct64AVX512(p, any(&x[0]).(*float64), any(&y[0]).(*float64), len(dst), first, passes)
		case *float32:
			fwhtProduct32AVX512(p, any(&x[0]).(*float32), any(&y[0]).(*float32), len(dst), first, passes)
		}
	case useAVX2 && vectors >= 1:
		first, passes := fwhtFirst(bits.Len(uint(vectors))-1, 3)
		switch p := any(&dst[0]).(type) {
		case *float64:
			fwhtProduct64AVX2(p, any(&x[0]).(*float64), any(&y[0]).(*float64), len(dst), first, passes)
		case *float32:
			fwhtProduct32AVX2(p, any(&x[0]).(*float32), any(&y[0]).(*float32), len(dst), first, passes)
		}
	default:
		fwhtProductGeneric(dst, x, y, n)
	}
}

func fwhtPass[T Float](x []T, run, count, r, row, step int) {
	if !useAVX2 {
		fwhtPassGeneric(x, run, count, r, row, step)
		return
	}
	if useAVX512 {
		switch p := any(&x[0]).(type) {
		case *float64:
			fwhtPass64AVX512(p, run, count, r, row, step)
		case *float32:
			fwhtPass32AVX512(p, run, count, r, row, step)
		}
		return
	}
	switch p := any(&x[0]).(type) {
	case *float64:
		fwhtPass64AVX2(p, run, count, r, row, step)
	case *float32:
		fwhtPass32AVX2(p, run, count, r, row, step)
	}
}

func flipSigns(dst, src []float64, signs []uint64) {
	if n := len(src) &^ 63; useAVX2 && n > 0 {
		flipSignsAVX2(&dst[0], &src[0], n, &signs[0])
		dst, src, signs = dst[n:], src[n:], signs[n/64:]
	}
	flipSignsGeneric(dst, src, signs)
}

func scale32(x []float32, alpha float32) {
	if n := len(x) &^ 7; useAVX2 && n > 0 {
		scale32AVX2(&x[0], n, alpha)
		x = x[n:]
	}
	scale32Generic(x, alpha)
}
