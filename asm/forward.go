package asm

import (
	"fmt"
	"math/bits"
)

// GateWidth is the number of samples one word of gate bits covers.
const GateWidth = 64

// forwardDepth bounds the features of an assembly call, and with them its
// neurons, so that none passes 100 µs: a tile of six neurons takes 12 cycles a
// feature, or 6 by AVX2, and what surrounds it as long as forwardRest features.
// One tile of the most features, all of them in no cache, is the longest call;
// calls of several tiles get half of that. Sums of more features are cut, and
// wait in memory.
const (
	forwardDepth = 8192
	forwardRest  = 6
)

// PackSamples lays out up to 64 samples for Forward: rows of x (row-major,
// stride d) into dst, of which 64·d values are set, with zeros for the samples
// that are missing. The layout is the affair of the processor's path. It panics
// unless x holds whole rows and dst is long enough.
func PackSamples(dst, x []float64, d int) {
	if d < 1 || len(x)%d != 0 || len(dst)/GateWidth < d {
		panic(fmt.Sprintf("asm: PackSamples d=%d with lengths dst=%d x=%d", d, len(dst), len(x)))
	}
	n := min(len(x)/d, GateWidth)
	dst = dst[:GateWidth*d]
	if n < GateWidth {
		clear(dst)
	}
	width := packedSamples(d)
	for i := 0; i < n; i += width {
		transpose(dst[i*d:], width, x[i*d:], d, min(width, n-i), d)
	}
}

// packedSamples is the number of samples side by side: as the kernel wants them,
// or the matrix product.
func packedSamples(d int) int {
	if d > forwardDepth {
		return TileCols
	}
	return forwardSamples()
}

// Forward runs the neurons with weights w (row-major, len(a) × d) and output
// signs a = ±1 on 64 samples xp, packed by PackSamples: it adds
//
//	acc[i] += a_r·max(0, z_ri)    z_ri = ⟨w_r, x_i⟩
//
// for r = 0, 1, … in turn, and sets bit i of gates[r] where z_ri ≥ 0. Each z is
// one chain of fused multiply-adds from zero through the features in order. A
// NaN closes its gate, minus zero opens it. acc must not hold minus zero, which
// sums from zero never are: a closed gate adds zero on some paths. It panics if a
// slice is too short.
//
// 2·64·len(a)·d flops. The FMA ports bound it: a step of the AVX-512 tile of six
// neurons and 32 samples is 24 FMA and 10 loads, 12 cycles; what follows a tile,
// 24 comparisons, additions and stores of a byte, weighs as much as 3 features.
func Forward(acc *[GateWidth]float64, gates []uint64, w, a, xp []float64, d int) {
	rows := len(a)
	if d < 1 || len(gates) < rows || len(w)/d < rows || len(xp)/GateWidth < d {
		panic(fmt.Sprintf("asm: Forward of %d neurons, d=%d with lengths gates=%d w=%d x=%d", rows, d, len(gates), len(w), len(xp)))
	}
	if d > forwardDepth {
		forwardLong(acc, gates, w, a, xp, d)
		return
	}
	call := forwardRows(d)
	for r := 0; r < rows; r += call {
		q := min(r+call, rows)
		forward(acc, gates[r:q], w[r*d:q*d], a[r:q], xp, d)
	}
}

// forwardLong is Forward with the sums of six neurons in memory, added to by the
// matrix product, whose calls are short whatever d is.
func forwardLong(acc *[GateWidth]float64, gates []uint64, w, a, xp []float64, d int) {
	for r := 0; r < len(a); r += TileRows {
		n := min(TileRows, len(a)-r)
		var z [TileRows * GateWidth]float64
		for i := 0; i < GateWidth; i += TileCols {
			MulAdd(z[i:], GateWidth, w[r*d:], d, 1, xp[i*d:(i+TileCols)*d], n, TileCols, d)
		}
		for q := range n {
			gates[r+q] = relu(acc, (*[GateWidth]float64)(z[q*GateWidth:]), a[r+q])
		}
	}
}

// relu adds sign·max(0, z) to acc and returns the gates z ≥ 0.
func relu(acc, z *[GateWidth]float64, sign float64) (gates uint64) {
	for i, v := range z {
		if v >= 0 {
			gates |= 1 << i
			acc[i] += float64(sign * v)
		}
	}
	return gates
}

// forwardRows returns the neurons of an assembly call.
func forwardRows(d int) int { return max(forwardDepth/2/(d+forwardRest), 1) * 6 }

// Transpose64 transposes a 64 × 64 matrix of bits: bit j of src[i] becomes bit
// i of dst[j]. The two may be the same.
func Transpose64(dst, src *[64]uint64) { transpose64(dst, src) }

// XorCount sets dst = src & mask and returns the number of bits that changed.
// The slices must have the same length; it panics otherwise.
func XorCount(dst, src []uint64, mask uint64) (changed int) {
	if len(src) != len(dst) {
		panic(fmt.Sprintf("asm: XorCount of lengths %d and %d", len(dst), len(src)))
	}
	for i, v := range src {
		v &= mask
		changed += bits.OnesCount64(v ^ dst[i])
		dst[i] = v
	}
	return changed
}
