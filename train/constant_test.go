package train

import (
	"slices"
	"testing"
)

// TestColumnsThatWereConstantSayNothing: a year that was 2023 in all training rows is 2123 in
// the rows to predict, or anything: the predictions stay as they are, to the bit, whatever
// shape of the rows was chosen.
func TestColumnsThatWereConstantSayNothing(t *testing.T) {
	const n, d = 120, 3
	x, y := wave(n, d-1, 1, 6)
	with := make([]float64, 0, n*d)
	for i := range n {
		with = append(append(with, x[i*(d-1):(i+1)*(d-1)]...), 2023)
	}
	for name, o := range map[string]Options{"given": {Ridge: 1e-2}, "chosen": {}, "common": {KeepSkew: true}} {
		o.Width, o.MaxSteps = 64, 2
		m, _, err := Fit(t.Context(), with, y, d, &o)
		if err != nil {
			t.Fatal(err)
		}
		want, got := make([]float64, n), make([]float64, n)
		if err := m.Predict(want, with); err != nil {
			t.Fatal(err)
		}
		for _, year := range []float64{2024, 2123, 0, -1e300, 1e300} {
			other := slices.Clone(with)
			for i := range n {
				other[i*d+2] = year
			}
			if err := m.Predict(got, other); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: the predictions of %g are not those of 2023", name, year)
			}
		}
	}
}
