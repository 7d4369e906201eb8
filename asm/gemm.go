package asm

import "fmt"

// TileRows and TileCols are the shape of the tile that one call of the
// matrix-product kernel keeps in registers: six broadcast rows by eight
// columns, twelve accumulators of AVX2 or 24 of NEON. With AVX-512 a tile of one panel of
// columns has wideRows rows, one accumulator each; one of two or three panels
// has blockRows rows.
const (
	TileRows  = 6
	TileCols  = 8
	wideRows  = 24
	blockRows = 8
)

// blockLen is the number of floats of B that mulBlock runs through again and
// again, 512 KiB: half of a second-level cache.
const blockLen = 1 << 16

// tileDepth bounds the inner length of one assembly call: 12 or 24 FMA a step on
// two ports, 4 µs from cache, and below 100 µs where every step of a walk down
// the columns of A misses all caches.
const tileDepth = 1024

// PanelLen returns the number of floats in a packed k × n operand: panels of
// TileCols columns, the last one padded with zeros.
func PanelLen(k, n int) int { return (n + TileCols - 1) / TileCols * TileCols * k }

// PackCols packs the row-major k × n matrix b (row stride ldb) for MulAdd:
// panel j holds columns 8j to 8j+7, dst[j·8k + p·8 + l] = alpha·b[p·ldb + 8j+l],
// columns past n zero. It panics unless dst holds PanelLen(k, n) floats.
func PackCols(dst, b []float64, ldb, k, n int, alpha float64) {
	dst = dst[:PanelLen(k, n):len(dst)]
	for j := 0; j < n; j += TileCols {
		w := min(TileCols, n-j)
		panel := dst[j*k : (j+TileCols)*k]
		if w == TileCols && packCols8(panel, b[j:], ldb, k, alpha) {
			continue
		}
		for p := 0; p < k; p++ {
			row := b[p*ldb+j : p*ldb+j+w]
			out := panel[p*TileCols : (p+1)*TileCols]
			for l, v := range row {
				out[l] = alpha * v
			}
			clear(out[w:])
		}
	}
}

// PackRows packs the transpose of the row-major n × k matrix b (row stride
// ldb): dst[j·8k + p·8 + l] = alpha·b[(8j+l)·ldb + p], rows past n zero. It
// panics unless dst holds PanelLen(k, n) floats.
func PackRows(dst, b []float64, ldb, k, n int, alpha float64) {
	dst = dst[:PanelLen(k, n):len(dst)]
	for j := 0; j < n; j += TileCols {
		w := min(TileCols, n-j)
		panel := dst[j*k : (j+TileCols)*k]
		done := 0
		if w == TileCols {
			done = transpose8(panel, TileCols, b[j*ldb:], ldb, k, alpha)
		}
		for l := 0; l < w; l++ {
			row := b[(j+l)*ldb : (j+l)*ldb+k]
			for p := done; p < k; p++ {
				panel[p*TileCols+l] = alpha * row[p]
			}
		}
		for l := w; l < TileCols; l++ {
			for p := 0; p < k; p++ {
				panel[p*TileCols+l] = 0
			}
		}
	}
}

// Transpose sets dst[j·ldd + i] = src[i·lds + j] for i < rows and j < cols. The
// two must not overlap. It panics if a slice is too short.
func Transpose(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	if ldd < rows || lds < cols || !reaches(len(dst), cols, ldd, rows) || !reaches(len(src), rows, lds, cols) {
		panic(fmt.Sprintf("asm: Transpose rows=%d cols=%d ldd=%d lds=%d with lengths dst=%d src=%d", rows, cols, ldd, lds, len(dst), len(src)))
	}
	for j := 0; j < cols; j += TileCols { // down the rows: dst is written by lines
		w, done := min(TileCols, cols-j), 0
		if w == TileCols {
			done = transposeDown(dst[j*ldd:], ldd, src[j:], lds, rows)
		}
		for i := done; i < rows; i++ {
			for q := j; q < j+w; q++ {
				dst[q*ldd+i] = src[i*lds+q]
			}
		}
	}
}

// MulAdd sets C = C + A·B, where C is m × n row-major with row stride ldc, A
// is m × k with element (i, p) at a[i·rs + p·cs], and bp is B (k × n) packed by
// PackCols or PackRows. Every element is one chain of fused multiply-adds that
// starts from its old value and runs through p in order, so cutting k, m or n
// into several calls changes no bit. C must not overlap A or bp. It panics if a
// slice is too short.
//
// 2·m·n·k flops. The FMA ports bound it: a step of the 6 × 8 tile is 12 FMA and
// 8 loads, with NEON 24 and 10, of the 8 × 24 and 8 × 16 tiles of AVX-512 24 FMA and 11 loads, and 16
// and 10. Widths that are multiples of 8, and with AVX-512 m a multiple of 8, are
// the fastest; k from 64 to 1024 hides the traffic of C.
func MulAdd(c []float64, ldc int, a []float64, rs, cs int, bp []float64, m, n, k int) {
	if m <= 0 || n <= 0 || k <= 0 {
		return
	}
	if ldc < n || !reaches(len(c), m, ldc, n) || !reaches(len(a), m, rs, 1) || !reaches(len(a)-(m-1)*rs, k, cs, 1) || len(bp)/k < PanelLen(1, n) {
		panic(fmt.Sprintf("asm: MulAdd m=%d n=%d k=%d ldc=%d rs=%d cs=%d with lengths c=%d a=%d b=%d", m, n, k, ldc, rs, cs, len(c), len(a), len(bp)))
	}
	if !hasBlock() || m < blockRows || n < 2*TileCols {
		mulPanels(c, ldc, a, rs, cs, bp, m, n, k)
		return
	}
	rows, cols := m-m%blockRows, n-n%TileCols
	width := max(blockLen/k/(3*TileCols), 1) * 3 * TileCols
	for j := 0; j < cols; {
		w := cols - j
		if w > width+TileCols { // never leave a single panel
			w = width
		}
		for p := 0; p < k; p += tileDepth {
			for i := 0; i < rows; i += blockRows {
				mulBlock(c[i*ldc+j:], ldc, a[i*rs+p*cs:], rs, cs, bp[j*k+p*TileCols:], k*TileCols, w, min(tileDepth, k-p))
			}
		}
		j += w
	}
	if rows < m {
		mulPanels(c[rows*ldc:], ldc, a[rows*rs:], rs, cs, bp, m-rows, n, k)
	}
	if cols < n {
		mulPanels(c[cols:], ldc, a, rs, cs, bp[cols*k:], rows, n-cols, k)
	}
}

// mulPanels is MulAdd a panel of eight columns at a time.
func mulPanels(c []float64, ldc int, a []float64, rs, cs int, bp []float64, m, n, k int) {
	for j := 0; j < n; j += TileCols {
		panel := bp[j*k : (j+TileCols)*k]
		if n-j >= TileCols {
			for i, rows := 0, 0; i < m; i += rows {
				rows = tileRows(m - i)
				tile(c[i*ldc+j:], ldc, a[i*rs:], rs, cs, panel, rows, k)
			}
			continue
		}
		// The last, narrow panel goes through a full tile of its own.
		var edge [wideRows * TileCols]float64
		for i, rows := 0, 0; i < m; i += rows {
			rows = tileRows(m - i)
			for r := 0; r < rows; r++ {
				copy(edge[r*TileCols:], c[(i+r)*ldc+j:(i+r)*ldc+n])
			}
			tile(edge[:], TileCols, a[i*rs:], rs, cs, panel, rows, k)
			for r := 0; r < rows; r++ {
				copy(c[(i+r)*ldc+j:(i+r)*ldc+n], edge[r*TileCols:])
			}
		}
	}
}

// reaches reports whether rows of the given width, stride apart, lie within n
// elements; it does not overflow.
func reaches(n, rows, stride, width int) bool {
	return stride >= 0 && n >= width && (rows <= 1 || stride <= (n-width)/(rows-1))
}

// tile applies one register tile, cutting k so that no call runs long.
func tile(c []float64, ldc int, a []float64, rs, cs int, b []float64, rows, k int) {
	for k > tileDepth {
		mulTile(&c[0], ldc, &a[0], rs, cs, &b[0], rows, tileDepth)
		a, b, k = a[tileDepth*cs:], b[tileDepth*TileCols:], k-tileDepth
	}
	mulTile(&c[0], ldc, &a[0], rs, cs, &b[0], rows, k)
}
