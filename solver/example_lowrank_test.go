package solver_test

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/solver"
)

// kernelColumns is the Gaussian kernel matrix of points on a line: an entry is
// computed when it is asked for.
type kernelColumns []float64

func (x kernelColumns) at(i, j int) float64 { return math.Exp(-(x[i] - x[j]) * (x[i] - x[j])) }

func (x kernelColumns) Diag(dst []float64) {
	for i := range x {
		dst[i] = x.at(i, i)
	}
}

func (x kernelColumns) Columns(dst []float64, cols []int) {
	for q, j := range cols {
		for i := range x {
			dst[q*len(x)+i] = x.at(i, j)
		}
	}
}

func (x kernelColumns) MulVec(dst, v []float64) {
	for i := range x {
		dst[i] = 0
		for j := range x {
			dst[i] += x.at(i, j) * v[j]
		}
	}
}

func linePoints() (x kernelColumns, b []float64) {
	x, b = make(kernelColumns, 200), make([]float64, 200)
	for i := range x {
		x[i] = float64(i) / 20
		b[i] = math.Sin(x[i])
	}
	return x, b
}

func ExampleNewRPCholesky() {
	g, b := linePoints()
	ctx := context.Background()
	p, err := solver.NewRPCholesky(ctx, g, len(b), &solver.RPCholeskyOptions{Ridge: 1e-4, Rank: 40})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, len(b))
	for _, mu := range []float64{1e-4, 1e-2} {
		if err := p.SetRidge(mu); err != nil { // no column is read again
			fmt.Println(err)
			return
		}
		res, err := solver.CG(ctx, x, g, b, &solver.Options{Ridge: mu, Preconditioner: p})
		fmt.Println(res.Reason, res.Iterations < 12, err)
	}
	// Output:
	// converged true <nil>
	// converged true <nil>
}

func ExampleNewNystrom() {
	g, b := linePoints()
	ctx := context.Background()
	p, err := solver.NewNystrom(ctx, g, len(b), &solver.NystromOptions{Ridge: 1e-3, Rank: 5, MaxRank: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, len(b))
	res, err := solver.CG(ctx, x, g, b, &solver.Options{Ridge: 1e-3, Preconditioner: p})
	fmt.Println("rank", p.Rank(), "after", p.Products(), "products;", res.Reason, res.Iterations < 20, err)
	// Output:
	// rank 20 after 20 products; converged true <nil>
}

func ExampleNewJacobi() {
	// Two unknowns of very different scale.
	a, err := solver.NewMatrix([]float64{1e6, 10, 10, 1}, 2, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := solver.NewJacobi([]float64{1e6, 1}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, 2)
	res, err := solver.CG(context.Background(), x, a, []float64{1e6 + 10, 11}, &solver.Options{Preconditioner: p})
	fmt.Printf("%.6f %v %v\n", x, res.Reason, err)
	// Output:
	// [1.000000 1.000000] converged <nil>
}
