//go:build (!amd64 && !arm64) || purego || noasm

package asm

func mulRows[T Float](dst, x, y []T, rows, stride int) { mulRowsGeneric(dst, x, y, rows, stride) }
