package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// inBins returns n rows of each of 15 probabilities, of which a share p + shift is right.
func inBins(n int, shift float64) (p []float64, right []bool, weights []float64) {
	for b := range reliabilityBins {
		v := float64(b+1) / 20
		for i := range n {
			p, right, weights = append(p, v), append(right, float64(i) < float64(n)*(v+shift)-0.5), append(weights, 1)
		}
	}
	return p, right, weights
}

// TestCalibrationErrorIsKnown: 0 where as many rows are right as told, the shift where fewer or more are, and the
// rows of each bin come together whatever their order.
func TestCalibrationErrorIsKnown(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shift := range []float64{0, 0.2, -0.05} {
		p, right, weights := inBins(100, shift)
		rng.Shuffle(len(p), func(i, j int) {
			p[i], p[j], right[i], right[j] = p[j], p[i], right[j], right[i]
		})
		bins, ece, _ := reliability(p, right, weights)
		if math.Abs(ece-math.Abs(shift)) > 1e-12 || len(bins) != reliabilityBins {
			t.Errorf("shift %g: calibration error %v of %d bins", shift, ece, len(bins))
		}
		for b, v := range bins {
			want := float64(b+1) / 20
			if v.Rows != 100 || math.Abs(v.Probability-want) > 1e-12 || math.Abs(v.Right-want-shift) > 1e-12 || math.Abs(v.Chance-math.Sqrt(want*(1-want)/100)) > 1e-12 {
				t.Errorf("shift %g, bin %d: %+v", shift, b, v)
			}
		}
	}
}

// TestCalibrationErrorTakesWeights: a row of weight 2 counts as two.
func TestCalibrationErrorTakesWeights(t *testing.T) {
	_, one, _ := reliability([]float64{0.5, 0.5}, []bool{true, false}, []float64{3, 1})
	if math.Abs(one-0.5) > 1e-15 { // two bins, each off by half
		t.Errorf("%v", one)
	}
	p, right, weights := inBins(20, 0)
	for i := range weights {
		if weights[i] = 1; right[i] {
			weights[i] = 2
		}
	}
	want := 0.0 // the share right, by weight, is 2p/(1+p)
	for b := range reliabilityBins {
		v := float64(b+1) / 20
		want += (1 + v) * (2*v/(1+v) - v)
	}
	if _, ece, _ := reliability(p, right, weights); math.Abs(ece-want*20/sum(weights)) > 1e-12 {
		t.Errorf("%v, want %v", ece, want*20/sum(weights))
	}
}

// TestCalibrationErrorByChance is the mean over draws of which rows are right if the probabilities are true.
func TestCalibrationErrorByChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{150, 1500} {
		p := make([]float64, n)
		for i := range p {
			p[i] = 1 - 0.6*rng.Float64()*rng.Float64()
		}
		right, ones := make([]bool, n), slices.Repeat([]float64{1}, n)
		mean, told := 0.0, 0.0
		const draws = 400
		for range draws {
			for i, v := range p {
				right[i] = rng.Float64() < v
			}
			_, ece, chance := reliability(p, right, ones)
			mean, told = mean+ece/draws, chance
		}
		if math.Abs(mean/told-1) > 0.06 {
			t.Errorf("%d rows: mean calibration error %v, by chance %v", n, mean, told)
		}
	}
}

// TestFewRowsMakeFewBins, one each, and none make none.
func TestFewRowsMakeFewBins(t *testing.T) {
	bins, ece, _ := reliability([]float64{0.6, 0.9, 0.7}, []bool{false, true, true}, []float64{1, 1, 1})
	if len(bins) != 3 || bins[0].Probability != 0.6 || math.Abs(ece-(0.6+0.1+0.3)/3) > 1e-15 {
		t.Errorf("%v, %v", bins, ece)
	}
}
