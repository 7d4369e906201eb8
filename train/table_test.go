package train

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/table"
)

// TestFitTableIsFitOfItsNumbers: the weights are those of Fit on what the encoder makes, and the model
// knows columns and targets.
func TestFitTableIsFitOfItsNumbers(t *testing.T) {
	const text = "kind,size,weight,price\nx,1,1,2\ny,2,1,4\nx,3,2,6.5\ny,4,1,8\nz,5,0,1000\nx,6,1,12\n"
	tab, err := table.Read(t.Context(), strings.NewReader(text), &table.Options{Weight: "weight"})
	if err != nil {
		t.Fatal(err)
	}
	o := &Options{Width: 64, Ridge: 0.1, MaxSteps: 2}
	m, _, err := FitTable(t.Context(), tab, o)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := m.Encoder.Encode(tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	weighted := *o
	weighted.Weights = tab.Weights
	want, _, err := Fit(t.Context(), encoded.X, encoded.Y, len(encoded.Features), &weighted)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Nets[0].W, want.Nets[0].W) || !slices.Equal(m.Features, encoded.Features) || !slices.Equal(m.Targets, []string{"price"}) {
		t.Errorf("other weights, or names %q and %q", m.Features, m.Targets)
	}
	answer, err := m.PredictRecord(map[string]any{"size": 3, "kind": "x"})
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, 6)
	if err := m.Predict(p, encoded.X); err != nil || answer.Values[0] != p[2] || answer.Class != "" || answer.Probabilities != nil {
		t.Errorf("the record gives %+v, its row %v, %v", answer, p[2], err)
	}
}

// TestFitTableRefuses tables without targets and with classes that are none.
func TestFitTableRefuses(t *testing.T) {
	none := &table.Table{X: []float64{1, 2, 3}, Features: []string{"a"}}
	if _, _, err := FitTable(t.Context(), none, nil); !errors.Is(err, ErrShape) || !strings.Contains(err.Error(), "no target") {
		t.Errorf("error %v", err)
	}
	for _, y := range []float64{-1, 0.5, 2} {
		odd := &table.Table{X: []float64{1, 2, 3}, Y: []float64{0, 1, y}, Features: []string{"a"}, Targets: []string{"b"}, Classes: []string{"no", "yes"}}
		if _, _, err := FitTable(t.Context(), odd, nil); !errors.Is(err, ErrShape) || !strings.Contains(err.Error(), "row 2") {
			t.Errorf("class %v: error %v", y, err)
		}
	}
}
