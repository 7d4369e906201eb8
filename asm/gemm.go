package asm

import (
	"fmt"
	"unsafe"
)

// TileRows and TileCols are the shape of the tile that one call of the
// matrix-product kernel keeps in registers: six broadcast rows by a panel of
// eight columns, of sixteen in float32, twelve AVX2 accumulators. With AVX-512 a
// tile of one panel has wideRows rows, one accumulator each; one of two or three
// panels has blockRows rows.
const (
	TileRows   = 6
	TileCols   = 8
	TileCols32 = 16
	wideRows   = 24
	blockRows  = 8
)

// blockBytes is how much of B mulBlock runs through again and again: half of a
// second-level cache.
const blockBytes = 1 << 19

// tileDepth bounds the inner length of one assembly call: 12 or 24 FMA a step on
// two ports, 4 µs from cache, and below 100 µs where every step of a walk down
// the columns of A misses all caches.
const tileDepth = 1024

// packDeep is how many rows PackCols goes through panel by panel: where rows lie
// in pages of their own, each page is read to its end while it is at hand.
const packDeep = 32

// panelCols is the number of columns of a packed panel: 64 bytes.
func panelCols[T Float]() int { return 64 / int(unsafe.Sizeof(*new(T))) }

// The exported functions are not inlined: in other packages the compiler takes
// the operands of an instance for escaping, and moves arrays to the heap.

// to views a slice of T as one of U, which is the same type.
func to[U, T Float](x []T) []U {
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// PanelLen returns the number of floats in a packed k × n operand: panels of
// TileCols columns, the last one padded with zeros.
func PanelLen(k, n int) int { return panelLen[float64](k, n) }

// PanelLen32 is PanelLen for float32, with panels of TileCols32 columns.
func PanelLen32(k, n int) int { return panelLen[float32](k, n) }

func panelLen[T Float](k, n int) int { c := panelCols[T](); return (n + c - 1) / c * c * k }

// PackCols packs the row-major k × n matrix b (row stride ldb) for MulAdd:
// panel j holds columns 8j to 8j+7, dst[j·8k + p·8 + l] = alpha·b[p·ldb + 8j+l],
// columns past n zero. It panics unless dst holds PanelLen(k, n) floats and b
// the matrix.
//
//go:noinline
func PackCols(dst, b []float64, ldb, k, n int, alpha float64) { packCols(dst, b, ldb, k, n, alpha) }

// PackCols32 is PackCols for MulAdd32, with panels of 16 columns.
//
//go:noinline
func PackCols32(dst, b []float32, ldb, k, n int, alpha float32) { packCols(dst, b, ldb, k, n, alpha) }

func packCols[T Float](dst, b []T, ldb, k, n int, alpha T) {
	cols := panelCols[T]()
	checkPack("PackCols", len(dst), panelLen[T](k, n), len(b), ldb, k, n)
	for p0 := 0; p0 < k; p0 += packDeep {
		p1 := min(p0+packDeep, k)
		for j := 0; j < n; j += cols {
			w := min(cols, n-j)
			panel := dst[j*k:][p0*cols : p1*cols]
			if cols == TileCols && w == TileCols && packCols8(to[float64](panel), to[float64](b[p0*ldb+j:]), ldb, p1-p0, float64(alpha)) {
				continue
			}
			for p := p0; p < p1; p++ {
				row := b[p*ldb+j : p*ldb+j+w]
				out := panel[(p-p0)*cols : (p-p0+1)*cols]
				for l, v := range row {
					out[l] = alpha * v
				}
				clear(out[w:])
			}
		}
	}
}

// checkPack panics unless dst has the packed length and b rows × cols elements.
func checkPack(name string, dst, packed, b, ldb, rows, cols int) {
	if dst < packed || rows > 0 && cols > 0 && !reaches(b, rows, ldb, cols) {
		panic(fmt.Sprintf("asm: %s of %d × %d, ldb=%d with lengths dst=%d b=%d", name, rows, cols, ldb, dst, b))
	}
}

// PackRows packs the transpose of the row-major n × k matrix b (row stride
// ldb): dst[j·8k + p·8 + l] = alpha·b[(8j+l)·ldb + p], rows past n zero. It
// panics unless dst holds PanelLen(k, n) floats and b the matrix.
//
//go:noinline
func PackRows(dst, b []float64, ldb, k, n int, alpha float64) { packRows(dst, b, ldb, k, n, alpha) }

// PackRows32 is PackRows for MulAdd32, with panels of 16 rows of b.
//
//go:noinline
func PackRows32(dst, b []float32, ldb, k, n int, alpha float32) { packRows(dst, b, ldb, k, n, alpha) }

func packRows[T Float](dst, b []T, ldb, k, n int, alpha T) {
	cols := panelCols[T]()
	checkPack("PackRows", len(dst), panelLen[T](k, n), len(b), ldb, n, k)
	for j := 0; j < n; j += cols {
		w := min(cols, n-j)
		panel := dst[j*k : (j+cols)*k]
		done := 0
		if cols == TileCols && w == TileCols {
			done = transpose8(to[float64](panel), TileCols, to[float64](b[j*ldb:]), ldb, k, float64(alpha))
		}
		for l := 0; l < w; l++ {
			row := b[(j+l)*ldb : (j+l)*ldb+k]
			for p := done; p < k; p++ {
				panel[p*cols+l] = alpha * row[p]
			}
		}
		for l := w; l < cols; l++ {
			for p := 0; p < k; p++ {
				panel[p*cols+l] = 0
			}
		}
	}
}

// Transpose sets dst[j·ldd + i] = src[i·lds + j] for i < rows and j < cols. No
// element may belong to both. It panics if a slice is too short.
//
//go:noinline
func Transpose(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	transpose(dst, ldd, src, lds, rows, cols)
}

// Transpose32 is Transpose for float32.
//
//go:noinline
func Transpose32(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	transpose(dst, ldd, src, lds, rows, cols)
}

func transpose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	if ldd < rows || lds < cols || !reaches(len(dst), cols, ldd, rows) || !reaches(len(src), rows, lds, cols) {
		panic(fmt.Sprintf("asm: Transpose rows=%d cols=%d ldd=%d lds=%d with lengths dst=%d src=%d", rows, cols, ldd, lds, len(dst), len(src)))
	}
	const strip = 8
	for j := 0; j < cols; j += strip { // down the rows: dst is written by lines
		w, done := min(strip, cols-j), 0
		if panelCols[T]() == TileCols && w == strip {
			done = transposeDown(to[float64](dst[j*ldd:]), ldd, to[float64](src[j:]), lds, rows)
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
// 8 loads, with NEON 24 and 10, of the 8 × 24 and 8 × 16 tiles of AVX-512 24 and
// 11, 16 and 10. Widths that are multiples of 8 and, with AVX-512, m a multiple of
// 8 are the fastest; k from 64 to 1024 hides the traffic of C.
//
//go:noinline
func MulAdd(c []float64, ldc int, a []float64, rs, cs int, bp []float64, m, n, k int) {
	mul(c, ldc, a, rs, cs, bp, m, n, k, false)
}

// MulAdd32 is MulAdd for float32, each step rounded once to that precision, and
// panels of 16 columns.
//
//go:noinline
func MulAdd32(c []float32, ldc int, a []float32, rs, cs int, bp []float32, m, n, k int) {
	mul(c, ldc, a, rs, cs, bp, m, n, k, false)
}

// Mul sets C = A·B: what MulAdd makes of a C of zeros, but C is not read. The
// rest is as there.
//
//go:noinline
func Mul(c []float64, ldc int, a []float64, rs, cs int, bp []float64, m, n, k int) {
	mul(c, ldc, a, rs, cs, bp, m, n, k, true)
}

// Mul32 is Mul for float32, and to MulAdd32 what Mul is to MulAdd.
//
//go:noinline
func Mul32(c []float32, ldc int, a []float32, rs, cs int, bp []float32, m, n, k int) {
	mul(c, ldc, a, rs, cs, bp, m, n, k, true)
}

// mul is MulAdd, or, where fresh, Mul.
func mul[T Float](c []T, ldc int, a []T, rs, cs int, bp []T, m, n, k int, fresh bool) {
	if m <= 0 || n <= 0 || k <= 0 && !fresh {
		return
	}
	k = max(k, 0)
	if ldc < n || !reaches(len(c), m, ldc, n) || k > 0 && (!reaches(len(a), m, rs, 1) || !reaches(len(a)-(m-1)*rs, k, cs, 1) || len(bp)/k < panelLen[T](1, n)) {
		name := "MulAdd"
		if fresh {
			name = "Mul"
		}
		panic(fmt.Sprintf("asm: %s m=%d n=%d k=%d ldc=%d rs=%d cs=%d with lengths c=%d a=%d b=%d", name, m, n, k, ldc, rs, cs, len(c), len(a), len(bp)))
	}
	width := panelCols[T]()
	if !hasBlock() || m < blockRows || n < 2*width || k == 0 {
		mulPanels(c, ldc, a, rs, cs, bp, m, n, k, fresh)
		return
	}
	rows, cols := m-m%blockRows, n-n%width
	group := max(blockBytes/64/k/3, 1) * 3 * width
	for j := 0; j < cols; {
		w := cols - j
		if w > group+width { // never leave a single panel
			w = group
		}
		for p := 0; p < k; p += tileDepth {
			for i := 0; i < rows; i += blockRows {
				mulBlock(c[i*ldc+j:], ldc, a[i*rs+p*cs:], rs, cs, bp[j*k+p*width:], k*width, w, min(tileDepth, k-p), fresh && p == 0)
			}
		}
		j += w
	}
	if rows < m {
		mulPanels(c[rows*ldc:], ldc, a[rows*rs:], rs, cs, bp, m-rows, n, k, fresh)
	}
	if cols < n {
		mulPanels(c[cols:], ldc, a, rs, cs, bp[cols*k:], rows, n-cols, k, fresh)
	}
}

// mulPanels is mul a panel of columns at a time, of a C that is set to zero first
// where it is fresh.
func mulPanels[T Float](c []T, ldc int, a []T, rs, cs int, bp []T, m, n, k int, fresh bool) {
	if fresh {
		for i := range m {
			clear(c[i*ldc:][:n])
		}
	}
	width := panelCols[T]()
	for j := 0; j < n && k > 0; j += width {
		panel := bp[j*k : (j+width)*k]
		if n-j >= width {
			for i, rows := 0, 0; i < m; i += rows {
				rows = tileRows(m - i)
				tile(c[i*ldc+j:], ldc, a[i*rs:], rs, cs, panel, rows, k)
			}
			continue
		}
		// The last, narrow panel goes through a full tile of its own.
		var edge [wideRows * TileCols32]T
		for i, rows := 0, 0; i < m; i += rows {
			rows = tileRows(m - i)
			for r := 0; r < rows; r++ {
				copy(edge[r*width:], c[(i+r)*ldc+j:(i+r)*ldc+n])
			}
			tile(edge[:], width, a[i*rs:], rs, cs, panel, rows, k)
			for r := 0; r < rows; r++ {
				copy(c[(i+r)*ldc+j:(i+r)*ldc+n], edge[r*width:])
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
func tile[T Float](c []T, ldc int, a []T, rs, cs int, b []T, rows, k int) {
	for p := 0; p < k; p += tileDepth {
		depth, ap, bp := min(tileDepth, k-p), a[p*cs:], b[p*panelCols[T]():]
		if panelCols[T]() == TileCols {
			mulTile(&to[float64](c)[0], ldc, &to[float64](ap)[0], rs, cs, &to[float64](bp)[0], rows, depth)
		} else {
			mulTile32(&to[float32](c)[0], ldc, &to[float32](ap)[0], rs, cs, &to[float32](bp)[0], rows, depth)
		}
	}
}
