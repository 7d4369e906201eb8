package solver

import (
	"hash"
	"hash/fnv"
	"math"
	"testing"
)

// One hash for every platform, processor and worker count. The input is made of
// integers, because random normal numbers are not the same everywhere.
func TestGoldenBits(t *testing.T) {
	const n, s, cols = 45, 130, 120
	g0 := newGolden()
	ints, add := g0.ints, g0.add
	j := matrix(ints(n*cols), n, cols)
	g, sa, b := gram(j.a, n, cols), ints(s*n), ints(n)
	x, y := make([]float64, n), make([]float64, cols)
	c, err := NewCholesky(bg, g, n, &CholeskyOptions{Ridge: 3})
	if err != nil {
		t.Fatal(err)
	}
	c.SolveVec(x, b)
	add(x)
	q, err := NewQR(bg, sa, s, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.SolveVec(x, ints(s)); err != nil {
		t.Fatal(err)
	}
	add(x)
	p, err := NewSketchQR(bg, sa, s, n, &SketchQROptions{Ridge: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	p.SolveVec(x, b)
	add(x)
	for _, pre := range []Preconditioner{nil, p} {
		must(t)(CG(bg, x, matrix(g, n, n), b, &Options{Preconditioner: pre}))
		add(x)
		must(t)(MinNorm(bg, y, j, b, &Options{Preconditioner: pre, Ridge: 100}))
		add(y)
	}
	must(t)(LSQR(bg, y, j, b, &Options{Ridge: 0.5}))
	add(y)
	lp, err := NewLeftPreconditioned(j, c, n)
	if err != nil {
		t.Fatal(err)
	}
	must(t)(LSQR(bg, y, lp, b, nil))
	add(y)
	g0.want(t, 0x8a1a11bf04b0bcbd)
}

// golden makes integers and hashes floats.
type golden struct {
	state uint64
	hash.Hash64
}

func newGolden() *golden { return &golden{1, fnv.New64a()} }

func (g *golden) ints(k int) []float64 {
	x := make([]float64, k)
	for i := range x {
		g.state = g.state*6364136223846793005 + 1442695040888963407
		x[i] = float64(int64(g.state>>40)-1<<23) / 64
	}
	return x
}

func (g *golden) add(x []float64) {
	for _, v := range x {
		for b, k := math.Float64bits(v), 0; k < 8; b, k = b>>8, k+1 {
			g.Write([]byte{byte(b)})
		}
	}
}

func (g *golden) want(t *testing.T, want uint64) {
	t.Helper()
	if got := g.Sum64(); got != want {
		t.Errorf("hash %#x, want %#x", got, want)
	}
}

// The same for the Krylov methods, with and without preconditioner, ridge, and
// start, on systems far from one as well: x, the true residuals and directions.
func TestGoldenBitsOfKrylovMethods(t *testing.T) {
	const n, rows, k = 40, 90, 3
	g := newGolden()
	a, b, start := g.ints(rows*n), g.ints(rows), g.ints(n)
	tall := matrix(a, rows, n)
	gramian := gram(transpose(a, rows, n), n, rows)
	sym := g.ints(n * n)
	for i := range n {
		for j := range i {
			sym[j*n+i] = sym[i*n+j]
		}
	}
	c, err := NewCholesky(bg, gramian, n, &CholeskyOptions{Ridge: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	x, multi := make([]float64, n), make([]float64, k*n)
	note := func(res Result, err error) {
		if err != nil {
			t.Error(err)
		}
		g.add(x)
		g.add([]float64{float64(res.Reason), float64(res.Iterations), res.Residual, res.TrueResidual})
	}
	for _, exp := range []int{0, -300, 300} {
		sb, def, indef := scaled(b, exp), matrix(gramian, n, n), matrix(scaled(sym, exp/2), n, n)
		for _, o := range []Options{{}, {Preconditioner: c}, {Ridge: 1 << 30, X0: start, MaxIter: 50}, {Preconditioner: c, RelTol: 1e-4, Ridge: 1000}} {
			note(CGLS(bg, x, tall, sb, &o))
			note(MINRES(bg, x, def, sb[:n], &o))
			if o.Preconditioner == nil || exp == 0 {
				note(MINRES(bg, x, indef, sb[:n], &o))
			}
			results := make([]Result, k)
			p := o
			p.X0 = nil
			check(t, CGMulti(bg, multi, def, scaled(append(append([]float64(nil), b...), a[:k*n-rows]...), exp), results, &p))
			g.add(multi)
			direction := make([]float64, n)
			o.Radius, o.Direction = math.Ldexp(1, exp), direction
			note(CG(bg, x, def, sb[:n], &o))
			note(CG(bg, x, indef, sb[:n], &o))
			g.add(direction)
		}
	}
	g.want(t, 0xfc34fbc461a51e91)
}
