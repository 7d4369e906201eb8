package solver

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/asm"
)

// SparseSign is the sparse sign embedding: each of the n columns of S has ζ
// entries ±1/√ζ in distinct random rows (Kane and Nelson 2014; Tropp, Yurtsever,
// Udell and Cevher 2019, who recommend ζ = 8). S·A costs ζ additions for each entry
// of A and reads A once; no sketch is cheaper on a matrix that is there.
//
// Column i depends on n, s, ζ, i and the seed alone, on every platform. It is
// never written to after its construction: any number of goroutines may use it.
type SparseSign struct {
	n, s, zeta int
	hits       []uint32 // ζ a column: row·2 + (1 for minus)
	scale      float64
}

// NewSparseSign returns the s × n embedding with ζ = min(zeta, s) entries a
// column; zeta 0 means 8. 4ζn bytes. ErrShape for n or s out of range, ErrOption
// for a zeta below 0 or above 64.
func NewSparseSign(n, s, zeta int, seed uint64) (*SparseSign, error) {
	if err := checkSketchSize("SparseSign", n, s); err != nil {
		return nil, err
	}
	if zeta < 0 || zeta > 64 {
		return nil, fmt.Errorf("solver: SparseSign with %d entries a column: %w", zeta, ErrOption)
	}
	if zeta == 0 {
		zeta = 8
	}
	zeta = min(zeta, s)
	t := &SparseSign{n: n, s: s, zeta: zeta, hits: make([]uint32, n*zeta), scale: 1 / math.Sqrt(float64(zeta))}
	for i := range n {
		src := counter(seed, streamSparse, uint64(i))
		t.column(t.hits[i*zeta:(i+1)*zeta], &src)
	}
	return t, nil
}

// column draws distinct rows (Floyd's algorithm, in Bentley 1987), and signs.
func (t *SparseSign) column(hits []uint32, src *rand.PCG) {
	signs := src.Uint64()
	for q := range hits {
		j := uint32(t.s - len(hits) + q)
		r := below(src, j+1)
		for _, h := range hits[:q] {
			if h>>1 == r {
				r = j // not among those before: they are less than j
				break
			}
		}
		hits[q] = r<<1 | uint32(signs>>q&1)
	}
}

// below returns a uniform integer in [0, n): the high word of a product, with
// what would favour some refused (Lemire 2019).
func below(src *rand.PCG, n uint32) uint32 {
	for {
		hi, lo := bits.Mul64(src.Uint64(), uint64(n))
		if lo >= -uint64(n)%uint64(n) {
			return uint32(hi)
		}
	}
}

// N returns n, the length of an input.
func (t *SparseSign) N() int { return t.n }

// S returns s, the length of an output.
func (t *SparseSign) S() int { return t.s }

// Apply sets dst = S·x: ζn additions, no allocation. It panics unless len(dst) =
// s and len(x) = n; the two must not overlap.
func (t *SparseSign) Apply(dst, x []float64) {
	checkSketch("SparseSign.Apply", dst, x, t.s, t.n, 1, 0, 1)
	clear(dst)
	for i, v := range x {
		for _, h := range t.hits[i*t.zeta : (i+1)*t.zeta] {
			dst[h>>1] += math.Float64frombits(math.Float64bits(v) ^ uint64(h)<<63)
		}
	}
	asm.Scale(dst, t.scale, dst)
}

// ApplyCols sets dst = S·A for the row-major n × cols matrix a and the row-major
// s × cols matrix dst: column by column what Apply computes, to the bit. It
// panics on wrong lengths; a and dst must not overlap.
func (t *SparseSign) ApplyCols(dst, a []float64, cols int) { t.ApplyColsRange(dst, a, cols, 0, cols) }

// ApplyColsRange does the part of ApplyCols for columns lo to hi−1; it panics unless 0 ≤ lo ≤ hi
// ≤ cols. Several goroutines may do parts that do not overlap.
func (t *SparseSign) ApplyColsRange(dst, a []float64, cols, lo, hi int) {
	checkSketch("SparseSign.ApplyCols", dst, a, t.s, t.n, cols, lo, hi)
	const width = 128 // of s rows at once: those of a few thousand stay in cache
	for c := lo; c < hi; c += width {
		w := min(width, hi-c)
		for j := range t.s {
			clear(dst[j*cols+c:][:w])
		}
		for i := range t.n {
			row := a[i*cols+c:][:w]
			for _, h := range t.hits[i*t.zeta : (i+1)*t.zeta] {
				asm.Axpy(dst[int(h>>1)*cols+c:][:w], 1-2*float64(h&1), row)
			}
		}
		for j := range t.s {
			row := dst[j*cols+c:][:w]
			asm.Scale(row, t.scale, row)
		}
	}
}
