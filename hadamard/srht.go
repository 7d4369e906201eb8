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
// 2011.
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
// rest of scratch is taken as zero and all of it is overwritten. It allocates
// nothing. It panics unless len(dst) = s and len(scratch) = N, and the two
// must not overlap.
func (t *SRHT) ApplyInPlace(dst, scratch []float64) {
	if len(dst) != t.s || len(scratch) != t.padded {
		panic(fmt.Sprintf("hadamard: ApplyInPlace of a %d × %d SRHT padded to %d with lengths dst=%d scratch=%d", t.s, t.n, t.padded, len(dst), len(scratch)))
	}
	signAndTransform(scratch, scratch[:t.n], t.signs)
	t.sample(dst, scratch)
}

// Apply sets dst = S·x and leaves x as it was, with the bits of
// [SRHT.ApplyInPlace]; scratch of N elements comes from a pool. It panics
// unless len(dst) = s and len(x) = n. dst may overlap x.
func (t *SRHT) Apply(dst, x []float64) {
	if len(dst) != t.s || len(x) != t.n {
		panic(fmt.Sprintf("hadamard: Apply of a %d × %d SRHT with lengths dst=%d x=%d", t.s, t.n, len(dst), len(x)))
	}
	buf := getScratch(&t.scratch, t.padded)
	y := (*buf)[:t.padded]
	signAndTransform(y, x, t.signs)
	t.sample(dst, y)
	t.scratch.Put(buf)
}

// sample picks the rows of S from H·D·x.
func (t *SRHT) sample(dst, y []float64) {
	for j, r := range t.rows {
		dst[j] = t.scale * y[r]
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
		w := min(srhtCols, hi-c)
		for i := range t.n {
			flip := t.signs[i/64] >> (i % 64) << 63
			in, out := a[i*cols+c:][:w], (*[srhtCols]float64)(x[i*srhtCols:])
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
		clear(x[t.n*srhtCols:])
		asm.FWHTCols(x, t.padded, srhtCols, srhtCols)
		for j, r := range t.rows {
			in, out := (*[srhtCols]float64)(x[r*srhtCols:]), dst[j*cols+c:][:w]
			for k := range out {
				out[k] = t.scale * in[k&(srhtCols-1)]
			}
		}
	}
	t.scratch.Put(buf)
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
