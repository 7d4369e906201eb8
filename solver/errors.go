package solver

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Errors that this package wraps; test with errors.Is. The text around them
// carries the offending length, column, pivot or product.
var (
	// ErrShape: a length does not fit the others.
	ErrShape = errors.New("wrong shape")
	// ErrOption: an option is out of range.
	ErrOption = errors.New("option out of range")
	// ErrNotFinite: NaN or ±Inf in the data, or produced by an operator.
	ErrNotFinite = errors.New("value is not finite")
	// ErrNotPositiveDefinite: a Cholesky pivot is not positive.
	ErrNotPositiveDefinite = errors.New("matrix is not positive definite")
	// ErrRankDeficient: a diagonal entry of R is negligible beside the largest.
	ErrRankDeficient = errors.New("matrix is rank deficient")
	// ErrOverlap: slices share memory, of which one is written while another is read.
	ErrOverlap = errors.New("slices overlap")
	// ErrAsymmetric: products of an operator that should be symmetric are not.
	ErrAsymmetric = errors.New("operator is not symmetric")
	// ErrIndefinite: the operator or the preconditioner of an iteration showed
	// a direction p with pᵀAp ≤ 0.
	ErrIndefinite = errors.New("operator is not positive definite")
)

func finite(v float64) bool { return v-v == 0 }

// checkFinite returns ErrNotFinite with the first index at fault.
func checkFinite[T Float](where, name string, x []T) error {
	for i, v := range x {
		if v-v != 0 {
			return fmt.Errorf("solver: %s: %s[%d] is %v: %w", where, name, i, v, ErrNotFinite)
		}
	}
	return nil
}

// checkMatrix returns ErrShape unless a holds rows × cols floats.
func checkMatrix[T Float](where string, a []T, rows, cols int) error {
	if rows < 0 || cols < 0 {
		return fmt.Errorf("solver: %s of a %d × %d matrix: %w", where, rows, cols, ErrShape)
	}
	hi, lo := bits.Mul(uint(rows), uint(cols))
	if hi != 0 || lo > math.MaxInt || int(lo) != len(a) {
		return fmt.Errorf("solver: %s of a %d × %d matrix in a slice of %d: %w", where, rows, cols, len(a), ErrShape)
	}
	return nil
}

// checkOrder returns ErrShape for an n of which an n × n matrix cannot be.
func checkOrder(where string, n int) error {
	const most = math.MaxInt / 16
	if hi, lo := bits.Mul(uint(n), uint(n)); n < 0 || hi != 0 || lo > most {
		return fmt.Errorf("solver: %s of order %d: %w", where, n, ErrShape)
	}
	return nil
}

// checkRidge returns ErrOption unless 0 ≤ ridge < ∞.
func checkRidge(where string, ridge float64) error {
	if !(ridge >= 0) || !finite(ridge) {
		return fmt.Errorf("solver: %s: ridge %v: %w", where, ridge, ErrOption)
	}
	return nil
}

// mustLen panics on a wrong length in a call that returns no error.
func mustLen[T Float](where string, x []T, want int) {
	if len(x) != want {
		panic(fmt.Sprintf("solver: %s with a vector of %d, want %d", where, len(x), want))
	}
}

// mustIndex panics on an index outside [0, n).
func mustIndex(where string, at []int, n int) {
	for q, i := range at {
		if i < 0 || i >= n {
			panic(fmt.Sprintf("solver: %s: index %d is %d, want one below %d", where, q, i, n))
		}
	}
}
