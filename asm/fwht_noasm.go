//go:build (!amd64 && !arm64) || purego || noasm

package asm

func fwhtBlock[T Float](x []T, n int) { fwhtBlockGeneric(x, n) }

func fwhtPass[T Float](x []T, run, count, r, row, step int) {
	fwhtPassGeneric(x, run, count, r, row, step)
}

func fwhtProduct[T Float](dst, x, y []T, n int) { fwhtProductGeneric(dst, x, y, n) }
