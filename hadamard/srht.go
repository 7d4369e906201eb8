package hadamard

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/nearlinear/nearlinear/asm"
)

// srhtStream separates the randomness of an SRHT from that of other sketches
// with the same seed.
const srhtStream = 0x53524854_00000001

// SRHT is the subsampled randomized Hadamard transform, the s × n matrix
//
//	S = (1/√s) · P · H · D
//
// with D a diagonal of random signs (followed by zero padding from n to the
// next power of two N), H the unscaled Hadamard matrix of order N, and P the
// choice of s of the N rows, uniform without replacement. For every x,
// E‖S·x‖² = ‖x‖². S takes N·log₂N additions to apply. Ailon and Chazelle 2006;
// Tropp, Improved analysis of the subsampled randomized Hadamard transform,
// 2011. Where N is much larger than s, the last stages are done for the rows
// in P alone, and parts of the padding not at all; the bits are the same.
//
// An SRHT depends on n, s and seed alone, on every platform and in every later
// version. It is never written to after its construction: any number of
// goroutines may use it at once.
type SRHT struct {
	n, s, padded int
	scale        float64
	signs        []uint64
	rows         []int
	scratch      sync.Pool // of *[]float64, for Apply and ApplyCols
}

// NewSRHT returns the s × n transform for the seed. It takes n/8 bytes, and
// about 50 bytes a sample while it draws them. The error wraps [ErrDimension]
// if n < 1 or its padding overflows, and [ErrSampleSize] if s < 1 or s > N.
func NewSRHT(n, s int, seed uint64) (*SRHT, error) {
	padded, err := paddedLen("n", n)
	if err != nil {
		return nil, err
	}
	if s < 1 || s > padded {
		return nil, fmt.Errorf("%w: s = %d of %d rows", ErrSampleSize, s, padded)
	}
	src := newSource(seed, srhtStream)
	t := &SRHT{n: n, s: s, padded: padded, scale: 1 / math.Sqrt(float64(s))}
	t.signs = src.signs(n)
	t.rows = src.subset(padded, s)
	return t, nil
}

// N returns the number of columns n of S, the length of an input.
func (t *SRHT) N() int { return t.n }

// S returns the number of rows s of S, the length of an output.
func (t *SRHT) S() int { return t.s }

// PaddedLen returns N, the least power of two ≥ n.
func (t *SRHT) PaddedLen() int { return t.padded }

// Rows returns a copy of the sampled rows of H, ascending.
func (t *SRHT) Rows() []int { return slices.Clone(t.rows) }

// Sign returns D[i], +1 or -1. It panics unless 0 ≤ i < n.
func (t *SRHT) Sign(i int) float64 {
	if i < 0 || i >= t.n {
		panic(fmt.Sprintf("hadamard: Sign(%d) of an SRHT with n = %d", i, t.n))
	}
	return sign(t.signs, i)
}

// ApplyInPlace sets dst = S·x, where x is the first n elements of scratch; the
// rest of scratch is taken as zero, and what was in it is lost. It allocates
// nothing. It panics unless len(dst) = s and len(scratch) = N, and the two
// must not overlap.
func (t *SRHT) ApplyInPlace(dst, scratch []float64) {
	if len(dst) != t.s || len(scratch) != t.padded {
		panic(fmt.Sprintf("hadamard: ApplyInPlace of a %d × %d SRHT padded to %d with lengths dst=%d scratch=%d", t.s, t.n, t.padded, len(dst), len(scratch)))
	}
	t.apply(dst, scratch, scratch[:t.n])
}

// Apply sets dst = S·x and leaves x as it was, with the bits of
// [SRHT.ApplyInPlace]; scratch of N elements comes from a pool. It panics
// unless len(dst) = s and len(x) = n. dst may overlap x.
func (t *SRHT) Apply(dst, x []float64) {
	if len(dst) != t.s || len(x) != t.n {
		panic(fmt.Sprintf("hadamard: Apply of a %d × %d SRHT with lengths dst=%d x=%d", t.s, t.n, len(dst), len(x)))
	}
	buf := getScratch(&t.scratch, t.padded)
	t.apply(dst, (*buf)[:t.padded], x)
	t.scratch.Put(buf)
}

// apply sets dst = S·x, with y of length N for scratch, whose beginning x may
// be. H of order N is H_{N/block} ⊗ H_block: the parts of x that are not
// padding are transformed by themselves, and the stages across parts done for
// the sampled rows alone.
func (t *SRHT) apply(dst, y, x []float64) {
	block := sampleBlock(t.padded, t.s, 1<<15, 16)
	for i := 0; i < len(x); i += block {
		signAndTransform(y[i:i+block], x[i:min(i+block, len(x))], t.signs[i/64:])
	}
	if block == t.padded {
		for j, r := range t.rows {
			dst[j] = t.scale * y[r]
		}
		return
	}
	parts := (len(x) + block - 1) / block
	var v [maxParts]float64
	for j, r := range t.rows {
		for i := range parts {
			v[i] = y[i*block+r&(block-1)]
		}
		joinParts(v[:parts], r/block, t.padded/block)
		dst[j] = t.scale * v[0]
	}
}

// maxParts bounds how many parts the sampled rows join.
const maxParts = 64

// sampleBlock returns the length of the parts, a power of two that divides N =
// padded, for s samples: no less than least, which fits a cache, or ratio·s. A
// sample reads one element of each part; where that takes longer than to
// transform across the parts, it returns N.
func sampleBlock(padded, s, least, ratio int) int {
	block := max(least, padded/maxParts)
	for block < padded && block/ratio < s {
		block *= 2
	}
	return min(block, padded)
}

// joinParts sets v[0] to output q of the transform of v followed by zeros to
// length n: the additions that lead to that output, in the order and with the
// bits of the whole transform. It overwrites v.
func joinParts(v []float64, q, n int) {
	var zero float64 // v + 0 is not v if v is -0
	for ; n > 1; n, q = n/2, q/2 {
		half := len(v) / 2
		if q&1 == 0 {
			for i := range half {
				v[i] = v[2*i] + v[2*i+1]
			}
			if len(v)&1 == 1 {
				v[half] = v[2*half] + zero
			}
		} else {
			for i := range half {
				v[i] = v[2*i] - v[2*i+1]
			}
			if len(v)&1 == 1 {
				v[half] = v[2*half] - zero
			}
		}
		v = v[:half+len(v)&1]
	}
}

// signAndTransform sets y = H·D·x, where y is at least as long as x, which may
// be its beginning, and D has the signs. Blocks that fit a cache are made and
// transformed in one visit; those of the padding stay zero, as they would.
func signAndTransform(y, x []float64, signs []uint64) {
	block := min(len(y), 1<<15)
	for i := 0; i < len(y); i += block {
		part, w := y[i:i+block], min(max(len(x)-i, 0), block)
		clear(part[w:])
		if w > 0 {
			asm.FlipSigns(part[:w], x[i:i+w], signs[i/64:])
			asm.FWHT(part, block)
		}
	}
	asm.FWHTCols(y, len(y)/block, block, block)
}

// srhtCols is how many columns ApplyCols transforms together: a cache line.
const srhtCols = 8

// ApplyCols sets dst = S·A, where A is the row-major n × cols matrix a and dst
// the row-major s × cols result: column by column what [SRHT.Apply] computes,
// to the bit. It goes through scratch of 8·N elements from a pool, eight
// columns at a time. It panics unless len(a) = n·cols and len(dst) = s·cols;
// the two must not overlap.
func (t *SRHT) ApplyCols(dst, a []float64, cols int) { t.ApplyColsRange(dst, a, cols, 0, cols) }

// ApplyColsRange does the part of [SRHT.ApplyCols] for columns lo ≤ c < hi of
// the same a and dst, and leaves the other columns of dst alone. Goroutines
// may share the work of one product: cut it at multiples of eight columns.
func (t *SRHT) ApplyColsRange(dst, a []float64, cols, lo, hi int) {
	if cols < 0 || !isProduct(len(a), t.n, cols) || !isProduct(len(dst), t.s, cols) || lo < 0 || hi < lo || cols < hi {
		panic(fmt.Sprintf("hadamard: ApplyCols of a %d × %d SRHT to columns [%d, %d) of %d with lengths dst=%d a=%d", t.s, t.n, lo, hi, cols, len(dst), len(a)))
	}
	if lo == hi {
		return
	}
	buf := getScratch(&t.scratch, t.padded*srhtCols)
	x := (*buf)[:t.padded*srhtCols]
	for c := lo; c < hi; c += srhtCols {
		t.applyFew(dst, x, a, cols, c, min(srhtCols, hi-c))
	}
	t.scratch.Put(buf)
}

// applyFew does what apply does for w ≤ srhtCols columns of a, from c on, with
// x of N·srhtCols elements for scratch.
func (t *SRHT) applyFew(dst, x, a []float64, cols, c, w int) {
	block := sampleBlock(t.padded, t.s, 1<<14, 16)
	for start := 0; start < t.n; start += block {
		part, end := x[start*srhtCols:][:block*srhtCols], min(start+block, t.n)
		signCols(part, a, t.signs, start, end, cols, c, w)
		clear(part[(end-start)*srhtCols:])
		asm.FWHTCols(part, block, srhtCols, srhtCols)
	}
	if block == t.padded {
		for j, r := range t.rows {
			in, out := (*[srhtCols]float64)(x[r*srhtCols:]), dst[j*cols+c:][:w]
			for k := range out {
				out[k] = t.scale * in[k&(srhtCols-1)]
			}
		}
		return
	}
	parts := (t.n + block - 1) / block
	var v [srhtCols][maxParts]float64
	for j, r := range t.rows {
		for i := range parts {
			in := (*[srhtCols]float64)(x[(i*block+r&(block-1))*srhtCols:])
			for k := range v {
				v[k][i] = in[k]
			}
		}
		for k := range w {
			u := v[k][:parts]
			joinParts(u, r/block, t.padded/block)
			dst[j*cols+c+k] = t.scale * u[0]
		}
	}
}

// signCols sets rows of part, srhtCols wide, to those w ≤ srhtCols columns of rows start
// to end-1 of a that begin with column c, with the signs of the rows, and zeros.
func signCols(part, a []float64, signs []uint64, start, end, cols, c, w int) {
	for i := start; i < end; i++ {
		flip := signs[i/64] >> (i % 64) << 63
		in, out := a[i*cols+c:][:w], (*[srhtCols]float64)(part[(i-start)*srhtCols:])
		if w == srhtCols {
			v := (*[srhtCols]float64)(in)
			out[0], out[1] = xor(v[0], flip), xor(v[1], flip)
			out[2], out[3] = xor(v[2], flip), xor(v[3], flip)
			out[4], out[5] = xor(v[4], flip), xor(v[5], flip)
			out[6], out[7] = xor(v[6], flip), xor(v[7], flip)
			continue
		}
		*out = [srhtCols]float64{}
		for k, v := range in {
			out[k] = xor(v, flip)
		}
	}
}

// xor changes the sign of v if flip has the top bit, and does nothing if it is
// zero.
func xor(v float64, flip uint64) float64 {
	return math.Float64frombits(math.Float64bits(v) ^ flip)
}

// sign returns bit i of the words as a factor.
func sign(signs []uint64, i int) float64 {
	return 1 - 2*float64(signs[i/64]>>(i%64)&1)
}

// isProduct reports whether n = a·b, for a ≥ 1 and b ≥ 0, without overflow.
func isProduct(n, a, b int) bool { return n%a == 0 && n/a == b }

// getScratch returns a slice of at least n elements from the pool.
func getScratch(pool *sync.Pool, n int) *[]float64 {
	if buf, ok := pool.Get().(*[]float64); ok && len(*buf) >= n {
		return buf
	}
	buf := make([]float64, n)
	return &buf
}
