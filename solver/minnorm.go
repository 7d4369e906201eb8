package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// MinNorm returns in dst the shortest x with J·x = b for a wide n × N operator
// J, b of length n, dst of length N; with X0 the solution nearest to X0. With a
// ridge λ it minimises ‖J·x − b‖² + λ‖x − X0‖². dst must not overlap b; what it
// holds before does not matter.
//
// Solving JJᵀg = b and taking x = Jᵀg leaves a residual of about κ(J)² roundings,
// whatever the recurrence for g reports. MinNorm therefore refines x itself:
//
//	x ← x + Jᵀg with (JJᵀ + λI)g ≈ r by conjugate gradients, r ← b − J·x − λΣg
//
// each r computed anew, until it meets the tolerance or a round does not halve
// it (Stagnated). Two rounds take an ill-conditioned J to about κ(J) roundings.
// The preconditioner applies the inverse of M ≈ JJᵀ + λI, as SketchQR of a
// sketch of Jᵀ does.
//
// An iteration costs one product with J and one with Jᵀ, a round one more of
// each; 5n + N floats, n more each with a preconditioner and with a ridge.
// MaxIter, TimeLimit and the iterations a callback sees count through all
// rounds. X there is that of the last round, R the residual of the running one,
// and so is Result.Residual. NoRestart ends after the first round.
//
// Entries of J may lie anywhere: where their squares would vanish or overflow, the
// system is scaled, which takes up to three products with Jᵀ and two applications of M⁻¹ more.
//
// Errors are as in CG. After Cancelled dst is the x of the last full round.
func MinNorm(ctx context.Context, dst []float64, j TransOperator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, methodMinNorm, opts, dst)
	if err := m.open(j, dst, b, len(b)); err != nil {
		return m.close(m.Reason, err)
	}
	if m.RHSNorm == 0 && m.X0 == nil {
		clear(dst)
		m.Residual, m.TrueResidual = 0, 0
		return m.close(ZeroRHS, nil)
	}
	n := len(b)
	var s minNorm
	s.init(m, j, n, len(dst))
	defer s.release()
	tol := m.tolerance()
	clear(s.sum)
	norm := m.RHSNorm
	copy(s.r, b)
	if m.X0 != nil {
		norm = s.residual(s.r, dst, b, s.sum)
	}
	if m.ctx.Err() != nil {
		return m.close(Cancelled, nil)
	}
	m.TrueResidual = norm
	if !finite(norm) {
		return m.close(NotFinite, fmt.Errorf("solver: MinNorm: residual norm of the start is %v: %w", norm, ErrNotFinite))
	}
	if norm <= tol {
		m.report(norm, s.r)
		return m.close(Converged, nil)
	}
	for round := 0; ; round++ {
		reason, err := s.round(norm, max(tol/2, float64(innerTol*norm)))
		if reason == Cancelled {
			return m.close(Cancelled, nil)
		}
		trial := s.apply(dst, b)
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		limit := reason != None && reason != Indefinite
		better := trial < norm
		if better || limit && round == 0 && finite(trial) {
			copy(dst, s.gram.t)
			copy(s.sum, s.trialSum)
			m.TrueResidual = trial
		}
		switch {
		case m.TrueResidual <= tol:
			return m.close(Converged, nil)
		case limit:
			return m.close(reason, err)
		case m.NoRestart || !(trial <= norm/2):
			if reason == Indefinite && round == 0 {
				return m.close(reason, err)
			}
			return m.close(Stagnated, nil)
		}
		norm = trial
		s.r, s.next = s.next, s.r
		m.Restarts++
	}
}

// innerTol is as far as one round goes: beyond it the residual of x is rounding.
const innerTol = 1e-10

// minNorm is the state of the refinement.
type minNorm struct {
	m       *monitor // its ridge is that of the scaled system
	c       cgRun
	gram    *gramOperator
	r, next []float64 // residual of x, of the trial
	g       []float64 // solution of the round
	work    []float64 // residual of the recurrence
	// Σg, and with that of the round; empty without ridge.
	sum, trialSum []float64
}

func (s *minNorm) init(m *monitor, j TransOperator, n, cols int) {
	s.c.m = m
	zs := m.preconditioned(n)
	size := 6*n + zs + cols + s.c.size(n)
	if m.Ridge > 0 {
		size += 2 * n
	}
	vs := m.Workspace.reserve(size)
	s.m, s.gram = m, &m.Workspace.gram
	s.gram.j, s.gram.t = j, vs.take(cols)
	s.r, s.next, s.g, s.work = vs.take(n), vs.take(n), vs.take(n), vs.take(n)
	if m.Ridge > 0 {
		s.sum, s.trialSum = vs.take(n), vs.take(n)
	}
	p, q, z := vs.take(n), vs.take(n), vs.take(zs)
	s.c.init(m, &vs, p, q, z)
}

// release lets go of the operator, which the workspace outlives.
func (s *minNorm) release() { *s.gram = gramOperator{} }

// round solves (JJᵀ + λI)g = r to the given norm of its recurrence; once it has to, it
// scales the system first.
func (s *minNorm) round(norm, tol float64) (StopReason, error) {
	m := s.m
	before, first := m.MulVecs, m.Iterations == 0
	reason, err := s.run(norm, tol, first)
	if first && m.Iterations == 0 && (reason == NotFinite || reason == Indefinite) && (s.rescale() || err == nil) {
		callback := m.Callback // it has been told of the start
		m.Callback = func(it Iteration) bool { return it.Iteration == 0 || callback == nil || callback(it) }
		reason, err = s.run(norm, tol, false)
		m.Callback = callback
	}
	m.MulTransVecs += m.MulVecs - before // JJᵀ takes both
	return reason, err
}

// run makes one attempt at a round. The first one of all stops as NotFinite where
// squares of the entries of J would vanish or overflow.
func (s *minNorm) run(norm, tol float64, first bool) (StopReason, error) {
	clear(s.g)
	copy(s.work, s.r)
	for more := s.c.start(s.work, norm, tol); more; more = s.c.step(s.g, s.work) {
		if s.c.pending {
			s.m.Preconditioner.SolveVec(s.c.z, s.work)
			continue
		}
		s.gram.MulVec(s.c.q, s.c.p)
		if first {
			first = false
			if size := hypot(asm.Nrm2(s.gram.t)/asm.Nrm2(s.c.p), math.Sqrt(s.m.Ridge)); size < 0x1p-400 || size > 0x1p+400 {
				s.m.MulVecs++
				return NotFinite, nil
			}
		}
		s.c.count()
	}
	return s.c.reason, s.c.err
}

// rescale brings the norm of [J √λ·I] near one, by powers of two that what follows is
// in units of, and reports whether it was far from that.
func (s *minNorm) rescale() bool {
	m, t := s.m, s.gram.t
	size, root := 0.0, math.Sqrt(m.Ridge)
	_, unit := math.Frexp(asm.Nrm2(s.r))
	for _, exp := range []int{0, lifting, -600} { // one of which J·2^exp has products for
		ldexp(s.next, s.r, exp-unit)
		s.gram.j.MulTransVec(t, s.next)
		m.MulTransVecs++
		size = asm.Nrm2(t)
		if size > 0x1p-900 && finite(size) {
			size = math.Ldexp(size, -exp)
			break
		}
	}
	if m.ctx.Err() != nil || !finite(size) && size != math.Inf(1) {
		return false
	}
	size = hypot(size, root)
	if size == 0 || !finite(size) || size > 0x1p-100 && size < 0x1p+100 {
		return false
	}
	_, exp := math.Frexp(size)
	s.gram.exp = -exp
	m.Ridge = math.Ldexp(m.Ridge, -2*exp)
	if m.Preconditioner != nil {
		s.gram.pre = m.Preconditioner
		m.Preconditioner = s.gram
		s.match(unit)
	}
	return true
}

// match scales M⁻¹ along with JJᵀ, or to one where M is not of that scale, as an M
// that is finite cannot be where JJᵀ is not: CG does not see what scale M has.
// unit brings r to a norm of about one.
func (s *minNorm) match(unit int) {
	o := s.gram
	for _, half := range []int{-o.exp, 0} {
		o.before, o.behind = half, half
		ldexp(s.next, s.r, -unit)
		o.SolveVec(s.next, s.next)
		s.m.PrecondSolves++
		size := asm.Nrm2(s.next)
		if finite(size) && !far(size) {
			return
		}
		if half == 0 && finite(size) && size > 0 {
			_, e := math.Frexp(size)
			o.before = -e / 2
			o.behind = -e - o.before
			return
		}
	}
	o.before, o.behind = -o.exp, -o.exp
}

// apply makes the trial x + Jᵀg in the scratch of the operator, and its
// residual, whose norm it returns; NaN if the trial is not finite.
func (s *minNorm) apply(x, b []float64) float64 {
	t := s.gram.t
	s.gram.trans(s.g, s.next)
	s.m.MulTransVecs++
	asm.Axpy(t, 1, x)
	copy(s.trialSum, s.sum)
	if len(s.sum) > 0 {
		asm.Axpy(s.trialSum, 1, s.g)
	}
	norm := s.residual(s.next, t, b, s.trialSum)
	if !finite(norm) {
		return math.NaN()
	}
	return norm
}

// residual sets r = b − J·x − λ·sum and returns its norm.
func (s *minNorm) residual(r, x, b, sum []float64) float64 {
	s.gram.j.MulVec(r, x)
	s.m.MulVecs++
	if len(sum) > 0 {
		asm.Axpy(r, s.m.Ridge, sum)
	}
	for i, v := range r {
		r[i] = b[i] - v
	}
	return asm.Nrm2(r)
}

// gramOperator is c²·JJᵀ, c = 2^exp, with its scratch vector. As a Preconditioner it
// applies the inverse of c²·M, or of another multiple: see match.
type gramOperator struct {
	j   TransOperator
	t   []float64
	exp int
	pre Preconditioner
	// Powers of two before and behind it, as neither side can bear all.
	before, behind int
}

func (o *gramOperator) MulVec(dst, x []float64) {
	o.trans(x, dst)
	o.j.MulVec(dst, o.t)
}

// trans sets t = c²·Jᵀx; of scratch it makes c·x.
func (o *gramOperator) trans(x, scratch []float64) {
	if o.exp == 0 {
		o.j.MulTransVec(o.t, x)
		return
	}
	ldexp(scratch, x, o.exp)
	o.j.MulTransVec(o.t, scratch)
	ldexp(o.t, o.t, o.exp)
}

// SolveVec applies the inverse of M, scaled.
func (o *gramOperator) SolveVec(dst, r []float64) {
	ldexp(dst, r, o.before)
	o.pre.SolveVec(dst, dst)
	ldexp(dst, dst, o.behind)
}
