package solver_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nearlinear/nearlinear/solver"
)

func ExampleCG() {
	// The second difference on five points, known only by its product.
	a := solver.OperatorFunc(func(dst, x []float64) {
		for i := range x {
			dst[i] = 2 * x[i]
			if i > 0 {
				dst[i] -= x[i-1]
			}
			if i < len(x)-1 {
				dst[i] -= x[i+1]
			}
		}
	})
	b := []float64{1, 0, 0, 0, 1}
	x := make([]float64, 5)
	res, err := solver.CG(context.Background(), x, a, b, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f\n", x)
	fmt.Println(res.Reason, "in", res.Iterations, "iterations, true residual below 1e-10:", res.RelResidual() < 1e-10)
	// Output:
	// [1.000 1.000 1.000 1.000 1.000]
	// converged in 3 iterations, true residual below 1e-10: true
}

func ExampleLSQR() {
	// A line through four points: columns 1 and t.
	a, err := solver.NewMatrix([]float64{
		1, 0,
		1, 1,
		1, 2,
		1, 3,
	}, 4, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, 2)
	res, err := solver.LSQR(context.Background(), x, a, []float64{1, 3, 4, 8}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: %.2f + %.2f·t, residual %.3f\n", res.Reason, x[0], x[1], res.TrueResidual)
	// Output:
	// converged: 0.70 + 2.20·t, residual 1.342
}

func ExampleMinNorm() {
	j, err := solver.NewMatrix([]float64{
		1, 1, 0,
		0, 1, 1,
	}, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, 3)
	res, err := solver.MinNorm(context.Background(), x, j, []float64{3, 3}, nil)
	fmt.Printf("%.1f %v %v\n", x, res.Reason, err)
	// Output:
	// [1.0 2.0 1.0] converged <nil>
}

func ExampleCholesky() {
	a := []float64{
		4, 2,
		2, 3,
	}
	c, err := solver.NewCholesky(context.Background(), a, 2, &solver.CholeskyOptions{Ridge: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := []float64{14, 12}
	c.SolveVec(x, x) // (a + I)x = b, in place
	fmt.Printf("%.0f\n", x)

	err = c.Factor(context.Background(), a, 0) // another ridge, the same memory
	fmt.Println(err)
	a[3] = 0
	err = c.Factor(context.Background(), a, 0)
	fmt.Println(errors.Is(err, solver.ErrNotPositiveDefinite), err)
	// Output:
	// [2 2]
	// <nil>
	// true solver: Cholesky of order 2: pivot -1 in column 1 with ridge 0: matrix is not positive definite
}

func ExampleSketchQR() {
	// A sketch whose third column is the sum of the others.
	sa := []float64{
		1, 0, 1,
		0, 2, 2,
		3, 1, 4,
		1, 1, 2,
	}
	ctx := context.Background()
	p, err := solver.NewSketchQR(ctx, sa, 4, 3, nil)
	if errors.Is(err, solver.ErrRankDeficient) {
		_, high := p.DiagRange()
		err = p.SetRidge(ctx, 1e-6*high*high) // R is kept: no new sketch
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	// R preconditions (AᵀA + cI)x = b; here A is its own sketch.
	gram := solver.OperatorFunc(func(dst, x []float64) {
		clear(dst)
		for i := range 4 {
			row := sa[3*i : 3*i+3]
			t := row[0]*x[0] + row[1]*x[1] + row[2]*x[2]
			for k, v := range row {
				dst[k] += t * v
			}
		}
	})
	x := make([]float64, 3)
	res, err := solver.CG(ctx, x, gram, []float64{1, 1, 2}, &solver.Options{Preconditioner: p, Ridge: p.Ridge()})
	fmt.Println(res.Reason, res.Iterations <= 3, err)
	// Output:
	// converged true <nil>
}
