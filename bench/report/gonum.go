package main

import (
	"errors"
	"math"
	"runtime/debug"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// gonumStep is the O(mn²) step of a problem with gonum: dense gates, their product
// in float32, which is exact, and a Cholesky factor. Its memory is taken once.
type gonumStep struct {
	p           *problem
	x, w, z     *mat.Dense
	gates       blas32.General
	counts      blas32.General
	inner, step *mat.Dense
	gram        *mat.SymDense
	factor      mat.Cholesky
	u           *mat.VecDense
}

func newGonumStep(p *problem) *gonumStep {
	return &gonumStep{
		p: p, x: mat.NewDense(p.n, p.d, p.x), w: mat.NewDense(p.m, p.d, nil), z: mat.NewDense(p.n, p.m, nil),
		gates:  blas32.General{Rows: p.n, Cols: p.m, Stride: p.m, Data: make([]float32, p.n*p.m)},
		counts: blas32.General{Rows: p.n, Cols: p.n, Stride: p.n, Data: make([]float32, p.n*p.n)},
		inner:  mat.NewDense(p.n, p.n, nil), step: mat.NewDense(p.m, p.d, nil),
		gram: mat.NewSymDense(p.n, nil), u: mat.NewVecDense(p.n, nil),
	}
}

// run takes the step from the initial weights and leaves the new ones in w.
func (g *gonumStep) run(c float64) error {
	p, scale := g.p, 1/math.Sqrt(float64(g.p.m))
	copy(g.w.RawMatrix().Data, p.w0)
	g.z.Mul(g.x, g.w.T())
	r := make([]float64, p.n)
	for i := range p.n {
		row, gates, f := g.z.RawRowView(i), g.gates.Data[i*p.m:(i+1)*p.m], 0.0
		for j, z := range row {
			gates[j] = 0
			if z >= 0 {
				gates[j] = 1
				f += p.net.A[j] * z
			}
		}
		r[i] = f*scale - p.y[i]
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, g.gates, g.gates, 0, g.counts)
	g.inner.Mul(g.x, g.x.T())
	for i := range p.n {
		for j := i; j < p.n; j++ {
			v := g.inner.At(i, j) * float64(g.counts.Data[i*p.n+j]) / float64(p.m)
			if i == j {
				v += c
			}
			g.gram.SetSym(i, j, v)
		}
	}
	if !g.factor.Factorize(g.gram) {
		return errors.New("gonum: the Gram matrix is not positive definite")
	}
	if err := g.factor.SolveVecTo(g.u, mat.NewVecDense(p.n, r)); err != nil {
		return err
	}
	// Z is no longer needed: it becomes the rows of J but for their factor x_i.
	for i := range p.n {
		row, gates, u := g.z.RawRowView(i), g.gates.Data[i*p.m:(i+1)*p.m], g.u.AtVec(i)*scale
		for j := range row {
			row[j] = float64(gates[j]) * p.net.A[j] * u
		}
	}
	g.step.Mul(g.z.T(), g.x)
	g.w.Sub(g.w, g.step)
	return nil
}

// gonumProducts are the operations of the study of the operator, in their order, by dense
// matrices with gonum: gates are 0 and 1.
func gonumProducts(l *layer) []func() []float64 {
	n, m, d := l.n, l.m, l.d
	x, w, v, signs := mat.NewDense(n, d, l.x), mat.NewDense(m, d, l.w), mat.NewDense(m, d, l.v), mat.NewVecDense(m, l.a)
	z, step, gates := mat.NewDense(n, m, nil), mat.NewDense(m, d, nil), make([]float64, n*m)
	f, inner := mat.NewVecDense(n, nil), mat.NewDense(n, n, nil)
	single := blas32.General{Rows: n, Cols: m, Stride: m, Data: make([]float32, n*m)}
	counts := blas32.General{Rows: n, Cols: n, Stride: n, Data: make([]float32, n*n)}
	data, scale := z.RawMatrix().Data, 1/math.Sqrt(float64(m))
	outputs := func() []float64 {
		f.MulVec(z, signs)
		f.ScaleVec(scale, f)
		return f.RawVector().Data
	}
	linearize := func() []float64 {
		z.Mul(x, w.T())
		for i, v := range data {
			gates[i] = 1
			if v < 0 {
				gates[i], data[i] = 0, 0
			}
		}
		return outputs()
	}
	forward := func(v *mat.Dense) []float64 {
		z.Mul(x, v.T())
		floats.Mul(data, gates)
		return outputs()
	}
	backward := func() []float64 {
		for i, u := range l.u {
			floats.ScaleTo(z.RawRowView(i), u, gates[i*m:(i+1)*m])
		}
		step.Mul(z.T(), x)
		for r, a := range l.a {
			floats.Scale(a*scale, step.RawRowView(r))
		}
		return step.RawMatrix().Data
	}
	gram := func() []float64 {
		for i, g := range gates {
			single.Data[i] = float32(g)
		}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, single, single, 0, counts)
		inner.Mul(x, x.T())
		g := inner.RawMatrix().Data
		for i, c := range counts.Data {
			g[i] *= float64(c) / float64(m)
		}
		return g
	}
	return []func() []float64{linearize, func() []float64 { return forward(v) }, backward, func() []float64 { backward(); return forward(step) }, gram}
}

// moduleVersion is that of a module in this build.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == path {
				return dep.Version
			}
		}
	}
	return "unknown version"
}
