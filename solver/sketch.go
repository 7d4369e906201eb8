package solver

import "fmt"

// Sketch is a random s × n matrix S with E‖S·x‖² = ‖x‖²: a SparseSign, a
// Gaussian, or an SRHT or BlockSRHT of package hadamard.
type Sketch interface {
	N() int
	S() int
	// Apply sets dst = S·x. dst and x do not overlap.
	Apply(dst, x []float64)
	// ApplyColsRange sets columns lo to hi−1 of the row-major s × cols matrix dst
	// to those of S·A, A being the row-major n × cols matrix a. Any number of
	// goroutines may call it, each for its own columns.
	ApplyColsRange(dst, a []float64, cols, lo, hi int)
}

// checkSketch panics on lengths that do not fit an s × n sketch of cols columns.
func checkSketch(where string, dst, a []float64, s, n, cols, lo, hi int) {
	if lo < 0 || hi < lo || cols < hi || len(dst)%s != 0 || len(dst)/s != cols || len(a)%n != 0 || len(a)/n != cols {
		panic(fmt.Sprintf("solver: %s of an %d × %d sketch to columns [%d, %d) of %d with lengths dst=%d a=%d", where, s, n, lo, hi, cols, len(dst), len(a)))
	}
}

// checkSketchSize returns ErrShape unless n and s are positive and 32 bits hold them.
func checkSketchSize(where string, n, s int) error {
	const limit = 1<<31 - 1
	if n < 1 || s < 1 || n > limit || s > limit {
		return fmt.Errorf("solver: %s of %d rows for vectors of %d: %w", where, s, n, ErrShape)
	}
	return nil
}
