package solver

import (
	"errors"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// restarted is a method that improves x from a residual computed anew: LSQR,
// CGLS and MINRES.
type restarted interface {
	// zero makes b the residual, that of x = 0; residual makes that of x and
	// returns its norm.
	zero(b []float64)
	residual(x, b []float64) float64
	// normal makes what run starts from, and completes p, of which it is given x
	// and norm.
	normal(p *point) error
	// stationary reports whether a small product with Āᵀ is evidence for what
	// target.minimum says, and exhausted whether that is so at p to working
	// precision, if there is no getting further.
	stationary(p *point) bool
	exhausted(p *point) bool
	// run improves x until the recurrence claims convergence: reason None.
	run(x []float64, norm float64) (StopReason, error)
	// vector returns the residual that residual and zero made, nil if there is
	// none to show.
	vector() []float64
}

// point is what is known of an x, computed anew.
type point struct {
	x      []float64
	norm   float64 // ‖r‖
	normal float64 // NormalResidual
	// ‖Āᵀr‖/‖r‖, zero at least squares, in the norms of the method and in Euclidean
	// ones. Āᵀr stands for AM⁻¹r in MINRES.
	ratio, plain float64
	part         float64 // of MINRES: see there
	root         float64 // of MINRES, √(rᵀM⁻¹r): what no x kept may exceed; else 0
}

// target is where a restarted method wants to get.
type target struct {
	m       *monitor
	tol     float64    // for the residual
	gtol    float64    // for ratio and plain, relative to ‖A‖; none if not positive
	anorm   float64    // the largest ‖A·v‖ seen, a lower bound for ‖A‖, in the norms of the method
	plain   float64    // the same in Euclidean norms
	minimum StopReason // what it is to meet gtol alone

	// The iteration works on 2^lift·A and 2^−lift·x: zero, but for an A whose products
	// with vectors of norm one would have few digits, or none.
	lift int

	now, kept point // of refine: here, so that they are not allocated
}

const (
	faintest     = 0x1p-960 // ‖A‖ from which it is lifted
	lifting      = 500      // what by: enough for the least number, and harmless up to 2⁵⁰⁰
	rootRounding = 0x1p-26
	grows        = 1 + 0x1p-10
)

func newTarget(m *monitor) target {
	return target{m: m, tol: m.tolerance(), gtol: m.RelTol, minimum: Converged}
}

// distance returns how far p is from the nearer tolerance: at most 1 is there. A
// product with Āᵀ has to be small in both norms: by a preconditioner alone, one of
// any size can be made to look small.
func (t *target) distance(s restarted, p *point) float64 {
	switch {
	case p.norm <= t.tol:
		return 0
	case !finite(p.norm) || !finite(p.ratio) || !finite(p.plain):
		return math.Inf(1)
	}
	t.anorm, t.plain = max(t.anorm, p.ratio), max(t.plain, p.plain)
	if t.m.Preconditioner == nil {
		t.plain = t.anorm
	}
	d := math.Inf(1)
	if t.tol > 0 {
		d = p.norm / t.tol
	}
	switch {
	case !s.stationary(p):
	case p.ratio == 0:
		return 0
	case t.gtol > 0:
		d = min(d, max(p.ratio/t.anorm, p.plain/t.plain)/t.gtol)
	}
	return d
}

// reached returns the reason to give where distance is at most 1.
func (t *target) reached(norm float64) StopReason {
	if norm <= t.tol {
		return Converged
	}
	return t.minimum
}

// refine runs s until a residual computed anew is near enough, a run did not
// halve the distance or took no step, or there is another reason to stop. These methods do not
// let the residual grow: an x worse than one before is rounding, and not kept.
func (t *target) refine(s restarted, dst, b []float64) (Result, error) {
	m := t.m
	norm := m.RHSNorm
	if s.zero(b); m.X0 != nil {
		norm = s.residual(dst, b)
	}
	best, last := math.Inf(1), math.Inf(1) // distances: of the x kept, of the last restart
	p, kept := &t.now, &t.kept
	var settled, keptSettled bool // exhausted, of these
	for reason, err := None, error(nil); ; {
		// norm is the norm of the residual of dst, computed anew.
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		*p = point{x: dst, norm: norm}
		indefinite := s.normal(p)
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		m.TrueResidual, m.NormalResidual = norm, p.normal
		if err == nil {
			err = indefinite
		}
		if err == nil && !(finite(norm) && finite(p.ratio) && finite(p.plain)) {
			err = fmt.Errorf("solver: %s: residual norm %v, normal residual %v after %d iterations: %w", m.name, norm, m.NormalResidual, m.Iterations, ErrNotFinite)
		}
		dist := t.distance(s, p)
		if dist <= 1 {
			if m.Iterations == 0 {
				m.report(norm, s.vector())
			}
			return m.close(t.reached(norm), nil)
		}
		if !math.IsInf(best, 1) { // ‖A‖ may be known better now
			best = t.distance(s, kept)
		}
		if reason == None && m.Iterations > 0 && (best <= 1 || m.NoRestart || !(dist <= last/2)) {
			reason = Stagnated
		}
		// Where there is no getting further, that counts for more than the distance.
		settled = err == nil && s.exhausted(p)
		closer := !(dist > best) || settled && !keptSettled && norm <= 2*kept.norm
		grown := m.Iterations > 0 && p.root > kept.root*grows
		closer = closer && !grown
		if reason != None || err != nil {
			worse := m.Restarts > 0 || grown || !finite(norm) || norm > kept.norm || best <= 1
			if !closer && worse && !math.IsInf(best, 1) {
				copy(dst, m.Workspace.best)
				*p, settled = *kept, keptSettled
				m.TrueResidual, m.NormalResidual = p.norm, p.normal
			}
			if best <= 1 {
				return m.close(t.reached(p.norm), nil)
			}
			if reason == Stagnated && settled {
				reason = t.minimum
			}
			return m.close(failure(reason, err), err)
		}
		if m.Iterations > 0 {
			last = dist
			m.Restarts++
		}
		if closer {
			best, *kept, keptSettled = dist, *p, settled
			m.Workspace.keep(dst)
			kept.x = m.Workspace.best
		}
		before := m.Iterations
		if reason, err = s.run(dst, norm); reason == Cancelled {
			return m.close(Cancelled, nil)
		}
		switch {
		case reason == NotFinite && m.Iterations > before:
			reason, err = None, nil // of the recurrence; what A makes shows again
		case reason == None && m.Iterations == before:
			reason = Stagnated // and would be for ever: x is what it was
		}
		norm = s.residual(dst, b)
	}
}

// failure returns the reason to give beside err.
func failure(reason StopReason, err error) StopReason {
	switch {
	case err == nil:
		return reason
	case errors.Is(err, ErrIndefinite):
		return Indefinite
	}
	return NotFinite
}

// openLeastSquares opens a solve, and ends it on an error or a zero b.
func (m *monitor) openLeastSquares(a any, dst, b []float64) (done bool, res Result, err error) {
	if err = m.open(a, dst, b, len(dst)); err != nil {
		res, err = m.close(m.Reason, err)
		return true, res, err
	}
	if m.RHSNorm == 0 {
		clear(dst)
		m.Residual, m.TrueResidual, m.NormalResidual = 0, 0, 0
		res, err = m.close(ZeroRHS, nil)
		return true, res, err
	}
	return false, res, nil
}

// precondition sets z = M⁻¹·r and returns √(rᵀz), or ErrIndefinite for rᵀz < 0,
// or rᵀz = 0 with another r than 0.
func (m *monitor) precondition(z, r []float64) (float64, error) {
	m.Preconditioner.SolveVec(z, r)
	m.PrecondSolves++
	s := rootDot(r, z)
	if s < 0 || s == 0 && asm.Nrm2(r) > 0 {
		return math.NaN(), fmt.Errorf("solver: %s: rᵀM⁻¹r is %g in iteration %d: %w", m.name, -s*s, m.Iterations+1, ErrIndefinite)
	}
	return s, nil
}

// rootDot returns √(xᵀy) without overflow or underflow of the product, and
// −√(−xᵀy) where that is negative.
func rootDot(x, y []float64) float64 {
	s, exp := scaledDot(x, y)
	if exp&1 != 0 {
		s, exp = 2*s, exp-1
	}
	return math.Copysign(math.Ldexp(math.Sqrt(math.Abs(s)), exp/2), s)
}

// scaledDot returns xᵀy as s·2^exp, of which exp is zero unless the sum would be near
// the end of the range, or beyond.
func scaledDot(x, y []float64) (s float64, exp int) {
	s = asm.Dot(x, y)
	if a := math.Abs(s); a > 0x1p-900 && a < 0x1p+1000 {
		return s, 0
	}
	_, ex := math.Frexp(asm.Nrm2(x))
	_, ey := math.Frexp(asm.Nrm2(y))
	s = 0
	for i, v := range x {
		s = math.FMA(math.Ldexp(v, -ex), math.Ldexp(y[i], -ey), s)
	}
	return s, ex + ey
}

// hypot returns √(a² + b²) without overflow.
func hypot(a, b float64) float64 {
	a, b = math.Abs(a), math.Abs(b)
	if a < b {
		a, b = b, a
	}
	if b == 0 || !finite(a) {
		return a + b // NaN and Inf as well
	}
	t := b / a
	return float64(a * math.Sqrt(math.FMA(t, t, 1)))
}
