package asm

import (
	"fmt"
	"math/bits"
	"unsafe"
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
//
// Rows a large power of two apart share few sets of that cache, and a step has a line
// of each in flight. Where those are more than the ways of the sets they push each
// other out before they are written, and each store waits for the second cache: a
// column of 64 bytes takes 390 cycles for 20 rows 4096 bytes apart and 600 for 28 rows
// 2048 or 4096 bytes apart, and 115 and 180 with a line more between rows. That is
// what lengths from 20·1024 and 28·512 on of float32 have, half of that of float64.
// Copies of 256 bytes of each row to where they follow each other, and back, took
// 210 cycles a column for order 28, and gained little with AVX-512.

// paleyCallColumns is how many columns one call of paley handles, at most: twice as
// many of order 28 in float64, in no cache, took 139 µs once in a hundred.
const paleyCallColumns = fwhtCallElems / 2 / 28

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
	const limit = paleyCallColumns
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

// FWHTPaley transforms, for i < count, the m·pow elements of x from i·step on by
// H_m ⊗ H_pow, m as for Paley and pow a power of two: to the bit FWHT of each run of
// pow elements, then Paley across the runs, scaled by alpha as there. Vectors of which
// a run fits a register take one call for both, side by side where several have room in
// a register; the others go a few at a time where they fit the first cache together. step must be m·pow or more; it panics if it is
// not, on another m or pow, or where x is too short.
func FWHTPaley[T Float](x []T, m, pow, count, step int, alpha float64) {
	cols, limit := m*pow, 64/uint(unsafe.Sizeof(*new(T)))
	if count == 1 && alpha == 1 && uint(pow-1) < limit && pow&(pow-1) == 0 && cols <= step && cols <= len(x) && paleyWhole(x, m, pow, 1, step) {
		return // at once: its call counts in a short one
	}
	if m != 12 && m != 20 && m != 28 || pow < 1 || pow&(pow-1) != 0 || count < 0 || step < cols ||
		count > 0 && (pow > len(x) || len(x) < cols) || count > 1 && (len(x)-cols)/step < count-1 {
		panic(fmt.Sprintf("asm: FWHTPaley m=%d pow=%d count=%d step=%d in length %d", m, pow, count, step, len(x)))
	}
	each := count
	if count > 1 { // else without the division
		if each = max(1, fwhtBlockBytes/8/cols); each > 16 {
			each &^= 15 // registers full
		}
	}
	for ; count > 0; count -= each {
		each = min(each, count)
		fwhtPaley(x, m, pow, each, step, alpha)
		if count > each {
			x = x[each*step:]
		}
	}
}

// fwhtPaley is for vectors that stay in the first cache together, or one.
func fwhtPaley[T Float](x []T, m, pow, count, step int, alpha float64) {
	cols := m * pow
	if pow*int(unsafe.Sizeof(x[0])) <= 64 && paleyWhole(x, m, pow, count, step) {
		switch {
		case alpha == 1:
		case step == cols:
			FWHTScale(x[:count*cols], alpha)
		default:
			for i := range count {
				FWHTScale(x[i*step:][:cols], alpha)
			}
		}
		return
	}
	if step == cols {
		FWHT(x[:count*cols], pow)
	} else {
		for i := range count {
			FWHT(x[i*step:][:cols], pow)
		}
	}
	Paley(x, m, pow, count, pow, step, alpha)
}
