package solver

import "github.com/nearlinear/nearlinear/asm"

// The dense factors keep a lower triangle L row-major with row stride ld, row i
// contiguous up to the diagonal: L itself for Cholesky, Rᵀ for QR.

// rowStride pads a row length to an odd number of cache lines: an even number
// would put the rows of a tile into few sets of the cache.
func rowStride(n int) int {
	lines := (n + 7) / 8
	return 8 * (lines | 1)
}

// solveLower replaces x by L⁻¹·x: one inner product a row, n² flops.
func solveLower(x, l []float64, ld int) { solveLowerRows(x, l, ld, 0, len(x)) }

// solveLowerRows does rows lo … hi of it, those before lo being done.
func solveLowerRows(x, l []float64, ld, lo, hi int) {
	for i := lo; i < hi; i++ {
		row := l[i*ld : i*ld+i+1]
		x[i] = (x[i] - asm.Dot(row[:i], x[:i])) / row[i]
	}
}

// solveLowerTrans replaces x by L⁻ᵀ·x: rows subtracted from last to first.
func solveLowerTrans(x, l []float64, ld int) { solveLowerTransRows(x, l, ld, 0, len(x)) }

// solveLowerTransRows does rows hi … lo of it, those from hi on being done.
func solveLowerTransRows(x, l []float64, ld, lo, hi int) {
	for i := hi - 1; i >= lo; i-- {
		row := l[i*ld : i*ld+i+1]
		t := x[i] / row[i]
		x[i] = t
		asm.Axpy(x[:i], -t, row[:i])
	}
}
