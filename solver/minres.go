package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// MINRES solves (A + λI)x = b for a symmetric A that may be indefinite or
// singular, by minimising the residual over the Krylov space (Paige and
// Saunders 1975). Options.Ridge λ may be negative here: a shift. dst receives
// x; it has the length of b and must not overlap it. What dst holds before does
// not matter.
//
// One product A·x, one application of M⁻¹ and about 10n multiply-adds an
// iteration; eight vectors, ten with a preconditioner, which must be positive
// definite: |A|, say. The norm that falls in each iteration is √(rᵀM⁻¹r), the
// Euclidean one without preconditioner. The residual vector is carried along
// for its Euclidean norm, which the tolerance is for and the callback sees.
//
// A singular system may have no solution. MINRES then ends as Inconsistent, with
// no error and not as Converged, once
//
//	‖(A + λI)·M⁻¹r‖ ≤ RelTol·‖A‖·‖r‖
//
// in the norms of M⁻¹, with the largest ‖A·v‖ seen, a lower bound, for ‖A‖; or
// where it can get no further, once that holds with √u = 2⁻²⁶ in place of
// RelTol, beyond which ‖r‖ has no digit to lose. x then minimises √(rᵀM⁻¹r) for a
// system that differs from this one by as much in A. That includes a system with
// an eigenvalue below RelTol·‖A‖ whose part in b is what is left: a smaller
// RelTol goes on to solve it. x is a minimiser, and not the shortest one in
// general. The products at the start and at the end that this test takes are
// its price.
//
// Both tests are on quantities computed anew. Where the recurrence claims what
// they refute, MINRES restarts, and ends as Stagnated once that does not halve
// the distance to the nearer tolerance.
//
// Errors are as in CG; ErrIndefinite can only come from the preconditioner.
func MINRES(ctx context.Context, dst []float64, a Operator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, methodMINRES, opts, dst)
	if len(dst) != len(b) {
		return m.close(None, fmt.Errorf("solver: MINRES with dst of %d, b of %d: %w", len(dst), len(b), ErrShape))
	}
	if done, res, err := m.openLeastSquares(a, dst, b); done {
		return res, err
	}
	s := &m.Workspace.minres
	defer s.release()
	s.init(m, a, len(b))
	return s.refine(s, dst, b)
}

// small is a normal residual beside ‖A‖‖r‖ from which run has a place to go back
// to.
const small = 0x1p-20

// minresRun is the state of the Lanczos process with v = M⁻¹·u, uᵀv = 1, and of
// the recurrences for the residual and the search directions.
type minresRun struct {
	target
	a       Operator
	r       []float64
	u, prev []float64 // Lanczos vector, the one before
	q       []float64 // A·v, then the next u
	v, z    []float64 // M⁻¹·u, M⁻¹·q; v is u without preconditioner
	w, old  []float64 // last search direction, the one before
	saved   []float64 // see run
	beta    float64   // √(rᵀM⁻¹r) of the start
	scale   float64   // lower bound for ‖A‖ in Euclidean norms
}

func (s *minresRun) init(m *monitor, a Operator, n int) {
	size := 7 * n
	if m.Preconditioner != nil {
		size += 2 * n
	}
	vs := m.Workspace.reserve(size)
	*s = minresRun{target: newTarget(m), a: a}
	s.gtol, s.floor, s.minimum = max(m.RelTol, rounding), 0x1p-26, Inconsistent
	s.r, s.u, s.prev, s.q = vs.take(n), vs.take(n), vs.take(n), vs.take(n)
	s.w, s.old, s.saved = vs.take(n), vs.take(n), vs.take(n)
	if m.Preconditioner != nil {
		s.v, s.z = vs.take(n), vs.take(n)
	}
}

// release lets go of the operator, which the workspace outlives.
func (s *minresRun) release() { *s = minresRun{} }

// product sets q = (A+λI)x.
func (s *minresRun) product(x []float64) {
	s.a.MulVec(s.q, x)
	s.m.MulVecs++
	if s.m.Ridge != 0 {
		asm.Axpy(s.q, s.m.Ridge, x)
	}
}

func (s *minresRun) zero(b []float64)  { copy(s.r, b) }
func (s *minresRun) vector() []float64 { return s.r }

func (s *minresRun) residual(x, b []float64) float64 {
	s.product(x)
	for i, v := range s.q {
		s.r[i] = b[i] - v
	}
	return asm.Nrm2(s.r)
}

// normal makes the first Lanczos vectors and the product that belongs to them,
// from which both the normal residual and run start.
func (s *minresRun) normal(norm float64) (float64, error) {
	m := s.m
	if norm == 0 {
		m.NormalResidual = 0
		return 0, nil
	}
	copy(s.u, s.r)
	direction := s.u
	s.beta = norm
	if m.Preconditioner != nil {
		var err error
		if s.beta, err = m.precondition(s.v, s.r); err != nil {
			return math.NaN(), err
		}
		unscale(s.v, s.beta)
		direction = s.v
	}
	unscale(s.u, s.beta)
	s.product(direction)
	g := asm.Nrm2(s.q)
	m.NormalResidual = s.beta * g
	if m.Preconditioner == nil || m.ctx.Err() != nil {
		return g, nil
	}
	return m.precondition(s.z, s.q)
}

// run is one Lanczos process. On a system without a solution its ‖A·M⁻¹r‖ falls
// to about 1e-9 of ‖A‖‖r‖, then rounding lets the null space in, and x grows
// without bound while the recurrence sees nothing. So run saves the x of the
// least ‖A·M⁻¹r‖ once that is small, refuses a step whose rounding would be seen
// beside the residual, and goes back.
func (s *minresRun) run(x []float64, norm float64) (StopReason, error) {
	m := s.m
	clear(s.prev)
	clear(s.w)
	clear(s.old)
	if m.Iterations == 0 && !m.report(norm, s.r) {
		return Callback, nil
	}
	// The last rotation, the entries of the triangular factor that it left, and
	// the right-hand side, of which φ̄ = √(rᵀM⁻¹r).
	c, sn, delta, epsilon, phibar := -1.0, 0.0, 0.0, 0.0, s.beta
	var beta float64 // of u and prev
	least := math.Inf(1)
	for first := true; ; first = false {
		if reason := m.halt(); reason != None {
			return reason, nil
		}
		v := s.v
		if m.Preconditioner == nil {
			v = s.u
		}
		if !first {
			s.product(v)
		}
		if m.ctx.Err() != nil {
			return Cancelled, nil // the product may be incomplete
		}
		if m.Preconditioner != nil {
			s.scale = max(s.scale, asm.Nrm2(s.q)/asm.Nrm2(v))
		}
		alpha := asm.Dot(v, s.q)
		asm.Axpy(s.q, -alpha, s.u)
		asm.Axpy(s.q, -beta, s.prev)
		var next float64
		if m.Preconditioner == nil {
			next = asm.Nrm2(s.q)
		} else {
			var err error
			if next, err = m.precondition(s.z, s.q); err != nil {
				return None, err
			}
		}
		if !finite(alpha) || !finite(next) {
			return NotFinite, fmt.Errorf("solver: MINRES: vᵀAv is %v, the next norm %v in iteration %d: %w", alpha, next, m.Iterations+1, ErrNotFinite)
		}
		s.anorm = max(s.anorm, hypot(hypot(beta, alpha), next))
		if m.Preconditioner == nil {
			s.scale = s.anorm
		}

		// Column k of T = tridiag(β, α, β), turned by the rotations before.
		above := epsilon
		diag := math.FMA(sn, alpha, float64(c*delta))
		gbar := math.FMA(-c, alpha, float64(sn*delta))
		epsilon = sn * next
		delta = -c * next
		// ‖A·M⁻¹r‖ = φ̄·root for the x of now: a least-squares solution is seen
		// here, before a step is divided by nothing.
		root, gamma := hypot(gbar, delta), hypot(gbar, next)
		if !first && root <= float64(s.gtol*s.anorm) || gamma == 0 {
			return None, nil
		}
		if !first && root < min(least/2, small*s.anorm) {
			least = root
			copy(s.saved, x)
		}
		c, sn = gbar/gamma, next/gamma
		phi := float64(c * phibar)
		phibar = sn * phibar

		asm.Scale(s.old, -above, s.old)
		asm.Axpy(s.old, -diag, s.w)
		asm.Axpy(s.old, 1, v)
		unscale(s.old, gamma)
		s.w, s.old = s.old, s.w
		if coarse(s.scale, math.Abs(phi), asm.Nrm2(s.w), norm) {
			if least < math.Inf(1) {
				copy(x, s.saved)
			}
			return None, nil
		}
		asm.Axpy(x, phi, s.w)

		// r ← sn²·r − c·φ̄·u, with the next u.
		if next > 0 {
			unscale(s.q, next)
			unscale(s.z, next)
		}
		s.prev, s.u, s.q = s.u, s.q, s.prev
		s.v, s.z = s.z, s.v
		beta = next
		asm.Scale(s.r, float64(sn*sn), s.r)
		asm.Axpy(s.r, float64(-c*phibar), s.u)

		m.Iterations++
		norm = asm.Nrm2(s.r)
		if !m.report(norm, s.r) {
			return Callback, nil
		}
		if norm <= s.tol {
			return None, nil
		}
	}
}

// coarse reports whether one rounding of A·(φ·w), for an A of norm scale, would be
// seen beside a residual of the given norm: 2⁻⁵⁰·scale·φ·‖w‖ > norm/16. The
// product goes by mantissas and exponents, to overflow only as a whole.
func coarse(scale, phi, w, norm float64) bool {
	s, es := math.Frexp(scale)
	p, ep := math.Frexp(phi)
	l, el := math.Frexp(w)
	r, er := math.Frexp(norm)
	return math.Ldexp(float64(s*p)*l, es+ep+el-er-46) > r
}
