package hadamard

import (
	"fmt"
	"math/bits"

	"github.com/nearlinear/nearlinear/asm"
)

// mixedOrders are the m of the orders m·2ᵏ. Their matrices, beyond 1, are those
// of Paley's second construction over the fields of 5, 9 and 13 elements (Paley,
// On orthogonal matrices, 1933), with the signs of rows and columns changed alike
// so that the first of both is all ones: symmetric, and H_m·H_m = m·I.
var mixedOrders = [...]int{1, 12, 20, 28}

// splitOrder returns m and 2ᵏ where n = m·2ᵏ, or ok = false. Each m but 1 is four
// times an odd number.
func splitOrder(n int) (m, pow int, ok bool) {
	if n < 1 {
		return 0, 0, false
	}
	pow = n & -n
	switch odd := n >> bits.TrailingZeros(uint(n)); {
	case odd == 1:
		return 1, pow, true
	case odd <= 7 && pow >= 4:
		return 4 * odd, pow / 4, true
	}
	return 0, 0, false
}

func checkOrder(what string, n int) (m, pow int) {
	m, pow, ok := splitOrder(n)
	if !ok {
		panic(fmt.Sprintf("hadamard: %s %d is not 2ᵏ, 12·2ᵏ, 20·2ᵏ or 28·2ᵏ", what, n))
	}
	return m, pow
}

// NextOrder returns the least order n' ≥ n of [TransformMixed]: 2ᵏ, 12·2ᵏ,
// 20·2ᵏ or 28·2ᵏ. From 16 on it exceeds n by less than a quarter, where the
// next power of two may double it. It panics if n < 1 or n' overflows an int.
func NextOrder(n int) int {
	if n < 1 || n > 1<<(bits.UintSize-2) {
		panic(fmt.Sprintf("hadamard: NextOrder(%d)", n))
	}
	best := 1 << bits.Len(uint(n-1))
	for _, m := range mixedOrders[1:] {
		best = min(best, m<<bits.Len(uint((n-1)/m)))
	}
	return best
}

// TransformMixed replaces x by H·x, where H is a symmetric Hadamard matrix of
// order n = len(x) = m·2ᵏ, m one of 1, 12, 20 and 28:
//
//	H = H_m ⊗ H_{2ᵏ}
//
// with Paley's H_m, whose first row and column are ones, and the matrix of
// [Transform]. There is no scale: H·H = n·I. For m = 1 it is Transform.
//
// It panics if n is not such a number. It takes n·k additions and 4.2, 6.2 or
// 7.1 more an element for m = 12, 20 or 28, allocates nothing and runs in the
// calling goroutine; for rows, columns, a scale or several workers see [Plan].
//
// The result has the same bits on every platform: Transform of the m runs of 2ᵏ
// elements, then for each of their places the sums of H_m, which share what they
// have in common, rounded to T one by one. An infinity in x makes NaN of most
// outputs.
func TransformMixed[T Float](x []T) {
	m, pow := checkOrder("length", len(x))
	if m == 1 {
		asm.FWHT(x, pow)
		return
	}
	asm.FWHTPaley(x, m, pow, 1, len(x), 1)
}

// InverseMixed replaces x by H⁻¹·x = (1/n)·H·x, which undoes [TransformMixed]
// up to rounding; see there for lengths, cost and panics. Where n is no power
// of two the factor 1/n is rounded.
func InverseMixed[T Float](x []T) {
	m, pow := checkOrder("length", len(x))
	mixedRows(x, 1, len(x), m, pow, 1/float64(len(x)))
}

// TransformPadded sets dst = H·(src, 0, …, 0), the transform of src padded
// with zeros to the length of dst: [TransformMixed] of order len(dst), to the
// bit. Any length of src will do; [NextOrder] gives the shortest dst, and a
// power of two the transform of most other libraries. What is known to be zero
// is not computed with before it has to be.
//
// It panics if len(dst) is not an order of TransformMixed or less than
// len(src). src may be the beginning of dst, and must not overlap it
// otherwise. It allocates nothing.
func TransformPadded[T Float](dst, src []T) {
	m, pow := checkOrder("length", len(dst))
	if len(src) > len(dst) {
		panic(fmt.Sprintf("hadamard: TransformPadded from length %d to length %d", len(src), len(dst)))
	}
	copy(dst, src)
	clear(dst[len(src):])
	used := (len(src) + pow - 1) / pow // runs that are not zero
	block := min(pow, 1<<15)
	for i := 0; i < len(src); i += block {
		asm.FWHT(dst[i:i+block], block)
	}
	for r := range used {
		asm.FWHTCols(dst[r*pow:][:pow], pow/block, block, block)
	}
	if m > 1 && used > 0 {
		asm.Paley(dst, m, pow, 1, pow, 0, 1)
	}
}

// mixedRows transforms rows of m·pow elements, a stride apart, and scales them
// by alpha.
func mixedRows[T Float](x []T, rows, stride, m, pow int, alpha float64) {
	cols := m * pow
	if m == 1 && stride == cols {
		asm.FWHTScaled(x[:rows*cols], cols, alpha)
		return
	}
	if m == 1 {
		for r := range rows {
			asm.FWHTScaled(x[r*stride:][:cols], cols, alpha)
		}
		return
	}
	asm.FWHTPaley(x, m, pow, rows, stride, alpha)
}

// mixedCols transforms columns of m·pow elements and scales them by alpha.
func mixedCols[T Float](x []T, cols, stride, m, pow int, alpha float64) {
	if m == 1 {
		asm.FWHTColsScaled(x, pow, cols, stride, alpha)
		return
	}
	for g := range m {
		asm.FWHTCols(x[g*pow*stride:], pow, cols, stride)
	}
	if stride == cols { // the rows of a group are one run
		asm.Paley(x, m, pow*cols, 1, pow*stride, 0, alpha)
	} else {
		asm.Paley(x, m, cols, pow, pow*stride, stride, alpha)
	}
}
