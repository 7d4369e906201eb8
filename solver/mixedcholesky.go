package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// MixedCholesky preconditions A + cI, an explicit symmetric positive definite
// matrix in float64, with its Cholesky factor in float32: half of the memory and
// of the time of a [Cholesky], and CG or MINRES regain the digits in a few
// iterations.
//
// What is factored is D(A + cI)D, its diagonal brought to [¼, 1) by powers of two,
// so that no scale of A overflows, plus, where that breaks down, a small shift
// (Higham and Pranesh 2021): a condition of the scaled matrix up to about 10⁷
// needs none. The factor is applied to vectors in float64. Solves may run
// concurrently; Factor may not run beside anything.
type MixedCholesky struct {
	n, stride int
	chol      *Cholesky[float32]
	a         []float32 // D(A + cI)D
	d         []float64
	shift     float64
	ok        bool
}

// NewMixedCholesky factors a + Ridge·I as NewCholesky does. See Factor for cost and
// errors; 8n(n + 50) bytes are held.
func NewMixedCholesky(ctx context.Context, a []float64, n int, opts *CholeskyOptions) (*MixedCholesky, error) {
	var o CholeskyOptions
	if opts != nil {
		o = *opts
	}
	if _, err := checkDense("MixedCholesky", a, n, n, o.Stride); err != nil {
		return nil, err
	}
	p := &MixedCholesky{n: n, stride: o.Stride, a: make([]float32, n*n), d: make([]float64, n)}
	for i := range n {
		p.a[i*n+i] = 1
	}
	var err error
	if p.chol, err = NewCholesky(ctx, p.a, n, &CholeskyOptions{Workers: o.Workers}); err != nil {
		return nil, err
	}
	return p, p.Factor(ctx, a, o.Ridge)
}

// Factor replaces the factor by that of another matrix of the same order and row
// stride, or for another ridge. It allocates nothing. n³/3 flops in float32, again
// with each shift that is tried: 2⁻²⁰ and 2⁻¹⁶ times the diagonal.
//
// ErrNotPositiveDefinite, with the column and value of the pivot, for a matrix that
// is not positive definite in spite of that, ErrNotFinite with the place for a NaN
// or Inf in the lower triangle; the cause of ctx. After an error there is no factor.
func (p *MixedCholesky) Factor(ctx context.Context, a []float64, ridge float64) error {
	p.ok = false
	lda, err := checkDense("MixedCholesky", a, p.n, p.n, p.stride)
	if err != nil {
		return err
	}
	if err := checkRidge("MixedCholesky", ridge); err != nil {
		return err
	}
	for i := range p.d {
		v := a[i*lda+i] + ridge
		if !finite(v) {
			return fmt.Errorf("solver: MixedCholesky of order %d: element (%d, %d) with ridge %g is %v: %w", p.n, i, i, ridge, v, ErrNotFinite)
		}
		if !(v > 0) {
			return fmt.Errorf("solver: MixedCholesky of order %d: element (%d, %d) with ridge %g is %g: %w", p.n, i, i, ridge, v, ErrNotPositiveDefinite)
		}
		_, e := math.Frexp(v)
		p.d[i] = math.Ldexp(1, -e>>1)
	}
	for i, d := range p.d {
		row := p.a[i*p.n:][:i+1]
		for j, v := range a[i*lda:][:i+1] {
			if !finite(v) {
				return fmt.Errorf("solver: MixedCholesky of order %d: element (%d, %d) is %v: %w", p.n, i, j, v, ErrNotFinite)
			}
			row[j] = float32(float64(v*d) * p.d[j])
		}
		row[i] = float32(float64((a[i*lda+i]+ridge)*d) * d)
	}
	for _, p.shift = range []float64{0, 0x1p-20, 0x1p-16} {
		if err = p.chol.Factor(ctx, p.a, p.shift); !errors.Is(err, ErrNotPositiveDefinite) {
			break
		}
	}
	p.ok = err == nil
	return err
}

// N returns the order n.
func (p *MixedCholesky) N() int { return p.n }

// Shift returns the multiple of its diagonal that was added to A + cI.
func (p *MixedCholesky) Shift() float64 { return p.shift }

// SolveVec sets dst = (A + cI)⁻¹·r to about seven digits less those of the
// condition; dst may be r. 2n² flops. It panics on a wrong length, or if the last
// Factor failed.
func (p *MixedCholesky) SolveVec(dst, r []float64) {
	p.ready("SolveVec", dst, r)
	copy(dst, r)
	p.solveRTrans(dst)
	p.solveR(dst)
}

// SolveR sets dst = R⁻¹·v for the R of A + cI ≈ RᵀR; n² flops, rules of SolveVec.
func (p *MixedCholesky) SolveR(dst, v []float64) {
	p.ready("SolveR", dst, v)
	copy(dst, v)
	p.solveR(dst)
}

// SolveRTrans sets dst = R⁻ᵀ·v; n² flops, rules of SolveVec.
func (p *MixedCholesky) SolveRTrans(dst, v []float64) {
	p.ready("SolveRTrans", dst, v)
	copy(dst, v)
	p.solveRTrans(dst)
}

func (p *MixedCholesky) solveR(x []float64) {
	solveLowerTrans(x, p.chol.l, p.chol.ld, p.chol.axpyVec)
	for i, d := range p.d {
		x[i] *= d
	}
}

func (p *MixedCholesky) solveRTrans(x []float64) {
	for i, d := range p.d {
		x[i] *= d
	}
	solveLower(x, p.chol.l, p.chol.ld, p.chol.dotVec)
}

func (p *MixedCholesky) ready(where string, dst, v []float64) {
	if !p.ok || len(dst) != p.n || len(v) != p.n {
		panic(fmt.Sprintf("solver: MixedCholesky.%s of order %d with vectors of %d and %d, factored: %t", where, p.n, len(dst), len(v), p.ok))
	}
}
