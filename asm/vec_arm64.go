//go:build arm64 && !purego && !noasm

package asm

//go:noescape
func dotNEON(x, y []float64) float64

//go:noescape
func axpyNEON(dst []float64, alpha float64, x []float64)

//go:noescape
func scaleNEON(dst []float64, alpha float64, x []float64)

func dot(x, y []float64) float64                      { return dotNEON(x, y) }
func axpy(dst []float64, alpha float64, x []float64)  { axpyNEON(dst, alpha, x) }
func scale(dst []float64, alpha float64, x []float64) { scaleNEON(dst, alpha, x) }
