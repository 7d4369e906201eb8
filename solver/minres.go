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
// iteration; eight vectors, eleven with a preconditioner, which must be positive
// definite: |A|, say. The norm that falls in each iteration is √(rᵀM⁻¹r), the
// Euclidean one without preconditioner. The residual vector is carried along
// for its Euclidean norm, which the tolerance is for and the callback sees.
//
// A singular system may have no solution. MINRES then ends as Inconsistent, with
// no error and not as Converged, once y = M⁻¹r is a vector of the null space:
//
//	‖(A + λI)·y‖ ≤ ε·‖A‖·‖y‖,   ε = min(RelTol, 10⁻¹⁰)
//
// with the largest ‖A·v‖ seen, a lower bound, for ‖A‖; or where it can get no
// further, once that holds with √u = 2⁻²⁶ in place of ε, beyond which ‖r‖ has no
// digit to lose. It has to hold both in Euclidean norms and in those of M and M⁻¹,
// and the part yᵀr/‖y‖ of b that no x of the nearby singular system reaches has to
// exceed the tolerance and the rounding of A·x: neither a preconditioner nor a
// loose tolerance makes a regular system inconsistent. One with an eigenvalue below
// 10⁻¹⁰·‖A‖ whose part in b is what is left does count as singular; a smaller RelTol
// goes on to solve it. x minimises √(rᵀM⁻¹r), and is not the shortest minimiser in
// general. The products at the start and at the end that this test takes are its
// price.
//
// What is Inconsistent was of least squares whatever M was: of 14000 random systems,
// κ(A) to 1000 within its range, κ(M) to 10⁶, √(rᵀM⁻¹r) was at most 10⁻⁸ above the least.
// Not every system without a solution is called so: of 2000 each one or two at κ(M) ≤ 10,
// seven at 10², 25 at 10³, 59 at 10⁴, 77 at 10⁵ ended as Stagnated, two of them 3 % above the
// least; and with the default MaxIter 3 % at 10⁴, a fourth at 10⁵, half at 10⁶ as
// MaxIterations, of which eleven were 1 % or more, up to 10⁷ times, above it. NormalResidual
// beside ‖A‖‖M⁻¹r‖ tells those.
//
// Both tests are on quantities computed anew. Where the recurrence claims what
// they refute, or its residual may have drifted from b − (A + λI)x by rounding and one
// product more shows that it has, MINRES restarts, and ends as Stagnated once that
// does not halve the distance to the nearer tolerance. It returns no x whose
// √(rᵀM⁻¹r) is above that of the start, unless it is cancelled.
//
// An A of numbers so small that products would lose digits is scaled on the way, in
// vectors allocated for it.
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
	s.b = b
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
	b, r    []float64
	u, prev []float64 // Lanczos vector, the one before
	q       []float64 // A·v, then the next u
	v, z    []float64 // M⁻¹·u, M⁻¹·q; v is u without preconditioner
	w, old  []float64 // last search direction, the one before
	saved   []float64 // see run
	// ‖AM⁻¹r‖/√(rᵀM⁻¹r) of saved, and of x; ‖r‖ of saved.
	least, root, savedNorm float64
	y, long                []float64 // scratch: M⁻¹·r with a preconditioner, with a lift
	beta                   float64   // √(rᵀM⁻¹r) of the start
	shift                  float64   // 2^lift·λ
	weight                 float64   // the largest √(rᵀM⁻¹r)/‖r‖ seen
}

func (s *minresRun) init(m *monitor, a Operator, n int) {
	size := 7 * n
	if m.Preconditioner != nil {
		size += 3 * n
	}
	vs := m.Workspace.reserve(size)
	*s = minresRun{target: newTarget(m), a: a, shift: m.Ridge}
	s.gtol, s.minimum = max(min(m.RelTol, evident), rounding), Inconsistent
	s.r, s.u, s.prev, s.q = vs.take(n), vs.take(n), vs.take(n), vs.take(n)
	s.w, s.old, s.saved = vs.take(n), vs.take(n), vs.take(n)
	if m.Preconditioner != nil {
		s.v, s.z, s.y = vs.take(n), vs.take(n), vs.take(n)
	}
}

// release lets go of the operator, which the workspace outlives.
func (s *minresRun) release() { *s = minresRun{} }

// product sets q = 2^lift·(A+λI)x.
func (s *minresRun) product(x []float64) {
	if s.lift == 0 {
		s.multiply(x)
		return
	}
	ldexp(s.long, x, s.lift)
	s.a.MulVec(s.q, s.long)
	s.m.MulVecs++
	if s.shift != 0 {
		asm.Axpy(s.q, s.shift, x)
	}
}

func (s *minresRun) multiply(x []float64) {
	s.a.MulVec(s.q, x)
	s.m.MulVecs++
	if s.m.Ridge != 0 {
		asm.Axpy(s.q, s.m.Ridge, x)
	}
}

func (s *minresRun) zero(b []float64)  { copy(s.r, b) }
func (s *minresRun) vector() []float64 { return s.r }

func (s *minresRun) residual(x, b []float64) float64 {
	s.multiply(x)
	for i, v := range s.q {
		s.r[i] = b[i] - v
	}
	return asm.Nrm2(s.r)
}

// normal makes the first Lanczos vectors and the product that belongs to them,
// from which both the normal residual and run start.
func (s *minresRun) normal(p *point) error {
	m := s.m
	if p.norm == 0 {
		return nil
	}
	copy(s.u, s.r)
	direction := s.u
	s.beta = p.norm
	if m.Preconditioner != nil {
		var err error
		if s.beta, err = m.precondition(s.v, s.r); err != nil {
			p.normal, p.ratio = math.NaN(), math.NaN()
			return err
		}
		unscale(s.v, s.beta)
		direction = s.v
	}
	unscale(s.u, s.beta)
	s.product(direction)
	g, size := asm.Nrm2(s.q), 1.0
	if g < faintest && s.anorm == 0 && s.lift == 0 && math.Abs(s.shift) < 0x1p+500 {
		s.lift, s.shift, s.long = lifting, math.Ldexp(s.shift, lifting), make([]float64, len(s.q))
		s.product(direction)
		g = asm.Nrm2(s.q)
	}
	p.normal = math.Ldexp(s.beta*g, -s.lift)
	if m.Preconditioner != nil {
		size = asm.Nrm2(s.v)
	}
	p.ratio, p.plain, p.part, p.root = g, g/size, s.beta/size, s.beta
	if m.Preconditioner == nil || m.ctx.Err() != nil {
		return nil
	}
	var err error
	p.ratio, err = m.precondition(s.z, s.q)
	return err
}

// evident is the least ‖A·y‖/(‖A‖‖y‖) that is taken for zero while there may be
// progress yet, whatever RelTol is.
const evident = 1e-10

// stationary asks whether y = M⁻¹r, which A nearly maps to zero, is evidence that
// there is no solution: with a matrix A′ that does map it to zero, no x has a
// residual b − A′x shorter than the part of b, and so of r, along y. That part has to
// exceed the tolerance, and what is the rounding of A·x.
func (s *minresRun) stationary(p *point) bool {
	if !(p.part > s.tol) {
		return false
	}
	return p.part > 0x1p-46*(float64(s.plain*math.Ldexp(asm.Nrm2(p.x), -s.lift))+s.m.RHSNorm)
}

// exhausted takes √u = 2⁻²⁶ for zero, beyond which ‖r‖ has no digit to lose.
func (s *minresRun) exhausted(p *point) bool {
	return p.ratio <= rootRounding*s.anorm && p.plain <= rootRounding*s.plain && s.stationary(p)
}

// run is one Lanczos process. On a system without a solution its ‖A·M⁻¹r‖ falls
// to about 1e-9 of ‖A‖‖r‖, then rounding lets the null space in, and x grows
// without bound while the recurrence sees nothing. So the process saves the x of the
// least ‖A·M⁻¹r‖ once that is small, and refuses a step whose rounding would be seen
// beside the residual; run goes back to what was saved, unless what followed has
// halved the residual.
func (s *minresRun) run(x []float64, norm float64) (StopReason, error) {
	s.least, s.root = math.Inf(1), 0
	reason, err := s.lanczos(x, norm)
	if err == nil && s.least < math.Inf(1) {
		norm = asm.Nrm2(s.r)
		if norm > s.savedNorm/2 && (s.root > s.least || !s.credible(x, norm)) {
			copy(x, s.saved)
		}
	}
	return reason, err
}

func (s *minresRun) lanczos(x []float64, norm float64) (StopReason, error) {
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
	var beta float64         // of u and prev
	way, checked := 0.0, 1.0 // what x has come, and of that since when s.r was compared
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
			s.plain = max(s.plain, asm.Nrm2(s.q)/asm.Nrm2(v))
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
			if next > 0 {
				s.weight = max(s.weight, next/asm.Nrm2(s.q))
			}
		}
		if !finite(alpha) || !finite(next) {
			return NotFinite, fmt.Errorf("solver: MINRES: vᵀAv is %v, the next norm %v in iteration %d: %w", alpha, next, m.Iterations+1, ErrNotFinite)
		}
		s.anorm = max(s.anorm, hypot(hypot(beta, alpha), next))
		if m.Preconditioner == nil {
			s.plain = s.anorm
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
		s.root = root
		if !first && root <= float64(s.gtol*s.anorm) && s.vanishes(phibar, gbar, c) || gamma == 0 {
			return None, nil
		}
		if !first && root < min(s.least/2, small*s.anorm) && s.credible(x, norm) {
			s.least, s.savedNorm = root, norm
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
		size := asm.Nrm2(s.w)
		way += float64(math.Abs(phi) * size)
		suspect := coarse(s.plain, 1, way/checked, norm) || s.weight > 0 && coarse(s.plain, s.weight, way/checked, math.Abs(phibar))
		if suspect && coarse(s.plain, math.Abs(phi), size, norm) {
			if s.least < math.Inf(1) {
				copy(x, s.saved)
			}
			return None, nil
		}
		asm.Axpy(x, math.Ldexp(phi, s.lift), s.w)

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
			s.least = math.Inf(1)
			return None, nil
		}
		if suspect {
			if checked *= 2; s.drifted(x, norm, math.Abs(phibar)) {
				return None, nil
			}
		}
	}
}

// drifted reports whether b − A·x, made anew, and the r of the recurrence differ by a
// sixteenth of the latter, in one of the norms. That takes a product.
func (s *minresRun) drifted(x []float64, norm, root float64) bool {
	s.multiply(x)
	if s.m.ctx.Err() != nil {
		return false // the product may be incomplete
	}
	for i, v := range s.q {
		s.q[i] = s.b[i] - v - s.r[i]
	}
	if !(asm.Nrm2(s.q) <= norm/16) {
		return true
	}
	if s.m.Preconditioner == nil {
		return false
	}
	d, err := s.m.precondition(s.z, s.q)
	return err != nil || !(d <= root/16)
}

// vanishes reports whether A·y = φ̄·(γ̄·u − c·q), y = M⁻¹r, is small in Euclidean norms
// as well, once it is in those of M. It costs an application of M⁻¹.
func (s *minresRun) vanishes(phibar, gbar, c float64) bool {
	if s.m.Preconditioner == nil {
		return true
	}
	asm.Scale(s.y, gbar, s.u)
	asm.Axpy(s.y, -c, s.q)
	g := float64(math.Abs(phibar) * asm.Nrm2(s.y))
	s.m.Preconditioner.SolveVec(s.y, s.r)
	s.m.PrecondSolves++
	return g <= float64(rootRounding*s.plain)*asm.Nrm2(s.y)
}

// credible reports whether the rounding of A·x leaves half of the digits of a residual
// of the given norm: what the recurrence says of ‖A·M⁻¹r‖ below that is nothing.
func (s *minresRun) credible(x []float64, norm float64) bool {
	return float64(0x1p-24*s.plain)*math.Ldexp(asm.Nrm2(x), -s.lift) <= norm
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
