package main

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// problem is a network at its initial weights, n samples of length one, and their
// targets: where a Gauss–Newton step begins.
type problem struct {
	n, m, d  int
	x, y, w0 []float64
	net      *jacobian.Network
	op       *jacobian.Operator

	taken          int // steps since reset
	f, r, u, delta []float64
	cg             solver.Workspace
}

// newProblem draws weights N(0, 1), signs and targets from [−1, 1] for the samples of x.
func newProblem(x []float64, d, m int) (*problem, error) {
	n := len(x) / d
	rng := rand.New(rand.NewPCG(uint64(n), uint64(m)))
	p := &problem{
		n: n, m: m, d: d, x: x, y: make([]float64, n), w0: make([]float64, m*d),
		net: &jacobian.Network{M: m, D: d, W: make([]float64, m*d), A: make([]float64, m)},
		f:   make([]float64, n), r: make([]float64, n), u: make([]float64, n), delta: make([]float64, m*d),
	}
	for i := range p.y {
		p.y[i] = 2*rng.Float64() - 1
	}
	for i := range p.w0 {
		p.w0[i] = rng.NormFloat64()
	}
	for r := range p.net.A {
		p.net.A[r] = float64(1 - 2*rng.IntN(2))
	}
	p.reset()
	var err error
	p.op, err = jacobian.New(p.net, x, nil)
	return p, err
}

// reset takes the weights back to the initial ones.
func (p *problem) reset() {
	copy(p.net.W, p.w0)
	p.taken = 0
}

// residual runs the network, and leaves its gates and r = f − y.
func (p *problem) residual() {
	p.op.Linearize(p.f)
	for i := range p.r {
		p.r[i] = p.f[i] - p.y[i]
	}
}

// along subtracts t·Jᵀu from the weights.
func (p *problem) along(t float64, u []float64) {
	p.op.MulTransVec(p.delta, u)
	asm.Axpy(p.net.W, -t, p.delta)
	p.taken++
}

// step is a whole Gauss–Newton step by the system (JJᵀ + cI)u = r.
func (p *problem) step(ctx context.Context, solve solve, c, tol float64) (solver.Result, error) {
	p.residual()
	result, err := solve(ctx, p, c, tol)
	if err != nil {
		return result, err
	}
	p.along(1, p.u)
	return result, nil
}

// sphere returns n points drawn evenly from the unit sphere of d dimensions.
func sphere(n, d int) []float64 {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	x := make([]float64, n*d)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return unitRows(x, d)
}

// clusters returns n points of the unit sphere around so many centres in turn, which are
// spread evenly over it: the distance of a point from its centre is about spread, until
// with a spread of 1 little is left of the clusters.
func clusters(n, d, centres int, spread float64) []float64 {
	at, x := sphere(centres, d), sphere(n, d)
	for i := range n {
		for k := range d {
			x[i*d+k] = at[i%centres*d+k] + spread*x[i*d+k]
		}
	}
	return unitRows(x, d)
}

func unitRows(x []float64, d int) []float64 {
	for i := 0; i < len(x); i += d {
		row := x[i : i+d]
		length := asm.Nrm2(row)
		for k := range row {
			row[k] /= length
		}
	}
	return x
}

// largestEigenvalue is that of JJᵀ at the last residual, by the power method.
func (p *problem) largestEigenvalue() float64 {
	v, w := make([]float64, p.n), make([]float64, p.n)
	for i := range v {
		v[i] = 1
	}
	var last float64
	for range 1000 {
		length := asm.Nrm2(v)
		for i := range v {
			v[i] /= length
		}
		p.op.MulGramVec(w, v)
		v, w = w, v
		now := asm.Nrm2(v)
		if math.Abs(now-last) < 1e-6*now {
			return now
		}
		last = now
	}
	return last
}
