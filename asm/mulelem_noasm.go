//go:build (!amd64 && !arm64) || purego || noasm

package asm

func mulElem[T Float](dst, x, y []T) { mulElemGeneric(dst, x, y) }
