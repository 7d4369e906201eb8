package hadamard

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/nearlinear/nearlinear/asm"
)

const kroneckerStream = 0x4b525354_00000001

// KroneckerSRHT is a subsampled randomized Hadamard transform of ℝᵐ ⊗ ℝᵈ with
// Kronecker-structured signs, the s × m·d matrix
//
//	S = (1/√s) · P · (H·D_m ⊗ H·D_d)
//
// where D_m and D_d are random signs (followed by zero padding to the next
// powers of two m' and d'), the two H are unscaled Hadamard matrices of orders
// m' and d', and P chooses s of the m'·d' pairs (p, q), uniformly without
// replacement. On a Kronecker product it costs what its factors cost,
//
//	S·(u ⊗ v) = (1/√s) · ((H·D_m·u)[p_j] · (H·D_d·v)[q_j])_j,
//
// and nothing of size m·d is formed: transform the factors with
// [KroneckerSRHT.TransformLeft] and [KroneckerSRHT.TransformRight], then
// [KroneckerSRHT.Sample]. E‖S·x‖² = ‖x‖² for every x, but the signs are less
// random than those of an [SRHT] and the guarantees weaker: Jin, Kolda and
// Ward, Faster Johnson–Lindenstrauss transforms via Kronecker products, 2019.
//
// A KroneckerSRHT depends on m, d, s and seed alone, on every platform and in
// every later version. It is never written to after its construction: any
// number of goroutines may use it at once.
type KroneckerSRHT struct {
	m, d, s               int
	leftLen, rightLen     int
	scale                 float64
	leftSigns, rightSigns []uint64
	left, right           []int // the sampled pairs, ascending
	scratch               sync.Pool
}

// NewKroneckerSRHT returns the s × m·d transform for the seed. The error wraps
// [ErrDimension] if m or d is less than 1 or m'·d' overflows an int, and
// [ErrSampleSize] if s < 1 or s > m'·d'.
func NewKroneckerSRHT(m, d, s int, seed uint64) (*KroneckerSRHT, error) {
	left, err := paddedLen("m", m)
	if err != nil {
		return nil, err
	}
	right, err := paddedLen("d", d)
	if err != nil {
		return nil, err
	}
	shift := bits.Len(uint(right)) - 1
	if bits.Len(uint(left))+shift >= bits.UintSize {
		return nil, fmt.Errorf("%w: m·d = %d·%d, padded to %d·%d", ErrDimension, m, d, left, right)
	}
	if s < 1 || s > left<<shift {
		return nil, fmt.Errorf("%w: s = %d of %d·%d pairs", ErrSampleSize, s, left, right)
	}
	src := newSource(seed, kroneckerStream)
	t := &KroneckerSRHT{m: m, d: d, s: s, leftLen: left, rightLen: right, scale: 1 / math.Sqrt(float64(s))}
	t.leftSigns = src.signs(m)
	t.rightSigns = src.signs(d)
	t.left = src.subset(left<<shift, s)
	t.right = make([]int, s)
	for j, pair := range t.left {
		t.left[j], t.right[j] = pair>>shift, pair&(right-1)
	}
	return t, nil
}

// N returns m·d, the length of the vectors that the transform takes.
func (t *KroneckerSRHT) N() int { return t.m * t.d }

// M returns m, the length of left factors.
func (t *KroneckerSRHT) M() int { return t.m }

// D returns d, the length of right factors.
func (t *KroneckerSRHT) D() int { return t.d }

// S returns the number of rows s of S, the length of an output.
func (t *KroneckerSRHT) S() int { return t.s }

// LeftLen returns m', the least power of two ≥ m.
func (t *KroneckerSRHT) LeftLen() int { return t.leftLen }

// RightLen returns d', the least power of two ≥ d.
func (t *KroneckerSRHT) RightLen() int { return t.rightLen }

// Pairs returns copies of the sampled positions p and q of the transformed
// left and right factors, in ascending order of (p, q).
func (t *KroneckerSRHT) Pairs() (p, q []int) { return slices.Clone(t.left), slices.Clone(t.right) }

// LeftSign returns D_m[r], +1 or -1. It panics unless 0 ≤ r < m.
func (t *KroneckerSRHT) LeftSign(r int) float64 {
	if r < 0 || r >= t.m {
		panic(fmt.Sprintf("hadamard: LeftSign(%d) of a KroneckerSRHT with m = %d", r, t.m))
	}
	return sign(t.leftSigns, r)
}

// RightSign returns D_d[k], +1 or -1. It panics unless 0 ≤ k < d.
func (t *KroneckerSRHT) RightSign(k int) float64 {
	if k < 0 || k >= t.d {
		panic(fmt.Sprintf("hadamard: RightSign(%d) of a KroneckerSRHT with d = %d", k, t.d))
	}
	return sign(t.rightSigns, k)
}

// TransformLeft replaces u by H·D_m·u, where u is its first m elements; the
// rest is taken as zero. It panics unless len(u) = m'. It allocates nothing.
func (t *KroneckerSRHT) TransformLeft(u []float64) {
	if len(u) != t.leftLen {
		panic(fmt.Sprintf("hadamard: TransformLeft of length %d, want %d", len(u), t.leftLen))
	}
	signAndTransform(u, u[:t.m], t.leftSigns)
}

// TransformRight replaces v by H·D_d·v, where v is its first d elements; the
// rest is taken as zero. It panics unless len(v) = d'. It allocates nothing.
func (t *KroneckerSRHT) TransformRight(v []float64) {
	if len(v) != t.rightLen {
		panic(fmt.Sprintf("hadamard: TransformRight of length %d, want %d", len(v), t.rightLen))
	}
	signAndTransform(v, v[:t.d], t.rightSigns)
}

// Sample sets dst[j] = (u[p_j]·v[q_j])·(1/√s), each product rounded, for
// factors u and v that TransformLeft and TransformRight made. It panics unless
// len(dst) = s, len(u) = m' and len(v) = d'; dst must not overlap u or v. It
// allocates nothing.
func (t *KroneckerSRHT) Sample(dst, u, v []float64) {
	if len(dst) != t.s || len(u) != t.leftLen || len(v) != t.rightLen {
		panic(fmt.Sprintf("hadamard: Sample with lengths dst=%d u=%d v=%d, want %d, %d and %d", len(dst), len(u), len(v), t.s, t.leftLen, t.rightLen))
	}
	right := t.right[:len(t.left)]
	dst = dst[:len(t.left)]
	for j, p := range t.left {
		dst[j] = float64(u[p]*v[right[j]]) * t.scale
	}
}

// Sample32 is [KroneckerSRHT.Sample] for a left factor held in float32, which
// holds the transform of up to 2²⁴ values 0 and ±1 exactly, such as gates; for
// those it gives the bits of Sample. It panics as Sample does, and allocates
// nothing.
func (t *KroneckerSRHT) Sample32(dst []float64, u []float32, v []float64) {
	if len(dst) != t.s || len(u) != t.leftLen || len(v) != t.rightLen {
		panic(fmt.Sprintf("hadamard: Sample32 with lengths dst=%d u=%d v=%d, want %d, %d and %d", len(dst), len(u), len(v), t.s, t.leftLen, t.rightLen))
	}
	right := t.right[:len(t.left)]
	dst = dst[:len(t.left)]
	for j, p := range t.left {
		dst[j] = float64(float64(u[p])*v[right[j]]) * t.scale
	}
}

// Apply sets dst = S·x for any x of length m·d, entry r·d+k belonging to
// (r, k). It is the reference for vectors that are no Kronecker product:
// m'·d' elements of scratch, from a pool, and m'·d'·log₂(m'·d') additions. It
// panics unless len(dst) = s and len(x) = m·d. dst may overlap x. On u ⊗ v it
// equals TransformLeft, TransformRight and Sample up to rounding.
func (t *KroneckerSRHT) Apply(dst, x []float64) {
	if len(dst) != t.s || !isProduct(len(x), t.m, t.d) {
		panic(fmt.Sprintf("hadamard: Apply of a %d × %d·%d KroneckerSRHT with lengths dst=%d x=%d", t.s, t.m, t.d, len(dst), len(x)))
	}
	size := t.leftLen * t.rightLen
	buf := getScratch(&t.scratch, size)
	y := (*buf)[:size]
	for r := range t.m {
		row := y[r*t.rightLen:][:t.rightLen]
		asm.FlipSigns(row[:t.d], x[r*t.d:][:t.d], t.rightSigns)
		clear(row[t.d:])
		if t.leftSigns[r/64]>>(r%64)&1 != 0 {
			for k := range row[:t.d] {
				row[k] = -row[k]
			}
		}
	}
	clear(y[t.m*t.rightLen:])
	asm.FWHT(y, size) // H_{m'd'} = H_{m'} ⊗ H_{d'}
	for j, p := range t.left {
		dst[j] = y[p*t.rightLen+t.right[j]] * t.scale
	}
	t.scratch.Put(buf)
}
