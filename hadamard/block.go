package hadamard

import (
	"fmt"
	"math"
	"math/bits"
	"sync"

	"github.com/nearlinear/nearlinear/asm"
)

const blockStream = 0x424c5348_00000001

// blockLen is the length of a block of a BlockSRHT: its transform and that of
// eight columns at once stay in the first caches.
const blockLen = 1024

// BlockSRHT is the block subsampled randomized Hadamard transform of Balabanov,
// Beaupère, Grigori and Lederer (2023), the s × n matrix
//
//	S = (1/√s) · Σ_b E_b · P_b · H · D_b
//
// that cuts a vector into blocks b of 1024, transforms each one by itself after
// random signs D_b, and adds up what random signs E_b and random choices P_b of
// s rows take of them. Only the last block is padded, to the next power of two:
// nothing is of length 2ᵏ ≥ n, and n·10 additions replace n·log₂n. Gathering
// takes s·n/1024 more.
//
// P_b takes the rows of a random permutation in turn, and of another one once
// they are used up, so s is not bounded by the block. For every x,
// E‖S·x‖² = ‖x‖²; S embeds a subspace with about as many rows as an [SRHT].
//
// It depends on n, s and seed alone, on every platform and in every later
// version, and is never written to after its construction: any number of
// goroutines may use it at once.
type BlockSRHT struct {
	n, s    int
	scale   float64
	signs   []uint64
	take    []uint16  // of block b for output j at b·s + j: row, and top bit for the sign
	scratch sync.Pool // of *[]float64
}

// NewBlockSRHT returns the s × n transform for the seed. It holds n/8 + s·n/512
// bytes. The error wraps [ErrDimension] if n < 1 or the size overflows, and
// [ErrSampleSize] if s < 1.
func NewBlockSRHT(n, s int, seed uint64) (*BlockSRHT, error) {
	if n < 1 {
		return nil, fmt.Errorf("%w: n = %d", ErrDimension, n)
	}
	if s < 1 {
		return nil, fmt.Errorf("%w: s = %d", ErrSampleSize, s)
	}
	blocks := (n-1)/blockLen + 1
	if hi, lo := bits.Mul(uint(blocks), uint(s)); hi != 0 || lo > math.MaxInt/2 {
		return nil, fmt.Errorf("%w: %d blocks of n = %d for s = %d", ErrDimension, blocks, n, s)
	}
	src := newSource(seed, blockStream)
	t := &BlockSRHT{n: n, s: s, scale: 1 / math.Sqrt(float64(s)), signs: src.signs(n), take: make([]uint16, blocks*s)}
	var perm [blockLen]uint16
	for b := range blocks {
		rows := t.blockRows(b)
		for i := range rows {
			perm[i] = uint16(i)
		}
		take := t.take[b*s : (b+1)*s]
		var word uint64
		for j := range take {
			if j%64 == 0 {
				word = src.pcg.Uint64()
			}
			i := j % rows // the next of the permutation, drawn when it is needed
			k := i + int(src.below(uint64(rows-i)))
			perm[i], perm[k] = perm[k], perm[i]
			take[j] = perm[i] | uint16(word>>(j%64)&1)<<15
		}
	}
	return t, nil
}

// blockRows returns the order of the transform of block b.
func (t *BlockSRHT) blockRows(b int) int {
	return min(blockLen, 1<<bits.Len(uint(t.n-b*blockLen-1)))
}

// N returns the number of columns n of S, the length of an input.
func (t *BlockSRHT) N() int { return t.n }

// S returns the number of rows s of S, the length of an output.
func (t *BlockSRHT) S() int { return t.s }

// Apply sets dst = S·x and leaves x as it was. It panics unless len(dst) = s and
// len(x) = n; the two must not overlap. It allocates nothing.
func (t *BlockSRHT) Apply(dst, x []float64) {
	if len(dst) != t.s || len(x) != t.n {
		panic(fmt.Sprintf("hadamard: Apply of a %d × %d BlockSRHT with lengths dst=%d x=%d", t.s, t.n, len(dst), len(x)))
	}
	var y [blockLen]float64
	clear(dst)
	for b := 0; b*blockLen < t.n; b++ {
		in := x[b*blockLen : min((b+1)*blockLen, t.n)]
		part := y[:t.blockRows(b)]
		asm.FlipSigns(part[:len(in)], in, t.signs[b*blockLen/64:])
		clear(part[len(in):])
		asm.FWHT(part, len(part))
		for j, v := range t.take[b*t.s : (b+1)*t.s] {
			dst[j] += xor(part[v&(blockLen-1)], uint64(v)>>15<<63)
		}
	}
	asm.Scale(dst, t.scale, dst)
}

// ApplyCols sets dst = S·A, where A is the row-major n × cols matrix a and dst
// the row-major s × cols result: column by column what [BlockSRHT.Apply]
// computes, to the bit. It goes through scratch of 8·(1024 + s) elements from a
// pool, eight columns at a time. It panics unless len(a) = n·cols and len(dst)
// = s·cols; the two must not overlap.
func (t *BlockSRHT) ApplyCols(dst, a []float64, cols int) { t.ApplyColsRange(dst, a, cols, 0, cols) }

// ApplyColsRange does the part of [BlockSRHT.ApplyCols] for columns lo ≤ c < hi
// of the same a and dst, and leaves the other columns of dst alone. Goroutines
// may share the work of one product: cut it at multiples of eight columns.
func (t *BlockSRHT) ApplyColsRange(dst, a []float64, cols, lo, hi int) {
	if cols < 0 || !isProduct(len(a), t.n, cols) || !isProduct(len(dst), t.s, cols) || lo < 0 || hi < lo || cols < hi {
		panic(fmt.Sprintf("hadamard: ApplyCols of a %d × %d BlockSRHT to columns [%d, %d) of %d with lengths dst=%d a=%d", t.s, t.n, lo, hi, cols, len(dst), len(a)))
	}
	if lo == hi {
		return
	}
	buf := getScratch(&t.scratch, (blockLen+t.s)*srhtCols)
	for c := lo; c < hi; c += srhtCols {
		t.applyFew(dst, *buf, a, cols, c, min(srhtCols, hi-c))
	}
	t.scratch.Put(buf)
}

// applyFew does what Apply does for w ≤ srhtCols columns of a, from c on.
func (t *BlockSRHT) applyFew(dst, scratch, a []float64, cols, c, w int) {
	part, sum := scratch[:blockLen*srhtCols], scratch[blockLen*srhtCols:][:t.s*srhtCols]
	clear(sum)
	for b := 0; b*blockLen < t.n; b++ {
		start, rows := b*blockLen, t.blockRows(b)
		end := min(start+rows, t.n)
		signCols(part, a, t.signs, start, end, cols, c, w)
		clear(part[(end-start)*srhtCols : rows*srhtCols])
		asm.FWHTCols(part, rows, srhtCols, srhtCols)
		for j, v := range t.take[b*t.s : (b+1)*t.s] {
			in, out := (*[srhtCols]float64)(part[int(v&(blockLen-1))*srhtCols:]), (*[srhtCols]float64)(sum[j*srhtCols:])
			flip := uint64(v) >> 15 << 63
			out[0] += xor(in[0], flip)
			out[1] += xor(in[1], flip)
			out[2] += xor(in[2], flip)
			out[3] += xor(in[3], flip)
			out[4] += xor(in[4], flip)
			out[5] += xor(in[5], flip)
			out[6] += xor(in[6], flip)
			out[7] += xor(in[7], flip)
		}
	}
	for j := range t.s {
		for k := range w {
			dst[j*cols+c+k] = t.scale * sum[j*srhtCols+k]
		}
	}
}
