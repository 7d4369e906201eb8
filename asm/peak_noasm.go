//go:build (!amd64 && !arm64) || purego || noasm

package asm

func peakFMA(turns int) float64 { return peakFMAGeneric(turns) }
