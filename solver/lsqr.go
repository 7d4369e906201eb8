package solver

import (
	"context"
	"errors"
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
// Aᵀr has its λ-term, and the norms of this test are those of M if there is a
// preconditioner. Both tests are on quantities computed anew. Where the
// recurrence claims what they refute, LSQR restarts, and ends as Stagnated once
// that does not halve the distance to the tolerance.
//
// Errors are as in CG; ErrIndefinite can only come from the preconditioner.
func LSQR(ctx context.Context, dst []float64, a TransOperator, b []float64, opts *Options) (Result, error) {
	m := newMonitor(ctx, "LSQR", opts, dst)
	if err := m.open(dst, b); err != nil {
		return m.close(m.Reason, err)
	}
	if m.RHSNorm == 0 {
		clear(dst)
		m.Residual, m.TrueResidual, m.NormalResidual = 0, 0, 0
		return m.close(ZeroRHS, nil)
	}
	l := newLSQR(m, a, len(b), len(dst))
	copy(l.u, b)
	clear(l.ridge)
	norm := m.RHSNorm
	if m.X0 != nil {
		norm = l.residual(dst, b)
	}
	best, last := math.Inf(1), math.Inf(1) // distances, as TrueResidual and NormalResidual in CG
	var kept Result
	for reason, err := None, error(nil); ; {
		// norm is the norm of the residual of dst, computed anew into u.
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		g, indefinite := l.normal()
		if m.ctx.Err() != nil {
			return m.close(Cancelled, nil)
		}
		m.TrueResidual = norm
		if err == nil {
			err = indefinite
		}
		if err == nil && !(finite(norm) && finite(g)) {
			err = fmt.Errorf("solver: LSQR: residual norm %v, normal residual %v after %d iterations: %w", norm, m.NormalResidual, m.Iterations, ErrNotFinite)
		}
		dist := l.distance(norm, g)
		if dist <= 1 {
			if m.Iterations == 0 {
				m.report(norm, nil)
			}
			return m.close(Converged, nil)
		}
		if reason == None && m.Iterations > 0 && (m.NoRestart || !(dist <= last/2)) {
			reason = Stagnated
		}
		if reason != None || err != nil {
			if !(dist <= best) && (m.Restarts > 0 || !finite(norm)) && !math.IsInf(best, 1) {
				copy(dst, m.Workspace.best)
				m.TrueResidual, m.NormalResidual = kept.TrueResidual, kept.NormalResidual
			}
			return m.close(failure(reason, err), err)
		}
		if m.Iterations > 0 {
			last = dist
			m.Restarts++
		}
		if !(dist > best) {
			best, kept = dist, m.Result
			m.Workspace.keep(dst)
		}
		if reason, err = l.run(dst, norm, g); reason == Cancelled {
			return m.close(Cancelled, nil)
		}
		norm = l.residual(dst, b)
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

// lsqrRun is the state of the bidiagonalisation of Ā = [A; √λ·I].
type lsqrRun struct {
	m          *monitor
	a          TransOperator
	root       float64   // √λ
	u, tm      []float64 // left vector, upper part; scratch
	ridge      []float64 // left vector, lower part; empty without ridge
	v, w, tn   []float64 // right vector, search direction; scratch
	p          []float64 // M·v; nil without preconditioner
	anorm, tol float64
}

func newLSQR(m *monitor, a TransOperator, rows, cols int) lsqrRun {
	size := 2*rows + 3*cols
	if m.Ridge > 0 {
		size += cols
	}
	if m.Preconditioner != nil {
		size += cols
	}
	vs := m.Workspace.reserve(size)
	l := lsqrRun{m: m, a: a, root: math.Sqrt(m.Ridge), tol: m.tolerance()}
	l.u, l.tm = vs.take(rows), vs.take(rows)
	l.v, l.w, l.tn = vs.take(cols), vs.take(cols), vs.take(cols)
	if m.Ridge > 0 {
		l.ridge = vs.take(cols)
	}
	if m.Preconditioner != nil {
		l.p = vs.take(cols)
	}
	return l
}

// mul sets tm and trans tn to the products with the upper part of Ā and with
// Āᵀ.
func (l *lsqrRun) mul(x []float64) {
	l.a.MulVec(l.tm, x)
	l.m.MulVecs++
}

func (l *lsqrRun) trans() {
	l.a.MulTransVec(l.tn, l.u)
	l.m.MulTransVecs++
	if len(l.ridge) > 0 {
		asm.Axpy(l.tn, l.root, l.ridge)
	}
}

// residual sets (u, ridge) to (b − A·x, −√λ·x) and returns its norm.
func (l *lsqrRun) residual(x, b []float64) float64 {
	l.mul(x)
	for i, v := range l.tm {
		l.u[i] = b[i] - v
	}
	for i := range l.ridge {
		l.ridge[i] = -l.root * x[i]
	}
	return l.leftNorm()
}

func (l *lsqrRun) leftNorm() float64 { return hypot(asm.Nrm2(l.u), asm.Nrm2(l.ridge)) }

// normal sets tn = Āᵀ·(u, ridge) and returns its norm, that of M⁻¹ if
// preconditioned, when v becomes M⁻¹·tn.
func (l *lsqrRun) normal() (float64, error) {
	l.trans()
	l.m.NormalResidual = asm.Nrm2(l.tn)
	if l.p == nil {
		return l.m.NormalResidual, nil
	}
	return l.solve(l.tn)
}

// solve sets v = M⁻¹·p and returns √(pᵀv).
func (l *lsqrRun) solve(p []float64) (float64, error) {
	l.m.Preconditioner.SolveVec(l.v, p)
	l.m.PrecondSolves++
	s := asm.Dot(p, l.v)
	if s < 0 {
		return math.NaN(), fmt.Errorf("solver: LSQR: pᵀM⁻¹p is %g in iteration %d: %w", s, l.m.Iterations+1, ErrIndefinite)
	}
	return math.Sqrt(s), nil
}

// distance returns how far a residual of the given norm and normal norm is from
// the nearer tolerance: at most 1 is converged.
func (l *lsqrRun) distance(norm, g float64) float64 {
	switch {
	case norm <= l.tol || g == 0:
		return 0
	case !finite(norm) || !finite(g):
		return math.Inf(1)
	}
	l.anorm = max(l.anorm, g/norm)
	d := math.Inf(1)
	if l.tol > 0 {
		d = norm / l.tol
	}
	if l.m.RelTol > 0 {
		d = min(d, g/norm/l.anorm/l.m.RelTol)
	}
	return d
}

// run improves x until the recurrence claims convergence: reason None. The
// residual is in (u, ridge), its norm is norm; tn, v and g are as normal left
// them.
func (l *lsqrRun) run(x []float64, norm, g float64) (StopReason, error) {
	m := l.m
	unscale(l.u, norm)
	unscale(l.ridge, norm)
	unscale(l.tn, g)
	if l.p == nil {
		l.v, l.tn = l.tn, l.v
	} else {
		unscale(l.v, g)
		l.p, l.tn = l.tn, l.p
	}
	copy(l.w, l.v)
	phibar, rhobar, alpha := norm, g/norm, g/norm
	if m.Iterations == 0 && !m.report(norm, nil) {
		return Callback, nil
	}
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
		c, s := rhobar/rho, beta/rho
		theta, phi := float64(s*alpha), float64(c*phibar)
		rhobar = -c * alpha
		phibar = s * phibar
		asm.Axpy(x, phi/rho, l.w)
		asm.Scale(l.w, -theta/rho, l.w)
		asm.Axpy(l.w, 1, l.v)

		m.Iterations++
		if !m.report(phibar, nil) {
			return Callback, nil
		}
		if phibar <= l.tol || float64(alpha*math.Abs(c)) <= float64(m.RelTol*l.anorm) {
			return None, nil
		}
	}
}

// bidiagonalise makes the next left and right vectors,
//
//	β·u ← Ā·v − α·u,   α·v ← M⁻¹Āᵀ·u − β·v.
func (l *lsqrRun) bidiagonalise(alpha float64) (beta, next float64, err error) {
	l.mul(l.v)
	asm.Axpy(l.tm, -alpha, l.u)
	l.u, l.tm = l.tm, l.u
	if len(l.ridge) > 0 {
		asm.Scale(l.ridge, -alpha, l.ridge)
		asm.Axpy(l.ridge, l.root, l.v)
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
	return a * math.Sqrt(math.FMA(t, t, 1))
}
