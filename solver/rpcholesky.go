package solver

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Columns gives the entries of a symmetric positive semidefinite n × n matrix G
// on demand. Its methods must return the same bits each time.
type Columns interface {
	// Diag sets dst, of length n, to the diagonal.
	Diag(dst []float64)
	// Columns sets row q of dst, len(cols) × n row-major, to column cols[q].
	Columns(dst []float64, cols []int)
}

// BlockColumns is a Columns that also gives principal submatrices: candidates
// for a pivot are then judged without the columns of those that are refused.
type BlockColumns interface {
	Columns
	// Block sets entry (p, q) of dst, len(at) × len(at) row-major, to the entry
	// (at[p], at[q]) of G. An index may occur twice in at.
	Block(dst []float64, at []int)
}

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

// pivoting is the state of the choice of pivots. What it works on is 2^2exp·G.
type pivoting[T float32 | float64] struct {
	p       *RPCholesky
	n       int
	f       *householder[T] // holds F by columns
	g       Columns
	block   int
	src     rand.PCG
	elim    *eliminator[T]
	scale   float64   // 2^2exp
	left    []float64 // diagonal of G − FFᵀ
	floor   []float64 // what of it is rounding
	prefix  []float64
	at      []int // the candidates
	cand    []float64
	taken   []int     // which of them are accepted
	h       []float64 // block² entries of G − FFᵀ among candidates, eliminated in place
	staging []float64 // columns of G
}

// column returns the memory for column q of F.
func (s *pivoting[T]) column(q int) []T { return s.f.at[q*s.f.ld : q*s.f.ld+s.n] }

// choosePivots makes F in the precision of T, and factors it.
func choosePivots[T float32 | float64](ctx context.Context, p *RPCholesky, g Columns, n int, o *RPCholeskyOptions) error {
	b, f := min(o.Block, n), newHouseholder[T](ctx, n, o.Rank, o.Workers)
	if ctx.Err() != nil { // there may be no memory for the factor
		return p.stopped(ctx, o)
	}
	s := &pivoting[T]{
		p: p, n: n, f: f, g: g, block: b, src: counter(o.Seed, streamPivots, 0),
		elim: newEliminator(f.at, f.ld, n, b, o.Rank, f.team),
		left: make([]float64, n), floor: make([]float64, n), prefix: make([]float64, n),
		at: make([]int, b), cand: make([]float64, b), taken: make([]int, 0, b),
		h: make([]float64, b*b), staging: make([]float64, b*n),
	}
	exp, err := s.choose(ctx, o)
	if err != nil {
		return err
	}
	p.lowRank, err = factorTall(ctx, f, n, len(p.pivots), exp, o.Workers)
	return err
}

// choose fills the columns of F, and returns the exp of its scale.
func (s *pivoting[T]) choose(ctx context.Context, o *RPCholeskyOptions) (exp int, err error) {
	p, g, team := s.p, s.g, s.f.team
	team.Bind(ctx)
	defer team.Bind(nil)
	g.Diag(s.left)
	if ctx.Err() != nil { // g may have stopped too
		return 0, p.stopped(ctx, o)
	}
	var top float64
	for i, v := range s.left {
		if !finite(v) {
			return 0, fmt.Errorf("solver: RPCholesky: diagonal entry %d is %v: %w", i, v, ErrNotFinite)
		}
		if v < 0 {
			return 0, fmt.Errorf("solver: RPCholesky: diagonal entry %d is %g: %w", i, v, ErrNotPositiveDefinite)
		}
		top = max(top, v)
	}
	s.scale = 1
	rounding := 0x1p-52
	if isFloat32[T]() { // the largest entry to [¼, 1)
		rounding = 0x1p-24
		_, e := math.Frexp(top)
		exp = -e >> 1
		exp = min(max(exp, -500), 500)
		s.scale = math.Ldexp(1, 2*exp)
	}
	for i := range s.left {
		s.left[i] *= s.scale
		s.floor[i] = 8 * rounding * s.left[i]
	}
	trace := s.sum()
	total := trace
	if p.trace, p.total = trace/s.scale, trace/s.scale; !finite(p.total) || total == 0 {
		return 0, fmt.Errorf("solver: RPCholesky: trace is %v: %w", p.total, ErrNotPositiveDefinite)
	}
	for len(p.pivots) < o.Rank && trace > float64(o.Tol*total) {
		s.draw()
		if err := s.accept(o.Rank - len(p.pivots)); err != nil {
			return 0, err
		}
		if err := s.extend(); err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, p.stopped(ctx, o)
		}
		trace = s.sum()
		p.trace = trace / s.scale
	}
	return exp, nil
}

func (p *RPCholesky) stopped(ctx context.Context, o *RPCholeskyOptions) error {
	return fmt.Errorf("solver: RPCholesky stopped after %d of %d pivots: %w", len(p.pivots), o.Rank, context.Cause(ctx))
}

// sum returns the sum of the diagonal left, and keeps its partial sums.
func (s *pivoting[T]) sum() float64 {
	var t float64
	for i, v := range s.left {
		t += v
		s.prefix[i] = t
	}
	return t
}

// draw takes block candidates at random, in proportion to left.
func (s *pivoting[T]) draw() {
	total := s.prefix[len(s.prefix)-1]
	for q := range s.at {
		t := uniform(&s.src) * total
		lo, hi := 0, len(s.prefix)-1 // the first with prefix > t
		for lo < hi {
			if mid := (lo + hi) / 2; s.prefix[mid] > t {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		s.at[q] = lo
	}
}

// accept keeps each candidate with the probability of what the ones before it
// leave of its diagonal entry, by eliminating inside their block.
func (s *pivoting[T]) accept(room int) error {
	b, e := s.block, s.elim
	done := len(s.p.pivots)
	if blocks, ok := s.g.(BlockColumns); ok {
		blocks.Block(s.h, s.at)
	} else {
		s.fetch(s.at)
		for q := range b {
			for t, i := range s.at {
				s.h[q*b+t] = s.staging[q*s.n+i]
			}
		}
	}
	// The rows of F at the candidates, and what they leave of the block.
	for q, i := range s.at {
		for r := range done {
			e.w[q*e.wld+r] = -s.f.at[r*s.f.ld+i]
		}
		for t := range q + 1 {
			v := s.h[q*b+t]
			if !finite(v) {
				return fmt.Errorf("solver: RPCholesky: entry (%d, %d) is %v: %w", i, s.at[t], v, ErrNotFinite)
			}
			s.h[q*b+t] = float64(v*s.scale) - s.f.dot(e.w[q*e.wld:q*e.wld+done], e.w[t*e.wld:t*e.wld+done])
		}
	}
	s.taken = s.taken[:0]
	for q, i := range s.at {
		draw := uniform(&s.src) // one a candidate, whatever becomes of the others
		row := s.h[q*b : q*b+q+1]
		// row becomes the coefficients against the accepted ones, in order.
		d := row[q]
		for k, t := range s.taken {
			v := row[t]
			for j, u := range s.taken[:k] {
				v = math.FMA(-e.l[q*e.lld+j], s.h[t*b+u], v)
			}
			v /= s.h[t*b+t]
			e.l[q*e.lld+k] = v
			d = math.FMA(-v, v, d)
		}
		if len(s.taken) == room || !(d > s.floor[i]) || float64(draw*s.left[i]) >= d {
			continue
		}
		// The accepted ones keep their coefficients where those before them lie.
		for k, t := range s.taken {
			row[t] = e.l[q*e.lld+k]
		}
		row[q] = math.Sqrt(d)
		s.taken = append(s.taken, q)
	}
	return nil
}

// fetch reads columns of G to the staging rows.
func (s *pivoting[T]) fetch(cols []int) {
	s.g.Columns(s.staging[:len(cols)*s.n], cols)
	s.p.columns += len(cols)
}

// extend makes the columns of F that belong to the accepted candidates, and
// takes them off the diagonal.
func (s *pivoting[T]) extend() error {
	p, e, b := s.p, s.elim, s.block
	done := len(p.pivots)
	if len(s.taken) == 0 {
		// All that is left of these entries is rounding; or chance refused the
		// first, whose probability is one but for rounding.
		for _, i := range s.at {
			if s.left[i] <= 2*s.floor[i] {
				s.left[i] = 0
			}
		}
		s.left[s.at[0]] = 0
		return nil
	}
	for k, q := range s.taken {
		p.pivots = append(p.pivots, s.at[q])
		for j, t := range s.taken[:k+1] {
			e.l[k*e.lld+j] = s.h[q*b+t]
		}
		copy(e.w[k*e.wld:k*e.wld+done], e.w[q*e.wld:q*e.wld+done])
	}
	_, fetch := s.g.(BlockColumns)
	if fetch {
		s.fetch(p.pivots[done:])
	}
	for k, q := range s.taken {
		if fetch {
			q = k
		}
		f := s.column(done + k)
		for i, v := range s.staging[q*s.n : (q+1)*s.n] {
			f[i] = T(float64(v * s.scale))
			if !finite(float64(f[i])) {
				return fmt.Errorf("solver: RPCholesky: entry (%d, %d) is %v: %w", i, p.pivots[done+k], v, ErrNotFinite)
			}
		}
	}
	if !e.run(done, len(s.taken)) {
		return nil // the caller asks the context
	}
	for k := range s.taken {
		for i, f := range s.column(done + k) {
			v := float64(f)
			s.left[i] = math.FMA(-v, v, s.left[i])
		}
	}
	for i, v := range s.left {
		if !(v > s.floor[i]) {
			s.left[i] = 0
		}
	}
	for _, i := range p.pivots[done:] {
		s.left[i] = 0
	}
	return nil
}

// Diag sets dst to the diagonal of a square matrix; with Columns and Block it
// makes a symmetric Matrix a BlockColumns. It panics on a wrong length.
func (m *Matrix) Diag(dst []float64) {
	mustLen("Matrix.Diag", dst, min(m.m, m.n))
	for i := range dst {
		dst[i] = m.a[i*m.n+i]
	}
}

// Columns sets row q of dst, len(rows) × n row-major, to row rows[q], which is a
// column if the matrix is symmetric. It panics on a wrong length or index.
func (m *Matrix) Columns(dst []float64, rows []int) {
	mustLen("Matrix.Columns", dst, len(rows)*m.n)
	mustIndex("Matrix.Columns", rows, m.m)
	for q, i := range rows {
		copy(dst[q*m.n:(q+1)*m.n], m.a[i*m.n:(i+1)*m.n])
	}
}

// Block sets entry (p, q) of dst, row-major, to the entry (at[p], at[q]). It
// panics on a wrong length or index.
func (m *Matrix) Block(dst []float64, at []int) {
	mustLen("Matrix.Block", dst, len(at)*len(at))
	mustIndex("Matrix.Block", at, min(m.m, m.n))
	for p, i := range at {
		for q, j := range at {
			dst[p*len(at)+q] = m.a[i*m.n+j]
		}
	}
}
