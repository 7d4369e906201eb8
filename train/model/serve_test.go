package model_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// TestServiceOfRecords over HTTP, from 16 goroutines: the answers to records in any order, with
// gaps and unseen categories, are those of the rows of a file that say the same.
func TestServiceOfRecords(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("kind,size,when,ok\n")
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 120 {
		size := fmt.Sprint(rng.IntN(50))
		if i%11 == 0 {
			size = ""
		}
		fmt.Fprintf(&csv, "%s,%s,2024-%02d-%02d,%v\n", []string{"a", "b", "c d"}[i%3], size, 1+i%12, 1+i%28, (i%3 == 1) != (i%12 > 6))
	}
	rows, err := table.Read(t.Context(), strings.NewReader(csv.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	fitted, _, err := train.FitTable(t.Context(), rows, &train.Options{Width: 128, MaxSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(fitted.Classes, []string{"false", "true"}) || fitted.Calibration == nil || fitted.Encoder == nil {
		t.Fatalf("classes %q, calibration %v, encoder %v", fitted.Classes, fitted.Calibration, fitted.Encoder)
	}
	p, err := model.NewPredictor(fitted, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(predictHandler(p))
	defer server.Close()
	const asked = "kind,size,when\na,3,2024-05-06\nb,,2024-02-01\nnew,7,2025-01-01\n,,\n"
	records := []string{`{"when": "2024-05-06", "size": 3, "kind": "a"}`, `{"extra": [1], "kind": "b", "when": "2024-02-01"}`, `{"size": "7", "kind": "new", "when": "2025-01-01"}`, `{}`}
	encoded, err := fitted.ReadTable(t.Context(), strings.NewReader(asked), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, 2*len(records))
	if err := fitted.Probabilities(want, encoded.X); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for g := range 16 {
		group.Go(func() {
			for k := range 8 {
				i := (g + k) % len(records)
				answer, status, err := ask(server.URL, records[i])
				if err != nil || status != http.StatusOK || !slices.Equal(answer.Probabilities, want[2*i:2*i+2]) || math.IsNaN(answer.Values[0]) {
					t.Errorf("record %d: status %d, %+v, want %v, %v", i, status, answer, want[2*i:2*i+2], err)
				}
				if unseen := i == 2; (answer.Unknown == 1) != unseen {
					t.Errorf("record %d: %d unknown categories", i, answer.Unknown)
				}
			}
		})
	}
	group.Wait()
	for _, bad := range []string{`{"size": "large"}`, `{"Kind": "a"}`, `[1]`, `{`} {
		if _, status, _ := ask(server.URL, bad); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("%s: status %d", bad, status)
		}
	}
}

// ask posts a record.
func ask(url, record string) (a model.Answer, status int, err error) {
	response, err := http.Post(url, "application/json", strings.NewReader(record))
	if err != nil {
		return a, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		err = json.NewDecoder(response.Body).Decode(&a)
	}
	return a, response.StatusCode, err
}
