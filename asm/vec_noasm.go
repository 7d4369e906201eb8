//go:build (!amd64 && !arm64) || purego || noasm

package asm

func dot(x, y []float64) float64                      { return dotGeneric(x, y) }
func axpy(dst []float64, alpha float64, x []float64)  { axpyGeneric(dst, alpha, x) }
func scale(dst []float64, alpha float64, x []float64) { scaleGeneric(dst, alpha, x) }
