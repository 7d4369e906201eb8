package solver

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// Operator is a linear map known by its action. One with a method
// Dims() (rows, cols int), as Matrix has, is asked for its shape before a solve.
type Operator interface {
	// MulVec sets dst = A·x. It must not change x, must not read dst, and must
	// return the same bits for the same x. dst and x do not overlap.
	MulVec(dst, x []float64)
}

// TransOperator is an Operator that also applies its transpose.
type TransOperator interface {
	Operator
	// MulTransVec sets dst = Aᵀ·y, under the rules of MulVec.
	MulTransVec(dst, y []float64)
}

// OperatorFunc makes an Operator of a function.
type OperatorFunc func(dst, x []float64)

// MulVec calls f(dst, x).
func (f OperatorFunc) MulVec(dst, x []float64) { f(dst, x) }

// Preconditioner applies the inverse of a symmetric positive definite M that
// resembles A. It is M⁻¹ that is applied, never M. One with a method N() int, as
// those of this package have, is asked for its order before a solve.
type Preconditioner interface {
	// SolveVec sets dst = M⁻¹·r. dst may be r itself; r is not changed otherwise.
	SolveVec(dst, r []float64)
}

// MultiPreconditioner is a Preconditioner that is applied to several vectors at once, so that it
// need be read only once for all.
type MultiPreconditioner interface {
	Preconditioner
	// SolveVecs sets row j of dst to M⁻¹ times row j of r, for 0 ≤ j < k; dst and r hold k
	// rows each, one vector a row, one after the other, and dst may be r. The bits of a
	// row must be those of SolveVec: then those of a solution do not depend on the others.
	SolveVecs(dst, r []float64, k int)
}

// Factor is a triangular factor R of M = RᵀR, as SketchQR and Cholesky have it.
type Factor interface {
	SolveR(dst, v []float64)      // dst = R⁻¹·v; dst may be v
	SolveRTrans(dst, v []float64) // dst = R⁻ᵀ·v; dst may be v
}

// Matrix is an explicit m × n matrix, row-major, as an operator. It keeps the
// slice it was made from.
type Matrix struct {
	m, n int
	a    []float64
}

// NewMatrix returns the m × n matrix whose row i is a[i·n : (i+1)·n], or
// ErrShape if len(a) is not m·n.
func NewMatrix(a []float64, m, n int) (*Matrix, error) {
	if err := checkMatrix("NewMatrix", a, m, n); err != nil {
		return nil, err
	}
	return &Matrix{m: m, n: n, a: a}, nil
}

// Dims returns m and n.
func (m *Matrix) Dims() (rows, cols int) { return m.m, m.n }

// MulVec sets dst = A·x, one inner product a row; 2mn flops, bound by reading A
// once. It panics on a wrong length; dst and x must not overlap.
func (m *Matrix) MulVec(dst, x []float64) {
	mustLen("Matrix.MulVec", dst, m.m)
	mustLen("Matrix.MulVec", x, m.n)
	for i := range dst {
		dst[i] = asm.Dot(m.a[i*m.n:(i+1)*m.n], x)
	}
}

// MulTransVec sets dst = Aᵀ·y, rows added in order; cost and rules of MulVec.
func (m *Matrix) MulTransVec(dst, y []float64) {
	mustLen("Matrix.MulTransVec", dst, m.n)
	mustLen("Matrix.MulTransVec", y, m.m)
	clear(dst)
	for i, v := range y {
		asm.Axpy(dst, v, m.a[i*m.n:(i+1)*m.n])
	}
}

// LeftPreconditioned is the operator R⁻ᵀ·A for an n × N operator A and a factor
// with RᵀR ≈ AAᵀ: its singular values are near one. LSQR on it and on R⁻ᵀb,
// started from zero, returns the shortest x with A·x = b directly, with an
// error of κ(A) rather than κ(A)² roundings: the LSRN form of Meng, Saunders
// and Mahoney (2014).
//
// Residuals that LSQR reports are then those of the preconditioned system,
// ‖R⁻ᵀ(b − A·x)‖, which rounding keeps at κ(A) roundings of ‖R⁻ᵀb‖ while b − A·x
// still falls: a relative ρ there is up to κ(A)·ρ of b here. So take RelTol a
// factor κ(A) below what is wanted, 1e-17 to go as far as possible, with
// NoRestart, and judge the result by ‖b − A·x‖. MinNorm does all that by itself.
// A ridge on this operator would not be a ridge on A.
type LeftPreconditioned struct {
	a TransOperator
	r Factor
	t []float64
}

// NewLeftPreconditioned returns R⁻ᵀ·A for an operator A of n rows, or ErrShape
// where A tells another number. The result holds a vector of scratch: it serves one
// goroutine at a time.
func NewLeftPreconditioned(a TransOperator, r Factor, n int) (*LeftPreconditioned, error) {
	if rows, _ := dims(a); n < 0 || rows >= 0 && rows != n {
		return nil, fmt.Errorf("solver: NewLeftPreconditioned with %d rows: %w", n, ErrShape)
	}
	return &LeftPreconditioned{a: a, r: r, t: make([]float64, n)}, nil
}

// MulVec sets dst = R⁻ᵀ·(A·x): one product and one triangular solve.
func (p *LeftPreconditioned) MulVec(dst, x []float64) {
	mustLen("LeftPreconditioned.MulVec", dst, len(p.t))
	p.a.MulVec(dst, x)
	p.r.SolveRTrans(dst, dst)
}

// MulTransVec sets dst = Aᵀ·(R⁻¹·y): one triangular solve and one product.
func (p *LeftPreconditioned) MulTransVec(dst, y []float64) {
	mustLen("LeftPreconditioned.MulTransVec", y, len(p.t))
	p.r.SolveR(p.t, y)
	p.a.MulTransVec(dst, p.t)
}
