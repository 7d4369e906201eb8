package solver

import (
	"context"
	"fmt"
)

// ShiftedSketch preconditions AᵀA + cI from a sketch S·A for every c at once: with
// the triangular factor S·A = Q·R and its bidiagonal form R = U·B·Vᵀ,
//
//	M = RᵀR + cI = V·(BᵀB + cI)·Vᵀ,
//
// a change of c takes O(n) flops where that of SketchQR takes ⅔n³. What it gives
// for that: the reduction, 8n³/3 flops of which half wait for memory and which
// cost as much as about ten changes of a SketchQR; and solves that take twice as
// long. M agrees with that of SketchQR up to rounding, and small c keep their
// relative accuracy: nothing is squared.
//
// It also knows the singular values of the sketch, which are those of A to
// about a factor 1 ± √(n/s), and thus the condition of the system for every c.
//
// Solves may run concurrently; SetRidge may not run beside anything.
type ShiftedSketch struct {
	s, n      int
	bd        *bidiagonal
	low, high float64
	ridge     float64
	ok, soft  bool
}

// NewShiftedSketch factors the sketch sa = S·A, s × n row-major, which is copied;
// the options are those of NewSketchQR but for Float32, the largest singular value in the place of
// max|R_jj|. 2sn² + 2n³ flops; 8n² bytes are kept, and
// 8n(max(s, n) + 100) more held meanwhile.
//
// Errors are those of NewSketchQR. A sketch of deficient rank is none for c > 0;
// for c = 0 it is ErrRankDeficient, with the ratio of its singular values, and
// the ShiftedSketch is returned beside it: SetRidge makes it usable.
func NewShiftedSketch(ctx context.Context, sa []float64, s, n int, opts *SketchQROptions) (*ShiftedSketch, error) {
	var o SketchQROptions
	if opts != nil {
		o = *opts
	}
	if err := checkMatrix("ShiftedSketch", sa, s, n); err != nil {
		return nil, err
	}
	if err := checkOrder("ShiftedSketch", n); err != nil {
		return nil, err
	}
	if o.Float32 {
		return nil, fmt.Errorf("solver: ShiftedSketch in float32: %w", ErrOption)
	}
	if err := checkRidge("ShiftedSketch", o.Ridge); err != nil {
		return nil, err
	}
	h := newHouseholder[float64](ctx, max(s, n), n, o.Workers)
	if err := h.factorRows(ctx, sa, n, s, max(s, n)); err != nil {
		return nil, err
	}
	p := &ShiftedSketch{s: s, n: n, soft: o.Regularize, bd: newBidiagonal(n, o.Workers)}
	for j := range n {
		for i, v := range h.at[j*h.ld : j*h.ld+j+1] {
			p.bd.m[i*p.bd.ld+j] = v
		}
	}
	if err := p.bd.reduce(ctx); err != nil {
		return nil, err
	}
	if n > 0 {
		p.low, p.high = p.bd.singular(0), p.bd.singular(n-1)
	}
	return p, p.SetRidge(o.Ridge)
}

// SetRidge changes c: O(n) flops, no allocation. ErrOption for a c out of range;
// ErrRankDeficient for c = 0 if the smallest singular value is below max(s, n)·2⁻⁵²
// of the largest, after which SolveVec panics until a SetRidge succeeds; ErrOption
// changes nothing.
func (p *ShiftedSketch) SetRidge(c float64) error {
	if err := checkRidge("ShiftedSketch", c); err != nil {
		return err
	}
	p.ok = false
	limit := float64(float64(max(p.s, p.n))*0x1p-52) * p.high
	if c == 0 && p.soft && p.low <= limit {
		c = float64(0x1p-52*p.high) * p.high
	}
	if c == 0 && p.n > 0 && p.low <= limit || !p.bd.shift(c) {
		return fmt.Errorf("solver: ShiftedSketch of %d × %d with ridge %g: smallest singular value is %g of the largest: %w", p.s, p.n, c, ratio(p.low, p.high), ErrRankDeficient)
	}
	p.ridge, p.ok = c, true
	return nil
}

// N returns the order n.
func (p *ShiftedSketch) N() int { return p.n }

// Ridge returns the c in force.
func (p *ShiftedSketch) Ridge() float64 { return p.ridge }

// SingularRange returns the least and the largest singular value of the sketch,
// to a few roundings of the largest. (high² + c)/(low² + c) is about the
// condition of AᵀA + cI.
func (p *ShiftedSketch) SingularRange() (low, high float64) { return p.low, p.high }

// SingularValues sets dst, of length n, to all of them, descending. 256n²
// quotients.
func (p *ShiftedSketch) SingularValues(dst []float64) {
	mustLen("ShiftedSketch.SingularValues", dst, p.n)
	for i := range dst {
		dst[i] = p.bd.singular(p.n - 1 - i)
	}
}

// SolveVec sets dst = M⁻¹·r; dst may be r. 8n² flops. It panics on a wrong
// length, and without a usable ridge.
func (p *ShiftedSketch) SolveVec(dst, r []float64) {
	p.ready("SolveVec", dst, r)
	copy(dst, r)
	p.bd.solve(dst)
}

// SolveR sets dst = R⁻¹·v for the R = D^½·Lᵀ·Vᵀ of M = RᵀR, which is not triangular;
// 4n² flops, rules of SolveVec.
func (p *ShiftedSketch) SolveR(dst, v []float64) {
	p.ready("SolveR", dst, v)
	copy(dst, v)
	p.bd.solveR(dst)
}

// SolveRTrans sets dst = R⁻ᵀ·v, rules of SolveVec.
func (p *ShiftedSketch) SolveRTrans(dst, v []float64) {
	p.ready("SolveRTrans", dst, v)
	copy(dst, v)
	p.bd.solveRTrans(dst)
}

func (p *ShiftedSketch) ready(where string, dst, v []float64) {
	if !p.ok || len(dst) != p.n || len(v) != p.n {
		panic(fmt.Sprintf("solver: ShiftedSketch.%s of order %d with vectors of %d and %d, usable: %t", where, p.n, len(dst), len(v), p.ok))
	}
}
