package asm

import (
	"fmt"
	"math"
)

// solveRows32 is the number of rows of X that SolveRows32 takes at once: two tall
// tiles of AVX-512.
const solveRows32 = 48

// TriangleLen32 returns the number of floats of a packed triangle of order w, a
// multiple of 16: panel q, columns 16q to 16q+15, has 16q+16 rows of 16.
func TriangleLen32(w int) int { return w * (w + TileCols32) / 2 }

// PackTriangle32 packs panel q of a lower triangle l (row stride ldl), its rows 16q
// to 16q+15, into dst, which holds the panels one after the other: what lies left
// of the diagonal block, negated, and the inverse of the block, which is made in
// float64 and rounded. What l holds above its diagonal is not read.
func PackTriangle32(dst, l []float32, ldl, q int) {
	const w = TileCols32
	j := q * w
	panel := dst[TriangleLen32(j):TriangleLen32(j+w)]
	if j > 0 {
		PackRows32(panel, l[j*ldl:], ldl, j, w, -1)
	}
	l, panel = l[j*ldl+j:], panel[j*w:]
	for p := range w {
		var x [w]float64 // column p of the inverse
		for i := p; i < w; i++ {
			var s float64
			if i == p {
				s = 1
			}
			for k := p; k < i; k++ {
				s = math.FMA(-float64(l[i*ldl+k]), x[k], s)
			}
			x[i] = s / float64(l[i*ldl+i])
		}
		for i, v := range x {
			panel[p*w+i] = float32(v)
		}
	}
}

// SolveScratch32 returns the number of floats of scratch for SolveRows32.
func SolveScratch32() int { return solveRows32 * TileCols32 }

// SolveRows32 replaces the m × w matrix x, row-major with row stride ldx, by the
// solution of X·Lᵀ = x for a lower triangle L of order w, a multiple of 16, packed
// by PackTriangle32. Sixteen columns at a time lose those before them, a chain of
// fused multiply-adds that starts from x, p ascending, and are multiplied by the
// inverse of their block, a chain that starts from zero. scratch holds
// SolveScratch32() floats. It panics if a slice is too short.
//
// The rounding of an explicit inverse of blocks of 16 is that of their condition,
// as with substitution (Du Croz and Higham 1992); m·w·(w + 16) flops, all of them
// in matrix products.
func SolveRows32(x []float32, ldx, m int, tri []float32, w int, scratch []float32) {
	const c = TileCols32
	if m <= 0 || w <= 0 {
		return
	}
	if w%c != 0 || ldx < w || !reaches(len(x), m, ldx, w) || len(tri) < TriangleLen32(w) || len(scratch) < SolveScratch32() {
		panic(fmt.Sprintf("asm: SolveRows32 m=%d w=%d ldx=%d with lengths x=%d tri=%d scratch=%d", m, w, ldx, len(x), len(tri), len(scratch)))
	}
	for ; m > 0; m -= solveRows32 {
		rows := min(solveRows32, m)
		for j := 0; j < w; j += c {
			panel := tri[TriangleLen32(j):TriangleLen32(j+c)]
			MulAdd32(x[j:], ldx, x, ldx, 1, panel, rows, c, j)
			for i := range rows {
				row := x[i*ldx+j:][:c]
				copy(scratch[i*c:], row)
				clear(row)
			}
			MulAdd32(x[j:], ldx, scratch, c, 1, panel[j*c:], rows, c, c)
		}
		if m > solveRows32 {
			x = x[solveRows32*ldx:]
		}
	}
}
