package solver

import (
	"math"
	"unsafe"

	"github.com/nearlinear/nearlinear/asm"
)

// kernels are the functions of package asm for one type. Products of vectors are
// summed in float64 for either, and scalars are float64.
type kernels[T float32 | float64] struct {
	cols               int // of a packed panel
	packCols, packRows func(dst, b []T, ldb, k, n int, alpha T)
	mul, mulAdd        func(c []T, ldc int, a []T, rs, cs int, bp []T, m, n, k int)
	transpose          func(dst []T, ldd int, src []T, lds, rows, cols int)

	dot         func(x, y []T) float64
	axpy, scale func(dst []T, alpha float64, x []T)
	nrm2        func(x []T) float64

	// Rows times the inverse of a packed triangle; inv is that of its diagonal.
	triangleLen  func(w int) int
	packTriangle func(dst, l []T, ldl, q int)
	solveRows    func(x []T, ldx, m int, tri []T, inv []float64, w int, scratch []T)
	scratch      int // of solveRows for blocks of 96

	// With vectors of float64 whatever T.
	dotVec  func(x []T, y []float64) float64
	axpyVec func(dst []float64, alpha float64, x []T)
}

var kernels32 = kernels[float32]{
	asm.TileCols32, asm.PackCols32, asm.PackRows32, asm.Mul32, asm.MulAdd32, asm.Transpose32,
	asm.Dot32, asm.Axpy32, asm.Scale32, nrm32,
	asm.TriangleLen32, asm.PackTriangle32, solveRows32, asm.SolveScratch32(),
	asm.DotWide, asm.AxpyWide,
}

var kernels64 = kernels[float64]{
	asm.TileCols, asm.PackCols, asm.PackRows, asm.Mul, asm.MulAdd, asm.Transpose,
	asm.Dot, asm.Axpy, asm.Scale, asm.Nrm2,
	asm.TriangleLen, asm.PackTriangle, asm.SolveRows, asm.SolveScratch(cholBlock),
	asm.Dot, asm.Axpy,
}

// nrm32 needs no scaling: squares of float32 lie within float64.
func nrm32(x []float32) float64 { return math.Sqrt(asm.Dot32(x, x)) }

func solveRows32(x []float32, ldx, m int, tri []float32, _ []float64, w int, scratch []float32) {
	asm.SolveRows32(x, ldx, m, tri, w, scratch)
}

// kernelsOf returns the kernels of T.
func kernelsOf[T float32 | float64]() *kernels[T] {
	var k any = &kernels64
	if isFloat32[T]() {
		k = &kernels32
	}
	return k.(*kernels[T])
}

// isFloat32 reports whether T is float32.
func isFloat32[T Float]() bool { return unsafe.Sizeof(*new(T)) == 4 }

// convert sets dst = src, rounded to V.
func convert[V, T Float](dst []V, src []T) {
	for i, v := range src {
		dst[i] = V(v)
	}
}
