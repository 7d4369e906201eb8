//go:build (!amd64 && !arm64) || purego || noasm

package asm

func paley[T Float](x []T, m, run, count, row, step int) {
	paleyGeneric(x, m, run, count, row, step)
}

func paleyWhole[T Float]([]T, int, int, int, int) bool { return false }
