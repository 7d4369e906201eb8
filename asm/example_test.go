package asm_test

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// C += A·B for a 2 × 3 matrix A and a 3 × 2 matrix B, which is packed first.
func ExampleMulAdd() {
	a := []float64{
		1, 2, 3,
		4, 5, 6,
	}
	b := []float64{
		1, 0,
		0, 1,
		1, 1,
	}
	packed := make([]float64, asm.PanelLen(3, 2))
	asm.PackCols(packed, b, 2, 3, 2, 1)
	c := make([]float64, 4)
	asm.MulAdd(c, 2, a, 3, 1, packed, 2, 2, 3)
	fmt.Println(c[:2], c[2:])
	// Output: [4 5] [10 11]
}

// A team runs the tasks of a loop on its workers; each task owns its output.
func ExampleTeam() {
	team := asm.NewTeam(4)
	squares := make([]int, 10)
	team.Do(len(squares), func(worker, task int) {
		squares[task] = task * task
	})
	fmt.Println(squares)
	// Output: [0 1 4 9 16 25 36 49 64 81]
}
