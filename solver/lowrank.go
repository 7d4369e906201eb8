package solver

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// lowRank applies the inverse of
//
//	M = Q·(FFᵀ + μI)·Qᵀ + tail·(I − QQᵀ)
//
// for an n × k factor F with the orthonormal range Q. F = Q·R; the reduction of
// Rᵀ to bidiagonal form turns RRᵀ + μI into V·(BᵀB + μI)·Vᵀ, so that a new μ
// costs O(k). Q and V stay products of reflectors: a solve takes 8nk + 8k²
// flops, twice those with explicit vectors, but they are read as often, and the
// solve needs no scratch.
type lowRank struct {
	n, k  int
	h     *householder // column q of F at h.at[q·h.ld:], until it is factored
	bd    *bidiagonal
	tail  float64
	ridge float64
	ok    bool
}

func newLowRank(ctx context.Context, n, k, workers int) lowRank {
	return lowRank{n: n, k: k, h: newHouseholder(ctx, n, k, workers)}
}

// column returns the memory for column q of F.
func (p *lowRank) column(q int) []float64 { return p.h.at[q*p.h.ld : q*p.h.ld+p.n] }

// factor factors the first k columns of F.
func (p *lowRank) factor(ctx context.Context, k, workers int) error {
	p.k, p.h.n, p.h.rows, p.h.stair = k, k, p.n, 0
	if err := p.h.factor(ctx, func(_, _ int) {}); err != nil {
		return err
	}
	p.bd = newBidiagonal(k, workers)
	for j := range k {
		copy(p.bd.m[j*p.bd.ld:j*p.bd.ld+j+1], p.h.at[j*p.h.ld:])
	}
	return p.bd.reduce(ctx)
}

// set takes FFᵀ + mu on the range, and tail off it.
func (p *lowRank) set(where string, ridge, mu, tail float64) error {
	p.ok = false
	if p.k < p.n && !(tail > 0) {
		return fmt.Errorf("solver: %s of rank %d and order %d with ridge %g is singular: %w", where, p.k, p.n, ridge, ErrOption)
	}
	if !p.bd.shift(mu) {
		return fmt.Errorf("solver: %s of rank %d: factor with ridge %g is singular or overflows: %w", where, p.k, ridge, ErrRankDeficient)
	}
	p.ridge, p.tail, p.ok = ridge, tail, true
	return nil
}

// N returns the order n.
func (p *lowRank) N() int { return p.n }

// Rank returns the rank k of the approximation.
func (p *lowRank) Rank() int { return p.k }

// Ridge returns the μ in force.
func (p *lowRank) Ridge() float64 { return p.ridge }

// SolveVec sets dst = M⁻¹·r; dst may be r. 8nk + 8k² flops, bound by reading the
// 8nk bytes of the factor twice. It panics on a wrong length, and if the last
// SetRidge failed.
func (p *lowRank) SolveVec(dst, r []float64) {
	p.ready("SolveVec", dst, r)
	copy(dst, r)
	p.h.mulQTrans(dst)
	p.bd.solve(dst[:p.k])
	asm.Scale(dst[p.k:], 1/p.tail, dst[p.k:])
	p.h.mulQ(dst)
}

// MulVec sets dst = M·x, to compare M with what it approximates; rules and cost
// of SolveVec.
func (p *lowRank) MulVec(dst, x []float64) {
	p.ready("MulVec", dst, x)
	copy(dst, x)
	p.h.mulQTrans(dst)
	p.bd.mul(dst[:p.k])
	asm.Scale(dst[p.k:], p.tail, dst[p.k:])
	p.h.mulQ(dst)
}

func (p *lowRank) ready(where string, dst, v []float64) {
	if !p.ok || len(dst) != p.n || len(v) != p.n {
		panic(fmt.Sprintf("solver: %s of a preconditioner of order %d with vectors of %d and %d, usable: %t", where, p.n, len(dst), len(v), p.ok))
	}
}

// Eigenvalues sets dst, of length Rank(), to the eigenvalues of FFᵀ, descending.
// But for rounding none exceeds that of G. 256k² quotients.
func (p *lowRank) Eigenvalues(dst []float64) {
	mustLen("Eigenvalues", dst, p.k)
	for i := range dst {
		s := p.bd.singular(p.k - 1 - i)
		dst[i] = s * s
	}
}

// eliminator extends a factor F, held by columns, block after block: with C the
// columns of G that belong to a block of pivots, W the rows of F at those
// pivots and L the Cholesky factor of the block left of G − FFᵀ,
//
//	F_new = (C − F·Wᵀ)·L⁻ᵀ.
type eliminator struct {
	n, ld int
	f     []float64 // column q at f[q·ld : q·ld+n]
	w     []float64 // −W, one row a pivot, row stride wld
	wld   int
	l     []float64 // L, row stride lld
	lld   int
	pack  [][]float64 // a worker's packed part of F
	r, p  int         // columns done, and in this block
	team  *asm.Team
	doRun func(worker, task int)
}

const (
	elimPoints = 128 // rows of F a task
	elimDepth  = 256 // columns of F a product
)

func newEliminator(f []float64, ld, n, block, rank int, team *asm.Team) *eliminator {
	e := &eliminator{n: n, ld: ld, f: f, wld: rank, lld: block, team: team}
	e.w, e.l = make([]float64, block*rank), make([]float64, block*block)
	e.pack = make([][]float64, team.Workers())
	for i := range e.pack {
		e.pack[i] = make([]float64, elimPoints*elimDepth)
	}
	e.doRun = e.runTask
	return e
}

// run turns the p columns from r on, which hold C, to F_new. It reports false
// if the context of the team ended.
func (e *eliminator) run(r, p int) bool {
	e.r, e.p = r, p
	return e.team.Do(ceil(e.n, elimPoints), e.doRun)
}

// runTask does 128 rows; every element is one chain in the order of columns.
func (e *eliminator) runTask(worker, task int) {
	i0 := task * elimPoints
	w := min(elimPoints, e.n-i0)
	c := e.f[e.r*e.ld+i0:]
	for q := 0; q < e.r && !e.team.Cancelled(); q += elimDepth {
		depth := min(elimDepth, e.r-q)
		asm.PackCols(e.pack[worker], e.f[q*e.ld+i0:], e.ld, depth, w, 1)
		asm.MulAdd(c, e.ld, e.w[q:], e.wld, 1, e.pack[worker], e.p, w, depth)
	}
	for q := range e.p {
		row := c[q*e.ld : q*e.ld+w]
		for t := range q {
			asm.Axpy(row, -e.l[q*e.lld+t], c[t*e.ld:t*e.ld+w])
		}
		asm.Scale(row, 1/e.l[q*e.lld+q], row)
	}
}
