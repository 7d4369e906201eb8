//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func dotWideAVX2(x []float32, y []float64) float64

//go:noescape
func dot32AVX2(x, y []float32) float64

//go:noescape
func axpyWideAVX2(dst []float64, alpha float64, x []float32)

//go:noescape
func axpy32AVX2(dst []float32, alpha float64, x []float32)

//go:noescape
func scaleTwice32AVX2(dst []float32, alpha float64, x []float32)

func dotWide(x []float32, y []float64) float64 {
	if useAVX2 {
		return dotWideAVX2(x, y)
	}
	return dotWideGeneric(x, y)
}

func dot32(x, y []float32) float64 {
	if useAVX2 {
		return dot32AVX2(x, y)
	}
	return dot32Generic(x, y)
}

func axpyWide(dst []float64, alpha float64, x []float32) {
	if useAVX2 {
		axpyWideAVX2(dst, alpha, x)
		return
	}
	axpyWideGeneric(dst, alpha, x)
}

func axpy32(dst []float32, alpha float64, x []float32) {
	if useAVX2 {
		axpy32AVX2(dst, alpha, x)
		return
	}
	axpy32Generic(dst, alpha, x)
}

func scaleTwice32(dst []float32, alpha float64, x []float32) {
	if useAVX2 {
		scaleTwice32AVX2(dst, alpha, x)
		return
	}
	scaleTwice32Generic(dst, alpha, x)
}
