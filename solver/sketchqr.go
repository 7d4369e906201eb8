package solver

import (
	"context"
	"fmt"
	"math"
)

// SketchQR preconditions with the triangular factor of a sketch: for the QR
// factorisation S·A = Q·R of a sketched N × n matrix A, the columns of A·R⁻¹ are
// nearly orthonormal, whatever the condition of A, so (RᵀR)⁻¹ ≈ (AᵀA)⁻¹. With s
// sketch rows the condition number of A·R⁻¹ is about (1+√(n/s))/(1−√(n/s)): 3 for
// s = 4n (Rokhlin and Tygert 2008; Avron, Maymounkov and Toledo 2010).
//
// For the project's own problem A is Jᵀ and AᵀA the Gram matrix JJᵀ.
//
// R comes from QR of the sketch and never from a Cholesky factor of its
// normal equations, which would square the condition. Solves may run
// concurrently; Factor and SetRidge may not run beside anything.
type SketchQR struct {
	s, n, ld int
	h        *householder
	r0, r1   []float64 // Rᵀ by rows: without ridge, and with the last one
	r        []float64 // the one in use; nil if none is usable
	ridge    float64
	root     float64 // √c of the SetRidge under way
	have     bool    // r0 holds a factor
	soft     bool    // SketchQROptions.Regularize
	doStack  func(worker, task int)
}

// SketchQROptions configures NewSketchQR. nil means the zero value.
type SketchQROptions struct {
	Ridge   float64 // c ≥ 0: R is the factor of [S·A; √c·I], RᵀR ≈ AᵀA + cI
	Workers int     // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.

	// Regularize takes, where c = 0 would be ErrRankDeficient, c = 2⁻⁵²·max|R_jj|²
	// instead; Ridge() tells it. Less would make R usable too, but would amplify
	// the rounding of products in directions that A does not see more than 2²⁶
	// times; directions A sees at less than 2⁻²⁶ of the largest are left
	// to the iteration. A zero sketch remains an error.
	Regularize bool
}

// NewSketchQR factors the sketch sa = S·A, s × n row-major, which is copied. See
// Factor for cost and errors; about 8n(max(s, 2n) + 2n + 97) bytes are held.
//
// With ErrRankDeficient the SketchQR is returned beside the error: it holds R,
// and SetRidge with c > 0 makes it usable.
func NewSketchQR(ctx context.Context, sa []float64, s, n int, opts *SketchQROptions) (*SketchQR, error) {
	var o SketchQROptions
	if opts != nil {
		o = *opts
	}
	if err := checkMatrix("SketchQR", sa, s, n); err != nil {
		return nil, err
	}
	ld := rowStride(n)
	p := &SketchQR{
		s: s, n: n, ld: ld, soft: o.Regularize,
		h:  newHouseholder(ctx, max(s, 2*n), n, o.Workers),
		r0: makeFloats(ctx, n*ld),
		r1: makeFloats(ctx, n*ld),
	}
	p.doStack = p.stackTask
	err := p.Factor(ctx, sa, o.Ridge)
	if err != nil && !(p.have && o.Ridge == 0) {
		return nil, err
	}
	return p, err
}

// Factor replaces the preconditioner by that of another sketch of the same
// shape. It allocates nothing. 2sn² − ⅔n³ flops, and ⅔n³ more with a ridge.
//
// With ridge = 0, a diagonal entry of R below max(s, n)·2⁻⁵² of the largest
// gives ErrRankDeficient, naming the first such column: a column of A that is a
// combination of those before it, or s < n. NaN and Inf give ErrNotFinite with
// the column. ctx is asked every few milliseconds and its cause returned. After
// an error SolveVec panics, until a Factor or SetRidge succeeds.
func (p *SketchQR) Factor(ctx context.Context, sa []float64, ridge float64) error {
	if err := checkMatrix("SketchQR", sa, p.s, p.n); err != nil {
		return err
	}
	if err := checkRidge("SketchQR", ridge); err != nil {
		return err
	}
	p.have, p.r = false, nil
	if err := p.h.factorRows(ctx, sa, p.s, max(p.s, p.n)); err != nil {
		return err
	}
	p.keep(p.r0)
	p.have = true
	return p.SetRidge(ctx, ridge)
}

// keep copies R out of the workspace, as the rows of its transpose.
func (p *SketchQR) keep(r []float64) {
	for j := range p.n {
		copy(r[j*p.ld:j*p.ld+j+1], p.h.at[j*p.h.ld:])
	}
}

// SetRidge changes the ridge to c without a new sketch: R becomes the factor of
// [R₀; √c·I], where R₀ belongs to c = 0 and is kept. Its rows are taken in turn,
// one of R₀, one of √c·I, so that column j ends at row 2j+1 and half of the work
// falls away: ⅔n³ flops, no allocation. c = 0 costs nothing. Errors are those of
// Factor; if ctx ends first, the old ridge stays in force.
func (p *SketchQR) SetRidge(ctx context.Context, c float64) error {
	if err := checkRidge("SketchQR", c); err != nil {
		return err
	}
	if !p.have {
		return fmt.Errorf("solver: SketchQR.SetRidge of order %d after a failed Factor: %w", p.n, ErrOption)
	}
	if c == 0 {
		p.r, p.ridge = nil, 0
		if err := checkRank("SketchQR", p.r0, p.s, p.n, p.ld); err != nil {
			_, high := p.DiagRange()
			if c := float64(0x1p-52*high) * high; p.soft && c > 0 {
				return p.SetRidge(ctx, c)
			}
			return err
		}
		p.r = p.r0
		return nil
	}
	p.h.rows, p.h.stair, p.root = 2*p.n, 2, math.Sqrt(c)
	if err := p.h.factor(ctx, p.doStack); err != nil {
		return err
	}
	p.keep(p.r1)
	p.r, p.ridge = p.r1, c
	return nil
}

// stackTask writes 32 columns of [R₀; √c·I], rows in turn, as far down as the
// block of their reflectors reaches.
func (p *SketchQR) stackTask(_, task int) {
	j0 := task * qrPanel
	j1 := min(j0+qrPanel, p.n)
	for j := j0; j < j1; j++ {
		col := p.h.at[j*p.h.ld : j*p.h.ld+2*j1]
		clear(col)
		for i, v := range p.r0[j*p.ld : j*p.ld+j+1] {
			col[2*i] = v
		}
		col[2*j+1] = p.root
	}
}

// N returns the order n of R.
func (p *SketchQR) N() int { return p.n }

// Ridge returns the c in force.
func (p *SketchQR) Ridge() float64 { return p.ridge }

// DiagRange returns the smallest and the largest |R_jj| without ridge. Their
// ratio is an upper bound of the reciprocal condition of the sketch; after
// ErrRankDeficient, a c of a small multiple of (2⁻⁵²·high)² or more is the least that
// makes a difference.
func (p *SketchQR) DiagRange() (low, high float64) {
	low, high, _ = diagRange(p.r0, p.n, p.ld)
	return low, high
}

// R copies R to dst, n × n row-major, zeros below the diagonal.
func (p *SketchQR) R(dst []float64) {
	mustLen("SketchQR.R", dst, p.n*p.n)
	p.ready("R", nil, nil, 0)
	for i := range p.n {
		clear(dst[i*p.n : i*p.n+i])
		for j := i; j < p.n; j++ {
			dst[i*p.n+j] = p.r[j*p.ld+i]
		}
	}
}

// SolveVec sets dst = (RᵀR)⁻¹·r = R⁻¹·(R⁻ᵀ·r); dst may be r. 2n² flops. It panics
// on a wrong length and without a usable factor.
func (p *SketchQR) SolveVec(dst, r []float64) {
	p.ready("SolveVec", dst, r, p.n)
	copy(dst, r)
	solveLower(dst, p.r, p.ld)
	solveLowerTrans(dst, p.r, p.ld)
}

// SolveR sets dst = R⁻¹·v; n² flops, rules of SolveVec.
func (p *SketchQR) SolveR(dst, v []float64) {
	p.ready("SolveR", dst, v, p.n)
	copy(dst, v)
	solveLowerTrans(dst, p.r, p.ld)
}

// SolveRTrans sets dst = R⁻ᵀ·v; n² flops, rules of SolveVec.
func (p *SketchQR) SolveRTrans(dst, v []float64) {
	p.ready("SolveRTrans", dst, v, p.n)
	copy(dst, v)
	solveLower(dst, p.r, p.ld)
}

func (p *SketchQR) ready(where string, dst, v []float64, want int) {
	if p.r == nil || len(dst) != want || len(v) != want {
		panic(fmt.Sprintf("solver: SketchQR.%s of order %d with vectors of %d and %d, usable factor: %t", where, p.n, len(dst), len(v), p.r != nil))
	}
}
