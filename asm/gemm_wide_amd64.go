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
