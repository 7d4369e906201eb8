//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func dotAVX2(x, y []float64) float64

//go:noescape
func axpyAVX2(dst []float64, alpha float64, x []float64)

//go:noescape
func scaleAVX2(dst []float64, alpha float64, x []float64)

func dot(x, y []float64) float64 {
	if useAVX2 {
		return dotAVX2(x, y)
	}
	return dotGeneric(x, y)
}

func axpy(dst []float64, alpha float64, x []float64) {
	if useAVX2 {
		axpyAVX2(dst, alpha, x)
		return
	}
	axpyGeneric(dst, alpha, x)
}

func scale(dst []float64, alpha float64, x []float64) {
	if useAVX2 {
		scaleAVX2(dst, alpha, x)
		return
	}
	scaleGeneric(dst, alpha, x)
}
