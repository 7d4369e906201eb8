package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// wavy draws n rows of three features and a target that is a sum of waves along them, which pieces between
// quantiles follow where a network of the features alone sees little.
func wavy(n int, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range n {
		a, b, c := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		x = append(x, a, b, c)
		y = append(y, math.Sin(5*a)+math.Sin(5*b)+math.Sin(5*c)+0.3*rng.NormFloat64())
	}
	return x, y
}

// TestManyRowsSeePieces where these err less on rows that had no part, and not where Options forbid it.
func TestManyRowsSeePieces(t *testing.T) {
	if testing.Short() {
		t.Skip("fits 8292 rows twice")
	}
	const d = 3
	x, y := wavy(estimateMost+100, 5)
	fresh, truth := wavy(2000, 6)
	var errs [2]float64
	for k, o := range []Options{{Width: 1024}, {Width: 1024, NoPieces: true}} {
		m, r, err := Fit(t.Context(), x, y, d, &o)
		if err != nil {
			t.Fatal(err)
		}
		if c := r.Choice; c.Pieces == o.NoPieces || c.Folds != secondLook.folds || c.Rows != secondLook.rows || c.Neurons != 1024 {
			t.Errorf("NoPieces %t: chose %+v", o.NoPieces, c)
		}
		got := make([]float64, len(truth))
		if err := m.Predict(got, fresh); err != nil {
			t.Fatal(err)
		}
		asm.Axpy(got, -1, truth)
		errs[k] = asm.Nrm2(got) / math.Sqrt(float64(len(truth)))
	}
	if !(errs[0] < 0.9*errs[1]) {
		t.Errorf("error %g with pieces, %g without", errs[0], errs[1])
	}
}

// TestTheShapeTakenAtTheSecondLookIsTold though no other stood before it.
func TestTheShapeTakenAtTheSecondLookIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("fits 8292 rows")
	}
	x, y := wavy(estimateMost+100, 5)
	_, r, err := Fit(t.Context(), x, y, 3, &Options{Width: 64, NoPieces: true, KeepScale: true, KeepSkew: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Choice.Shapes, func(s ShapeError) bool { return s.Accepted && s.RMSE == r.Choice.RMSE }) {
		t.Errorf("the shape that was taken, of error %g, is not among those told: %+v", r.Choice.RMSE, r.Choice.Shapes)
	}
}

// TestRowsThatAreNotJudgedHaveNoPart in a gain, whatever their errors are.
func TestRowsThatAreNotJudgedHaveNoPart(t *testing.T) {
	x, y := wavy(60, 5)
	c := newLookingChooser(t, x, y, 3, false, Options{Width: 60}, look{rows: 60, folds: 3, judged: 1, neurons: 60, weights: 1 << 20, flat: 1.01})
	var a, b [60]float64
	sums, size := []float64{}, []float64{}
	for i := range a {
		a[i], b[i] = y[i]*y[i], 2
		if c.fold[i] == 0 {
			sums, size = append(sums, b[i]-a[i]), append(size, 1)
		}
	}
	if len(sums) != 20 {
		t.Fatalf("%d rows of 60 judged", len(sums))
	}
	want, wantErr := meanAndError(sums, size)
	for i := c.begins[1]; i < 60; i++ {
		a[i], b[i] = 1e6, 0
	}
	got, gotErr := c.paired(a[:], b[:])
	if math.Abs(got-want) > 1e-12 || math.Abs(gotErr-wantErr) > 1e-12 {
		t.Errorf("gain %g ± %g, of the rows judged %g ± %g", got, gotErr, want, wantErr)
	}
}

// TestPiecesAreDearWhereTheyCostTooMuch by the plan: seven targets of many rows with nine features, but
// not one target of fewer rows, however many its features.
func TestPiecesAreDearWhereTheyCostTooMuch(t *testing.T) {
	for _, of := range []struct {
		n, targets, with, without int
		want                      bool
	}{
		{46000, 7, 82, 10, true}, {100000, 1, 500, 10, true}, {46000, 1, 74, 27, false}, {100000, 1, 287, 158, false}, {20000, 1, 500, 390, false}, {9000, 1, 80, 10, false},
	} {
		cfg, err := (&Options{}).resolve(of.n)
		if err != nil {
			t.Fatal(err)
		}
		cfg.targets, cfg.limit = of.targets, 20<<30
		var plans [2]plan
		for k, inputs := range []int{of.with, of.without} {
			if plans[k], err = cfg.at(1e-3, inputs); err != nil {
				t.Fatal(err)
			}
		}
		if got := cfg.dear(plans[0], plans[1]); got != of.want {
			t.Errorf("%+v: %t, %.3g and %.3g s", of, got, plans[0].step, plans[1].step)
		}
	}
}

// TestOneLookWhereMemoryIsShort: the fit is that of a single look, without pieces, and no error.
func TestOneLookWhereMemoryIsShort(t *testing.T) {
	if testing.Short() {
		t.Skip("fits 8292 rows")
	}
	x, y := wavy(estimateMost+100, 5)
	_, r, err := Fit(t.Context(), x, y, 3, &Options{Width: 256, MemoryLimit: 400 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Choice; c.Pieces || c.Rows != choiceRows || c.Folds != choiceFolds {
		t.Errorf("chose %+v", c)
	}
}
