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

// BenchmarkCG takes 50 iterations with a free operator: what is left is the
// method itself.
func BenchmarkCG(b *testing.B) {
	d := logspace(1e-3, 1, 4096)
	op := OperatorFunc(func(dst, x []float64) {
		for i, v := range x {
			dst[i] = d[i] * v
		}
	})
	rhs, x := normal(1, len(d)), make([]float64, len(d))
	o := &Options{Workspace: new(Workspace), MaxIter: 50, RelTol: 1e-15}
	b.Run(fmt.Sprintf("n=%d/iterations=50", len(d)), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := CG(bg, x, op, rhs, o); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func gflops(b *testing.B, flops float64) {
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
}
