package solver_test

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/solver"
)

func ExampleMul() {
	a := []float64{
		1, 2, 3,
		4, 5, 6,
	}
	b := []float64{
		1, 0,
		0, 1,
		1, 1,
	}
	c := make([]float64, 2*2)
	if err := solver.Mul(context.Background(), c, a, b, 2, 2, 3, nil); err != nil {
		panic(err)
	}
	fmt.Println(c)
	// Aᵀ·C, of which the array a holds A.
	d := make([]float64, 3*2)
	if err := solver.Mul(context.Background(), d, a, c, 3, 2, 2, &solver.MulOptions{TransA: true}); err != nil {
		panic(err)
	}
	fmt.Println(d)
	// Output:
	// [4 5 10 11]
	// [44 49 58 65 72 81]
}

func ExampleSyrk() {
	x := []float32{
		1, 2,
		3, 4,
		5, 6,
	}
	gram := make([]float32, 2*2) // XᵀX
	if err := solver.Syrk(context.Background(), gram, x, 2, 3, &solver.MulOptions{TransA: true}); err != nil {
		panic(err)
	}
	fmt.Println(gram)
	// Output: [35 44 44 56]
}
