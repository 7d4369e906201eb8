package solver

import (
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// cgRun is one run of the recurrence of conjugate gradients; CG and MinNorm
// make several.
type cgRun struct {
	m         *monitor
	p, q      []float64 // direction; A times it
	z         []float64 // M⁻¹r; empty without preconditioner
	region    region
	exp       int     // r, p, q and z are in units of 2^exp
	rr, rz    float64 // rᵀr, rᵀz
	norm, tol float64
	pending   bool       // it is M⁻¹r that is wanted, in z
	first     bool       // for the first direction of the run
	paired    bool       // q is the product of p
	scale     float64    // a lower bound for ‖A‖, of the first product
	reason    StopReason // why the run ended; None: it claims convergence
	err       error
}

// size returns what init takes of the workspace.
func (c *cgRun) size(n int) int {
	size := 0
	if c.m.Radius > 0 {
		size += n
		if c.m.Preconditioner != nil {
			size += n
		}
	}
	return size
}

func (c *cgRun) init(m *monitor, vs *vectors, p, q, z []float64) {
	*c = cgRun{m: m, p: p, q: q, z: z}
	n := len(p)
	if m.Radius > 0 {
		c.region.step = vs.take(n)
		clear(c.region.step)
		if m.Preconditioner != nil {
			c.region.mp = vs.take(n)
		}
	}
}

// count books the product in q and adds the ridge to it.
func (c *cgRun) count() {
	c.m.MulVecs++
	if c.m.Ridge > 0 {
		asm.Axpy(c.q, c.m.Ridge, c.p)
	}
}

// start begins a run that adds to x an approximate solution of (A+λI)d = r, until the
// recurrence brings the norm of r, given as norm, to tol: reason None. It changes r. Like step,
// it returns true when it wants z = M⁻¹r, if pending, or else q = (A+λI)p.
//
// Inner products of a residual far from 1 might overflow or vanish; r is then
// scaled by a power of two, which x, the callback and the books do not see.
func (c *cgRun) start(r []float64, norm, tol float64) bool {
	c.norm, c.tol, c.exp, c.paired, c.reason, c.err = norm, max(tol, float64(vanished*norm)), 0, false, None, nil
	if far(norm) {
		_, c.exp = math.Frexp(norm)
		ldexp(r, r, -c.exp)
	}
	c.rr = asm.Dot(r, r)
	return c.turn(r, true)
}

// vanished is a fall of the recurrence's residual that x cannot follow, at which
// a run ends whatever the tolerance: further down its products would be zero,
// and look like a curvature that is.
const vanished = 0x1p-100

// step uses what was wanted: it goes along p, whose product is in q, or makes the next direction
// of z.
func (c *cgRun) step(x, r []float64) bool {
	m := c.m
	if c.pending {
		c.pending = false
		m.PrecondSolves++
		return c.direct(r, c.z, asm.Dot(r, c.z))
	}
	if m.ctx.Err() != nil {
		return c.end(Cancelled, nil) // q may be incomplete
	}
	if c.paired = true; m.Iterations == 0 {
		c.scale = asm.Nrm2(c.q) / asm.Nrm2(c.p)
	}
	pq, exp := scaledDot(c.p, c.q)
	if !finite(pq) {
		return c.broken("pᵀAp", pq)
	}
	alpha := math.Ldexp(c.rz/pq, -exp)
	after := None
	if pq <= 0 {
		pq = math.Ldexp(pq, exp)
		if m.Restarts > 0 { // below what the first run reached: rounding
			return c.broken("pᵀAp", pq)
		}
		c.show(pq)
		if m.Radius == 0 {
			return c.broken("pᵀAp", pq)
		}
		alpha, after = math.Inf(1), NegativeCurvature
	}
	scaled := math.Ldexp(alpha, c.exp)
	if m.Radius > 0 {
		if cut, outside := c.region.advance(c.p, scaled, m.Radius); outside {
			alpha, scaled = math.Ldexp(cut, -c.exp), cut
			if after == None {
				after = Boundary
			}
		}
	}
	if !finite(alpha) {
		return c.broken("rᵀM⁻¹r/pᵀAp", alpha)
	}
	asm.Axpy(x, scaled, c.p)
	asm.Axpy(r, -alpha, c.q)
	m.Iterations++
	c.rr = asm.Dot(r, r)
	c.norm = math.Sqrt(c.rr)
	if c.rr < 0x1p-900 || !finite(c.rr) {
		c.norm = asm.Nrm2(r)
	}
	c.norm = math.Ldexp(c.norm, c.exp)
	if !finite(c.norm) {
		return c.broken("residual norm", c.norm)
	}
	more := m.report(c.norm, c.shown(r))
	switch {
	case after != None:
		return c.end(after, nil)
	case !more:
		return c.end(Callback, nil)
	case c.norm <= c.tol:
		return c.end(None, nil)
	}
	return c.turn(r, false)
}

// turn makes the next direction, for which z = M⁻¹r may be wanted first.
func (c *cgRun) turn(r []float64, first bool) bool {
	c.first = first
	if c.pending = len(c.z) > 0; c.pending {
		return true
	}
	return c.direct(r, r, c.rr)
}

// direct makes the next direction of z = M⁻¹r, with rᵀz.
func (c *cgRun) direct(r, z []float64, next float64) bool {
	m := c.m
	if c.first {
		copy(c.p, z)
		copy(c.region.mp, r)
		if m.Iterations == 0 && !m.report(c.norm, c.shown(r)) {
			return c.end(Callback, nil)
		}
	}
	if reason := m.halt(); reason != None {
		return c.end(reason, nil)
	}
	if !(next > 0) || !finite(next) {
		return c.broken("rᵀM⁻¹r", next)
	}
	if !c.first { // not before: who ends here may ask q of what it is the product
		beta := next / c.rz
		asm.Scale(c.p, beta, c.p)
		asm.Axpy(c.p, 1, z)
		if len(c.region.mp) > 0 {
			asm.Scale(c.region.mp, beta, c.region.mp)
			asm.Axpy(c.region.mp, 1, r)
		}
	}
	c.rz = next
	return true
}

func (c *cgRun) end(reason StopReason, err error) bool {
	c.reason, c.err = reason, err
	return false
}

// show hands out p, along which the curvature is pq ≤ 0.
func (c *cgRun) show(pq float64) {
	l := asm.Nrm2(c.p)
	c.m.Curvature = pq / l / l
	if c.m.Direction != nil {
		copy(c.m.Direction, c.p)
		unscale(c.m.Direction, l)
	}
}

// shown returns the residual in the units of b; q is free when it is called.
func (c *cgRun) shown(r []float64) []float64 {
	if c.exp == 0 || c.m.Callback == nil {
		return r
	}
	ldexp(c.q, r, c.exp)
	return c.q
}

func (c *cgRun) broken(what string, v float64) bool {
	if finite(v) {
		return c.end(Indefinite, fmt.Errorf("solver: %s: %s is %g in iteration %d: %w", c.m.name, what, v, c.m.Iterations+1, ErrIndefinite))
	}
	return c.end(NotFinite, fmt.Errorf("solver: %s: %s is %v in iteration %d: %w", c.m.name, what, v, c.m.Iterations+1, ErrNotFinite))
}

// region follows the length of s = x − X0 within the trust region. It keeps M·p
// by p's own recurrence and s itself: no orthogonality is assumed that rounding
// would break, no product with M is wanted.
type region struct {
	step    []float64 // s/Δ
	mp      []float64 // M·p; empty without preconditioner, where it is p
	squared float64   // ‖s‖²/Δ²
}

// advance takes s to s + α·p, or cuts α where that leaves the region: then it
// returns what is left of α. With t = α‖p‖/Δ and c the cosine of p with s,
// times ‖s‖/Δ, the boundary is at t² + 2ct + ‖s‖²/Δ² = 1. α = +∞ will do.
func (g *region) advance(p []float64, alpha, radius float64) (float64, bool) {
	mp := p
	if len(g.mp) > 0 {
		mp = g.mp
	}
	length := rootDot(p, mp)
	c := asm.Dot(g.step, mp) / length
	t := float64(alpha * (length / radius)) // 2t is t + t, to be fused otherwise
	squared := math.FMA(t, t, math.FMA(2*t, c, g.squared))
	outside := !(squared < 1)
	if outside {
		room := max(1-g.squared, 0)
		root := math.Sqrt(math.FMA(c, c, room))
		if t = root - c; c > 0 {
			t = room / (c + root) // without cancellation
		}
		squared, alpha = 1, t*(radius/length)
	}
	g.squared = squared
	asm.Axpy(g.step, t/length, p)
	return alpha, outside
}

// far reports whether squares of numbers about v might overflow or vanish.
func far(v float64) bool { return v < 0x1p-200 || v > 0x1p+200 }

// ldexp sets dst = x·2^exp.
func ldexp(dst, x []float64, exp int) {
	for i, v := range x {
		dst[i] = math.Ldexp(v, exp)
	}
}
