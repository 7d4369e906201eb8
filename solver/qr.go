package solver

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// QR is the factorisation A = Q·R of an s × n matrix, s ≥ n, by Householder
// reflections, in the precision of T. It serves one goroutine at a time.
type QR[T float32 | float64] struct {
	h      *householder[T]
	y      []float64
	s      int
	stride int
	// err is why there is no factor; rank why it cannot solve.
	err, rank error
	vecs      *qrVecs[T] // made by the first SolveVecs
}

// QROptions configures NewQR. nil means the zero value.
type QROptions struct {
	Stride  int // row stride of a; 0 means n
	Workers int // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.
}

// NewQR factors the s × n matrix a, row-major, which is copied. See Factor for
// cost and errors; s(n + 136) numbers and a little more are held.
func NewQR[T float32 | float64](ctx context.Context, a []T, s, n int, opts *QROptions) (*QR[T], error) {
	var o QROptions
	if opts != nil {
		o = *opts
	}
	if _, err := checkDense("QR", a, s, n, o.Stride); err != nil {
		return nil, err
	}
	if s < n {
		return nil, fmt.Errorf("solver: QR of %d × %d, fewer rows than columns: %w", s, n, ErrShape)
	}
	q := &QR[T]{h: newHouseholder[T](ctx, s, n, o.Workers), y: make([]float64, s), s: s, stride: o.Stride}
	if err := q.Factor(ctx, a); err != nil {
		return nil, err
	}
	return q, nil
}

// Factor replaces the factorisation by that of another matrix of the same
// shape and row stride. It allocates nothing.
//
// 2sn² − ⅔n³ flops in blocks of 32 columns, most of them in matrix products
// (Schreiber and Van Loan 1989). No worker count changes a bit. Entries may lie
// anywhere between 1e-290 and 1e+290,
// in float32 between 1e-35 and 1e+35. NaN, Inf or overflow give ErrNotFinite
// with the column; ctx is asked every few milliseconds and its cause returned.
// A rank-deficient matrix has a factorisation too: only SolveVec refuses it.
func (q *QR[T]) Factor(ctx context.Context, a []T) error {
	lda, err := checkDense("QR", a, q.s, q.h.n, q.stride)
	if err != nil {
		return err
	}
	q.err = q.h.factorRows(ctx, a, lda, q.s, q.s)
	if q.err == nil {
		q.rank = checkRank("QR", q.h.at, q.s, q.h.n, q.h.ld)
	}
	return q.err
}

// Dims returns s and n.
func (q *QR[T]) Dims() (rows, cols int) { return q.s, q.h.n }

// R copies R to dst, n × n row-major, zeros below the diagonal. Diagonal
// entries may have either sign. It panics on another length, or if the last Factor failed.
func (q *QR[T]) R(dst []T) {
	n := q.h.n
	mustLen("QR.R", dst, n*n)
	q.ready("R")
	for i := range n {
		clear(dst[i*n : i*n+i])
		for j := i; j < n; j++ {
			dst[i*n+j] = q.h.at[j*q.h.ld+i]
		}
	}
}

// MulQTransVec sets dst = Qᵀ·y, Q being the full s × s orthogonal matrix: the
// first n entries belong to the range of A, the rest is the part of y that A
// cannot reach. dst may be y. 4sn − 2n² flops. It panics unless both have length s, or if
// the last Factor failed.
func (q *QR[T]) MulQTransVec(dst, y []T) {
	mustLen("QR.MulQTransVec", dst, q.s)
	mustLen("QR.MulQTransVec", y, q.s)
	q.ready("MulQTransVec")
	convert(q.y, y)
	q.h.mulQTrans(q.y)
	convert(dst, q.y)
}

// MulQVec sets dst = Q·y, the inverse of MulQTransVec, at the same cost and
// under the same rules.
func (q *QR[T]) MulQVec(dst, y []T) {
	mustLen("QR.MulQVec", dst, q.s)
	mustLen("QR.MulQVec", y, q.s)
	q.ready("MulQVec")
	convert(q.y, y)
	q.h.mulQ(q.y)
	convert(dst, q.y)
}

// SolveVec sets dst, of length n, to the x that minimises ‖A·x − b‖, and returns
// that norm. b has length s and is not changed; dst must not overlap it. A
// matrix whose R has a diagonal entry below max(s, n)·2⁻⁵² of the largest, in
// float32 below max(30, 4√s)·2⁻²⁴, gives ErrRankDeficient with the column; NaN or Inf
// in b, or an x that overflows, ErrNotFinite with the place. After an error dst is
// what it was. Vectors are of float64 inside. 4sn − n² flops.
func (q *QR[T]) SolveVec(dst, b []T) (residual float64, err error) {
	n := q.h.n
	if len(dst) != n || len(b) != q.s {
		return 0, fmt.Errorf("solver: QR.SolveVec of %d × %d with vectors of %d and %d: %w", q.s, n, len(dst), len(b), ErrShape)
	}
	if q.err != nil {
		return 0, q.err
	}
	if q.rank != nil {
		return 0, q.rank
	}
	if err := checkFinite("QR.SolveVec", "b", b); err != nil {
		return 0, err
	}
	convert(q.y, b)
	q.h.mulQTrans(q.y)
	solveLowerTrans(q.y[:n], q.h.at, q.h.ld, q.h.axpyVec)
	for i, v := range q.y[:n] {
		if !finite(float64(T(v))) {
			return 0, fmt.Errorf("solver: QR.SolveVec of %d × %d: x[%d] is %v: %w", q.s, n, i, T(v), ErrNotFinite)
		}
	}
	convert(dst, q.y[:n])
	return asm.Nrm2(q.y[n:]), nil
}

func (q *QR[T]) ready(where string) {
	if q.err != nil {
		panic(fmt.Sprintf("solver: QR.%s without a factorisation: %v", where, q.err))
	}
}
