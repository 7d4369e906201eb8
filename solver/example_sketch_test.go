package solver_test

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/solver"
)

// vandermonde returns the first n powers of m points in [0, 1], by rows.
func vandermonde(m, n int) []float64 {
	a := make([]float64, m*n)
	for i := range m {
		v := 1.0
		for j := range n {
			a[i*n+j] = v
			v *= float64(i) / float64(m-1)
		}
	}
	return a
}

func ExampleNewSparseSign() {
	const m, n = 3000, 8
	a := vandermonde(m, n)
	s, err := solver.NewSparseSign(m, 4*n, 0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	sa := make([]float64, s.S()*n)
	s.ApplyCols(sa, a, n)
	ctx := context.Background()
	p, err := solver.NewSketchQR(ctx, sa, s.S(), n, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, err := solver.NewMatrix(a, m, n)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := make([]float64, m)
	for i := range b {
		b[i] = a[i*n+1] - a[i*n+3]
	}
	x := make([]float64, n)
	res, err := solver.LSQR(ctx, x, op, b, &solver.Options{Preconditioner: p})
	fmt.Printf("%.4f %v\n", x[1], res.Iterations < 60)
	fmt.Println(res.Reason, err)
	// Output:
	// 1.0000 true
	// converged <nil>
}

func ExampleNewGaussian() {
	s, err := solver.NewGaussian(1000, 200, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, y := make([]float64, 1000), make([]float64, 200)
	x[3] = 1 // the norm is kept, whatever the vector
	s.Apply(y, x)
	var sum float64
	for _, v := range y {
		sum += v * v
	}
	fmt.Println(sum > 0.7 && sum < 1.3)
	// Output:
	// true
}

func ExampleNewShiftedSketch() {
	const m, n = 3000, 8
	a := vandermonde(m, n)
	s, err := solver.NewSparseSign(m, 4*n, 0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	sa := make([]float64, s.S()*n)
	s.ApplyCols(sa, a, n)
	ctx := context.Background()
	p, err := solver.NewShiftedSketch(ctx, sa, s.S(), n, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, err := solver.NewMatrix(a, m, n)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, x := make([]float64, m), make([]float64, n)
	b[m-1] = 1
	for _, c := range []float64{1, 1e-3, 1e-6} {
		if err := p.SetRidge(c); err != nil {
			fmt.Println(err)
			return
		}
		res, err := solver.LSQR(ctx, x, op, b, &solver.Options{Ridge: c, Preconditioner: p})
		fmt.Println(res.Reason, res.Iterations < 60, err)
	}
	// Output:
	// converged true <nil>
	// converged true <nil>
	// converged true <nil>
}
