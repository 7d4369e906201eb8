//go:build !amd64 || purego || noasm

package asm

func peakFMA(turns int) float64 { return peakFMAGeneric(turns) }
