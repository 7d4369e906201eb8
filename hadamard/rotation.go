package hadamard

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"

	"github.com/nearlinear/nearlinear/asm"
)

// rotationStream separates the randomness of a Rotation from that of other
// things with the same seed.
const rotationStream = 0x524f5441_00000001

const (
	defaultRounds   = 2
	maxRounds       = 16
	maxRotationElem = 1 << 26 // of all factors: 256 MB of float32
)

// ErrEncoding is wrapped by the errors of [Rotation.UnmarshalBinary] for bytes
// that are no rotation.
var ErrEncoding = errors.New("hadamard: not an encoded rotation")

// RotationOptions select a [Rotation]. The zero value and nil are the same.
type RotationOptions struct {
	// Rounds is how often signs and transform are applied, 1 to 16; 0 means 2.
	// See the package documentation for which use takes how many.
	Rounds int

	// Workers bounds the goroutines of a call on many rows, the caller's
	// included; 0 means GOMAXPROCS. The result does not depend on it.
	Workers int
}

// Rotation is a random orthogonal d × d matrix that takes O(d·log d) to apply,
// for any d ≥ 2 and without padding: what is put before quantisation, so that the
// coordinates of any vector look like those of a Gaussian one of its norm.
//
// A round is (1/√d)·H·D with random signs D on the diagonal and a Hadamard matrix H
// of order d. Where there is none (see [TransformMixed]), n is the largest order
// below, more than 4/5 of d from 16 on, and a round has two such steps, each with
// signs of its own: on the first n coordinates, then on the last n, which overlap.
// That is after the rotator of the RaBitQ library (Gao and others, 2024), whose
// windows are the powers of two below, one in a round, with rotations of pairs of
// coordinates in between; windows that are larger, and two of them, do without.
//
// Norms are kept to rounding, a relative error of a few units in the last place, and
// inner products with such an error of the product of the two norms.
//
// # What a seed means
//
// The rotation depends on d, the seed and the number of rounds alone, on every
// platform and in every later version; for float32 and float64 the signs are the
// same. They are bits of the PCG generator of math/rand/v2, seeded with (seed,
// 0x524f544100000001) and used by its 64-bit outputs. A step on n coordinates, in
// the order in which steps are applied, takes the next ⌈n/64⌉ outputs; coordinate
// i of the window changes sign where bit i mod 64 of output ⌊i/64⌋, counted from
// the least significant, is set. The sign and 1/√n, in float64 rounded to T, are
// one factor, which a coordinate is multiplied by; the transform is that of
// TransformMixed. The inverse takes the steps backwards, each the transform first
// and then the factors.
//
// A Rotation is never written to after its construction: any number of goroutines
// may use it at once. Nothing is allocated after construction. Calls on many rows
// at once share one team of workers; one that finds it taken works alone.
type Rotation[T Float] struct {
	d, rounds int
	seed      uint64
	m, pow    int   // windows have m·pow coordinates
	starts    []int // of the window of each step of a round
	factors   [][]T // of each step
	ones      []T

	mu      sync.Mutex // holds team and call
	team    *asm.Team  // nil for one worker
	call    rotationCall[T]
	body    func(worker, task int)
	scratch sync.Pool // of *[]T, for RotateInt8
}

// rotationCall is a call on many rows. Each format reads src or halves, and writes
// dst or codes and scales.
type rotationCall[T Float] struct {
	format   rotationFormat
	dst, src []T
	halves   []uint16
	codes    []int8
	scales   []float32

	rows, stride, grain int
}

type rotationFormat uint8

const (
	forwardFloats rotationFormat = iota
	backwardFloats
	fromFloat16
	fromBFloat16
	toInt8
)

// NewRotation returns the rotation of d coordinates for the seed; nil options are
// the zero value. It holds d or 2·d elements a round, and d more. The error wraps
// [ErrDimension] if d < 2 or the factors of all rounds may be more than 2²⁶, and
// [ErrOption] for rounds out of range.
func NewRotation[T Float](d int, seed uint64, opts *RotationOptions) (*Rotation[T], error) {
	var o RotationOptions
	if opts != nil {
		o = *opts
	}
	if o.Rounds == 0 {
		o.Rounds = defaultRounds
	}
	if o.Rounds < 1 || o.Rounds > maxRounds {
		return nil, fmt.Errorf("%w: Rounds %d, want 1 to %d", ErrOption, o.Rounds, maxRounds)
	}
	r := new(Rotation[T])
	if err := r.init(d, o.Rounds, seed); err != nil {
		return nil, err
	}
	r.setWorkers(o.Workers)
	return r, nil
}

func (r *Rotation[T]) init(d, rounds int, seed uint64) error {
	if d < 2 || d > maxRotationElem/(2*rounds) {
		return fmt.Errorf("%w: rotation of d = %d coordinates in %d rounds, want 2 to %d", ErrDimension, d, rounds, maxRotationElem/(2*rounds))
	}
	n := orderBelow(d)
	r.d, r.rounds, r.seed, r.starts = d, rounds, seed, []int{0}
	r.m, r.pow, _ = splitOrder(n)
	if n < d {
		r.starts = []int{0, d - n}
	}
	scale := 1 / math.Sqrt(float64(n))
	factor := [2]T{T(scale), T(-scale)}
	r.ones = make([]T, n)
	for i := range r.ones {
		r.ones[i] = 1
	}
	src := newSource(seed, rotationStream)
	r.factors = make([][]T, rounds*len(r.starts))
	for k := range r.factors {
		f, signs := make([]T, n), src.signs(n)
		for i := range f {
			f[i] = factor[signs[i/64]>>(i%64)&1]
		}
		r.factors[k] = f
	}
	return nil
}

func (r *Rotation[T]) setWorkers(workers int) {
	r.team, r.body = nil, nil
	if workers == 1 {
		return
	}
	if t := asm.NewTeam(workers); t.Workers() > 1 {
		r.team = t
		r.body = func(_, i int) {
			lo := i * r.call.grain
			r.some(&r.call, lo, min(lo+r.call.grain, r.call.rows))
		}
	}
}

// orderBelow returns the largest order of TransformMixed that is at most d.
func orderBelow(d int) int {
	best := 1
	for _, m := range mixedOrders {
		for n := m; n <= d; n *= 2 {
			best = max(best, n)
		}
	}
	return best
}

// Dim returns d.
func (r *Rotation[T]) Dim() int { return r.d }

// Rounds returns the number of rounds.
func (r *Rotation[T]) Rounds() int { return r.rounds }

// Seed returns the seed.
func (r *Rotation[T]) Seed() uint64 { return r.seed }

// Apply rotates the vector x in place. It panics unless len(x) = d. It takes
// d·log₂d additions a round, and twice those of the order below where d is none.
func (r *Rotation[T]) Apply(x []T) { r.ApplyTo(x, x) }

// ApplyTo sets dst to the rotated src. It panics unless both have length d; they
// must be the same slice or not overlap.
func (r *Rotation[T]) ApplyTo(dst, src []T) { r.vector("ApplyTo", dst, src, forwardFloats) }

// ApplyRows rotates each row of src into that of dst: row i is the d elements from
// i·stride on, in both, and a stride of 0 is d. What lies between the rows is not
// touched. It panics if a slice is too short, rows is negative or the stride less
// than d; dst and src must be the same slice or not overlap.
func (r *Rotation[T]) ApplyRows(dst, src []T, rows, stride int) {
	r.matrix("ApplyRows", dst, src, rows, stride, forwardFloats)
}

// Inverse rotates the vector x back in place: it undoes Apply up to rounding. It
// panics unless len(x) = d.
func (r *Rotation[T]) Inverse(x []T) { r.InverseTo(x, x) }

// InverseTo sets dst to src rotated back; see [Rotation.ApplyTo].
func (r *Rotation[T]) InverseTo(dst, src []T) { r.vector("InverseTo", dst, src, backwardFloats) }

// InverseRows rotates each row of src back into that of dst; see
// [Rotation.ApplyRows].
func (r *Rotation[T]) InverseRows(dst, src []T, rows, stride int) {
	r.matrix("InverseRows", dst, src, rows, stride, backwardFloats)
}

func (r *Rotation[T]) vector(what string, dst, src []T, format rotationFormat) {
	if r.d == 0 || len(dst) != r.d || len(src) != r.d {
		panic(fmt.Sprintf("hadamard: %s of a Rotation with d = %d with lengths dst=%d src=%d", what, r.d, len(dst), len(src)))
	}
	if format == forwardFloats {
		r.forward(dst, src, 1, r.d)
	} else {
		r.backward(dst, src, 1, r.d)
	}
}

func (r *Rotation[T]) matrix(what string, dst, src []T, rows, stride int, format rotationFormat) {
	if stride == 0 {
		stride = r.d
	}
	short := func(x []T) bool { return rows > 0 && (len(x) < r.d || (len(x)-r.d)/stride < rows-1) }
	if r.d == 0 || rows < 0 || stride < r.d || short(dst) || short(src) {
		panic(fmt.Sprintf("hadamard: %s of a Rotation with d = %d to %d rows with stride %d in lengths dst=%d src=%d", what, r.d, rows, stride, len(dst), len(src)))
	}
	r.run(rotationCall[T]{format: format, dst: dst, src: src, rows: rows, stride: stride})
}

// run does a call, on the team if there is enough to do and no other call has it.
func (r *Rotation[T]) run(c rotationCall[T]) {
	if r.team == nil || c.rows < 2 || c.rows*r.d < parallelMin || !r.mu.TryLock() {
		r.some(&c, 0, c.rows)
		return
	}
	defer r.mu.Unlock()
	c.grain = max(1, parallelMin/4/r.d)
	r.call = c
	r.team.Do((c.rows+c.grain-1)/c.grain, r.body)
	r.call = rotationCall[T]{}
}

// some does rows lo to hi-1 of a call, a few at a time where several fit the first
// cache.
func (r *Rotation[T]) some(c *rotationCall[T], lo, hi int) {
	each := max(1, 2048/r.d)
	for i := lo; i < hi; i += each {
		n, at := min(each, hi-i), i*c.stride
		switch c.format {
		case forwardFloats:
			r.forward(c.dst[at:], c.src[at:], n, c.stride)
		case backwardFloats:
			r.backward(c.dst[at:], c.src[at:], n, c.stride)
		case fromFloat16, fromBFloat16:
			r.widen(c, at, n)
		case toInt8:
			r.quantize(c, i, n)
		}
	}
}

// forward takes the steps on rows that stay in a cache. The first one reads src.
func (r *Rotation[T]) forward(dst, src []T, rows, stride int) {
	for k, factors := range r.factors {
		start := r.starts[k%len(r.starts)]
		if k == 0 && len(factors) < r.d {
			for i := range rows {
				copy(dst[i*stride:][len(factors):r.d], src[i*stride+len(factors):])
			}
		}
		r.step(dst[start:], src[start:], factors, rows, stride)
		src = dst
	}
}

// step multiplies the windows that rows begin with by factors, in the first pass
// of their transforms where that pass is one of its own.
func (r *Rotation[T]) step(dst, src, factors []T, rows, stride int) {
	n := len(factors)
	if r.m > 1 && r.pow <= wholePow/int(unsafe.Sizeof(*new(T))) {
		asm.MulRows(dst, src, factors, rows, stride)
		asm.FWHTPaley(dst, r.m, r.pow, rows, stride, 1)
		return
	}
	for i := range rows {
		asm.FWHTProduct(dst[i*stride:][:n], src[i*stride:][:n], factors, r.pow)
	}
	if r.m > 1 {
		asm.Paley(dst, r.m, r.pow, rows, r.pow, stride, 1)
	}
}

// wholePow is the bytes of runs up to which asm.FWHTPaley makes one pass of both.
const wholePow = 64

// backward takes them from the last to the first, each the transform and then the
// factors: those go with the next transform where it has the same window. The
// first transform has the factor 1, to read src.
func (r *Rotation[T]) backward(dst, src []T, rows, stride int) {
	for k := len(r.factors) - 1; k >= 0; k-- {
		start, factors := r.starts[k%len(r.starts)], r.factors[k]
		switch {
		case k == len(r.factors)-1:
			for i := 0; start > 0 && i < rows; i++ {
				copy(dst[i*stride:][:start], src[i*stride:])
			}
			r.step(dst[start:], src[start:], r.ones, rows, stride)
		case len(r.starts) == 1:
			r.step(dst, dst, r.factors[k+1], rows, stride)
		default:
			mixedRows(dst[start:], rows, stride, r.m, r.pow, 1)
		}
		if k == 0 || len(r.starts) > 1 {
			asm.MulRows(dst[start:], dst[start:], factors, rows, stride)
		}
	}
}
