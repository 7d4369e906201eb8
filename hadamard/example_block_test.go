package hadamard_test

import (
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/hadamard"
)

func ExampleNewBlockSRHT() {
	const n, s = 5000, 400
	t, err := hadamard.NewBlockSRHT(n, s, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, y := make([]float64, n), make([]float64, s)
	for i := range x {
		x[i] = 1
	}
	t.Apply(y, x)
	var sum float64
	for _, v := range y {
		sum += v * v
	}
	fmt.Println("norm kept within a tenth:", math.Abs(math.Sqrt(sum/n)-1) < 0.1)
	// Output:
	// norm kept within a tenth: true
}
