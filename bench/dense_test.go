package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/nearlinear/nearlinear/solver"
)

// spd returns a well conditioned symmetric positive definite n × n matrix.
func spd(n int) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	a := make([]float64, n*n)
	for i := 0; i < n; i++ {
		for j := 0; j < i; j++ {
			v := rng.NormFloat64() / math.Sqrt(float64(n))
			a[i*n+j], a[j*n+i] = v, v
		}
		a[i*n+i] = 4
	}
	return a
}

func normals(n int) []float64 {
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func report(b *testing.B, flops float64) {
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
}

func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{512, 1437, 2048} {
		a := spd(n)
		flops := float64(n) * float64(n) * float64(n) / 3
		b.Run(fmt.Sprintf("lib=nearlinear/n=%d", n), func(b *testing.B) {
			c, err := solver.NewCholesky(context.Background(), a, n, nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := c.Factor(context.Background(), a, 0); err != nil {
					b.Fatal(err)
				}
			}
			report(b, flops)
		})
		b.Run(fmt.Sprintf("lib=gonum/n=%d", n), func(b *testing.B) {
			s := mat.NewSymDense(n, a)
			var c mat.Cholesky
			for b.Loop() {
				if !c.Factorize(s) {
					b.Fatal("not positive definite")
				}
			}
			report(b, flops)
		})
	}
}

func BenchmarkMul(b *testing.B) {
	for _, n := range []int{512, 1024} {
		x, y, c := normals(n*n), normals(n*n), make([]float64, n*n)
		flops := 2 * float64(n) * float64(n) * float64(n)
		b.Run(fmt.Sprintf("lib=nearlinear/n=%d", n), func(b *testing.B) {
			o := &solver.MulOptions{Workspace: new(solver.MulWorkspace)}
			for b.Loop() {
				if err := solver.Mul(context.Background(), c, x, y, n, n, n, o); err != nil {
					b.Fatal(err)
				}
			}
			report(b, flops)
		})
		b.Run(fmt.Sprintf("lib=gonum/n=%d", n), func(b *testing.B) {
			p, q, r := mat.NewDense(n, n, x), mat.NewDense(n, n, y), mat.NewDense(n, n, c)
			for b.Loop() {
				r.Mul(p, q)
			}
			report(b, flops)
		})
	}
}

func BenchmarkQR(b *testing.B) {
	for _, n := range []int{256, 512} {
		s := 4 * n
		a := normals(s * n)
		flops := 2*float64(s)*float64(n)*float64(n) - 2*float64(n)*float64(n)*float64(n)/3
		b.Run(fmt.Sprintf("lib=nearlinear/s=%d/n=%d", s, n), func(b *testing.B) {
			q, err := solver.NewQR(context.Background(), a, s, n, nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := q.Factor(context.Background(), a); err != nil {
					b.Fatal(err)
				}
			}
			report(b, flops)
		})
		b.Run(fmt.Sprintf("lib=gonum/s=%d/n=%d", s, n), func(b *testing.B) {
			d := mat.NewDense(s, n, a)
			var q mat.QR
			for b.Loop() {
				q.Factorize(d)
			}
			report(b, flops)
		})
	}
}
