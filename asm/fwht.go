package asm

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// Float is the element type of the Walsh–Hadamard kernels.
type Float interface{ float32 | float64 }

// This file holds the plan of the fast Walsh–Hadamard transform: which stages
// run on which part of the data, in which order. A processor adds two inner
// loops, fwhtBlock and fwhtPass, and nothing else. The dataflow is always that
// of fwht_generic.go, so every plan and every processor gives the same bits.
//
// What bounds it. A stage is one addition an element; a pass runs up to three
// stages, in a block four with 32 registers, on elements held in registers, for
// one load and one store a vector. Additions and stores take turns in the first
// cache and in the second, where a pass costs the same; see the assembly.
// Beyond it the transport of the data is the limit, and only the number of
// trips counts:
//
//	fwhtBlockBytes  all stages of a block in one call, the block in L1
//	fwhtNearBytes   then radix-8 passes over what still fits L2
//	beyond          eight parts, each transformed to its end, and a radix-8
//	                pass to join them: one trip for three stages at each level
//
// Rows a large power of two apart fall into the same sets of a cache, eight
// ways deep, so such a pass never has more than eight of them in flight: a
// radix-16 pass with rows of 4 KiB or more took three times as long as one of
// radix 8. For the same reason a tile of 64 rows, six stages in one trip, lost
// to two trips of three when measured, copied to contiguous memory or not, on
// Zen 4 and on Zen 5, with ordinary stores and with streaming ones.
const (
	fwhtBlockBytes = 16 << 10
	fwhtNearBytes  = 1 << 20
	fwhtCallElems  = 16 << 10 // elements one call of fwhtPass handles, at most
)

// fwhtPlans[k] cuts k stages into passes of one to three, an octal digit a pass
// from the low end, none alone if it can be helped; zero ends the list.
var fwhtPlans = [...]uint32{0, 01, 02, 03, 022, 023, 033, 0223, 0233, 0333, 02233, 02333, 03333}

// fwhtFirst cuts the stages across the vectors of a block into those of the
// first pass and passes of the most stages that a kernel runs: the first pass,
// with the stages inside vectors, waits for no store and takes what is over.
func fwhtFirst(stages, most int) (first, passes int) {
	if stages == 0 {
		return 0, 0
	}
	return 1 + (stages-1)%most, (stages - 1) / most
}

// FWHT transforms each run of n consecutive elements of x in place: natural
// order, no scale. n must be a power of two and divide len(x).
func FWHT[T Float](x []T, n int) {
	if n == len(x) && n&(n-1) == 0 && uint(n-2) < fwhtBlockBytes/8 { // at once: its call counts in a short one
		fwhtBlock(x, n)
		return
	}
	FWHTScaled(x, n, 1)
}

// FWHTScaled is FWHT followed by FWHTScale, to the bit: each part of x is
// scaled by alpha right after its last pass, in whatever cache it is then.
func FWHTScaled[T Float](x []T, n int, alpha float64) {
	if n < 1 || n&(n-1) != 0 || len(x)&(n-1) != 0 {
		panic(fmt.Sprintf("asm: FWHT of runs of %d in length %d", n, len(x)))
	}
	block := fwhtBlockBytes / int(unsafe.Sizeof(*new(T)))
	switch {
	case n == 1:
		fwhtScale(x, alpha)
	case n <= 2*block: // twice a block still beats a block and a pass
		for block = max(block, n); len(x) > block; x = x[block:] {
			fwhtBlock(x[:block], n)
			fwhtScale(x[:block], alpha)
		}
		if len(x) > 0 {
			fwhtBlock(x, n)
			fwhtScale(x, alpha)
		}
	default:
		for ; len(x) > 0; x = x[n:] {
			fwhtLong(x[:n], alpha)
		}
	}
}

// FWHTProduct sets dst to the transforms of each run of n of the products
// x[i]·y[i], to the bit what MulElem and FWHT make of them: the first pass reads
// x and y. n is as for FWHT. The slices must have one length, and dst must be x or
// y or overlap neither; it panics if they do not.
func FWHTProduct[T Float](dst, x, y []T, n int) {
	if len(dst) != len(x) || len(dst) != len(y) || n < 1 || n&(n-1) != 0 || len(dst)&(n-1) != 0 {
		panic(fmt.Sprintf("asm: FWHTProduct of runs of %d with lengths dst=%d x=%d y=%d", n, len(dst), len(x), len(y)))
	}
	block := fwhtBlockBytes / int(unsafe.Sizeof(*new(T)))
	switch {
	case n == 1:
		MulElem(dst, x, y)
	case n <= 2*block:
		for block = max(block, n); len(dst) > block; dst, x, y = dst[block:], x[block:], y[block:] {
			fwhtProduct(dst[:block], x[:block], y[:block], n)
		}
		if len(dst) > 0 {
			fwhtProduct(dst, x, y, n)
		}
	default:
		cols := fwhtLongCols[T](n)
		FWHTProduct(dst, x, y, cols)
		for ; len(dst) > 0; dst = dst[n:] {
			fwhtCols(dst[:n], n/cols, cols, cols, 1)
		}
	}
}

func fwhtScale[T Float](x []T, alpha float64) {
	if alpha != 1 {
		FWHTScale(x, alpha)
	}
}

// fwhtLong transforms the whole of x, which is longer than a block, as a
// matrix: first its rows, then its columns.
func fwhtLong[T Float](x []T, alpha float64) {
	cols := fwhtLongCols[T](len(x))
	FWHT(x, cols)
	fwhtCols(x, len(x)/cols, cols, cols, alpha)
}

// fwhtLongCols returns how many columns the matrix of n elements has.
func fwhtLongCols[T Float](n int) int {
	size := int(unsafe.Sizeof(*new(T)))
	if near := fwhtNearBytes / size; n > near {
		return n >> fwhtLastTrip(n/near)
	}
	return fwhtBlockBytes / size
}

// FWHTCols transforms each of the leftmost cols columns of x in place: natural
// order, no scale. The rows of x, a power of two in number, start stride
// elements apart.
func FWHTCols[T Float](x []T, rows, cols, stride int) { FWHTColsScaled(x, rows, cols, stride, 1) }

// FWHTColsScaled is FWHTCols, with each of those elements scaled by alpha at
// the end as FWHTScale does, to the bit; see FWHTScaled.
func FWHTColsScaled[T Float](x []T, rows, cols, stride int, alpha float64) {
	if rows < 1 || rows&(rows-1) != 0 || cols < 0 || stride < max(cols, 1) ||
		len(x) < cols || (len(x)-cols)/stride < rows-1 {
		panic(fmt.Sprintf("asm: FWHTCols rows=%d cols=%d stride=%d in length %d", rows, cols, stride, len(x)))
	}
	switch {
	case cols == 0:
	case rows == 1:
		fwhtScale(x[:cols], alpha)
	case stride == 1:
		FWHTScaled(x[:rows], rows, alpha)
	default:
		fwhtCols(x, rows, cols, stride, alpha)
	}
}

func fwhtCols[T Float](x []T, rows, cols, stride int, alpha float64) {
	size := int(unsafe.Sizeof(*new(T)))
	block, near := fwhtBlockBytes/size, fwhtNearBytes/size
	sub := 1 // rows of the parts that go first
	switch {
	case rows <= 8:
	case rows*stride > near:
		sub = rows >> fwhtLastTrip(min(rows, (rows*stride+near-1)/near))
	case rows*stride > block && 8*stride <= block:
		sub = 1 << (bits.Len(uint(block/stride)) - 1)
	}
	if sub > 1 {
		for g := 0; g < rows; g += sub {
			fwhtCols(x[g*stride:], sub, cols, stride, 1)
		}
	}
	fwhtPasses(x, rows, sub, cols, stride, alpha)
}

// fwhtLastTrip returns how many stages to leave to the last pass over data
// that exceeds a cache by the given factor: at most three, and no more than an
// even share of those that have to leave the cache.
func fwhtLastTrip(factor int) int {
	stages := bits.Len(uint(factor - 1))
	trips := (stages + 2) / 3
	return (stages + trips - 1) / trips
}

// fwhtPasses runs the stages h = sub, 2·sub, … < rows, h counted in rows, and
// scales by alpha after the last.
func fwhtPasses[T Float](x []T, rows, sub, cols, stride int, alpha float64) {
	for plan := fwhtPlans[bits.Len(uint(rows/sub))-1]; plan != 0; plan >>= 3 {
		r, by := int(plan&7), 1.0
		if plan < 8 {
			by = alpha
		}
		switch {
		case cols == stride: // the rows of a group are one run
			fwhtRuns(x, sub*stride, rows/sub>>r, r, sub*stride, sub*stride<<r, by)
		case sub == 1:
			fwhtRuns(x, cols, rows>>r, r, stride, stride<<r, by)
		default:
			for g := 0; g < rows; g += sub << r {
				fwhtRuns(x[g*stride:], cols, sub, r, sub*stride, stride, by)
			}
		}
		sub <<= r
	}
}

// fwhtRuns cuts a pass into calls that are short enough.
func fwhtRuns[T Float](x []T, run, count, r, row, step int, alpha float64) {
	limit := fwhtCallElems >> r
	if run >= limit {
		for i := 0; i < count; i++ {
			for c := 0; c < run; c += limit {
				fwhtCall(x[i*step+c:], min(limit, run-c), 1, r, row, step, alpha)
			}
		}
		return
	}
	each := limit / run
	for i := 0; i < count; i += each {
		fwhtCall(x[i*step:], run, min(each, count-i), r, row, step, alpha)
	}
}

// fwhtCall is fwhtPass, and scales what it has touched by alpha.
func fwhtCall[T Float](x []T, run, count, r, row, step int, alpha float64) {
	fwhtPass(x, run, count, r, row, step)
	if alpha == 1 {
		return
	}
	for i := range count {
		for q := range 1 << r {
			FWHTScale(x[i*step+q*row:][:run], alpha)
		}
	}
}
