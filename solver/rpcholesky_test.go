package solver

import (
	"fmt"
	"math"
	"testing"
)

// columnsOnly hides the Block method.
type columnsOnly struct{ m *Matrix }

func (c columnsOnly) Diag(dst []float64)                { c.m.Diag(dst) }
func (c columnsOnly) Columns(dst []float64, cols []int) { c.m.Columns(dst, cols) }

// approximation returns FFᵀ, from the products of M.
func approximation(p interface {
	N() int
	Ridge() float64
	MulVec(dst, x []float64)
}) []float64 {
	n := p.N()
	f := make([]float64, n*n)
	for j := range n {
		row := f[j*n : (j+1)*n]
		row[j] = 1
		p.MulVec(row, row)
		row[j] -= p.Ridge()
	}
	return f
}

// kernel returns the Gaussian kernel matrix of random points in dim dimensions;
// with copies the later points are near-duplicates of the first few.
func kernel(seed uint64, n, dim int, width float64, copies int) []float64 {
	x := normal(seed, n*dim)
	if copies > 0 {
		for i := copies; i < n; i++ {
			for k := range dim {
				x[i*dim+k] = x[i%copies*dim+k] + 1e-3*x[i*dim+k]
			}
		}
	}
	g := make([]float64, n*n)
	for i := range n {
		for j := range n {
			d := norm(sub(x[i*dim:(i+1)*dim], x[j*dim:(j+1)*dim])) / width
			g[i*n+j] = math.Exp(-d * d / 2)
		}
	}
	return g
}

// FFᵀ is G(:,S)·G(S,S)⁻¹·G(S,:), as elimination by another algorithm has it; the
// trace left is that of G − FFᵀ.
func TestRPCholeskyIsTheProjectionOnItsPivots(t *testing.T) {
	for _, n := range []int{1, 2, 9, 40, 90} {
		for _, block := range []int{1, 4, 32} {
			g := symmetric(uint64(n), logspace(0.01, 1, n))
			for _, rank := range []int{1, (n + 1) / 2, n} {
				p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: 0.5, Rank: rank, Block: block, Seed: uint64(rank)})
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("n=%d block=%d rank=%d", n, block, rank)
				s := p.Pivots()
				if len(s) != rank || p.Rank() != rank || p.ColumnsRead() != rank {
					t.Fatalf("%s: %d pivots, rank %d, %d columns", what, len(s), p.Rank(), p.ColumnsRead())
				}
				core := make([]float64, rank*rank)
				for a, i := range s {
					for b, j := range s {
						core[a*rank+b] = g[i*n+j]
					}
				}
				f := approximation(p)
				var left float64
				for j := range n {
					rhs := make([]float64, rank)
					for a, i := range s {
						rhs[a] = g[i*n+j]
					}
					c := gaussSolve(core, rank, rhs)
					for i := range n {
						var want float64
						for a, q := range s {
							want += g[i*n+q] * c[a]
						}
						if d := math.Abs(f[i*n+j] - want); d > 1e-12 {
							t.Fatalf("%s: (FFᵀ)[%d,%d] off by %g", what, i, j, d)
						}
					}
					left += g[j*n+j] - f[j*n+j]
				}
				if tr, _ := p.Trace(); math.Abs(tr-left) > 1e-12*float64(n) {
					t.Errorf("%s: trace left %g, want %g", what, tr, left)
				}
			}
		}
	}
}

// SolveVec inverts MulVec, for every ridge; the eigenvalues are those of FFᵀ.
func TestRPCholeskySolves(t *testing.T) {
	const n, rank = 120, 45
	g := kernel(3, n, 2, 1, 0)
	p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: 1e-3, Rank: rank})
	if err != nil {
		t.Fatal(err)
	}
	lambda := make([]float64, p.Rank())
	p.Eigenvalues(lambda)
	f := approximation(p)
	var trace, square float64
	for i, v := range lambda {
		trace, square = trace+v, square+v*v
		if i > 0 && v > lambda[i-1] {
			t.Error("eigenvalues do not descend")
		}
	}
	var ft, fs float64
	for i := range n {
		ft += f[i*n+i]
	}
	fs = dot(f, f)
	if math.Abs(trace-ft) > 1e-11*ft || math.Abs(square-fs) > 1e-11*fs {
		t.Errorf("Σλ = %g, Σλ² = %g, want %g and %g", trace, square, ft, fs)
	}
	for _, mu := range []float64{1, 1e-3, 1e-9} {
		check(t, p.SetRidge(mu))
		x := normal(5, n)
		y := make([]float64, n)
		p.MulVec(y, x)
		p.SolveVec(y, y) // in place
		if e := norm(sub(y, x)); e > 100*eps*lambda[0]/mu*norm(x) {
			t.Errorf("μ=%g: M⁻¹M off by %g", mu, e)
		}
		want := mulVec(addDiag(f, n, mu), n, n, x)
		p.MulVec(y, x)
		if e := norm(sub(y, want)); e > 1e-12*norm(want) {
			t.Errorf("μ=%g: M off by %g", mu, e)
		}
	}
}

// The law of the pivots is that of one draw at a time with probability in
// proportion to the diagonal left, whatever the block.
func TestRPCholeskyPivotLaw(t *testing.T) {
	const n, draws = 4, 15000
	g := []float64{
		4, 3.9, 0.5, 0,
		3.9, 4, 0, 0.2,
		0.5, 0, 1, 0.3,
		0, 0.2, 0.3, 2,
	}
	for _, block := range []int{1, 3, 8} {
		var count [n * n]float64
		for seed := range uint64(draws) {
			p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: 1, Rank: 2, Block: block, Seed: seed, Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			count[p.pivots[0]*n+p.pivots[1]]++
		}
		for i := range n {
			var rest float64
			for j := range n {
				rest += g[j*n+j] - g[i*n+j]*g[i*n+j]/g[i*n+i]
			}
			for j := range n {
				want := g[i*n+i] / 11 * (g[j*n+j] - g[i*n+j]*g[i*n+j]/g[i*n+i]) / rest
				if i == j {
					want = 0
				}
				if d := math.Abs(count[i*n+j]/draws - want); d > 5*math.Sqrt(want*(1-want)/draws) {
					t.Errorf("block %d: pivots (%d, %d) with frequency %g, want %g", block, i, j, count[i*n+j]/draws, want)
				}
			}
		}
	}
}

// A matrix of rank r is caught after r pivots, also where blocks are full of
// near-duplicates.
func TestRPCholeskyStopsAtTheRank(t *testing.T) {
	const n = 200
	for _, r := range []int{1, 5, 40} {
		d := make([]float64, n)
		copy(d, logspace(0.1, 1, r))
		g := symmetric(uint64(r), d)
		p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: 1e-3, Rank: n, Tol: 1e-12})
		if err != nil {
			t.Fatal(err)
		}
		left, total := p.Trace()
		if p.Rank() != r || left > 1e-12*total {
			t.Errorf("rank %d found as %d, trace left %g of %g", r, p.Rank(), left, total)
		}
		// Then M is G + μI.
		if e := norm(sub(approximation(p), g)); e > 1e-12 {
			t.Errorf("rank %d: ‖FFᵀ − G‖ = %g", r, e)
		}
	}
	g := kernel(1, n, 2, 1, 10)
	p, err := NewRPCholesky(bg, columnsOnly{matrix(g, n, n)}, n, &RPCholeskyOptions{Ridge: 1e-3, Rank: 60})
	if err != nil {
		t.Fatal(err)
	}
	if left, total := p.Trace(); left > 1e-4*total {
		t.Errorf("near-duplicates: trace left %g of %g", left, total)
	}
	if c := p.ColumnsRead(); c < p.Rank() || c%32 != 0 {
		t.Errorf("%d columns read in blocks of 32 for rank %d", c, p.Rank())
	}
}

// No worker count, and no way to judge candidates, changes a bit.
func TestRPCholeskyBits(t *testing.T) {
	const n = 300
	g := kernel(2, n, 3, 1, 0)
	x := normal(3, n)
	var want []float64
	for i, src := range []Columns{matrix(g, n, n), columnsOnly{matrix(g, n, n)}, matrix(g, n, n)} {
		p, err := NewRPCholesky(bg, src, n, &RPCholeskyOptions{Ridge: 0.01, Rank: 150, Seed: 5, Workers: 1 + 2*i})
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float64, n)
		p.SolveVec(got, x)
		if want == nil {
			want = got
		}
		if !sameBits(got, want) {
			t.Errorf("source %d, %d workers: other bits", i, 1+2*i)
		}
	}
}

// condition returns the condition of M⁻¹(G + μI), from power iterations on it
// and on its inverse.
func condition(t *testing.T, g []float64, n int, mu float64, p interface {
	Preconditioner
	MulVec(dst, x []float64)
}) float64 {
	t.Helper()
	a := addDiag(g, n, mu)
	c, err := NewCholesky(bg, a, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	power := func(step func(x []float64) []float64) float64 {
		x := normal(99, n)
		var l float64
		for range 300 {
			y := step(x)
			l = norm(y) / norm(x)
			f := 1 / norm(y)
			for i := range y {
				x[i] = y[i] * f
			}
		}
		return l
	}
	high := power(func(x []float64) []float64 {
		y := mulVec(a, n, n, x)
		p.SolveVec(y, y)
		return y
	})
	low := power(func(x []float64) []float64 {
		y := make([]float64, n)
		p.MulVec(y, x)
		c.SolveVec(y, y)
		return y
	})
	return high * low
}

// The condition is at most 1 + tr(G − FFᵀ)/μ, and CG keeps its bound.
func TestRPCholeskyBoundsTheCondition(t *testing.T) {
	const n = 200
	g := kernel(7, n, 2, 1, 0)
	for _, rank := range []int{20, 60, 120} {
		mu := 1e-3
		p, err := NewRPCholesky(bg, matrix(g, n, n), n, &RPCholeskyOptions{Ridge: mu, Rank: rank})
		if err != nil {
			t.Fatal(err)
		}
		left, _ := p.Trace()
		kappa := condition(t, g, n, mu, p)
		if kappa > 1.01*(1+left/mu) {
			t.Errorf("rank %d: condition %g, bound %g", rank, kappa, 1+left/mu)
		}
		x, b := make([]float64, n), normal(1, n)
		res, err := CG(bg, x, matrix(g, n, n), b, &Options{Ridge: mu, Preconditioner: p, RelTol: 1e-8})
		// ½√κ·ln(2/ε), the ε in the norm of the system: √κ(A) more.
		limit := 0.5*math.Sqrt(kappa)*math.Log(2e8*math.Sqrt(float64(n)/mu)) + 2
		if err != nil || res.Reason != Converged || float64(res.Iterations) > limit {
			t.Errorf("rank %d, condition %g: %+v, %v, want at most %.0f iterations", rank, kappa, res, err, limit)
		}
	}
}
