package loss

import (
	"math"
	"math/rand/v2"
	"testing"
)

// residuals are of both signs and all sizes, and those at which Huber's loss changes.
func residuals(c float64) []float64 {
	out := []float64{0, c, -c, math.Nextafter(c, 0), math.Nextafter(c, 9), 1e9, -1e9}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		out = append(out, c*rng.NormFloat64()*math.Exp(3*rng.NormFloat64()))
	}
	return out
}

// TestWeightIsDerivativeOverResidual, with the derivative by central differences.
func TestWeightIsDerivativeOverResidual(t *testing.T) {
	for _, l := range []interface {
		Value(float64) float64
		Weight(float64) float64
	}{Squared{}, Huber{0.7}, Huber{30}} {
		for _, r := range residuals(0.7) {
			if r == 0 {
				if l.Value(0) != 0 || l.Weight(0) != 1 {
					t.Errorf("%#v at 0: value %g, weight %g", l, l.Value(0), l.Weight(0))
				}
				continue
			}
			h := 1e-5 * math.Abs(r)
			derivative := (l.Value(r+h) - l.Value(r-h)) / (2 * h)
			if got := l.Weight(r) * r; math.Abs(got-derivative) > 1e-4*math.Abs(derivative) {
				t.Errorf("%#v at %g: weight times residual is %g, the derivative %g", l, r, got, derivative)
			}
		}
	}
}

// TestHuberIsSquaredForALargeConstant, and for one that is infinite, in every bit.
func TestHuberIsSquaredForALargeConstant(t *testing.T) {
	for _, h := range []Huber{{1e10}, NewHuber(0)} {
		for _, r := range residuals(1) {
			if h.Value(r) != (Squared{}).Value(r) || h.Weight(r) != (Squared{}).Weight(r) {
				t.Errorf("%v at %g: %g, %g", h, r, h.Value(r), h.Weight(r))
			}
		}
	}
}

// TestRowTouchesTheLossFromAbove: the square that stands for a row has the slope of the loss at
// its residual, and is nowhere less, whatever the fit does to the residual; its value is
// bounded by the reach.
func TestRowTouchesTheLossFromAbove(t *testing.T) {
	h, reach := Huber{1.345}, 10.0
	all := residuals(1.345)
	for _, r := range all {
		w, to := h.Row(r, reach)
		if math.Abs(w*to-h.Weight(r)*r) > 1e-12*h.Constant {
			t.Errorf("residual %g: the row pulls by %g, the loss by %g", r, w*to, h.Weight(r)*r)
		}
		if w*to*to > h.Constant*reach*(1+1e-12) {
			t.Errorf("residual %g: the row counts %g", r, w*to*to)
		}
		for _, left := range all {
			move := r - left // of the fit
			above := h.Value(r) + 0.5*w*(to-move)*(to-move) - 0.5*w*to*to
			if above < h.Value(left)-1e-9*(1+above) {
				t.Errorf("from residual %g to %g: the square is %g, the loss %g", r, left, above, h.Value(left))
			}
		}
	}
}

// TestMedianOfWeightsIsThatOfCopies, with weights of 0, 1, 2 and 3.
func TestMedianOfWeightsIsThatOfCopies(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 40; n++ {
		var v, weights, copies []float64
		for range n {
			a, w := math.Round(10*rng.NormFloat64()), rng.IntN(4)
			v, weights = append(v, a), append(weights, float64(w))
			for range w {
				copies = append(copies, a)
			}
		}
		if got, want := Median(v, weights), Median(copies, nil); got != want {
			t.Errorf("n = %d: median %g, of copies %g", n, got, want)
		}
		if got, want := Scale(v, weights), Scale(copies, nil); got != want {
			t.Errorf("n = %d: scale %g, of copies %g", n, got, want)
		}
	}
	if m := Median([]float64{4, 1, 3, 2}, nil); m != 2.5 {
		t.Errorf("median of 1 to 4: %g", m)
	}
}

// TestScaleIsTheDeviationOfGaussianValues, moves and stretches with them, and does not break down
// before half of them lie anywhere.
func TestScaleIsTheDeviationOfGaussianValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	v := make([]float64, 10001)
	for i := range v {
		v[i] = 7 + 3*rng.NormFloat64()
	}
	clean := Scale(v, nil)
	if math.Abs(clean/3-1) > 0.04 {
		t.Errorf("scale %g of Gaussian values of deviation 3", clean)
	}
	moved := make([]float64, len(v))
	for i := range v {
		moved[i] = 1000 - 4*v[i]
	}
	if got := Scale(moved, nil); math.Abs(got/(4*clean)-1) > 1e-12 {
		t.Errorf("scale %g of values stretched by 4, want %g", got, 4*clean)
	}
	for i := range len(v) * 2 / 5 {
		v[i] = 1e9 * float64(i)
	}
	if got := Scale(v, nil); got > 5*clean {
		t.Errorf("scale %g with 40 %% of the values far off, %g without", got, clean)
	}
}

// TestScaleWhereMostAreEqual: it is that of the others.
func TestScaleWhereMostAreEqual(t *testing.T) {
	if got := Scale([]float64{5, 5, 5, 5, 5, 4, 8, 6}, nil); got != Gaussian {
		t.Errorf("scale %g, want that of the deviations 1, 1, 3", got)
	}
	if got := Scale([]float64{5, 5, 5}, nil); got != 0 {
		t.Errorf("scale %g of equal values", got)
	}
}

// TestLocationDoesNotBreakDown: the location that reweighting comes to stays with the clean
// values while their mean goes wherever the others are.
func TestLocationDoesNotBreakDown(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	v := make([]float64, 400)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	for i := range 40 {
		v[i] = 1e9
	}
	at, h := Median(v, nil), NewHuber(Scale(v, nil))
	for range 50 {
		sum, total := 0.0, 0.0
		for _, y := range v {
			w, r := h.Row(y-at, 10)
			sum, total = sum+w*(at+r), total+w
		}
		at = sum / total
	}
	if math.Abs(at) > 0.4 {
		t.Errorf("location %g of values about 0, a tenth of them at 1e9", at)
	}
}
