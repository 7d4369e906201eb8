package page_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/page"
)

// A page about a small fit, with the predictions for two rows that it has not seen.
func ExampleWrite() {
	x, y := []float64{0, 1, 2, 3, 4, 5}, []float64{0, 1, 4, 9, 16, 25}
	m, report, err := train.Fit(context.Background(), x, y, 1, &train.Options{Width: 64, Ridge: 1e-4, MaxSteps: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	truth, predicted := []float64{2.25, 12.25}, make([]float64, 2)
	if err := m.Predict(predicted, []float64{1.5, 3.5}); err != nil {
		fmt.Println(err)
		return
	}
	var text bytes.Buffer
	err = page.Write(&text, report, &page.Options{Title: "Squares", Target: "square", True: truth, Predicted: predicted})
	fmt.Println(err, bytes.Contains(text.Bytes(), []byte("<title>Squares</title>")))
	// Output: <nil> true
}
