package asm

import "fmt"

// solveRows is the number of rows of X that one call of the kernel of SolveRows
// takes.
const solveRows = 16

// solveDepth bounds the order of the triangle in one call of assembly: 16 rows
// of 256 columns are a million flops, 10 µs.
const solveDepth = 256

// TriangleLen returns the number of floats of a packed triangle of order w, a
// multiple of 8: panel q, columns 8q to 8q+7, has 8q+8 rows of 8.
func TriangleLen(w int) int { return w * (w + TileCols) / 2 }

// PackTriangle packs panel q of a lower triangle l (row stride ldl), that is its
// rows 8q to 8q+7, negated, into dst, which holds the panels one after the other.
// What l holds above its diagonal in these rows is carried along, not used.
func PackTriangle(dst, l []float64, ldl, q int) {
	PackRows(dst[TriangleLen(q*TileCols):TriangleLen((q+1)*TileCols)], l[q*TileCols*ldl:], ldl, (q+1)*TileCols, TileCols, -1)
}

// SolveScratch returns the number of floats of scratch for SolveRows.
func SolveScratch(w int) int { return 2 * solveRows * w }

// SolveRows replaces the m × w matrix x, row-major with row stride ldx, by the
// solution of X·Lᵀ = x for a lower triangle L of order w, a multiple of 8 up to
// 256: for each row, j ascending,
//
//	X_j = (x_j − Σ X_p·L_jp)·inv_j,   p = 0 … j-1
//
// a chain of fused multiply-adds that starts from x_j, p ascending, and a
// product. tri is L packed by PackTriangle, inv holds the inverses of its
// diagonal, scratch SolveScratch(w) floats. It panics if a slice is too short.
//
// m·w² flops, at the bound of the FMA ports but for the triangles of order 8.
func SolveRows(x []float64, ldx, m int, tri, inv []float64, w int, scratch []float64) {
	if m <= 0 || w <= 0 {
		return
	}
	if w%TileCols != 0 || w > solveDepth || ldx < w || !reaches(len(x), m, ldx, w) || len(tri) < TriangleLen(w) || len(inv) < w || len(scratch) < SolveScratch(w) {
		panic(fmt.Sprintf("asm: SolveRows m=%d w=%d ldx=%d with lengths x=%d tri=%d inv=%d scratch=%d", m, w, ldx, len(x), len(tri), len(inv), len(scratch)))
	}
	if !hasBlock() {
		solveRowsGeneric(x, ldx, m, tri, inv, w)
		return
	}
	xt, edge := scratch[:solveRows*w], scratch[solveRows*w:SolveScratch(w)]
	i := 0
	for ; i+solveRows <= m; i += solveRows {
		solveBlock(x[i*ldx:], ldx, tri, inv, w, xt)
	}
	if i == m {
		return
	}
	clear(edge)
	for r := i; r < m; r++ {
		copy(edge[(r-i)*w:], x[r*ldx:r*ldx+w])
	}
	solveBlock(edge, w, tri, inv, w, xt)
	for r := i; r < m; r++ {
		copy(x[r*ldx:r*ldx+w], edge[(r-i)*w:])
	}
}
