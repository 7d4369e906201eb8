package asm

import (
	"fmt"
	"math/bits"
)

// This file holds the transform by the Hadamard matrices of orders 12, 20 and
// 28 across vectors, which with FWHT makes transforms of length m·2ᵏ. A
// processor adds one inner loop an order; the dataflow is that of
// paley_generic.go, so every path gives the same bits.
//
// What bounds it. A step on m vectors takes 50, 124 or 200 additions, 4.2, 6.2
// and 7.1 for each, where a transform of 16 or 32 takes 4 and 5, and one load and
// store of each in the best case. With two pipes that add the additions bound
// it in the first cache, and the transport of the data beyond.

// Paley transforms, for i < count and c < run, the m elements of x at
// i·step + q·row + c, q < m, by the Hadamard matrix of order m = 12, 20 or 28
// of Paley's second construction whose first row and column are ones, and
// scales them by alpha, rounded to T, unless that is 1. Elements of distinct
// (i, c) must be distinct. It panics on another m or where x is too short.
func Paley[T Float](x []T, m, run, count, row, step int, alpha float64) {
	if m != 12 && m != 20 && m != 28 || run < 0 || count < 0 || row < 0 || step < 0 {
		panic(fmt.Sprintf("asm: Paley m=%d run=%d count=%d row=%d step=%d", m, run, count, row, step))
	}
	if run == 0 || count == 0 {
		return
	}
	rows, last := bits.Mul(uint(row), uint(m-1))
	runs, first := bits.Mul(uint(step), uint(count-1))
	if rows != 0 || runs != 0 || run > len(x) || last > uint(len(x)-run) || first > uint(len(x)-run)-last {
		panic(fmt.Sprintf("asm: Paley m=%d run=%d count=%d row=%d step=%d in length %d", m, run, count, row, step, len(x)))
	}
	const limit = fwhtCallElems / 28
	switch {
	case count == 1 && run <= limit: // without the division, which counts in a short one
		paleyCall(x, m, run, 1, row, step, alpha)
	case run >= limit:
		for i := range count {
			for c := 0; c < run; c += limit {
				paleyCall(x[i*step+c:], m, min(limit, run-c), 1, row, step, alpha)
			}
		}
	default:
		each := limit / run
		for i := 0; i < count; i += each {
			paleyCall(x[i*step:], m, run, min(each, count-i), row, step, alpha)
		}
	}
}

// paleyCall is paley, and scales what it has touched by alpha.
func paleyCall[T Float](x []T, m, run, count, row, step int, alpha float64) {
	paley(x, m, run, count, row, step)
	switch {
	case alpha == 1:
	case run == row && m*run == step: // one piece of memory
		FWHTScale(x[:count*step], alpha)
	default:
		for i := range count {
			for q := range m {
				FWHTScale(x[i*step+q*row:][:run], alpha)
			}
		}
	}
}
