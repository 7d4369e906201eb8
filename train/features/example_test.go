package features_test

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/train/features"
)

// Two columns of unlike units become rows of length one; the constant keeps how far a row
// is from the mean.
func ExampleFitScaler() {
	x := []float64{1, 100, 2, 300, 3, 200} // three rows
	y := []float64{10, 30, 20}
	s, err := features.FitScaler(context.Background(), x, y, nil, 2, 1, true)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := make([]float64, 3*s.Width())
	s.Apply(rows, x)
	fmt.Printf("mean %v, %d inputs\n", s.Mean, s.Width())
	fmt.Printf("%.3f\n", rows[:3])
	s.Standardize(y, y, 0)
	fmt.Printf("%.3f\n", y)
	// Output:
	// mean [2 200], 3 inputs
	// [-0.612 -0.612 0.500]
	// [-1.225 1.225 0.000]
}
