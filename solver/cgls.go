package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// CGLS minimises ‖A·x − b‖² + λ‖x‖² by conjugate gradients on the normal
// equations (AᵀA + λI)x = Aᵀb, which it never forms: the residual b − A·x is
// carried along, and Aᵀ times it taken anew in each iteration (Hestenes and
// Stiefel 1952; Björck 1996, section 7.4). A is m × k for b of length m and dst
// of length k, of any rank and either shape. Started from zero it returns the
// shortest minimiser. dst receives x and must not overlap b; what it holds
// before does not matter.
//
// In exact arithmetic its iterates are those of LSQR. It costs a little less,
// one product with A, one with Aᵀ and about 2m + 3k multiply-adds an iteration
// in 2m + 2k floats, k more with a ridge and k with a preconditioner; and it
// has the residual vector, which the callback sees. LSQR gets a little further
// on ill-conditioned problems. The preconditioner applies M⁻¹ for M ≈ AᵀA + λI.
//
// Rules to stop, restarts and errors are those of LSQR. A residual that doubles, which
// only rounding makes it do, is taken for a claim of convergence as well; with a
// preconditioner of condition 10⁹ and RelTol 1e-16 the start itself was returned so, as
// Stagnated, by three of 12000 random solves.
func CGLS(ctx context.Context, dst []float64, a TransOperator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, methodCGLS, opts, dst)
	if done, res, err := m.openLeastSquares(a, dst, b); done {
		return res, err
	}
	l := &m.Workspace.ls
	defer l.release()
	vs := l.init(m, a, len(b), len(dst), 1)
	l.w = vs.take(len(dst))
	if m.Preconditioner != nil {
		l.v = vs.take(len(dst))
	}
	return l.refine(cglsRun{l}, dst, b)
}

// cglsRun is a run of CGLS on Ā = [A; √λ·I]: u and ridge are the residual, tn is
// the normal residual, v = M⁻¹·tn with a preconditioner, w the direction.
type cglsRun struct{ *lsRun }

// vector returns the residual in the units of b; tm is free when it is called.
func (l cglsRun) vector() []float64 {
	if l.exp == 0 || l.m.Callback == nil {
		return l.u
	}
	ldexp(l.tm, l.u, l.exp)
	return l.tm
}

// run scales the normal residual by a power of two where the square of its norm
// might overflow or vanish: u, ridge, tm are in units of 2^exp, tn, v and w in
// units of 2^(exp+es).
func (l cglsRun) run(x []float64, norm float64) (StopReason, error) {
	m, z := l.m, l.tn
	if m.Preconditioner != nil {
		z = l.v
	}
	g, es := l.g, 0
	if far(g) {
		g, es = math.Frexp(g)
		ldexp(l.tn, l.tn, -es)
		ldexp(l.v, l.v, -es)
	}
	if m.Iterations == 0 && !m.report(norm, l.vector()) {
		return Callback, nil
	}
	copy(l.w, z)
	square := float64(g * g)         // ‖w‖², by M
	left := math.Ldexp(norm, -l.exp) // ‖r‖, which falls but for rounding
	least, small := left, max(l.gtol, rounding)
	for {
		if reason := m.halt(); reason != None {
			return reason, nil
		}
		l.mul(l.w)
		if m.ctx.Err() != nil {
			return Cancelled, nil // the product may be incomplete
		}
		size := asm.Nrm2(l.w)
		d := hypot(asm.Nrm2(l.tm), float64(l.up*size))
		if d == 0 && g < 0x1p-1000 { // nothing is left to solve for
			return None, nil
		}
		ratio := g / d
		if !finite(ratio) || !finite(d) {
			return NotFinite, fmt.Errorf("solver: CGLS: ‖Aᵀr‖ is %v, ‖Ap‖ is %v in iteration %d: %w", g, d, m.Iterations+1, ErrNotFinite)
		}
		if square > 0 {
			l.anorm = max(l.anorm, d/math.Sqrt(square))
		}
		if size > 0 {
			l.plain = max(l.plain, d/size)
		}
		alpha := float64(math.Ldexp(ratio, es) * ratio)
		if coarse(l.plain, alpha, size, left) {
			return None, nil
		}
		asm.Axpy(x, math.Ldexp(alpha, l.exp+l.lift), l.w)
		asm.Axpy(l.u, -alpha, l.tm)
		if len(l.ridge) > 0 {
			asm.Axpy(l.ridge, -alpha*l.up, l.w)
		}
		m.Iterations++
		left = l.leftNorm()
		if norm = math.Ldexp(left, l.exp); !m.report(norm, l.vector()) {
			return Callback, nil
		}
		if least = min(least, left); norm <= l.tol || left > 2*least {
			return None, nil
		}
		before := l.tm[:min(len(l.tm), len(l.tn))]
		if m.Preconditioner != nil {
			copy(before, l.tn)
		}
		l.trans()
		if m.ctx.Err() != nil {
			return Cancelled, nil
		}
		if es != 0 {
			ldexp(l.tn, l.tn, -es)
		}
		next := 0.0
		if m.Preconditioner == nil {
			next = asm.Nrm2(l.tn)
		} else {
			// tn has changed by α·Āᵀ(Āw), which tells of ‖Ā‖ as long as it is not rounding.
			asm.Axpy(before, -1, l.tn[:len(before)])
			if moved := float64(alpha * d); moved > rootRounding*left {
				l.plain = max(l.plain, math.Ldexp(asm.Nrm2(before), es)/moved)
			}
			var err error
			if next, err = l.solve(l.tn); err != nil {
				return None, err
			}
		}
		if !finite(next) {
			return NotFinite, fmt.Errorf("solver: CGLS: ‖Aᵀr‖ is %v in iteration %d: %w", next, m.Iterations, ErrNotFinite)
		}
		if math.Ldexp(next, es) <= float64(small*l.anorm)*left &&
			(m.Preconditioner == nil || math.Ldexp(asm.Nrm2(l.tn), es) <= float64(small*l.plain)*left) {
			return None, nil
		}
		beta := float64(next / g * (next / g))
		asm.Scale(l.w, beta, l.w)
		asm.Axpy(l.w, 1, z)
		square = math.FMA(beta, square, next*next)
		g = next
	}
}

// rounding is a relative normal residual that an iteration will not reduce.
const rounding = 0x1p-50
