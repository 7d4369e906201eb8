package solver

import (
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// lsRun is what LSQR and CGLS share: the system Ā = [A; √λ·I] with its residual
// and the product of that with Āᵀ.
type lsRun struct {
	target
	a     TransOperator
	root  float64   // √λ
	up    float64   // 2^lift·√λ
	u, tm []float64 // residual or left vector, upper part; scratch, of the length of b
	ridge []float64 // the same, lower part; empty without ridge
	tn    []float64 // of the length of x, as those below
	g     float64   // norm of the product with Āᵀ, by M⁻¹ if preconditioned
	exp   int       // u, ridge, tn, v and g are in units of 2^exp after normal
	long  []float64 // scratch of the length of x, and of b, with a lift
	tall  []float64

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
	l.up = l.root
	l.u, l.tm, l.tn = vs.take(rows), vs.take(rows), vs.take(cols)
	if m.Ridge > 0 {
		l.ridge = vs.take(cols)
	}
	return vs
}

// release lets go of the operator, which the workspace outlives.
func (l *lsRun) release() { *l = lsRun{} }

// mul sets tm and trans tn to the products with the upper part of 2^lift·Ā and with
// its transpose.
func (l *lsRun) mul(x []float64) {
	if l.lift != 0 {
		ldexp(l.long, x, l.lift)
		x = l.long
	}
	l.a.MulVec(l.tm, x)
	l.m.MulVecs++
}

func (l *lsRun) trans() {
	u := l.u
	if l.lift != 0 {
		ldexp(l.tall, u, l.lift)
		u = l.tall
	}
	l.a.MulTransVec(l.tn, u)
	l.m.MulTransVecs++
	if len(l.ridge) > 0 {
		asm.Axpy(l.tn, l.up, l.ridge)
	}
}

func (l *lsRun) zero(b []float64) {
	copy(l.u, b)
	clear(l.ridge)
}

// residual sets (u, ridge) to (b − A·x, −√λ·x) and returns its norm.
func (l *lsRun) residual(x, b []float64) float64 {
	l.a.MulVec(l.tm, x)
	l.m.MulVecs++
	for i, v := range l.tm {
		l.u[i] = b[i] - v
	}
	for i := range l.ridge {
		l.ridge[i] = -l.root * x[i]
	}
	return l.leftNorm()
}

func (l *lsRun) leftNorm() float64 { return hypot(asm.Nrm2(l.u), asm.Nrm2(l.ridge)) }

// normal sets tn = 2^lift·Āᵀ·(u, ridge) and g to its norm, that of M⁻¹ if
// preconditioned, when v becomes M⁻¹·tn. The residual is brought to a norm between
// ½ and 1 first, by a power of two: the product of a residual and an Ā that are
// both tiny would vanish, and look like that of a minimiser. Where it does so all
// the same, Ā is too near the end of the numbers for a product with a vector of
// norm one, and is lifted.
func (l *lsRun) normal(p *point) error {
	norm, exp := math.Frexp(p.norm)
	if l.exp = exp; exp != 0 {
		ldexp(l.u, l.u, -exp)
		ldexp(l.ridge, l.ridge, -exp)
	}
	l.trans()
	l.g = asm.Nrm2(l.tn)
	if l.g < faintest && l.anorm == 0 && l.lift == 0 && norm > 0 {
		l.lift, l.up = lifting, math.Ldexp(l.root, lifting)
		l.long, l.tall = make([]float64, len(l.tn)), make([]float64, len(l.u))
		l.trans()
		l.g = asm.Nrm2(l.tn)
	}
	p.normal = math.Ldexp(l.g, exp-l.lift)
	if l.g != 0 { // norm may be zero as well
		p.plain = l.g / norm
	}
	if l.m.Preconditioner != nil {
		var err error
		if l.g, err = l.solve(l.tn); err != nil {
			p.ratio = l.g
			return err
		}
	}
	if l.g != 0 {
		p.ratio = l.g / norm
	}
	return nil
}

// stationary: of least squares a small product with Āᵀ says all.
func (l *lsRun) stationary(*point) bool { return true }

// exhausted reports whether x is a minimiser to working precision: the product of the
// residual with Āᵀ is down to the rounding of A·x in it, and so small that ‖r‖ has no
// digit to lose.
func (l *lsRun) exhausted(p *point) bool {
	if !(l.gtol > 0 && p.plain <= rootRounding*l.plain) {
		return false
	}
	size := math.Ldexp(asm.Nrm2(p.x), -l.lift) // as ‖A‖ is 2^lift times what it was
	return p.plain <= float64(0x1p-51*(1+float64(l.plain*size)/p.norm))*l.plain
}

// solve sets v = M⁻¹·p and returns √(pᵀv).
func (l *lsRun) solve(p []float64) (float64, error) { return l.m.precondition(l.v, p) }
