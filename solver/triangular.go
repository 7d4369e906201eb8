package solver

// The dense factors keep a lower triangle L row-major with row stride ld, row i
// contiguous up to the diagonal: L itself for Cholesky, Rᵀ for QR.

// rowStride pads a row length to an odd number of cache lines: an even number
// would put the rows of a tile into few sets of the cache.
func rowStride[T Float](n int) int {
	line := 8
	if isFloat32[T]() {
		line = 16
	}
	return line * (ceil(n, line) | 1)
}

// solveLower replaces x by L⁻¹·x: one inner product a row, n² flops. dot is that of
// a row and a vector.
func solveLower[T, V float32 | float64](x []V, l []T, ld int, dot func([]T, []V) float64) {
	solveLowerRows(x, l, ld, 0, len(x), dot)
}

// solveLowerRows does rows lo … hi of it, those before lo being done.
func solveLowerRows[T, V float32 | float64](x []V, l []T, ld, lo, hi int, dot func([]T, []V) float64) {
	for i := lo; i < hi; i++ {
		row := l[i*ld : i*ld+i+1]
		x[i] = V((float64(x[i]) - dot(row[:i], x[:i])) / float64(row[i]))
	}
}

// solveLowerTrans replaces x by L⁻ᵀ·x: rows subtracted from last to first by axpy.
func solveLowerTrans[T, V float32 | float64](x []V, l []T, ld int, axpy func([]V, float64, []T)) {
	solveLowerTransRows(x, l, ld, 0, len(x), axpy)
}

// solveLowerTransRows does rows hi … lo of it, those from hi on being done.
func solveLowerTransRows[T, V float32 | float64](x []V, l []T, ld, lo, hi int, axpy func([]V, float64, []T)) {
	for i := hi - 1; i >= lo; i-- {
		row := l[i*ld : i*ld+i+1]
		t := float64(x[i]) / float64(row[i])
		x[i] = V(t)
		axpy(x[:i], -t, row[:i])
	}
}
