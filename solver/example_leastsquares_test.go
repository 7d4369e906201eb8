package solver_test

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/solver"
)

func ExampleNewLeastSquares() {
	// A polynomial of degree 11 through 3000 points: a Vandermonde matrix of
	// condition 1e8.
	const m, n = 3000, 12
	a := vandermonde(m, n)
	op, err := solver.NewMatrix(a, m, n)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := make([]float64, m)
	for i := range b {
		b[i] = 1/(1+a[i*n+1]) + 1e-3*float64(i%2)
	}
	ctx := context.Background()
	l, err := solver.NewLeastSquares(ctx, op, m, n, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, n)
	res, err := l.Solve(ctx, x, b)
	fmt.Println(res.Reason, res.Rank, res.BackwardError < 5e-16, err)

	// The second form loses digits, and its backward error shows it.
	l, err = solver.NewLeastSquares(ctx, op, m, n, &solver.LeastSquaresOptions{Method: solver.Textbook})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err = l.Solve(ctx, x, b)
	fmt.Println(res.BackwardError < 5e-16, err)
	// Output:
	// converged 12 true <nil>
	// false <nil>
}
