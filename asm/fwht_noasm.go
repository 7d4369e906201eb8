//go:build !amd64 || purego || noasm

package asm

func fwhtBlock[T Float](x []T, n int) { fwhtBlockGeneric(x, n) }

func fwhtPass[T Float](x []T, run, count, r, row, step int) {
	fwhtPassGeneric(x, run, count, r, row, step)
}

func flipSigns(dst, src []float64, signs []uint64) { flipSignsGeneric(dst, src, signs) }

func scale32(x []float32, alpha float32) { scale32Generic(x, alpha) }
