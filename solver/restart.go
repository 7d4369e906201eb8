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
	// normal makes what run starts from, and returns ‖Āᵀr‖/‖r‖ in the norms of
	// the method for a residual r of the given norm: zero at least squares.
	normal(norm float64) (float64, error)
	// run improves x until the recurrence claims convergence: reason None.
	run(x []float64, norm float64) (StopReason, error)
	// vector returns the residual that residual and zero made, nil if there is
	// none to show.
	vector() []float64
}

// target is where a restarted method wants to get.
type target struct {
	m       *monitor
	tol     float64    // for the residual
	gtol    float64    // for the ratio of normal, relative to ‖A‖; none if not positive
	floor   float64    // as gtol, if there is no getting further
	anorm   float64    // the largest ‖A·v‖ seen, a lower bound for ‖A‖
	minimum StopReason // what it is to meet gtol alone
}

func newTarget(m *monitor) target {
	return target{m: m, tol: m.tolerance(), gtol: m.RelTol, minimum: Converged}
}

// distance returns how far a residual of the given norm and ratio of normal is
// from the nearer tolerance: at most 1 is there.
func (t *target) distance(norm, ratio float64) float64 {
	switch {
	case norm <= t.tol || ratio == 0:
		return 0
	case !finite(norm) || !finite(ratio):
		return math.Inf(1)
	}
	t.anorm = max(t.anorm, ratio)
	d := math.Inf(1)
	if t.tol > 0 {
		d = norm / t.tol
	}
	if t.gtol > 0 {
		d = min(d, ratio/t.anorm/t.gtol)
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
	var kept struct{ norm, ratio, normal float64 }
	for reason, err := None, error(nil); ; {
		// norm is the norm of the residual of dst, computed anew.
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		ratio, indefinite := s.normal(norm)
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		m.TrueResidual = norm
		if err == nil {
			err = indefinite
		}
		if err == nil && !(finite(norm) && finite(ratio)) {
			err = fmt.Errorf("solver: %s: residual norm %v, normal residual %v after %d iterations: %w", m.name, norm, m.NormalResidual, m.Iterations, ErrNotFinite)
		}
		dist := t.distance(norm, ratio)
		if dist <= 1 {
			if m.Iterations == 0 {
				m.report(norm, s.vector())
			}
			return m.close(t.reached(norm), nil)
		}
		if !math.IsInf(best, 1) { // ‖A‖ may be known better now
			best = t.distance(kept.norm, kept.ratio)
		}
		if reason == None && m.Iterations > 0 && (best <= 1 || m.NoRestart || !(dist <= last/2)) {
			reason = Stagnated
		}
		if reason != None || err != nil {
			worse := m.Restarts > 0 || !finite(norm) || norm > kept.norm || best <= 1
			if !(dist <= best) && worse && !math.IsInf(best, 1) {
				copy(dst, m.Workspace.best)
				m.TrueResidual, m.NormalResidual = kept.norm, kept.normal
				norm, ratio = kept.norm, kept.ratio
			}
			if best <= 1 {
				return m.close(t.reached(norm), nil)
			}
			if reason == Stagnated && ratio <= t.floor*t.anorm {
				reason = t.minimum
			}
			return m.close(failure(reason, err), err)
		}
		if m.Iterations > 0 {
			last = dist
			m.Restarts++
		}
		if !(dist > best) {
			best = dist
			kept.norm, kept.ratio, kept.normal = norm, ratio, m.NormalResidual
			m.Workspace.keep(dst)
		}
		before := m.Iterations
		if reason, err = s.run(dst, norm); reason == Cancelled {
			return m.close(Cancelled, nil)
		}
		if reason == None && m.Iterations == before {
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

// lsRun is what LSQR and CGLS share: the system Ā = [A; √λ·I] with its residual
// and the product of that with Āᵀ.
type lsRun struct {
	target
	a     TransOperator
	root  float64   // √λ
	u, tm []float64 // residual or left vector, upper part; scratch, of the length of b
	ridge []float64 // the same, lower part; empty without ridge
	tn    []float64 // of the length of x, as those below
	g     float64   // norm of the product with Āᵀ, by M⁻¹ if preconditioned
	exp   int       // u, ridge, tn, v and g are in units of 2^exp after normal

	v, w, p []float64 // what the two make of these is said there
}

// init sets up all but v, w and p, for which it returns room: more vectors of
// cols floats, and one with a preconditioner.
func (l *lsRun) init(m *monitor, a TransOperator, rows, cols, more int) vectors {
	size := 2*rows + cols + more*cols
	if m.Ridge > 0 {
		size += cols
	}
	if m.Preconditioner != nil {
		size += cols
	}
	vs := m.Workspace.reserve(size)
	*l = lsRun{target: newTarget(m), a: a, root: math.Sqrt(m.Ridge)}
	l.u, l.tm, l.tn = vs.take(rows), vs.take(rows), vs.take(cols)
	if m.Ridge > 0 {
		l.ridge = vs.take(cols)
	}
	return vs
}

// release lets go of the operator, which the workspace outlives.
func (l *lsRun) release() { *l = lsRun{} }

// mul sets tm and trans tn to the products with the upper part of Ā and with
// Āᵀ.
func (l *lsRun) mul(x []float64) {
	l.a.MulVec(l.tm, x)
	l.m.MulVecs++
}

func (l *lsRun) trans() {
	l.a.MulTransVec(l.tn, l.u)
	l.m.MulTransVecs++
	if len(l.ridge) > 0 {
		asm.Axpy(l.tn, l.root, l.ridge)
	}
}

func (l *lsRun) zero(b []float64) {
	copy(l.u, b)
	clear(l.ridge)
}

// residual sets (u, ridge) to (b − A·x, −√λ·x) and returns its norm.
func (l *lsRun) residual(x, b []float64) float64 {
	l.mul(x)
	for i, v := range l.tm {
		l.u[i] = b[i] - v
	}
	for i := range l.ridge {
		l.ridge[i] = -l.root * x[i]
	}
	return l.leftNorm()
}

func (l *lsRun) leftNorm() float64 { return hypot(asm.Nrm2(l.u), asm.Nrm2(l.ridge)) }

// normal sets tn = Āᵀ·(u, ridge) and g to its norm, that of M⁻¹ if
// preconditioned, when v becomes M⁻¹·tn. The residual is brought to a norm between
// ½ and 1 first, by a power of two: the product of a residual and an Ā that are
// both tiny would vanish, and look like that of a minimiser.
func (l *lsRun) normal(norm float64) (float64, error) {
	norm, l.exp = math.Frexp(norm)
	if l.exp != 0 {
		ldexp(l.u, l.u, -l.exp)
		ldexp(l.ridge, l.ridge, -l.exp)
	}
	l.trans()
	l.g = asm.Nrm2(l.tn)
	l.m.NormalResidual = math.Ldexp(l.g, l.exp)
	if l.m.Preconditioner != nil {
		var err error
		if l.g, err = l.solve(l.tn); err != nil {
			return l.g, err
		}
	}
	if l.g == 0 {
		return 0, nil // norm may be zero as well
	}
	return l.g / norm, nil
}

// solve sets v = M⁻¹·p and returns √(pᵀv).
func (l *lsRun) solve(p []float64) (float64, error) { return l.m.precondition(l.v, p) }

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
	s, exp := asm.Dot(x, y), 0
	if a := math.Abs(s); !(a > 0x1p-900 && a < 0x1p+1000) {
		_, ex := math.Frexp(asm.Nrm2(x))
		_, ey := math.Frexp(asm.Nrm2(y))
		s, exp = 0, ex+ey
		for i, v := range x {
			s = math.FMA(math.Ldexp(v, -ex), math.Ldexp(y[i], -ey), s)
		}
		if exp&1 != 0 {
			s, exp = 2*s, exp-1
		}
	}
	return math.Copysign(math.Ldexp(math.Sqrt(math.Abs(s)), exp/2), s)
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
