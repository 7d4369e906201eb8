package solver

import (
	"fmt"
	"testing"
)

// BenchmarkCholesky reports GF/s of the n³/3 flops; compare it with
// BenchmarkPeakFMA of package asm, which is for one core.
func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{256, 1437, 4096} {
		a := addDiag(make([]float64, n*n), n, 1)
		for i, v := range normal(1, n*n) {
			a[i] += v / float64(2*n)
		}
		for _, w := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/workers=%d", n, w), func(b *testing.B) {
				c, err := NewCholesky(bg, a, n, &CholeskyOptions{Workers: w})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := c.Factor(bg, a, 1); err != nil {
						b.Fatal(err)
					}
				}
				gflops(b, float64(n)*float64(n)*float64(n)/3)
			})
		}
	}
}

func BenchmarkQR(b *testing.B) {
	for _, n := range []int{256, 1437} {
		s := 4 * n
		a := normal(1, s*n)
		for _, w := range []int{1, 2} {
			b.Run(fmt.Sprintf("s=%d/n=%d/workers=%d", s, n, w), func(b *testing.B) {
				q, err := NewQR(bg, a, s, n, &QROptions{Workers: w})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := q.Factor(bg, a); err != nil {
						b.Fatal(err)
					}
				}
				gflops(b, 2*float64(n)*float64(n)*(float64(s)-float64(n)/3))
			})
		}
	}
}

func BenchmarkSketchQRSetRidge(b *testing.B) {
	for _, n := range []int{256, 1437} {
		p, err := NewSketchQR(bg, normal(1, 2*n*n), 2*n, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if err := p.SetRidge(bg, 2); err != nil {
					b.Fatal(err)
				}
			}
			gflops(b, 2*float64(n)*float64(n)*float64(n)/3)
		})
	}
}

// BenchmarkSolveVec is bound by reading the triangle twice.
func BenchmarkSolveVec(b *testing.B) {
	for _, n := range []int{256, 1437} {
		c, err := NewCholesky(bg, addDiag(make([]float64, n*n), n, 1), n, nil)
		if err != nil {
			b.Fatal(err)
		}
		x := normal(1, n)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.SetBytes(int64(8 * n * n))
			for b.Loop() {
				c.SolveVec(x, x)
			}
		})
	}
}

// BenchmarkKrylov takes 50 iterations with a free operator: what is left is the
// method itself.
func BenchmarkKrylov(b *testing.B) {
	d := logspace(1e-3, 1, 4096)
	op := diagonalOperator(d)
	rhs, x, jacobi := normal(1, len(d)), make([]float64, len(d)), diagonal{}
	for _, tc := range []struct {
		name  string
		solve func(*Options) (Result, error)
		o     Options
	}{
		{"CG", func(o *Options) (Result, error) { return CG(bg, x, op, rhs, o) }, Options{}},
		{"CG", func(o *Options) (Result, error) { return CG(bg, x, op, rhs, o) }, Options{Preconditioner: jacobi}},
		{"CG/radius=1e9", func(o *Options) (Result, error) { return CG(bg, x, op, rhs, o) }, Options{Radius: 1e9}},
		{"MINRES", func(o *Options) (Result, error) { return MINRES(bg, x, op, rhs, o) }, Options{}},
		{"MINRES", func(o *Options) (Result, error) { return MINRES(bg, x, op, rhs, o) }, Options{Preconditioner: jacobi}},
		{"CGLS", func(o *Options) (Result, error) { return CGLS(bg, x, op, rhs, o) }, Options{}},
		{"LSQR", func(o *Options) (Result, error) { return LSQR(bg, x, op, rhs, o) }, Options{}},
	} {
		o := tc.o
		o.Workspace, o.MaxIter, o.RelTol = new(Workspace), 50, 1e-15
		b.Run(fmt.Sprintf("method=%s/n=%d/preconditioned=%t/iterations=50", tc.name, len(d), o.Preconditioner != nil), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if res, err := tc.solve(&o); err != nil || res.Iterations != 50 {
					b.Fatal(res, err)
				}
			}
		})
	}
}

type diagonalOperator []float64

func (d diagonalOperator) MulVec(dst, x []float64) {
	for i, v := range x {
		dst[i] = d[i] * v
	}
}

func (d diagonalOperator) MulTransVec(dst, y []float64) { d.MulVec(dst, y) }

// BenchmarkCGMulti compares k columns in step, the matrix read once for all,
// with one after the other.
func BenchmarkCGMulti(b *testing.B) {
	const n, k = 1024, 8
	a := addDiag(make([]float64, n*n), n, 1)
	for i, v := range normal(1, n*n) {
		a[i] += v / 1e3
		a[i%n*n+i/n] = a[i]
	}
	op := matrix(addDiag(a, n, 1), n, n)
	rhs, x, results := normal(2, k*n), make([]float64, k*n), make([]Result, k)
	for _, together := range []bool{true, false} {
		o := &Options{Workspace: new(Workspace), MaxIter: 20, RelTol: 1e-15}
		b.Run(fmt.Sprintf("n=%d/k=%d/iterations=20/together=%t", n, k, together), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if together {
					if err := CGMulti(bg, x, op, rhs, results, o); err != nil {
						b.Fatal(err)
					}
					continue
				}
				for j := range k {
					if _, err := CG(bg, row(x, j, k), op, row(rhs, j, k), o); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func gflops(b *testing.B, flops float64) {
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
}
