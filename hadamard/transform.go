package hadamard

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// Float is the type of the elements of a transform.
type Float interface{ float32 | float64 }

// Transform replaces x by H·x, where H is the Hadamard matrix of order
// n = len(x) in natural (Sylvester) order, H[i][k] = (-1)^popcount(i & k).
// There is no scale: applied twice it multiplies x by n.
//
// n must be a power of two, 1 included; Transform panics otherwise. It takes
// n·log₂n additions, allocates nothing and runs in the calling goroutine; for
// other orders, a scale or several workers see [Plan].
//
// The result has the same bits on every platform: each element passes through
// the log₂n stages (a, b) → (a+b, a−b) of ascending stride, rounded to T.
// NaN and Inf spread as these sums say.
func Transform[T Float](x []T) {
	checkLen("length", len(x))
	asm.FWHT(x, len(x))
}

// TransformTo sets dst = H·src, as [Transform] does. dst and src must have the
// same length and be the same slice or not overlap; src is left as it was.
func TransformTo[T Float](dst, src []T) {
	if len(dst) != len(src) {
		panic(fmt.Sprintf("hadamard: TransformTo from length %d to length %d", len(src), len(dst)))
	}
	checkLen("length", len(src))
	copy(dst, src)
	asm.FWHT(dst, len(dst))
}

// Inverse replaces x by H⁻¹·x = (1/n)·H·x, which undoes [Transform] up to
// rounding. The division by the power of two n is exact unless it underflows.
func Inverse[T Float](x []T) {
	checkLen("length", len(x))
	asm.FWHTScaled(x, len(x), 1/float64(len(x)))
}

func checkLen(what string, n int) {
	if n < 1 || n&(n-1) != 0 {
		panic(fmt.Sprintf("hadamard: %s %d is not a power of two", what, n))
	}
}
