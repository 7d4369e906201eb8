package features

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// dealtRows draws n rows of two features, the second of them the index of one of so many categories, −1 for some, in
// parts; weights are whole numbers.
func dealtRows(n, categories int, effect, noise float64, seed uint64) (x, y, weights []float64, index, part []int) {
	rng := rand.New(rand.NewPCG(seed, 3))
	mean := make([]float64, categories+1)
	for c := range mean {
		mean[c] = effect * rng.NormFloat64()
	}
	for range n {
		k := rng.IntN(categories+1) - 1
		index, part = append(index, k), append(part, rng.IntN(1000))
		x = append(x, rng.NormFloat64(), DealtIndex(float64(k), categories, part[len(part)-1]))
		y, weights = append(y, 100+10*(mean[k+1]+noise*rng.NormFloat64())), append(weights, float64(1+rng.IntN(3)))
	}
	return x, y, weights, index, part
}

// TestTargetMeanIsThatOfOtherParts: by sums over rows one by one, of the rows of other parts, with a shrinkage for all;
// a weight counts as rows do but for the shrinkage.
func TestTargetMeanIsThatOfOtherParts(t *testing.T) {
	const n, categories = 600, 7
	x, y, weights, index, part := dealtRows(n, categories, 1, 0.5, 1)
	for _, w := range [][]float64{nil, weights} {
		omitted := func(i int) bool { return i%5 == 0 }
		m := FitTargetMean(x, 2, 1, categories, y, w, false, omitted)
		mean, std := moments(slices.Clone(y), w)
		weight := func(i int) float64 {
			if w == nil {
				return 1
			}
			return w[i]
		}
		var sum, all float64
		for i, v := range y {
			if !omitted(i) {
				sum, all = sum+weight(i)*(v-mean)/std, all+weight(i)
			}
		}
		center, shrink := sum/all, math.NaN()
		for p := -1; p < meanParts; p++ {
			for c := -1; c < categories; c++ {
				s, q := 0.0, 0.0
				for i, v := range y {
					if index[i] == c && part[i]%meanParts != p && !omitted(i) {
						s, q = s+weight(i)*((v-mean)/std-center), q+weight(i)
					}
				}
				at := float64(c)
				if p >= 0 {
					at = DealtIndex(at, categories, p)
				}
				got := m.value(at)
				if shrink != shrink { // told by the first value, the same for all
					shrink = s/got - q
				}
				if want := s / (q + shrink); math.Abs(got-want) > 1e-9 {
					t.Fatalf("part %d, category %d: %v, want %v", p, c, got, want)
				}
			}
		}
		// σ²/τ² is 0.25 over the spread of eight draws.
		if !(shrink > 0.02 && shrink < 3) {
			t.Errorf("shrinkage %v", shrink)
		}
	}
}

// TestTargetMeanShrinksByNoise: the shrinkage is σ²/τ² as the rows were drawn, and of categories that say nothing no value
// differs, but for chance: one standard error is exceeded in less than a third of the draws.
func TestTargetMeanShrinksByNoise(t *testing.T) {
	told, logs := 0, 0.0
	const draws = 40
	for seed := range uint64(draws) {
		x, y, _, _, _ := dealtRows(3000, 300, 0, 1, seed)
		if m := FitTargetMean(x, 2, 1, 300, y, nil, false, nil); slices.Max(m.Values) > 0 {
			told++
		}
		x, y, _, index, _ := dealtRows(3000, 300, 0.5, 1, seed)
		m := FitTargetMean(x, 2, 1, 300, y, nil, false, nil)
		mean, std := moments(slices.Clone(y), nil)
		s, q := 0.0, 0.0
		for i, v := range y {
			if index[i] == 17 {
				s, q = s+(v-mean)/std, q+1
			}
		}
		logs += math.Log(s/m.value(17)-q) / draws
	}
	if told > draws/3 {
		t.Errorf("%d of %d draws of noise have means", told, draws)
	}
	if r := math.Exp(logs); math.Abs(r-4) > 0.4 {
		t.Errorf("shrinkage %v, want 4", r)
	}
}

// TestTargetMeanOfAnyIndex: what is no index of a category has the value of rows of none, and the parts of rows that a
// settled scaler no longer has are those of all.
func TestTargetMeanOfAnyIndex(t *testing.T) {
	x, y, _, _, _ := dealtRows(500, 4, 1, 0.5, 4)
	m := FitTargetMean(x, 2, 1, 4, y, nil, false, nil)
	s := (&Scaler{}).WithTargetMeans([]TargetMean{m})
	settled := s.Settled().TargetMeans[0]
	if len(settled.Values) != 5 || len(s.TargetMeans[0].Values) != 5*(1+meanParts) {
		t.Fatalf("%d values of %d", len(settled.Values), len(s.TargetMeans[0].Values))
	}
	for c := -1.0; c < 4; c++ {
		if settled.value(c) != m.value(c) || m.value(c) == 0 {
			t.Errorf("category %v: %v and %v", c, settled.value(c), m.value(c))
		}
		for p := range 2 * meanParts {
			v := DealtIndex(c, 4, p)
			if PlainIndex(v, 4) != c || settled.value(v) != m.value(c) || m.value(v) != m.value(DealtIndex(c, 4, p+meanParts)) {
				t.Errorf("category %v of part %d: %v, %v", c, p, settled.value(v), m.value(v))
			}
		}
	}
	for _, v := range []float64{-2, -1e300, math.Inf(-1), math.Inf(1), math.NaN()} {
		if settled.value(v) != settled.Values[0] {
			t.Errorf("index %v: %v", v, settled.value(v))
		}
	}
	if same := FitTargetMean(x, 2, 1, 4, make([]float64, 500), nil, false, nil); slices.Max(same.Values) != 0 || slices.Min(same.Values) != 0 {
		t.Error("targets that are all the same have means that differ")
	}
}

// TestScalerSeesMeans: Apply of indices is that of a scaler without means to what they stand for, pieces and logarithms
// included.
func TestScalerSeesMeans(t *testing.T) {
	x, y, weights, _, _ := dealtRows(400, 20, 1, 1, 3)
	means := []TargetMean{FitTargetMean(x, 2, 1, 20, y, weights, false, nil)}
	seen := Replace(means, x, 2)
	plain, err := FitScaler(t.Context(), seen, y, weights, 2, 1, true)
	if err == nil {
		plain, err = plain.WithPieces(t.Context(), seen, weights)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(plain.Pieces) < 9 {
		t.Fatalf("%d pieces", len(plain.Pieces))
	}
	got, want := make([]float64, 400*plain.Width()), make([]float64, 400*plain.Width())
	plain.WithTargetMeans(means).Apply(got, x)
	if plain.Apply(want, seen); !slices.Equal(got, want) {
		t.Error("rows differ")
	}
	if s := plain.WithTargetMeans(means); s.Outside(1, 1e9) || !s.Outside(0, 1e9) {
		t.Error("an index is outside, or a number is not")
	}
}
