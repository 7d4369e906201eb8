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
	m       *monitor
	ridge   float64 // λ
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
	size := 6*n + cols + s.c.size(n)
	if m.Ridge > 0 {
		size += 2 * n
	}
	vs := m.Workspace.reserve(size)
	s.m, s.ridge, s.gram = m, m.Ridge, &m.Workspace.gram
	s.gram.j, s.gram.t = j, vs.take(cols)
	s.r, s.next, s.g, s.work = vs.take(n), vs.take(n), vs.take(n), vs.take(n)
	if m.Ridge > 0 {
		s.sum, s.trialSum = vs.take(n), vs.take(n)
	}
	p, q := vs.take(n), vs.take(n)
	s.c.init(m, &vs, p, q)
}

// release lets go of the operator, which the workspace outlives.
func (s *minNorm) release() { *s.gram = gramOperator{} }

// round solves (JJᵀ + λI)g = r to the given norm of its recurrence.
func (s *minNorm) round(norm, tol float64) (StopReason, error) {
	clear(s.g)
	copy(s.work, s.r)
	before := s.m.MulVecs
	reason, err := s.c.run(s.gram, s.g, s.work, norm, tol)
	s.m.MulTransVecs += s.m.MulVecs - before // JJᵀ takes both
	return reason, err
}

// apply makes the trial x + Jᵀg in the scratch of the operator, and its
// residual, whose norm it returns; NaN if the trial is not finite.
func (s *minNorm) apply(x, b []float64) float64 {
	t := s.gram.t
	s.gram.j.MulTransVec(t, s.g)
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
		asm.Axpy(r, s.ridge, sum)
	}
	for i, v := range r {
		r[i] = b[i] - v
	}
	return asm.Nrm2(r)
}

// gramOperator is JJᵀ with its scratch vector.
type gramOperator struct {
	j TransOperator
	t []float64
}

func (o *gramOperator) MulVec(dst, x []float64) {
	o.j.MulTransVec(o.t, x)
	o.j.MulVec(dst, o.t)
}
