package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// Nystrom preconditions G + μI, G symmetric positive semidefinite and known by
// its products, with a randomized approximation of rank k (Frangella, Tropp and
// Udell 2023): for a Gaussian n × k matrix Ω,
//
//	Y = G·Ω,   FFᵀ = Y·(ΩᵀY + νI)⁻¹·Yᵀ = U·Λ·Uᵀ
//	M = U·(Λ + μI)·Uᵀ + (λ_k + μ)·(I − UUᵀ)
//
// ν = 2⁻⁵²·‖Y‖ makes the core positive definite in floating point; it is
// enlarged a hundredfold where that was not enough. FFᵀ ≤ G, short of the
// Nyström approximation by a small multiple of ν. Columns of Ω have unit norm on
// average instead of being orthonormal: the range is the same.
//
// With k = 2⌈1.5·d⌉ + 1 for the effective dimension d = tr G(G + μI)⁻¹ the
// expected condition of M⁻¹(G + μI) is below 28 (theorem 1.1 there). It takes
// decay of the eigenvalues and μ > 0 to be worth its products: as μ falls below
// λ_k the condition grows like λ_k/μ.
//
// A solve writes only to its dst: solves may run concurrently, SetRidge may not
// run beside them.
type Nystrom struct {
	lowRank
	nu       float64
	least    float64 // λ_k
	products int
}

// NystromOptions configures NewNystrom. nil means the zero value.
type NystromOptions struct {
	Ridge float64 // μ ≥ 0
	Rank  int     // k; 0 means min(n, 10·√n)
	// MaxRank above Rank makes the rank adaptive: k doubles, all products kept,
	// until λ_k ≤ 10·μ or MaxRank is reached.
	MaxRank int
	Seed    uint64
	Workers int // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.

	// Float32 stores F in float32, scaled, and applies it to vectors in float64:
	// half of the memory that is kept and of the time of a solve. Products, core and
	// F itself are made in float64. FFᵀ is off by about 2⁻²⁴ of the norm of G.
	Float32 bool
}

// nystromBlock is the number of products between two looks at the context.
const nystromBlock = 64

// NewNystrom approximates an n × n operator. A *Matrix is multiplied in blocks.
//
// k products with g; 4nk² + 4k³ flops, with MaxRank up to twice that. Results
// depend on g, n and the options without Workers. 16n(k + 150) + 48k² bytes
// while it is made, 8nk + 8k² afterwards; with Float32 12n(k + 150) and 4nk.
//
// ErrShape for n < 1 or a *Matrix that is not n × n, ErrOption for an option out
// of range, ErrNotFinite for NaN or Inf in a product, ErrNotPositiveDefinite if
// the core is not positive even with a shift of 10⁶·ν. ctx is asked between products and every few
// milliseconds, and its cause returned.
func NewNystrom(ctx context.Context, g Operator, n int, opts *NystromOptions) (*Nystrom, error) {
	var o NystromOptions
	if opts != nil {
		o = *opts
	}
	if n < 1 {
		return nil, fmt.Errorf("solver: Nystrom of order %d: %w", n, ErrShape)
	}
	if o.Rank == 0 {
		o.Rank = min(n, int(10*math.Sqrt(float64(n))))
	}
	if o.MaxRank == 0 {
		o.MaxRank = o.Rank
	}
	if o.Rank < 1 || o.Rank > o.MaxRank || o.MaxRank > n {
		return nil, fmt.Errorf("solver: Nystrom of order %d: Rank %d, MaxRank %d: %w", n, o.Rank, o.MaxRank, ErrOption)
	}
	if err := checkRidge("Nystrom", o.Ridge); err != nil {
		return nil, err
	}
	if m, ok := g.(*Matrix); ok && (m.m != n || m.n != n) {
		return nil, fmt.Errorf("solver: Nystrom of order %d of a %d × %d matrix: %w", n, m.m, m.n, ErrShape)
	}
	s := &nystromSketch{g: g, n: n, seed: o.Seed, team: asm.NewTeam(o.Workers), omega: make([]float64, min(nystromBlock, o.MaxRank)*n)}
	s.pack = make([][]float64, s.team.Workers())
	for i := range s.pack {
		s.pack[i] = make([]float64, elimPoints*elimDepth)
	}
	for k := o.Rank; ; k = min(2*k, o.MaxRank) {
		if err := s.grow(ctx, k); err != nil {
			return nil, err
		}
		p := &Nystrom{products: k}
		build := buildNystrom[float64]
		if o.Float32 {
			build = buildNystrom[float32]
		}
		if err := build(ctx, p, s, o.Workers); err != nil {
			return nil, err
		}
		if k == o.MaxRank || p.least <= 10*o.Ridge {
			return p, p.SetRidge(o.Ridge)
		}
	}
}

// buildNystrom makes F from the sketch and factors it.
func buildNystrom[T float32 | float64](ctx context.Context, p *Nystrom, s *nystromSketch, workers int) error {
	k, size := s.k, asm.Nrm2(s.y)
	p.nu = 0x1p-52 * size
	if !finite(p.nu) {
		return fmt.Errorf("solver: Nystrom: norm of the products is %v: %w", p.nu, ErrNotFinite)
	}
	if p.nu == 0 {
		p.nu = 0x1p-1000 // G = 0
	}
	core, err := NewCholesky(ctx, s.core, k, &CholeskyOptions{Ridge: p.nu, Workers: workers})
	for try := 0; err != nil; try++ {
		if ctx.Err() != nil {
			return err
		}
		if try == 3 {
			return fmt.Errorf("solver: Nystrom of rank %d: core of the sketch: %w", k, err)
		}
		p.nu *= 100
		core, err = NewCholesky(ctx, s.core, k, &CholeskyOptions{Ridge: p.nu, Workers: workers})
	}
	t := &nystromTall[T]{s: s, f: newHouseholder[T](ctx, s.n, k, workers), l: core, minus: make([]float64, k*k), scale: 1}
	exp := 0
	if isFloat32[T]() && size > 0 { // Y to [¼, 1), F with it
		_, e := math.Frexp(size)
		exp = min(max(-e>>1, -500), 500)
		t.scale = math.Ldexp(1, exp)
	}
	if err := t.run(ctx); err != nil {
		return err
	}
	if p.lowRank, err = factorTall(ctx, t.f, s.n, k, exp, workers); err != nil {
		return err
	}
	p.least = p.eigenvalue(0)
	return nil
}

// nystromTall makes F = Y·L⁻ᵀ in float64, 128 rows at a time, and stores it in the
// columns of f, scaled.
type nystromTall[T float32 | float64] struct {
	s     *nystromSketch
	f     *householder[T]
	l     *Cholesky[float64]
	minus []float64 // −L
	scale float64
	work  []*eliminator[float64] // of each worker, for 128 rows
}

func (t *nystromTall[T]) run(ctx context.Context) error {
	k, team := t.s.k, t.f.team
	for q := range k {
		for j, v := range t.l.l[q*t.l.ld:][:q+1] {
			t.minus[q*k+j] = -v
		}
	}
	t.work = make([]*eliminator[float64], team.Workers())
	alone := asm.NewTeam(1)
	for w := range t.work {
		t.work[w] = newEliminator(make([]float64, k*elimPoints), elimPoints, elimPoints, 0, 0, alone)
		t.work[w].wld, t.work[w].lld = k, t.l.ld
	}
	team.Bind(ctx)
	defer team.Bind(nil)
	if !team.Do(ceil(t.s.n, elimPoints), t.rowsTask) {
		return fmt.Errorf("solver: Nystrom of rank %d stopped: %w", k, context.Cause(ctx))
	}
	return nil
}

func (t *nystromTall[T]) rowsTask(worker, task int) {
	const block = 32
	e, k, n, i0 := t.work[worker], t.s.k, t.s.n, task*elimPoints
	e.n = min(elimPoints, n-i0)
	for q := range k {
		copy(e.f[q*elimPoints:][:e.n], t.s.y[q*n+i0:])
	}
	for r := 0; r < k && !t.f.team.Cancelled(); r += block {
		e.w, e.l = t.minus[r*k:], t.l.l[r*t.l.ld+r:]
		e.r, e.p = r, min(block, k-r)
		e.runTask(0, 0)
	}
	for q := range k {
		dst := t.f.at[q*t.f.ld+i0:]
		for i, v := range e.f[q*elimPoints:][:e.n] {
			dst[i] = T(float64(v * t.scale))
		}
	}
}

// SetRidge changes μ without another product: O(k) flops, no allocation.
// ErrOption for a μ that is out of range, which changes nothing; ErrRankDeficient,
// after which SolveVec panics until a SetRidge succeeds, for zero where G has no
// more than k − 1 eigenvalues above ν.
func (p *Nystrom) SetRidge(mu float64) error {
	if err := checkRidge("Nystrom", mu); err != nil {
		return err
	}
	return p.set("Nystrom", mu, mu, p.least+mu)
}

// Shift returns the ν that was needed.
func (p *Nystrom) Shift() float64 { return p.nu }

// Products returns how many products with G the approximation took.
func (p *Nystrom) Products() int { return p.products }

// EffectiveDim returns Σ λ/(λ + μ) over the eigenvalues of the approximation, an
// estimate from below of the effective dimension tr G(G + μI)⁻¹. A rank of
// three times that is enough (theorem 1.1 of the paper); more gains little. O(k) flops.
func (p *Nystrom) EffectiveDim(mu float64) float64 {
	var d float64
	mu = math.Ldexp(mu, 2*p.exp)
	for i := range p.k {
		s := p.bd.singular(i)
		d += ratio(s, s+mu/s)
	}
	return d
}

// nystromSketch holds Y = G·Ω by columns, and the lower triangle of ΩᵀY.
type nystromSketch struct {
	g     Operator
	n, k  int
	seed  uint64
	y     []float64 // k × n: row q is G·(column q of Ω)
	core  []float64 // k × k
	omega []float64 // a block of columns of Ω, as rows
	pack  [][]float64
	team  *asm.Team

	r, w int // the block in hand
}

// grow extends the sketch to k products.
func (s *nystromSketch) grow(ctx context.Context, k int) error {
	y, core := make([]float64, k*s.n), make([]float64, k*k)
	copy(y, s.y)
	for i := range s.k {
		copy(core[i*k:], s.core[i*s.k:(i+1)*s.k])
	}
	old := s.k
	s.y, s.core, s.k = y, core, k
	s.team.Bind(ctx)
	defer s.team.Bind(nil)
	matrix, dense := s.g.(*Matrix)
	for s.r = old; s.r < k; s.r += s.w {
		s.w = min(nystromBlock, k-s.r)
		s.team.Do(s.w, func(_, q int) {
			src := counter(s.seed, streamNystrom, uint64(s.r+q))
			gaussian(s.omega[q*s.n:(q+1)*s.n], &src, 1/math.Sqrt(float64(s.n)))
		})
		if dense {
			s.team.Do(ceil(s.n, elimPoints), func(worker, task int) { s.denseTask(matrix, worker, task) })
		} else {
			for q := range s.w {
				if ctx.Err() != nil {
					break
				}
				s.g.MulVec(y[(s.r+q)*s.n:(s.r+q+1)*s.n], s.omega[q*s.n:(q+1)*s.n])
			}
		}
		if !s.team.Do(ceil(s.r+s.w, elimPoints), s.coreTask) {
			return fmt.Errorf("solver: Nystrom stopped after %d of %d products: %w", s.r, k, context.Cause(ctx))
		}
		for q := s.r; q < s.r+s.w; q++ {
			if v := asm.Nrm2(y[q*s.n : (q+1)*s.n]); !finite(v) {
				return fmt.Errorf("solver: Nystrom: norm of product %d is %v: %w", q, v, ErrNotFinite)
			}
		}
	}
	return nil
}

// denseTask makes 128 rows of the block of Y: Yᵀ = ΩᵀGᵀ, G being symmetric only
// up to rounding.
func (s *nystromSketch) denseTask(m *Matrix, worker, task int) {
	i0 := task * elimPoints
	w := min(elimPoints, s.n-i0)
	for p := 0; p < s.n && !s.team.Cancelled(); p += elimDepth {
		depth := min(elimDepth, s.n-p)
		asm.PackRows(s.pack[worker], m.a[i0*s.n+p:], s.n, depth, w, 1)
		asm.MulAdd(s.y[s.r*s.n+i0:], s.n, s.omega[p:], s.n, 1, s.pack[worker], s.w, w, depth)
	}
}

// coreTask makes up to 128 columns of the block's rows of ΩᵀY.
func (s *nystromSketch) coreTask(worker, task int) {
	c0 := task * elimPoints
	w := min(elimPoints, s.r+s.w-c0)
	for p := 0; p < s.n && !s.team.Cancelled(); p += elimDepth {
		depth := min(elimDepth, s.n-p)
		asm.PackRows(s.pack[worker], s.y[c0*s.n+p:], s.n, depth, w, 1)
		asm.MulAdd(s.core[s.r*s.k+c0:], s.k, s.omega[p:], s.n, 1, s.pack[worker], s.w, w, depth)
	}
}
