package train

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/model"
)

// skewedRows returns rows with one skewed feature, and two targets.
func skewedRows(n int, seed uint64) (x, y []float64) {
	x, y0 := wave(n, 3, 2, seed)
	rng := rand.New(rand.NewPCG(seed, 9))
	for i, v := range y0 {
		x[3*i+1] = rng.ExpFloat64()
		y = append(y, v, x[3*i+1]-x[3*i])
	}
	return x, y
}

func predictions(t *testing.T, m *model.Model, x []float64) []float64 {
	t.Helper()
	out := make([]float64, len(x)/len(m.Scaler.Mean)*len(m.Nets))
	if err := m.Predict(out, x); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWeightTwoIsARowTwice, up to the ridge, whose share of n rows of weight 1
// is kept the same here: every step then has the same objective, and the models
// the same predictions.
func TestWeightTwoIsARowTwice(t *testing.T) {
	const n, d = 90, 3
	x, y := skewedRows(n, 4)
	weights := make([]float64, n)
	var x2, y2 []float64
	total := 0.0
	for i := range weights {
		weights[i] = 1.5 * float64(1+i%3)
		for range 1 + i%3 {
			x2, y2 = append(x2, x[i*d:(i+1)*d]...), append(y2, y[2*i:2*i+2]...)
			total++
		}
	}
	share := float64(n) / total // of a row's weight after scaling to mean 1
	for _, method := range []Method{Exact, GramCG, MatrixFree, Sketched} {
		o := Options{Width: 400, Seed: 5, Method: method, MaxSteps: 5, Ridge: 0.01, Damping: 0.05, InnerTol: 1e-12, SketchRatio: 2}
		twice, r2, err := Fit(t.Context(), x2, y2, d, &o)
		if err != nil {
			t.Fatal(method, err)
		}
		o.Ridge, o.Damping, o.Weights = 0.01*share, 0.05*share, weights
		once, r1, err := Fit(t.Context(), x, y, d, &o)
		if err != nil {
			t.Fatal(method, err)
		}
		if once.Scaler.Skew[1].Reach == 0 {
			t.Fatal("no feature goes through a logarithm")
		}
		for i, s := range r1.Steps {
			want := r2.Steps[i]
			if math.Abs(s.Loss-want.Loss*share) > 1e-9*s.Loss || math.Abs(s.TrainRMSE-want.TrainRMSE) > 1e-9*s.TrainRMSE || s.Accepted != want.Accepted {
				t.Errorf("%v, step %d: loss %.12g, error %.12g; twice %.12g, %.12g", method, i, s.Loss, s.TrainRMSE, want.Loss*share, want.TrainRMSE)
			}
		}
		a, b := predictions(t, once, x), predictions(t, twice, x)
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-9 {
				t.Fatalf("%v, row %d, target %d: %.12g, twice %.12g", method, i/2, i%2, a[i], b[i])
			}
		}
	}
}

// TestWeightZeroIsNoRow, bit by bit: the row may hold anything, and is not
// counted by the validation split either.
func TestWeightZeroIsNoRow(t *testing.T) {
	const n, d = 90, 3
	x, y := skewedRows(n, 4)
	weights := slices.Repeat([]float64{0.3}, n)
	var x2, y2 []float64
	for i := range weights {
		if i%5 == 2 {
			weights[i], x[i*d+1], y[2*i] = 0, 1e9, -1e9
			continue
		}
		x2, y2 = append(x2, x[i*d:(i+1)*d]...), append(y2, y[2*i:2*i+2]...)
	}
	o := Options{Width: 400, Seed: 5, Validation: 0.2, MaxSteps: 6}
	without, r2, err := Fit(t.Context(), x2, y2, d, &o)
	if err != nil {
		t.Fatal(err)
	}
	o.Weights = weights
	with, r1, err := Fit(t.Context(), x, y, d, &o)
	if err != nil {
		t.Fatal(err)
	}
	if r1.N != r2.N || r1.NValid != r2.NValid || r1.ValidRMSE != r2.ValidRMSE || r1.TrainRMSE != r2.TrainRMSE {
		t.Errorf("%d + %d rows, errors %g and %g; without the rows %d + %d, %g and %g", r1.N, r1.NValid, r1.TrainRMSE, r1.ValidRMSE, r2.N, r2.NValid, r2.TrainRMSE, r2.ValidRMSE)
	}
	for j := range with.Nets {
		if !slices.Equal(with.Nets[j].W, without.Nets[j].W) {
			t.Errorf("target %d has other weights", j)
		}
	}
}

// TestErrorsReportedAreWeighted compares with the definition.
func TestErrorsReportedAreWeighted(t *testing.T) {
	const n, d = 90, 3
	x, y := skewedRows(n, 4)
	rng := rand.New(rand.NewPCG(4, 4))
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = 1e-3 + rng.ExpFloat64()
	}
	o := Options{Width: 400, Seed: 5, Validation: 0.3, MaxSteps: 6, Weights: weights}
	m, r, err := Fit(t.Context(), x, y, d, &o)
	if err != nil {
		t.Fatal(err)
	}
	pred := predictions(t, m, x)
	order := portable.Permutation(n, 5, streamSplit)
	for j, h := range r.Targets {
		for _, part := range []struct {
			rows []int
			got  float64
		}{{order[:r.N], h.TrainRMSE}, {order[r.N:], h.ValidRMSE}} {
			var square, all float64
			for _, i := range part.rows {
				e := (pred[2*i+j] - y[2*i+j]) / m.Scaler.YStd[j]
				square += weights[i] * e * e
				all += weights[i]
			}
			if want := math.Sqrt(square / all); math.Abs(part.got-want) > 1e-9*want {
				t.Errorf("target %d: error %g, want %g", j, part.got, want)
			}
		}
	}
}

func TestFitRefusesBadWeights(t *testing.T) {
	x, y := skewedRows(4, 1)
	for _, c := range []struct {
		w    []float64
		want error
		text string
	}{
		{[]float64{1, 1, 1}, ErrShape, "3 weights for 4 rows"},
		{[]float64{}, ErrShape, "0 weights for 4 rows"},
		{[]float64{1, 1, math.NaN(), 1}, ErrNotFinite, "weight of row 2 is NaN"},
		{[]float64{1, math.Inf(1), 1, 1}, ErrNotFinite, "weight of row 1 is +Inf"},
		{[]float64{1, 1, 1, -0.5}, ErrOption, "weight of row 3 is -0.5"},
		{make([]float64, 4), ErrOption, "weights of all 4 rows are 0"},
	} {
		if m, r, err := Fit(t.Context(), x, y, 3, &Options{Weights: c.w}); m != nil || r != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%v: %v", c.w, err)
		}
	}
}
