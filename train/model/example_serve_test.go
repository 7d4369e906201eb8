package model_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// predictHandler answers a JSON object, values by the names of columns, with what the model says.
func predictHandler(p *model.Predictor) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var record map[string]any
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&record); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := p.PredictRecord(r.Context(), record)
		if err != nil { // names the column and the value
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	})
}

// A service: a record in, in any order and with gaps, an answer out.
func ExamplePredictor_PredictRecord() {
	csv := "kind,size,price\n" + strings.Repeat("flat,1,10\nflat,2,20\nhouse,1,15\nhouse,2,25\n", 10)
	rows, err := table.Read(context.Background(), strings.NewReader(csv), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fitted, _, err := train.FitTable(context.Background(), rows, &train.Options{Width: 256, Ridge: 1e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	predictor, err := model.NewPredictor(fitted, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(predictHandler(predictor)) // in earnest http.ListenAndServe
	defer server.Close()

	for _, request := range []string{`{"size": 2, "kind": "house"}`, `{"kind": "flat", "size": "1", "colour": "red"}`, `{"kind": "flat", "Size": 1}`} {
		response, err := http.Post(server.URL, "application/json", strings.NewReader(request))
		if err != nil {
			fmt.Println(err)
			return
		}
		var answer model.Answer
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if json.Unmarshal(text, &answer) == nil {
			fmt.Printf("%d %.0f\n", response.StatusCode, answer.Values)
		} else {
			fmt.Printf("%d %s", response.StatusCode, text)
		}
	}
	// Output:
	// 200 [25]
	// 200 [10]
	// 422 table: the record has "Size" and no column "size"; is that its name?: bad data
}
