package train

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// TestBalancedIsWeightsByHand: to the bits, with the user's weights and without.
func TestBalancedIsWeightsByHand(t *testing.T) {
	x, labels := rare(150, 3, 7)
	for _, own := range [][]float64{nil, make([]float64, len(labels))} {
		sums, all := make(map[string]float64), 0.0
		for i := range own {
			own[i] = float64(i % 4)
		}
		weight := func(i int) float64 {
			if own == nil {
				return 1
			}
			return own[i]
		}
		for i, label := range labels {
			sums[label] += weight(i)
			all += weight(i)
		}
		byHand := make([]float64, len(labels))
		for i, label := range labels {
			byHand[i] = weight(i) * (all / (3 * sums[label]))
		}
		a, r, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 32, Bias: 1, KeepSkew: true, KeepScale: true, Weights: own, Balanced: true})
		if err != nil {
			t.Fatal(err)
		}
		b, other, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 32, Bias: 1, KeepSkew: true, KeepScale: true, Weights: byHand})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a.Nets[2].W, b.Nets[2].W) || !slices.Equal(a.Calibration.Shift, b.Calibration.Shift) || r.Estimate.LogLoss != other.Estimate.LogLoss || !r.Balanced || other.Balanced {
			t.Errorf("balanced: %v, by hand: %v", r.Estimate, other.Estimate)
		}
	}
	if _, _, err := FitClasses(t.Context(), x, labels, 3, &Options{Balanced: true, Weights: []float64{1}}); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	bad := slices.Repeat([]float64{1}, len(labels))
	bad[17] = math.NaN()
	if _, _, err := FitClasses(t.Context(), x, labels, 3, &Options{Balanced: true, Weights: bad}); !errors.Is(err, ErrNotFinite) {
		t.Error(err)
	}
}

// TestBalancedProbabilitiesAreOfEqualShares: those of new rows, times the shares of the classes, are those of a fit
// that is not balanced; and accuracy is told as the balanced one.
func TestBalancedProbabilitiesAreOfEqualShares(t *testing.T) {
	notUnderRace(t)
	x, labels := rare(500, 2, 8)
	share := 0.0
	for _, label := range labels {
		if label == "c1" {
			share += 1 / float64(len(labels))
		}
	}
	plain, _, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 64, Bias: 1, KeepSkew: true, KeepScale: true})
	if err != nil {
		t.Fatal(err)
	}
	balanced, r, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 64, Bias: 1, KeepSkew: true, KeepScale: true, Balanced: true})
	if err != nil {
		t.Fatal(err)
	}
	xNew, newLabels := rare(4000, 2, 9)
	p, q := make([]float64, 2*len(newLabels)), make([]float64, 2*len(newLabels))
	if err := plain.Probabilities(p, xNew); err != nil {
		t.Fatal(err)
	}
	if err := balanced.Probabilities(q, xNew); err != nil {
		t.Fatal(err)
	}
	var off, mean float64
	for i := range newLabels {
		one, none := q[2*i+1]*share, q[2*i]*(1-share)
		off += math.Abs(one/(one+none)-p[2*i+1]) / float64(len(newLabels))
		mean += q[2*i+1] / float64(len(newLabels))
	}
	if e := r.Estimate; off > 0.045 || mean < 0.3 || math.Abs(scoreOf(t, BalancedAccuracy, balanced, xNew, newLabels)-e.Accuracy) > 4*e.AccuracyError {
		t.Errorf("probabilities are %.3f off, %.3f on average, balanced accuracy %.3f; %v", off, mean, scoreOf(t, BalancedAccuracy, balanced, xNew, newLabels), e)
	}
}
