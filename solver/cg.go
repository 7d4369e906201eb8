package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// CG solves (A + λI)x = b for a symmetric positive definite A by conjugate
// gradients (Hestenes and Stiefel 1952), preconditioned if opts says so. dst
// receives x; it has the length of b and must not overlap it. What dst holds
// before does not matter.
//
// One product A·x, one application of M⁻¹ and about 10n flops an iteration; four
// vectors, five with a preconditioner. Iterations for a relative residual ε are
// about ½·√κ·ln(2/ε), κ the condition of M⁻¹(A + λI).
//
// Converged means that the residual computed anew meets the tolerance. Where
// the recurrence says so and the new residual does not, CG restarts from the
// latter; when a restart does not halve it, CG returns the better x as
// Stagnated: about κ(A) roundings of ‖b‖ is as far as x can be refined. A fall
// of the recurrence by 2⁻¹⁰⁰ is taken for such a claim whatever the tolerance.
//
// x is the last iterate, as a rule: of all of them it has the least energy
// ½xᵀ(A + λI)x − xᵀb, though not always the least residual. Of several runs, and
// where rounding or an operator that is not symmetric has made that of the last
// larger than that of the start, it is the one with the least residual that was
// computed anew. A solve that fails, stagnates or reaches MaxIter asks whether
// pᵀ(Ax) = xᵀ(Ap) for its last direction: if these differ by more than 2⁻¹³·‖A‖‖p‖‖x‖,
// with the largest ‖Av‖ of these and of the first for ‖A‖, the products are not those of a symmetric
// matrix, and it ends as Asymmetric. It takes no product to see that.
//
// With Options.Radius Δ, A need not be definite: CG then improves the model
// ½sᵀ(A+λI)s − sᵀr₀ of the step s = x − X0 while ‖s‖ ≤ Δ in the norm of M, the
// Euclidean one without preconditioner (Steihaug 1983, Toint 1981). A step
// that would leave is cut at the boundary (Boundary), a direction with
// pᵀ(A+λI)p ≤ 0 is followed to it (NegativeCurvature). Both are no error. Up to
// rounding, the model falls and ‖s‖ grows in each iteration. One vector more and
// 6n flops, two and 10n with a preconditioner.
//
// The error is nil when the solve ended by itself or at a limit; Result.Reason
// says which. ErrShape, ErrOption, ErrOverlap; ErrNotFinite for NaN or Inf in b, X0, or made
// by the operator; ErrIndefinite for rᵀM⁻¹r ≤ 0, and without a radius for
// pᵀAp ≤ 0, with the value; ErrAsymmetric; the context's cause when it ended. dst is the
// x reached in all cases but the first three. Results depend on the arguments
// alone, unless a limit is a time.
func CG(ctx context.Context, dst []float64, a Operator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, methodCG, opts, dst)
	var s cgSolve
	more := s.open(m, a, dst, b)
	if more {
		n := len(b)
		zs := m.preconditioned(n)
		vs := m.Workspace.reserve(2*n + zs + s.size())
		p, q, z := vs.take(n), vs.take(n), vs.take(zs)
		s.init(&vs, p, q, z)
		for more = s.begin(); more; more = s.advance() {
			switch {
			case s.pending:
				m.Preconditioner.SolveVec(z, s.r)
			case s.coarse():
				m.Coarse.MulVec(q, p)
			default:
				a.MulVec(q, p)
			}
		}
	}
	return m.close(s.reason, s.err)
}

// cgSolve is CG for one right-hand side between its products: whoever drives
// it sets q = A·p, or z = M⁻¹·r if that is pending, each time that begin or advance
// returns true. CG drives one of them, CGMulti several at a time; neither changes a
// bit of the other.
type cgSolve struct {
	cgRun
	x, b, r, kept []float64
	norm, tol     float64 // norm of r, computed anew
	best, last    float64 // true residuals: of the x kept, of the last restart
	running       bool    // q is of a direction, not of x
	probe         probe
	// After the end; in between those of the run that ended.
	reason StopReason
	err    error
}

// open checks the arguments and sets x to the start; false means the end.
func (s *cgSolve) open(m *monitor, a any, x, b []float64) bool {
	*s = cgSolve{cgRun: cgRun{m: m}, x: x, b: b}
	if len(x) != len(b) {
		return s.end(None, fmt.Errorf("solver: %s with dst of %d, b of %d: %w", m.name, len(x), len(b), ErrShape))
	}
	if err := m.open(a, x, b, len(b)); err != nil {
		return s.end(m.Reason, err)
	}
	if m.RHSNorm == 0 && (m.Radius == 0 || m.X0 == nil) { // zero may be out of the radius
		clear(x)
		m.Residual, m.TrueResidual = 0, 0
		return s.end(ZeroRHS, nil)
	}
	return true
}

// size returns what init takes of the workspace.
func (s *cgSolve) size() int { return 2*len(s.b) + s.cgRun.size(len(s.b)) }

func (s *cgSolve) init(vs *vectors, p, q, z []float64) {
	s.r, s.kept = vs.take(len(s.b)), vs.take(len(s.b))
	s.cgRun.init(s.m, vs, p, q, z)
	s.best, s.last = math.Inf(1), math.Inf(1)
	s.tol = s.m.tolerance()
}

// begin starts from r = b, or wants the product with X0.
func (s *cgSolve) begin() bool {
	if s.m.X0 != nil {
		return s.refresh()
	}
	copy(s.r, s.b)
	s.norm = s.m.RHSNorm
	return s.restart()
}

// refresh wants the product with x: p is free between runs.
func (s *cgSolve) refresh() bool {
	copy(s.p, s.x)
	s.running = false
	return true
}

// coarse tells whether Options.Coarse may make the product that is wanted.
func (s *cgSolve) coarse() bool { return s.running && s.m.Coarse != nil }

// advance uses the product in q, or z, and returns false at the end.
func (s *cgSolve) advance() bool {
	if !s.pending {
		s.count()
	}
	if !s.running {
		s.probe.compare(s.x, s.r, s.q, s.scale)
		for i, v := range s.q {
			s.r[i] = s.b[i] - v
		}
		s.norm = asm.Nrm2(s.r)
		if s.reason == None {
			return s.restart()
		}
		return s.conclude()
	}
	return s.step(s.x, s.r) || s.pause()
}

// pause follows a run.
func (s *cgSolve) pause() bool {
	if s.reason, s.err = s.cgRun.reason, s.cgRun.err; s.reason == Cancelled {
		return s.end(Cancelled, nil)
	}
	// A solve that goes well has one run, which claims convergence.
	if s.probe = (probe{}); s.paired && (s.reason != None || s.m.Restarts > 0) {
		s.probe.take(s.x, s.p, s.q, s.r)
	}
	return s.refresh()
}

func (s *cgSolve) end(reason StopReason, err error) bool {
	s.reason, s.err = reason, err
	return false
}

// restart starts a run, the first one or after one that claimed convergence,
// unless the new residual says that x is done.
//
// A run starts with p = M⁻¹r. To go on with the old p instead, which is what
// residual replacement does (van der Vorst and Ye 2000), changes little here:
// see the measurement in TestRestartAgainstReplacement.
func (s *cgSolve) restart() bool {
	m, norm := s.m, s.norm
	switch {
	case m.ctx.Err() != nil:
		return s.end(Cancelled, nil)
	case !finite(norm) && m.Iterations == 0:
		m.TrueResidual = norm
		return s.end(NotFinite, fmt.Errorf("solver: %s: residual norm of the start is %v: %w", m.name, norm, ErrNotFinite))
	case norm <= s.tol:
		m.TrueResidual = norm
		if m.Iterations == 0 {
			m.report(norm, s.r)
		}
		return s.end(Converged, nil)
	case m.Iterations > 0 && (m.NoRestart || !(norm <= s.last/2)):
		m.TrueResidual = norm
		if !(norm <= s.best) {
			copy(s.x, s.kept)
			m.TrueResidual = s.best
		}
		return s.end(s.suspect(Stagnated, nil))
	}
	if !(norm > s.best) {
		s.best = norm
		copy(s.kept, s.x)
	}
	if m.Iterations > 0 {
		s.last = norm
		m.Restarts++
	}
	s.running = true
	return s.start(s.r, norm, s.tol) || s.pause()
}

// conclude ends a solve whose run did, for a reason other than convergence.
func (s *cgSolve) conclude() bool {
	m, norm, reason, err := s.m, s.norm, s.reason, s.err
	if m.ctx.Err() != nil {
		m.TrueResidual = math.NaN() // the product may have been cut short
		return s.end(Cancelled, nil)
	}
	if reason == Indefinite && m.Restarts > 0 {
		reason, err = Stagnated, nil // rounding, below what the first run reached
	}
	if err == nil && !finite(norm) {
		reason, err = NotFinite, fmt.Errorf("solver: %s: residual norm is %v after %d iterations: %w", m.name, norm, m.Iterations, ErrNotFinite)
	}
	if !math.IsNaN(norm) {
		reason, err = s.suspect(reason, err)
	}
	onBoundary := reason == Boundary || reason == NegativeCurvature // where the residual may grow
	rounding := norm > 2*s.cgRun.norm || reason == Asymmetric
	if !(norm <= s.best) && ((m.Restarts > 0 || rounding) && !onBoundary || !finite(norm)) {
		copy(s.x, s.kept)
		norm = s.best
	}
	if norm <= s.tol {
		reason, err = Converged, nil
	}
	m.TrueResidual = norm
	return s.end(reason, err)
}

// suspect returns the reason and error to give, which are others if the products of
// a solve that did not converge look like those of a matrix that is not symmetric.
func (s *cgSolve) suspect(reason StopReason, err error) (StopReason, error) {
	if reason != Stagnated && reason != MaxIterations && reason != Indefinite || !s.probe.asymmetric() {
		return reason, err
	}
	asymmetric := fmt.Errorf("solver: %s: pᵀ(Ax) is %g, xᵀ(Ap) is %g after %d iterations: %w", s.m.name, s.probe.pax, s.probe.xap, s.m.Iterations, ErrAsymmetric)
	if err != nil {
		asymmetric = fmt.Errorf("%w; %w", asymmetric, err)
	}
	return Asymmetric, asymmetric
}

// probe compares pᵀ(Ax) with xᵀ(Ap) for the last direction p of a run: products that
// are there anyway, that for the residual of x and the last one of the run.
type probe struct {
	taken         bool
	pax, xap, big float64 // big: ‖A‖‖p‖‖x‖
	ap            float64 // ‖Ap‖
}

// take leaves p in r, of which nothing is wanted until compare. A product that may have
// vanished in part tells nothing.
func (t *probe) take(x, p, q, r []float64) {
	*t = probe{xap: asm.Dot(x, q), ap: asm.Nrm2(q)}
	t.taken = t.ap > 0x1p-900
	copy(r, p)
}

func (t *probe) compare(x, p, ax []float64, size float64) {
	if !t.taken {
		return
	}
	t.pax = asm.Dot(p, ax)
	// By Cauchy's inequality the two are lower bounds for big, and mostly enough.
	if t.big = max(math.Abs(t.pax), math.Abs(t.xap)); t.asymmetric() {
		lx, lp := asm.Nrm2(x), asm.Nrm2(p)
		t.big = max(float64(t.ap*lx), float64(asm.Nrm2(ax)*lp), float64(size*lx)*lp)
	}
}

func (t *probe) asymmetric() bool {
	gap := math.Abs(t.pax - t.xap)
	return t.taken && finite(t.big) && gap > 0x1p-13*t.big && gap > 0x1p-900
}
