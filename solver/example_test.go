package solver_test

import (
	"context"
	"errors"
	"fmt"
	"math"

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

// A step within a trust region, where the model is not convex.
func ExampleCG_radius() {
	hessian := solver.OperatorFunc(func(dst, x []float64) { dst[0], dst[1] = 2*x[0], -x[1] })
	direction := make([]float64, 2)
	x := make([]float64, 2)
	for _, radius := range []float64{0, 0.1, 10} {
		res, err := solver.CG(context.Background(), x, hessian, []float64{1, 1}, &solver.Options{Radius: radius, Direction: direction})
		fmt.Printf("Δ = %g: %v at distance %.2f, %t\n", radius, res.Reason, math.Hypot(x[0], x[1]), errors.Is(err, solver.ErrIndefinite))
		if res.Curvature <= 0 {
			fmt.Printf("curvature %.2f along %.2f\n", res.Curvature, direction)
		}
	}
	// Output:
	// Δ = 0: indefinite at distance 2.83, true
	// curvature -0.40 along [0.45 0.89]
	// Δ = 0.1: boundary at distance 0.10, false
	// Δ = 10: negative curvature at distance 10.00, false
	// curvature -0.40 along [0.45 0.89]
}

func ExampleCGMulti() {
	a, err := solver.NewMatrix([]float64{
		2, 1,
		1, 2,
	}, 2, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := []float64{
		3, 3, // an eigenvector
		3, 0,
		0, 0,
	}
	x, results := make([]float64, 6), make([]solver.Result, 3)
	if err := solver.CGMulti(context.Background(), x, a, b, results, nil); err != nil {
		fmt.Println(err)
		return
	}
	for j, res := range results {
		fmt.Printf("%.2f %v after %d\n", x[2*j:2*j+2], res.Reason, res.Iterations)
	}
	// Output:
	// [1.00 1.00] converged after 1
	// [2.00 -1.00] converged after 2
	// [0.00 0.00] zero right-hand side after 0
}

// An operator without a product for several vectors.
func ExampleOneByOne() {
	double := solver.OperatorFunc(func(dst, x []float64) {
		for i, v := range x {
			dst[i] = 2 * v
		}
	})
	x, results := make([]float64, 4), make([]solver.Result, 2)
	err := solver.CGMulti(context.Background(), x, solver.OneByOne{Operator: double}, []float64{2, 4, 6, 8}, results, nil)
	fmt.Println(x, err)
	// Output:
	// [1 2 3 4] <nil>
}

func ExampleMatrix_MulVecs() {
	a, err := solver.NewMatrix([]float64{
		1, 2,
		3, 4,
	}, 2, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	dst := make([]float64, 4)
	a.MulVecs(dst, []float64{1, 0, 0, 1}, 2) // two vectors, one a row
	fmt.Println(dst)
	// Output:
	// [1 3 2 4]
}

func ExampleCGLS() {
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
	// The callback sees the residual vector; LSQR has none.
	x := make([]float64, 2)
	res, err := solver.CGLS(context.Background(), x, a, []float64{1, 3, 4, 8}, &solver.Options{
		Ridge: 1, // λ, not λ²
		Callback: func(it solver.Iteration) bool {
			fmt.Printf("%d: %.2f\n", it.Iteration, it.R)
			return true
		},
	})
	fmt.Printf("%v: %.2f + %.2f·t, %v\n", res.Reason, x[0], x[1], err)
	// Output:
	// 0: [1.00 3.00 4.00 8.00]
	// 1: [0.10 0.14 -0.83 1.21]
	// 2: [0.23 0.21 -0.82 1.15]
	// converged: 0.77 + 2.03·t, <nil>
}

func ExampleMINRES() {
	a, err := solver.NewMatrix([]float64{
		0, 1, 0,
		1, 0, 0,
		0, 0, 0, // singular
	}, 3, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, 3)
	for _, b := range [][]float64{{3, 4, 0}, {3, 4, 5}} {
		res, err := solver.MINRES(context.Background(), x, a, b, nil)
		fmt.Printf("%.1f %v, residual %.1f, converged %t, %v\n", x, res.Reason, res.TrueResidual, res.Converged(), err)
	}
	// A shift makes the second one regular, and keeps it indefinite.
	res, err := solver.MINRES(context.Background(), x, a, []float64{3, 4, 5}, &solver.Options{Ridge: -0.5})
	fmt.Printf("%.1f %v %v\n", x, res.Reason, err)
	// Output:
	// [4.0 3.0 0.0] converged, residual 0.0, converged true, <nil>
	// [4.0 3.0 0.0] inconsistent, residual 5.0, converged false, <nil>
	// [7.3 6.7 -10.0] converged <nil>
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
