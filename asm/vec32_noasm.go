//go:build !amd64 || purego || noasm

package asm

func dotWide(x []float32, y []float64) float64               { return dotWideGeneric(x, y) }
func dot32(x, y []float32) float64                           { return dot32Generic(x, y) }
func axpyWide(dst []float64, alpha float64, x []float32)     { axpyWideGeneric(dst, alpha, x) }
func axpy32(dst []float32, alpha float64, x []float32)       { axpy32Generic(dst, alpha, x) }
func scaleTwice32(dst []float32, alpha float64, x []float32) { scaleTwice32Generic(dst, alpha, x) }
