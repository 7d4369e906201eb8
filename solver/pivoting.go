package solver

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

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
	at      []int     // the candidates
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
		at: make([]int, b), taken: make([]int, 0, b),
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
