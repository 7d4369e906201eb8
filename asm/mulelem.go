package asm

import "fmt"

// MulElem sets dst[i] = x[i]·y[i]. The slices must have one length, and dst must be
// x or y or overlap neither; it panics if lengths differ. A load and a store a
// vector beside the load that the product takes along: the store bounds it.
func MulElem[T Float](dst, x, y []T) {
	if len(dst) != len(x) || len(dst) != len(y) {
		panic(fmt.Sprintf("asm: MulElem with lengths dst=%d x=%d y=%d", len(dst), len(x), len(y)))
	}
	MulRows(dst, x, y, 1, len(y))
}

// MulRows is MulElem of each row of x with y into that of dst: row i is the len(y)
// elements from i·stride on, i < rows. stride must be len(y) or more, and dst must be
// x or overlap neither x nor y; it panics if the stride is less or a slice too short.
func MulRows[T Float](dst, x, y []T, rows, stride int) {
	n := len(y)
	if short := min(len(dst), len(x)); rows < 0 || stride < n || rows > 0 && short < n || rows > 1 && n > 0 && (short-n)/stride < rows-1 {
		panic(fmt.Sprintf("asm: MulRows of %d rows of %d with stride %d in lengths dst=%d x=%d", rows, n, stride, len(dst), len(x)))
	}
	const chunk = 1 << 14 // elements of a call, at most
	switch {
	case rows == 0 || n == 0:
	case n > chunk:
		for i := range rows {
			for k := 0; k < n; k += chunk {
				w := min(chunk, n-k)
				mulRows(dst[i*stride+k:][:w], x[i*stride+k:][:w], y[k:k+w], 1, w)
			}
		}
	default:
		for each := min(rows, chunk/n); rows > 0; rows -= each {
			each = min(each, rows)
			mulRows(dst, x, y, each, stride)
			if rows > each {
				dst, x = dst[each*stride:], x[each*stride:]
			}
		}
	}
}
