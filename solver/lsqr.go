package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// LSQR minimises ‖A·x − b‖² + λ‖x‖² by the bidiagonalisation of Golub and Kahan
// (Paige and Saunders 1982). A is m × k for b of length m and dst of length k,
// of any rank and either shape. Started from zero it returns the shortest
// minimiser. dst receives x and must not overlap b; what it holds before does
// not matter.
//
// One product with A, one with Aᵀ and about 3m + 5k multiply-adds an iteration;
// 2m + 3k floats, k more with a ridge (the system is then [A; √λ·I] in all
// respects, so that warm starts and restarts mean the same) and k more with a
// preconditioner. The latter applies M⁻¹ for M ≈ AᵀA + λI, SketchQR of a sketch
// of A being the case in mind, without a factor of M (Arridge, Betcke and
// Harhanen 2014).
//
// LSQR stops when the damped residual r meets the tolerance of Options, or when
//
//	‖Aᵀr‖ ≤ RelTol·‖A‖·‖r‖
//
// with the largest ‖A·v‖ seen, a lower bound, for ‖A‖: x is then the exact
// minimiser of a problem that differs from this one by a relative RelTol in A.
// Aᵀr has its λ-term. With a preconditioner this has to hold in Euclidean norms and
// in those of M. Both tests are on quantities computed anew. Where the
// recurrence claims what they refute, LSQR restarts, and ends as Stagnated once
// that does not halve the distance to the tolerance; but as Converged, unless RelTol
// is negative, if x is then a minimiser to working precision: ‖Aᵀr‖ is at most
// 2⁻²⁶·‖A‖‖r‖ and down to the rounding of A·x, 2⁻⁵¹·‖A‖(‖A‖‖x‖ + ‖r‖). The recurrence
// is also taken to claim convergence at ‖Aᵀr‖ ≤ 2⁻⁵⁰·‖A‖‖r‖ whatever RelTol says, and
// before a step whose rounding would be seen beside r.
//
// An A of numbers so small that products would lose digits is scaled on the way, in
// vectors allocated for it.
// Errors are as in CG; ErrIndefinite can only come from the preconditioner.
func LSQR(ctx context.Context, dst []float64, a TransOperator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, methodLSQR, opts, dst)
	if done, res, err := m.openLeastSquares(a, dst, b); done {
		return res, err
	}
	l := &m.Workspace.ls
	defer l.release()
	vs := l.init(m, a, len(b), len(dst), 2)
	l.w, l.v = vs.take(len(dst)), vs.take(len(dst))
	if m.Preconditioner != nil {
		l.p = vs.take(len(dst))
	}
	return l.refine(lsqrRun{l}, dst, b)
}

// lsqrRun is a run of the bidiagonalisation of Ā = [A; √λ·I]: u and ridge are
// the left vector, v is the right one, p = M·v with a preconditioner, w the
// search direction.
type lsqrRun struct{ *lsRun }

func (lsqrRun) vector() []float64 { return nil }

func (l lsqrRun) run(x []float64, norm float64) (StopReason, error) {
	m, g := l.m, l.g
	unit := math.Ldexp(norm, -l.exp) // as u and ridge are
	unscale(l.u, unit)
	unscale(l.ridge, unit)
	unscale(l.tn, g)
	if l.p == nil {
		l.v, l.tn = l.tn, l.v
	} else {
		unscale(l.v, g)
		l.p, l.tn = l.tn, l.p
	}
	copy(l.w, l.v)
	phibar, rhobar, alpha := norm, g/unit, g/unit
	if m.Iterations == 0 && !m.report(norm, nil) {
		return Callback, nil
	}
	small := max(l.gtol, rounding)
	for {
		if reason := m.halt(); reason != None {
			return reason, nil
		}
		beta, next, err := l.bidiagonalise(alpha)
		if m.ctx.Err() != nil {
			return Cancelled, nil // a product may be incomplete
		}
		if err != nil {
			return None, err
		}
		if !finite(beta) || !finite(next) {
			return NotFinite, fmt.Errorf("solver: LSQR: norms %v and %v in iteration %d: %w", beta, next, m.Iterations+1, ErrNotFinite)
		}
		l.anorm = max(l.anorm, hypot(alpha, beta))
		alpha = next

		rho := hypot(rhobar, beta)
		if rho == 0 { // nothing is left to solve for
			return None, nil
		}
		c, s := rhobar/rho, beta/rho
		theta, phi := float64(s*alpha), float64(c*phibar)
		// A preconditioner may let the null space in, which no product sees.
		if l.p != nil && coarse(l.plain, math.Abs(phi/rho), asm.Nrm2(l.w), phibar) {
			return None, nil
		}
		rhobar = -c * alpha
		phibar = s * phibar
		asm.Axpy(x, math.Ldexp(phi/rho, l.lift), l.w)
		asm.Scale(l.w, -theta/rho, l.w)
		asm.Axpy(l.w, 1, l.v)

		m.Iterations++
		if !m.report(phibar, nil) {
			return Callback, nil
		}
		// ‖Āᵀr‖ is φ̄·α·|c| by M⁻¹; the vector is as many times p.
		ratio := float64(alpha * math.Abs(c))
		if phibar <= l.tol || ratio <= float64(small*l.anorm) && (l.p == nil || float64(ratio*asm.Nrm2(l.p)) <= float64(small*l.plain)) {
			return None, nil
		}
	}
}

// bidiagonalise makes the next left and right vectors,
//
//	β·u ← Ā·v − α·u,   α·v ← M⁻¹Āᵀ·u − β·v.
func (l lsqrRun) bidiagonalise(alpha float64) (beta, next float64, err error) {
	l.mul(l.v)
	asm.Axpy(l.tm, -alpha, l.u)
	l.u, l.tm = l.tm, l.u
	if len(l.ridge) > 0 {
		asm.Scale(l.ridge, -alpha, l.ridge)
		asm.Axpy(l.ridge, l.up, l.v)
	}
	if beta = l.leftNorm(); beta == 0 {
		return 0, 0, nil
	}
	unscale(l.u, beta)
	unscale(l.ridge, beta)
	l.trans()
	if l.p == nil {
		asm.Axpy(l.tn, -beta, l.v)
		l.v, l.tn = l.tn, l.v
		next = asm.Nrm2(l.v)
	} else {
		l.plain = max(l.plain, asm.Nrm2(l.tn)) // u has norm one
		asm.Axpy(l.tn, -beta, l.p)
		l.p, l.tn = l.tn, l.p
		if next, err = l.solve(l.p); err != nil {
			return beta, 0, err
		}
	}
	if next > 0 {
		unscale(l.v, next)
		unscale(l.p, next)
	}
	return beta, next, nil
}
