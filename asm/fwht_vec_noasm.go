//go:build (!amd64 && !arm64) || purego || noasm

package asm

func flipSigns(dst, src []float64, signs []uint64) { flipSignsGeneric(dst, src, signs) }

func scale32(x []float32, alpha float32) { scale32Generic(x, alpha) }
