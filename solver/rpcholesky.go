package solver

import (
	"context"
	"fmt"
	"math"
)

// RPCholesky preconditions G + μI with the partial Cholesky factor of randomly
// chosen pivots,
//
//	M = FFᵀ + μI,   F = G(:,S)·L⁻ᵀ,   LLᵀ = G(S,S),
//
// which reads the diagonal and k columns of G alone and holds n·k floats, never
// n². A pivot is drawn with probability in proportion to what FFᵀ leaves of the
// diagonal: Chen, Epperly, Tropp and Webber 2023, who show that k of the order
// of r·log(1/ε) columns come within 1+ε of the best approximation of rank r in
// expected trace. Díaz, Epperly, Frangella, Tropp and Webber 2023 precondition
// with it; with k at least about the number of eigenvalues above μ, CG takes a
// number of iterations that does not depend on G.
//
// Blocks of candidates are drawn at once and accepted by rejection sampling, so
// that the pivots have the distribution of the method that draws one at a time
// (Epperly, Tropp and Webber 2024): a block that is redundant in itself, such as
// near-duplicates, costs candidates and never accuracy.
//
// A solve writes only to its dst: solves may run concurrently, SetRidge may not
// run beside them.
type RPCholesky struct {
	lowRank
	pivots       []int
	trace, total float64
	columns      int
}

// RPCholeskyOptions configures NewRPCholesky. nil means the zero value.
type RPCholeskyOptions struct {
	Ridge   float64 // μ ≥ 0; 0 is possible only at full rank
	Rank    int     // largest k; 0 means min(n, 10·√n)
	Tol     float64 // ends once tr(G − FFᵀ) ≤ Tol·tr(G); 0 means n·2⁻⁵²
	Block   int     // candidates drawn at once; 0 means 32
	Seed    uint64
	Workers int // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.

	// Float32 makes and stores F in float32, half of the memory and of the time of
	// a solve. It is scaled before, and applied to vectors in float64. FFᵀ is off by
	// 2⁻²⁴ of the largest entry or two: with μ far above that times n the
	// iterations are the same. Tol of 0 means 2⁻²⁰.
	Float32 bool
}

// NewRPCholesky chooses pivots of G, of order n, and factors their columns. k is
// less than Options.Rank where the trace tolerance is met before.
//
// k columns of G, as many more as candidates are refused if g is no
// BlockColumns; 3nk² + 4k³ flops. Results depend on g, n and the options without
// Workers. 8n(k + 200) bytes and 16k² while it is made, half of the former with
// Float32; 8nk or 4nk, and 8k², are kept.
//
// ErrShape for n < 1 or a *Matrix that is not n × n, ErrOption for an option out
// of range, ErrNotFinite for NaN or Inf in G, ErrNotPositiveDefinite for a
// negative diagonal entry, or a trace that is zero or overflows; each names the place and
// value. ctx is asked between blocks and every few milliseconds, and its cause returned.
func NewRPCholesky(ctx context.Context, g Columns, n int, opts *RPCholeskyOptions) (*RPCholesky, error) {
	var o RPCholeskyOptions
	if opts != nil {
		o = *opts
	}
	if n < 1 {
		return nil, fmt.Errorf("solver: RPCholesky of order %d: %w", n, ErrShape)
	}
	if o.Rank == 0 {
		o.Rank = min(n, int(10*math.Sqrt(float64(n))))
	}
	if o.Block == 0 {
		o.Block = 32
	}
	switch {
	case o.Tol != 0:
	case o.Float32:
		o.Tol = 0x1p-20
	default:
		o.Tol = float64(n) * 0x1p-52
	}
	if o.Rank < 1 || o.Rank > n || o.Block < 1 || !(o.Tol > 0) {
		return nil, fmt.Errorf("solver: RPCholesky of order %d: Rank %d, Block %d, Tol %v: %w", n, o.Rank, o.Block, o.Tol, ErrOption)
	}
	if err := checkRidge("RPCholesky", o.Ridge); err != nil {
		return nil, err
	}
	if m, ok := g.(*Matrix); ok && (m.m != n || m.n != n) {
		return nil, fmt.Errorf("solver: RPCholesky of order %d of a %d × %d matrix: %w", n, m.m, m.n, ErrShape)
	}
	p := new(RPCholesky)
	var err error
	if o.Float32 {
		err = choosePivots[float32](ctx, p, g, n, &o)
	} else {
		err = choosePivots[float64](ctx, p, g, n, &o)
	}
	if err != nil {
		return nil, err
	}
	if err := p.SetRidge(o.Ridge); err != nil {
		return nil, err
	}
	return p, nil
}

// SetRidge changes μ without another look at G: O(k) flops, no allocation. ErrOption
// for a μ that is out of range, which changes nothing, and for zero where k < n, after
// which SolveVec panics until a SetRidge succeeds.
func (p *RPCholesky) SetRidge(mu float64) error {
	if err := checkRidge("RPCholesky", mu); err != nil {
		return err
	}
	return p.set("RPCholesky", mu, mu, mu)
}

// Pivots returns the k pivots in the order of their choice; the slice is the
// preconditioner's own.
func (p *RPCholesky) Pivots() []int { return p.pivots }

// Trace returns tr(G − FFᵀ), an upper bound of the norm of G − FFᵀ, and tr(G).
// The condition of M⁻¹(G + μI) is at most 1 + left/μ.
func (p *RPCholesky) Trace() (left, total float64) { return p.trace, p.total }

// ColumnsRead returns how many columns of G were asked for.
func (p *RPCholesky) ColumnsRead() int { return p.columns }
