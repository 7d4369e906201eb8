package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/model"
)

// predictHandler answers a JSON array of rows with one of predictions.
func predictHandler(p *model.Predictor, d int) http.Handler {
	const most = 1 << 16 // bytes of a request
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var rows [][]float64
		body := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
		if err := body.Decode(&rows); err != nil {
			status := http.StatusBadRequest
			if errors.As(err, new(*http.MaxBytesError)) {
				status = http.StatusRequestEntityTooLarge
			}
			http.Error(w, err.Error(), status)
			return
		}
		x := make([]float64, 0, len(rows)*d)
		for i, row := range rows {
			if len(row) != d {
				http.Error(w, fmt.Sprintf("row %d has %d values, not %d", i, len(row), d), http.StatusBadRequest)
				return
			}
			x = append(x, row...)
		}
		y := make([]float64, len(rows))
		if err := p.Predict(r.Context(), y, x); err != nil { // the client has left
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(y)
	})
}

// A service: rows in, predictions out, with a limit on the size of a request.
func ExamplePredictor() {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7}
	y := []float64{0, 1, 4, 9, 16, 25, 36, 49}
	fitted, _, err := train.Fit(context.Background(), x, y, 1, &train.Options{Width: 256, Ridge: 1e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	predictor, err := model.NewPredictor(fitted, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(predictHandler(predictor, 1)) // in earnest http.ListenAndServe
	defer server.Close()

	for _, request := range []string{"[[2], [6]]", "[[2], [6, 7]]", "[" + strings.Repeat("[2],", 1<<15) + "[6]]"} {
		response, err := http.Post(server.URL, "application/json", strings.NewReader(request))
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			fmt.Println(err)
			return
		}
		var predictions []float64
		if json.Unmarshal(answer, &predictions) == nil {
			fmt.Printf("%d %.0f\n", response.StatusCode, predictions)
		} else {
			fmt.Printf("%d %s", response.StatusCode, answer)
		}
	}
	// Output:
	// 200 [4 36]
	// 400 row 1 has 2 values, not 1
	// 413 http: request body too large
}
