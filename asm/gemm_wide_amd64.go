//go:build amd64 && !purego && !noasm

package asm

// hasBlock says that mulBlock is worth calling.
func hasBlock() bool { return useAVX512 }

// mulBlock applies blockRows rows of A to n columns, a multiple of 8 and at least
// 16, panel after panel bs floats apart.
func mulBlock(c []float64, ldc int, a []float64, rs, cs int, b []float64, bs, n, k int) {
	last := (blockRows-1)*ldc + n
	_, _, _ = c[last-1], a[(blockRows-1)*rs+(k-1)*cs], b[(n/TileCols-1)*bs+k*TileCols-1]
	below := blockRows * ldc // the first tile of the rows that follow
	if below >= len(c) {
		below = 0
	}
	for j := 0; j < n; {
		if n-j == 2*TileCols || n-j == 4*TileCols {
			next := j + 2*TileCols
			if next >= n {
				next = below
			}
			mulTile16AVX512(&c[j], ldc, &a[0], rs, cs, &b[j/TileCols*bs], bs, k, &c[next])
			j += 2 * TileCols
			continue
		}
		next := j + 3*TileCols
		if next >= n {
			next = below
		}
		mulTile24AVX512(&c[j], ldc, &a[0], rs, cs, &b[j/TileCols*bs], bs, k, &c[next])
		j += 3 * TileCols
	}
}

//go:noescape
func solveRowsAVX512(x *float64, ldx int, tri, inv *float64, panels int, xt *float64)

// solveBlock solves solveRows rows; SolveRows has checked the lengths.
func solveBlock(x []float64, ldx int, tri, inv []float64, w int, xt []float64) {
	solveRowsAVX512(&x[0], ldx, &tri[0], &inv[0], w/TileCols, &xt[0])
}

//go:noescape
func packRowsAVX512(dst, b *float64, ldb, groups int, alpha float64)

// packRows packs the first columns of eight rows of b, and returns how many.
func packRows(dst, b []float64, ldb, k int, alpha float64) int {
	if !useAVX512 || k < 8 || ldb < 0 {
		return 0
	}
	_, _ = dst[k*TileCols-1], b[(TileCols-1)*ldb+k-1]
	for p := 0; p+8 <= k; p += packCall {
		packRowsAVX512(&dst[p*TileCols], &b[p], ldb, min(packCall, k-p)/8, alpha)
	}
	return k &^ 7
}

// packCall bounds the columns of one call of packRowsAVX512: 512 KiB.
const packCall = 8192
