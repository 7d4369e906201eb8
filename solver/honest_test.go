package solver

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

// trouble says when CG finds no solution, or not in double precision.
type trouble int

const (
	never    trouble = iota
	unridged         // but with a ridge
	always
)

// hard are square matrices, symmetric unless it says tall or wide, of norm about
// one, with right-hand sides: all that a Krylov method trips over.
func hard(seed uint64) []struct {
	name    string
	m, n    int
	a, b    []float64
	trouble trouble
} {
	const n = 24
	type system = struct {
		name    string
		m, n    int
		a, b    []float64
		trouble trouble
	}
	var all []system
	sym := func(name string, d []float64, b []float64, trouble trouble) {
		a := symmetric(seed, d)
		if b == nil {
			b = normal(seed+1, n)
		}
		all = append(all, system{name, n, n, a, b, trouble})
	}
	image := func(d []float64) []float64 { return mulVec(symmetric(seed, d), n, n, normal(seed+2, n)) }
	good := logspace(0.01, 1, n)
	deficient := append([]float64(nil), good...)
	clear(deficient[15:])
	mixed := spectrum(0.01, 1, n)
	holed := append([]float64(nil), mixed...)
	clear(holed[15:20])
	tiny := append([]float64(nil), good...)
	tiny[3] = 1e-15
	opposite := make([]float64, n) // ±1 in pairs: every second MINRES step stands still
	for i := range opposite {
		opposite[i] = float64(1 - i%2*2)
	}
	one := make([]float64, n)
	one[4] = 1
	sym("definite", good, nil, never)
	sym("κ=1e14", logspace(1e-14, 1, n), nil, unridged)
	sym("κ=1e18", logspace(1e-18, 1, n), nil, unridged)
	sym("deficient, consistent", deficient, image(deficient), never)
	sym("deficient, inconsistent", deficient, nil, unridged)
	sym("rank one, consistent", one, image(one), never)
	sym("rank one, inconsistent", one, nil, unridged)
	sym("indefinite", mixed, nil, always) // for CG
	sym("indefinite, deficient, consistent", holed, image(holed), always)
	sym("indefinite, deficient, inconsistent", holed, nil, always)
	sym("one eigenvalue 1e-15", tiny, nil, unridged)
	sym("plus and minus one", opposite, nil, always)
	sym("zero", make([]float64, n), nil, unridged)
	sym("negative", scaledBy(-1, good), nil, always)
	kernel := make([]float64, n) // b in the null space, but for rounding
	kernel[20] = 1
	sym("b in the null space", deficient, image(kernel), unridged)
	vector := make([]float64, n) // an eigenvector, but for 1e-9
	vector[9] = 1
	b, noise := image(vector), normal(seed+3, n)
	for i := range b {
		b[i] += 1e-9 * noise[i]
	}
	sym("b almost an eigenvector", good, b, never)
	hilbert := make([]float64, n*n)
	for i := range n {
		for j := range n {
			hilbert[i*n+j] = 1 / float64(i+j+1)
		}
	}
	all = append(all, system{"Hilbert", n, n, hilbert, normal(seed+1, n), unridged})
	antidiagonal := make([]float64, n*n) // α = 0 in every Lanczos step
	for i := range n - 1 {
		antidiagonal[i*n+i+1], antidiagonal[(i+1)*n+i] = 1, 1
	}
	first := make([]float64, n)
	first[0] = 1
	all = append(all, system{"no diagonal", n, n, antidiagonal, first, always})
	for _, d := range [][]float64{good, deficient, logspace(1e-14, 1, n)} {
		all = append(all,
			system{"tall", 2 * n, n, singular(seed, d, 2*n, n), normal(seed+4, 2*n), always},
			system{"wide", n, 2 * n, singular(seed, d, n, 2*n), normal(seed+4, n), map[bool]trouble{true: unridged}[d[n-1] < 1e-3]})
	}
	return all
}

func scaledBy(f float64, x []float64) []float64 {
	y := append([]float64(nil), x...)
	rescale(y, f)
	return y
}

// No method claims what is not so, whatever it is given: Converged means that
// the residual, or for least squares the normal residual, computed from x by the
// same operator meets the tolerance; the norms in Result are those of x; x is
// finite; an error and its reason come together.
func TestResultsAreHonest(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		for _, s := range hard(seed) {
			for _, scale := range [][2]int{{0, 0}, {498, 0}, {-498, -498}, {498, -300}, {-498, 400}} {
				a, b := scaled(s.a, scale[0]), scaled(s.b, scale[1])
				for _, ridge := range []float64{0, 1e-3} {
					for _, tol := range []float64{0, 1e-4, 1e-15, -1} {
						for _, pre := range []int{0, 1} {
							o := Options{RelTol: tol, Ridge: math.Ldexp(ridge, scale[0])}
							c := honest{t: t, o: &o, op: matrix(a, s.m, s.n), b: b, pre: pre == 1, scale: scale[0], trouble: s.trouble == always || s.trouble == unridged && ridge == 0}
							c.what = fmt.Sprintf("seed %d, %s, A·2^%d, b·2^%d, λ=%g, tolerance %g, preconditioned %t", seed, s.name, scale[0], scale[1], ridge, tol, pre == 1)
							if s.m == s.n {
								c.cg()
								c.minres()
							}
							o.Ridge = math.Ldexp(ridge, 2*scale[0])
							c.leastSquares()
							c.minNorm()
						}
					}
				}
			}
		}
	}
}

type honest struct {
	t       *testing.T
	what    string
	o       *Options
	op      *Matrix
	b       []float64
	pre     bool
	scale   int
	trouble bool
}

// precondition sets the diagonal 2^exp·(1, 2, 3, 1, 2, …) of order n for M.
func (c *honest) precondition(n, exp int) {
	c.o.Preconditioner = nil
	if c.pre {
		c.o.Preconditioner = diagonal{exp}
	}
}

type diagonal struct{ exp int }

func (d diagonal) SolveVec(dst, r []float64) {
	for i, v := range r {
		dst[i] = math.Ldexp(v/float64(1+i%3), -d.exp)
	}
}

// check holds for all methods. r is the residual, by the operator.
func (c *honest) check(name string, x []float64, residual float64, res Result, err error) {
	c.t.Helper()
	fail := func(why string) {
		c.t.Errorf("%s: %s: %s: residual %g: %+v, %v", name, c.what, why, residual, res, err)
	}
	bad := res.Reason == Indefinite || res.Reason == NotFinite
	switch {
	case checkFinite("", "x", x) != nil:
		fail("x is not finite")
	case res.Reason == None || (err != nil) != bad || err != nil && !errors.Is(err, map[StopReason]error{Indefinite: ErrIndefinite, NotFinite: ErrNotFinite}[res.Reason]):
		fail("reason and error")
	case math.Abs(res.TrueResidual-residual) > 1e-13*residual:
		fail("TrueResidual")
	case !c.trouble && bad && !(c.o.RelTol < 0 && math.Abs(res.Curvature) < math.Ldexp(1e-14, c.scale)): // beyond the solution of a singular system
		fail("an easy system")
	case !c.trouble && c.o.RelTol >= 0 && c.o.RelTol != 1e-15 && !res.Converged():
		fail("an easy system")
	}
}

func (c *honest) tolerance() float64 {
	if c.o.RelTol == 0 {
		return 1e-10 * norm2(c.b)
	}
	return max(c.o.RelTol, 0) * norm2(c.b)
}

// norm2 is norm for any scale.
func norm2(x []float64) float64 {
	var big float64
	for _, v := range x {
		big = max(big, math.Abs(v))
	}
	_, e := math.Frexp(big)
	return math.Ldexp(norm(scaled(x, -e)), e)
}

// residual returns b − (A+λI)x, as the methods compute it.
func (c *honest) residual(x []float64, ridge float64) []float64 {
	r := make([]float64, c.op.m)
	c.op.MulVec(r, x)
	for i := range r {
		v := r[i]
		if ridge != 0 {
			v = math.FMA(ridge, x[i], v)
		}
		r[i] = c.b[i] - v
	}
	return r
}

func (c *honest) cg() {
	n := c.op.n
	c.precondition(n, c.scale)
	x, y, results := make([]float64, n), make([]float64, 2*n), make([]Result, 2)
	res, err := CG(bg, x, c.op, c.b, c.o)
	c.cgResult("CG", x, res, err)
	err = CGMulti(bg, y, c.op, append(append([]float64(nil), c.b...), c.b...), results, c.o)
	for j, r := range results {
		if !sameResult(r, res) || !sameBits(row(y, j, 2), x) {
			c.t.Errorf("CGMulti: %s: %+v, CG %+v, %v", c.what, r, res, err)
		}
	}
	for _, radius := range []float64{1e-3, 1e6} {
		c.o.Radius = math.Ldexp(radius*norm2(c.b), -c.scale)
		if c.pre {
			c.o.Radius = math.Ldexp(c.o.Radius, (c.scale)/2)
		}
		res, err := CG(bg, x, c.op, c.b, c.o)
		trouble := c.trouble
		c.trouble = true // the boundary comes first
		c.cgResult("CG with radius", x, res, err)
		c.trouble = trouble
		m := scaled(x, 0)
		if c.pre {
			for i := range m {
				m[i] = math.Ldexp(m[i]*math.Sqrt(float64(1+i%3)), c.scale/2)
			}
		}
		if l := norm2(m); l > c.o.Radius*(1+1e-11) || (res.Reason == Boundary || res.Reason == NegativeCurvature) && l < c.o.Radius*(1-1e-11) || res.Reason == Indefinite {
			c.t.Errorf("CG with radius %g: %s: ‖x‖ = %g: %+v, %v", c.o.Radius, c.what, l, res, err)
		}
	}
	c.o.Radius = 0
}

func (c *honest) cgResult(name string, x []float64, res Result, err error) {
	residual := norm2(c.residual(x, c.o.Ridge))
	c.check(name, x, residual, res, err)
	if res.Converged() && residual > c.tolerance()*(1+1e-13) {
		c.t.Errorf("%s: %s: false convergence: residual %g: %+v", name, c.what, residual, res)
	}
}

func (c *honest) minres() {
	n := c.op.n
	c.precondition(n, c.scale)
	x := make([]float64, n)
	res, err := MINRES(bg, x, c.op, c.b, c.o)
	r := c.residual(x, c.o.Ridge)
	c.cgResult("MINRES", x, res, err)
	y := append([]float64(nil), r...)
	if c.pre {
		c.o.Preconditioner.SolveVec(y, r)
	}
	c.b, r = make([]float64, n), c.b // the normal residual is that of y with b = 0
	g := norm2(c.residual(y, c.o.Ridge))
	c.b = r
	if math.Abs(g-res.NormalResidual) > 1e-10*g+1e-14*math.Ldexp(norm2(y), c.scale)+0x1p-1020 {
		c.t.Errorf("MINRES: %s: normal residual %g: %+v", c.what, g, res)
	}
	limit := 10 * max(c.o.RelTol, 0x1p-26) // by ‖A‖ of about one, and M up to 3
	if res.Reason == Inconsistent && (res.TrueResidual <= c.tolerance() || g > limit*math.Ldexp(norm2(y), c.scale)) {
		c.t.Errorf("MINRES: %s: not least squares: normal residual %g for %g: %+v", c.what, g, norm2(y), res)
	}
}

func (c *honest) leastSquares() {
	n := c.op.n
	c.precondition(n, 2*c.scale)
	for name, solve := range bothLeastSquares {
		x := make([]float64, n)
		res, err := solve(bg, x, c.op, c.b, c.o)
		r, g := c.residual(x, 0), make([]float64, n)
		root := math.Sqrt(c.o.Ridge)
		residual := math.Hypot(norm2(r), root*norm2(x))
		_, unit := math.Frexp(residual) // Aᵀr might have few digits, or none
		c.op.MulTransVec(g, scaled(r, -unit))
		for i := range g {
			g[i] = math.FMA(-c.o.Ridge, math.Ldexp(x[i], -unit), g[i])
		}
		trouble := c.trouble
		c.trouble = c.trouble || c.op.m > n // of no residual small
		c.check(name, x, residual, res, err)
		c.trouble = trouble
		normalRes := math.Ldexp(norm2(g), unit)
		if math.Abs(normalRes-res.NormalResidual) > 1e-10*normalRes+1e-13*math.Ldexp(residual, c.scale) {
			c.t.Errorf("%s: %s: normal residual %g: %+v", name, c.what, normalRes, res)
		}
		tol := max(c.o.RelTol, 0)
		if c.o.RelTol == 0 {
			tol = 1e-10
		}
		// ‖A‖ is about one, and seen to be at least a tenth of that; M is up to 3. Down to
		// the rounding of A·x there is nothing to reduce.
		floor := 0.0
		if tol > 0 {
			floor = min(0x1p-51*math.Ldexp(math.Ldexp(norm2(x), c.scale)+residual, c.scale), 0x1p-26*math.Ldexp(residual, c.scale))
		}
		if res.Converged() && residual > c.tolerance()*(1+1e-13) && normalRes > max(4*tol*math.Ldexp(residual, c.scale), 2*floor)+1e-14*math.Ldexp(residual, c.scale) {
			c.t.Errorf("%s: %s: false convergence: residual %g, normal %g: %+v", name, c.what, residual, normalRes, res)
		}
	}
}

func (c *honest) minNorm() {
	c.precondition(c.op.m, 2*c.scale)
	x := make([]float64, c.op.n)
	res, err := MinNorm(bg, x, c.op, c.b, c.o)
	if c.o.Ridge > 0 {
		// The residual is then that of the dual, of which x does not tell.
		if !res.Converged() && err == nil && res.Reason != Stagnated && res.Reason != MaxIterations {
			c.t.Errorf("MinNorm: %s: %+v", c.what, res)
		}
		return
	}
	trouble := c.trouble
	c.trouble = true // CG on AAᵀ gets less far
	c.cgResult("MinNorm", x, res, err)
	c.trouble = trouble
}
