package solver

import (
	"context"
	"fmt"
	"math"
)

// lowRank applies the inverse of
//
//	M = Q·(FFᵀ + μI)·Qᵀ + tail·(I − QQᵀ)
//
// for an n × k factor F with the orthonormal range Q. F = Q·R; the reduction of
// Rᵀ to bidiagonal form turns RRᵀ + μI into V·(BᵀB + μI)·Vᵀ, so that a new μ
// costs O(k). Q stays reflectors, see thinQ, which are orthonormal to the rounding of
// float64 even where F is of float32: M is definite for all μ that float64 sees
// beside F.
//
// All of it is scaled: 2^exp times F is what is factored, so that float32 can hold
// it, and 2^2exp times M.
type lowRank struct {
	n, k int
	exp  int
	q    interface {
		apply(dst, x []float64, vecs int, s, unit float64, f func([]float64))
	}
	doSolve, doMul func([]float64) // with the core
	bd             *bidiagonal
	mu             float64 // scaled, as tail
	tail           float64
	ridge          float64
	ok             bool
}

// factorTall makes a lowRank of the n × k matrix 2^exp·F in the columns of h, which
// is of no use afterwards.
func factorTall[T float32 | float64](ctx context.Context, h *householder[T], n, k, exp, workers int) (lowRank, error) {
	p := lowRank{n: n, k: k, exp: exp}
	h.n, h.rows, h.stair = k, n, 0
	if err := h.factor(ctx, func(_, _ int) {}); err != nil {
		return p, err
	}
	p.bd = newBidiagonal(k, workers)
	for j := range k {
		convert(p.bd.m[j*p.bd.ld:], h.at[j*h.ld:j*h.ld+j+1])
	}
	q := newThinQ(h)
	h.team.Bind(ctx)
	done := q.makeL()
	h.team.Bind(nil)
	if !done {
		return p, fmt.Errorf("solver: low-rank factor of %d × %d stopped: %w", n, k, context.Cause(ctx))
	}
	p.q, p.doSolve, p.doMul = q, p.bd.solve, p.bd.mul
	return p, p.bd.reduce(ctx)
}

// set takes FFᵀ + mu on the range, and tail off it.
func (p *lowRank) set(where string, ridge, mu, tail float64) error {
	p.ok = false
	p.mu, p.tail = math.Ldexp(mu, 2*p.exp), math.Ldexp(tail, 2*p.exp)
	if p.k < p.n && !(p.tail > 0) {
		return fmt.Errorf("solver: %s of rank %d and order %d with ridge %g is singular: %w", where, p.k, p.n, ridge, ErrOption)
	}
	if !finite(p.tail) || p.k < p.n && !finite(1/p.tail) || !p.bd.shift(p.mu) {
		return fmt.Errorf("solver: %s of rank %d: factor with ridge %g is singular or overflows: %w", where, p.k, ridge, ErrRankDeficient)
	}
	p.ridge, p.ok = ridge, true
	return nil
}

// N returns the order n.
func (p *lowRank) N() int { return p.n }

// Rank returns the rank k of the approximation.
func (p *lowRank) Rank() int { return p.k }

// Ridge returns the μ in force.
func (p *lowRank) Ridge() float64 { return p.ridge }

// SolveVec sets dst = M⁻¹·r; dst may be r. 4nk + 10k² flops on the workers of the options, the
// former bound by reading the 8nk bytes of the factor twice, with Float32 4nk bytes. It
// panics on a wrong length, and without a usable ridge.
func (p *lowRank) SolveVec(dst, r []float64) { p.SolveVecs(dst, r, 1) }

// SolveVecs sets row j of dst to M⁻¹ times row j of r for so many vectors of length n, with
// the bits of SolveVec; dst may be r. The flops are those of SolveVec for each; the factor is read
// twice for all. It allocates for more vectors than ever before, and panics as SolveVec does.
func (p *lowRank) SolveVecs(dst, r []float64, vecs int) {
	p.ready("SolveVecs", dst, r, vecs)
	p.apply(dst, r, vecs, 1/p.tail, p.doSolve, 2*p.exp)
}

// MulVec sets dst = M·x, to compare M with what it approximates; rules and cost
// of SolveVec.
func (p *lowRank) MulVec(dst, x []float64) {
	p.ready("MulVec", dst, x, 1)
	p.apply(dst, x, 1, p.tail, p.doMul, -2*p.exp)
}

func (p *lowRank) apply(dst, x []float64, vecs int, s float64, core func([]float64), exp int) {
	if p.k == p.n {
		s = 0 // there is nothing but the core
	}
	p.q.apply(dst, x, vecs, s, math.Ldexp(1, exp), core)
}

func (p *lowRank) ready(where string, dst, v []float64, vecs int) {
	if !p.ok || vecs < 0 || len(dst) != vecs*p.n || len(v) != vecs*p.n {
		panic(fmt.Sprintf("solver: %s of a preconditioner of order %d with %d vectors of %d and %d values, usable: %t", where, p.n, vecs, len(dst), len(v), p.ok))
	}
}

// Eigenvalues sets dst, of length Rank(), to the eigenvalues of FFᵀ, descending.
// But for rounding none exceeds that of G. 256k² quotients.
func (p *lowRank) Eigenvalues(dst []float64) {
	mustLen("Eigenvalues", dst, p.k)
	for i := range dst {
		dst[i] = p.eigenvalue(p.k - 1 - i)
	}
}

// eigenvalue returns the one that i others are not larger than.
func (p *lowRank) eigenvalue(i int) float64 {
	s := p.bd.singular(i)
	return math.Ldexp(s*s, -2*p.exp)
}
