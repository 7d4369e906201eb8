//go:build arm64 && !purego && !noasm

package asm

import (
	"math/bits"
	"unsafe"
)

//go:noescape
func fwhtFirst64NEON(x *float64, n, first int)

//go:noescape
func fwhtFirst32NEON(x *float32, n, first int)

//go:noescape
func fwhtPass64NEON(x *float64, run, count, r, row, step int)

//go:noescape
func fwhtPass32NEON(x *float32, run, count, r, row, step int)

func fwhtBlock[T Float](x []T, n int) {
	vector := 16 / int(unsafe.Sizeof(x[0]))
	if n < vector {
		fwhtBlockGeneric(x, n)
		return
	}
	stages := bits.Len(uint(n/vector)) - 1
	first, passes := fwhtFirst(stages, 3)
	switch p := any(&x[0]).(type) {
	case *float64:
		fwhtFirst64NEON(p, len(x), first)
	case *float32:
		fwhtFirst32NEON(p, len(x), first)
	}
	for h := vector << first; passes > 0; passes-- {
		fwhtPass(x, h, len(x)/h>>3, 3, h, h<<3)
		h <<= 3
	}
}

func fwhtPass[T Float](x []T, run, count, r, row, step int) {
	whole := run &^ (16/int(unsafe.Sizeof(x[0])) - 1) // in vectors
	if whole > 0 {
		switch p := any(&x[0]).(type) {
		case *float64:
			fwhtPass64NEON(p, whole, count, r, row, step)
		case *float32:
			fwhtPass32NEON(p, whole, count, r, row, step)
		}
	}
	if whole < run {
		fwhtPassGeneric(x[whole:], run-whole, count, r, row, step)
	}
}

func fwhtProduct[T Float](dst, x, y []T, n int) {
	mulRows(dst, x, y, 1, len(y))
	fwhtBlock(dst, n)
}
