package train_test

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/train"
)

// A table of 200 rows whose target is |x₀| + 2x₁, and the prediction for a row
// that is not in it.
func ExampleFit() {
	const n, d = 200, 2
	x, y := make([]float64, 0, n*d), make([]float64, 0, n)
	for i := range n {
		a, b := float64(i%20)/10-1, float64(i/20)/5-1
		x = append(x, a, b)
		y = append(y, max(a, -a)+2*b)
	}
	model, report, err := train.Fit(context.Background(), x, y, d, &train.Options{Width: 1024, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := make([]float64, 1)
	if err := model.Predict(p, []float64{0.55, 0.12}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("method:", report.Method)
	fmt.Printf("|0.55| + 2·0.12 ≈ %.1f\n", p[0])
	// Output:
	// method: exact
	// |0.55| + 2·0.12 ≈ 0.8
}
