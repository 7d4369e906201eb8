//go:build amd64 && !purego && !noasm

package asm

func fwhtBlock[T Float](x []T, n int) { fwhtBlockGeneric(x, n) }

func fwhtPass[T Float](dst, src []T, run, count, r int, p fwhtStrides) {
	fwhtPassGeneric(dst, src, run, count, r, p)
}

func flipSigns(dst, src []float64, signs []uint64) { flipSignsGeneric(dst, src, signs) }
