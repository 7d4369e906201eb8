package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
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

// BenchmarkCholesky factors on two workers, beside scipy and gonum.
func BenchmarkCholesky(b *testing.B) {
	sizes := []int{512, 1437, 2048, 4096}
	if smoke() {
		sizes = []int{512}
	}
	for _, n := range sizes {
		a := spd(n)
		flops := float64(n) * float64(n) * float64(n) / 3
		c, err := solver.NewCholesky(context.Background(), a, n, &solver.CholeskyOptions{Workers: 2})
		if err != nil {
			b.Fatal(err)
		}
		ours := timed(func() {
			if err := c.Factor(context.Background(), a, 0); err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("peer=scipy/n=%d", n), func(b *testing.B) {
			pair(b, 2, flops, ours, turns(b, python(b, 2, "dense.py", "numpy"), "cholesky", strconv.Itoa(n)))
		})
		b.Run(fmt.Sprintf("peer=gonum/n=%d", n), func(b *testing.B) {
			s := mat.NewSymDense(n, a)
			var c mat.Cholesky
			pair(b, 2, flops, ours, timed(func() {
				if !c.Factorize(s) {
					b.Fatal("not positive definite")
				}
			}))
		})
	}
}

// BenchmarkQR finds R on two workers, beside scipy with mode='r' and gonum.
func BenchmarkQR(b *testing.B) {
	shapes := [][2]int{{1536, 512}, {6144, 2048}}
	if smoke() {
		shapes = shapes[:1]
	}
	for _, sh := range shapes {
		m, n := sh[0], sh[1]
		a := normals(m * n)
		flops := 2 * float64(n) * float64(n) * (float64(m) - float64(n)/3)
		q, err := solver.NewQR(context.Background(), a, m, n, &solver.QROptions{Workers: 2})
		if err != nil {
			b.Fatal(err)
		}
		ours := timed(func() {
			if err := q.Factor(context.Background(), a); err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("peer=scipy/m=%d/n=%d", m, n), func(b *testing.B) {
			pair(b, 2, flops, ours, turns(b, python(b, 2, "dense.py", "numpy"), "qr", strconv.Itoa(m), strconv.Itoa(n)))
		})
		b.Run(fmt.Sprintf("peer=gonum/m=%d/n=%d", m, n), func(b *testing.B) {
			d := mat.NewDense(m, n, a)
			var q mat.QR
			pair(b, 2, flops, ours, timed(func() { q.Factorize(d) }))
		})
	}
}
