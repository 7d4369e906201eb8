//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

// hasBlock says that mulBlock is worth calling.
func hasBlock() bool { return useAVX512 }

// zeros is a tile's row of a C of zeros.
var zeros [3 * 64]byte

// mulBlock applies blockRows rows of A to n columns, whole panels and at least
// two, which lie bs floats apart, and adds to c unless it is fresh.
func mulBlock[T Float](c []T, ldc int, a []T, rs, cs int, b []T, bs, n, k int, fresh bool) {
	width := panelCols[T]()
	last := (blockRows-1)*ldc + n
	_, _, _ = c[last-1], a[(blockRows-1)*rs+(k-1)*cs], b[(n/width-1)*bs+k*width-1]
	below := blockRows * ldc // the first tile of the rows that follow
	if below >= len(c) {
		below = 0
	}
	for j := 0; j < n; {
		panels := 3
		if n-j == 2*width || n-j == 4*width {
			panels = 2
		}
		next := j + panels*width
		if next >= n {
			next = below
		}
		from, ldf := &c[j], ldc
		if fresh {
			from, ldf = (*T)(unsafe.Pointer(&zeros)), 0
		}
		if width == TileCols {
			from := (*float64)(unsafe.Pointer(from))
			c, a, b := to[float64](c), to[float64](a), to[float64](b)
			if panels == 3 {
				mulTile24AVX512(&c[j], ldc, &a[0], rs, cs, &b[j/width*bs], bs, k, &c[next], from, ldf)
			} else {
				mulTile16AVX512(&c[j], ldc, &a[0], rs, cs, &b[j/width*bs], bs, k, &c[next], from, ldf)
			}
		} else {
			from := (*float32)(unsafe.Pointer(from))
			c, a, b := to[float32](c), to[float32](a), to[float32](b)
			if panels == 3 {
				mulTile32x48AVX512(&c[j], ldc, &a[0], rs, cs, &b[j/width*bs], bs, k, &c[next], from, ldf)
			} else {
				mulTile32x32AVX512(&c[j], ldc, &a[0], rs, cs, &b[j/width*bs], bs, k, &c[next], from, ldf)
			}
		}
		j += panels * width
	}
}

//go:noescape
func solveRowsAVX512(x *float64, ldx int, tri, inv *float64, panels int, xt *float64)

// solveBlock solves solveRows rows; SolveRows has checked the lengths.
func solveBlock(x []float64, ldx int, tri, inv []float64, w int, xt []float64) {
	solveRowsAVX512(&x[0], ldx, &tri[0], &inv[0], w/TileCols, &xt[0])
}

//go:noescape
func transposeAVX512(dst *float64, ldd, dstep int, b *float64, ldb, bstep, squares int, alpha float64)

//go:noescape
func transposeAVX2(dst *float64, ldd, dstep int, b *float64, ldb, bstep, squares int, alpha float64)

func transposeSquares(dst *float64, ldd, dstep int, b *float64, ldb, bstep, squares int, alpha float64) {
	if useAVX512 {
		transposeAVX512(dst, ldd, dstep, b, ldb, bstep, squares, alpha)
		return
	}
	transposeAVX2(dst, ldd, dstep, b, ldb, bstep, squares, alpha)
}

//go:noescape
func packColsAVX512(dst, b *float64, ldb, k int, alpha float64)

// packCall bounds the columns of one call: 512 KiB.
const packCall = 8192

// transpose8 sets dst[p·ldd + l] = alpha·b[l·ldb + p] for l < 8 and the first
// columns p of k, and returns how many.
func transpose8(dst []float64, ldd int, b []float64, ldb, k int, alpha float64) int {
	if !useAVX2 || k < 8 || ldb < 0 || ldd < 8 {
		return 0
	}
	k &^= 7
	_, _ = dst[(k-1)*ldd+7], b[7*ldb+k-1]
	for p := 0; p < k; p += packCall {
		transposeSquares(&dst[p*ldd], ldd, 8*ldd, &b[p], ldb, 8, min(packCall, k-p)/8, alpha)
	}
	return k
}

// transposeDown sets dst[l·ldd + i] = src[i·lds + l] for l < 8 and the first rows i
// of so many, and returns how many.
func transposeDown(dst []float64, ldd int, src []float64, lds, rows int) int {
	if !useAVX2 || rows < 8 {
		return 0
	}
	rows &^= 7
	_, _ = dst[7*ldd+rows-1], src[(rows-1)*lds+7]
	for i := 0; i < rows; i += downCall {
		transposeSquares(&dst[i], ldd, 8, &src[i*lds], lds, 8*lds, min(downCall, rows-i)/8, 1)
	}
	return rows
}

// downCall bounds the rows of one call, each in another page of memory.
const downCall = 256

// packCols8 packs eight columns of at most packDeep rows of b and reports whether it
// did.
func packCols8(dst, b []float64, ldb, k int, alpha float64) bool {
	if !useAVX512 || k < 1 || ldb < 0 {
		return false
	}
	_, _ = dst[k*8-1], b[(k-1)*ldb+7]
	packColsAVX512(&dst[0], &b[0], ldb, k, alpha)
	return true
}
