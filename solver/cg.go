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
// Stagnated: about κ(A) roundings of ‖b‖ is as far as x can be refined.
//
// The error is nil when the solve ended by itself or at a limit; Result.Reason
// says which. ErrShape, ErrOption; ErrNotFinite for NaN or Inf in b, X0, or made
// by the operator; ErrIndefinite for pᵀAp ≤ 0 or rᵀM⁻¹r ≤ 0, with the value; the
// context's cause when it ended. dst is the last x reached in all cases but the
// first two. Results depend on the arguments alone, unless a limit is a time.
func CG(ctx context.Context, dst []float64, a Operator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, "CG", opts, dst)
	if len(dst) != len(b) {
		return m.close(None, fmt.Errorf("solver: CG with dst of %d, b of %d: %w", len(dst), len(b), ErrShape))
	}
	if err := m.open(dst, b); err != nil {
		return m.close(m.Reason, err)
	}
	if m.RHSNorm == 0 {
		clear(dst)
		m.Residual, m.TrueResidual = 0, 0
		return m.close(ZeroRHS, nil)
	}
	n := len(b)
	var c cgRun
	vs := m.Workspace.reserve(n + c.size(m, n))
	r := vs.take(n)
	c.init(m, a, &vs, n)
	tol := m.tolerance()

	norm := m.RHSNorm
	copy(r, b)
	if m.X0 != nil {
		norm = c.residual(r, dst, b)
	}
	best, last := math.Inf(1), math.Inf(1) // true residuals: of the x kept, of the last restart
	for {
		// r is the residual of dst, computed anew, and norm its norm.
		switch {
		case m.ctx.Err() != nil:
			return m.close(Cancelled, nil)
		case !finite(norm) && m.Iterations == 0:
			m.TrueResidual = norm
			return m.close(NotFinite, fmt.Errorf("solver: CG: residual norm of the start is %v: %w", norm, ErrNotFinite))
		case norm <= tol:
			m.TrueResidual = norm
			if m.Iterations == 0 {
				m.report(norm, r)
			}
			return m.close(Converged, nil)
		case m.Iterations > 0 && (m.NoRestart || !(norm <= last/2)):
			m.TrueResidual = norm
			if !(norm <= best) {
				copy(dst, m.Workspace.best)
				m.TrueResidual = best
			}
			return m.close(Stagnated, nil)
		}
		if !(norm > best) {
			best = norm
			m.Workspace.keep(dst)
		}
		if m.Iterations > 0 {
			last = norm
			m.Restarts++
		}
		reason, err := c.run(dst, r, norm, tol)
		if reason == Cancelled {
			return m.close(Cancelled, nil)
		}
		norm = c.residual(r, dst, b)
		if reason == None {
			continue
		}
		if m.ctx.Err() != nil {
			norm = math.NaN() // the product may have been cut short
		} else {
			if reason == Indefinite && m.Restarts > 0 {
				reason, err = Stagnated, nil // rounding, below what the first run reached
			}
			if err == nil && !finite(norm) {
				reason, err = NotFinite, fmt.Errorf("solver: CG: residual norm is %v after %d iterations: %w", norm, m.Iterations, ErrNotFinite)
			}
			if !(norm <= best) && (m.Restarts > 0 || !finite(norm)) {
				copy(dst, m.Workspace.best)
				norm = best
			}
			if norm <= tol {
				reason, err = Converged, nil
			}
		}
		m.TrueResidual = norm
		return m.close(reason, err)
	}
}

// cgRun is one run of the recurrence; CG and MinNorm make several.
type cgRun struct {
	m    *monitor
	a    Operator
	p, q []float64
	z    []float64 // nil without preconditioner
}

// size returns what init takes of the workspace.
func (c *cgRun) size(m *monitor, n int) int {
	if m.Preconditioner != nil {
		return 3 * n
	}
	return 2 * n
}

func (c *cgRun) init(m *monitor, a Operator, vs *vectors, n int) {
	*c = cgRun{m: m, a: a, p: vs.take(n), q: vs.take(n)}
	if m.Preconditioner != nil {
		c.z = vs.take(n)
	}
}

// residual sets r = b − (A+λI)x and returns its norm.
func (c *cgRun) residual(r, x, b []float64) float64 {
	c.product(r, x)
	for i, v := range r {
		r[i] = b[i] - v
	}
	return asm.Nrm2(r)
}

// product sets q = (A+λI)p.
func (c *cgRun) product(q, p []float64) {
	c.a.MulVec(q, p)
	c.m.MulVecs++
	if c.m.Ridge > 0 {
		asm.Axpy(q, c.m.Ridge, p)
	}
}

// run adds to x an approximate solution of (A+λI)d = r, until the recurrence
// brings the norm of r, given as norm, to tol: reason None. It changes r.
//
// Inner products of a residual far from 1 might overflow or vanish; r is then
// scaled by a power of two, which x, the callback and the books do not see.
func (c *cgRun) run(x, r []float64, norm, tol float64) (StopReason, error) {
	m, z, exp := c.m, r, 0
	if norm < 0x1p-200 || norm > 0x1p+200 {
		_, exp = math.Frexp(norm)
		ldexp(r, r, -exp)
	}
	var rz float64
	rr := asm.Dot(r, r)
	for first := true; ; first = false {
		next := rr
		if c.z != nil {
			z = c.z
			m.Preconditioner.SolveVec(z, r)
			m.PrecondSolves++
			next = asm.Dot(r, z)
		}
		if first {
			copy(c.p, z)
			if m.Iterations == 0 && !m.report(norm, c.shown(r, exp)) {
				return Callback, nil
			}
		} else {
			asm.Scale(c.p, next/rz, c.p)
			asm.Axpy(c.p, 1, z)
		}
		rz = next
		if reason := m.halt(); reason != None {
			return reason, nil
		}
		if !(rz > 0) || !finite(rz) {
			return c.broken("rᵀM⁻¹r", rz)
		}
		c.product(c.q, c.p)
		if m.ctx.Err() != nil {
			return Cancelled, nil // q may be incomplete
		}
		pq := asm.Dot(c.p, c.q)
		if !(pq > 0) || !finite(pq) {
			return c.broken("pᵀAp", pq)
		}
		alpha := rz / pq
		if !finite(alpha) {
			return c.broken("rᵀM⁻¹r/pᵀAp", alpha)
		}
		asm.Axpy(x, math.Ldexp(alpha, exp), c.p)
		asm.Axpy(r, -alpha, c.q)
		m.Iterations++
		rr = asm.Dot(r, r)
		norm = math.Sqrt(rr)
		if rr < 0x1p-900 || !finite(rr) {
			norm = asm.Nrm2(r)
		}
		norm = math.Ldexp(norm, exp)
		if !finite(norm) {
			return c.broken("residual norm", norm)
		}
		if !m.report(norm, c.shown(r, exp)) {
			return Callback, nil
		}
		if norm <= tol {
			return None, nil
		}
	}
}

// shown returns the residual in the units of b; q is free when it is called.
func (c *cgRun) shown(r []float64, exp int) []float64 {
	if exp == 0 || c.m.Callback == nil {
		return r
	}
	ldexp(c.q, r, exp)
	return c.q
}

func (c *cgRun) broken(what string, v float64) (StopReason, error) {
	if finite(v) {
		return Indefinite, fmt.Errorf("solver: %s: %s is %g in iteration %d: %w", c.m.name, what, v, c.m.Iterations+1, ErrIndefinite)
	}
	return NotFinite, fmt.Errorf("solver: %s: %s is %v in iteration %d: %w", c.m.name, what, v, c.m.Iterations+1, ErrNotFinite)
}

// ldexp sets dst = x·2^exp.
func ldexp(dst, x []float64, exp int) {
	for i, v := range x {
		dst[i] = math.Ldexp(v, exp)
	}
}
