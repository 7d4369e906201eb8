package calibration

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// drawn returns n rows of k scores, and classes drawn by the probabilities of a scaling.
func drawn(s *model.Calibration, n int, seed uint64) (scores []float64, class []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	k := len(s.Scale)
	p := make([]float64, s.Classes())
	for range n {
		row := make([]float64, k)
		for j := range row {
			row[j] = 0.6 * rng.NormFloat64()
		}
		s.Probabilities(p, row)
		u, c := rng.Float64(), 0
		for c < len(p)-1 && u > p[c] {
			u -= p[c]
			c++
		}
		scores, class = append(scores, row...), append(class, c)
	}
	return scores, class
}

// TestScalingIsFound: the parameters that drew the classes come back.
func TestScalingIsFound(t *testing.T) {
	for _, want := range []*model.Calibration{
		{Scale: []float64{3}, Shift: []float64{-0.5}},
		{Scale: []float64{2, 2.4, 1.8}, Shift: []float64{0.4, -0.2, -0.2}},
	} {
		k := len(want.Scale)
		scores, class := drawn(want, 40000, 7)
		got, err := New(t.Context(), scores, class, nil, k)
		if err != nil {
			t.Fatal(err)
		}
		for j := range k {
			if math.Abs(got.Scale[j]-want.Scale[j]) > 0.1 || math.Abs(got.Shift[j]-want.Shift[j]) > 0.1 {
				t.Errorf("%d scores: class %d has %.3f, %.3f, want %.3f, %.3f", k, j, got.Scale[j], got.Shift[j], want.Scale[j], want.Shift[j])
			}
		}
	}
}

// TestDerivativesAreThoseOfTheLoss, by differences, with weights.
func TestDerivativesAreThoseOfTheLoss(t *testing.T) {
	for _, k := range []int{1, 2, 4} {
		s := &model.Calibration{Scale: make([]float64, k), Shift: make([]float64, k)}
		scores, class := drawn(s, 50, uint64(k))
		p := &problem{scores: scores, class: class, k: k, theta: make([]float64, 2*k+1), weights: make([]float64, 50), silent: make([]bool, k)}
		for i := range p.weights {
			p.weights[i] = float64(i % 3)
		}
		for i := range p.theta {
			p.theta[i] = 0.3 * float64(i%4-1)
		}
		size := len(p.theta)
		g, h, g1, g2, scratch := make([]float64, size), make([]float64, size*size), make([]float64, size), make([]float64, size), make([]float64, size*size)
		p.derivatives(g, h)
		const step = 1e-5
		for i := range size {
			was := p.theta[i]
			p.theta[i] = was + step
			up := p.loss(p.theta)
			p.derivatives(g1, scratch)
			p.theta[i] = was - step
			down := p.loss(p.theta)
			p.derivatives(g2, scratch)
			p.theta[i] = was
			if want := (up - down) / (2 * step); math.Abs(g[i]-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("%d scores: derivative %d is %.9g, by differences %.9g", k, i, g[i], want)
			}
			for j := range size {
				if want := (g1[j] - g2[j]) / (2 * step); math.Abs(h[i*size+j]-want) > 1e-6*(1+math.Abs(want)) {
					t.Errorf("%d scores: second derivative %d, %d is %.9g, by differences %.9g", k, i, j, h[i*size+j], want)
				}
			}
		}
	}
}

// TestScalingOfHostileScores is finite: classes told apart perfectly, one class alone, equal
// scores, few rows, no weight at all, large scores.
func TestScalingOfHostileScores(t *testing.T) {
	perfect, same := make([]float64, 60), make([]float64, 60)
	class, one := make([]int, 20), make([]int, 20)
	for i := range class {
		class[i] = i % 3
		for j := range 3 {
			perfect[3*i+j] = -1
		}
		perfect[3*i+i%3] = 1
	}
	large := make([]float64, 60)
	for i, v := range perfect {
		large[i] = 1e6 * v
	}
	for name, c := range map[string]struct {
		scores  []float64
		class   []int
		weights []float64
	}{
		"perfect": {perfect, class, nil}, "one class": {perfect, one, nil}, "equal scores": {same, class, nil}, "one row": {perfect[:3], class[:1], nil},
		"no weight": {perfect, class, make([]float64, 20)}, "no rows": {nil, nil, nil}, "large": {large, class, nil},
	} {
		s, err := New(t.Context(), c.scores, c.class, c.weights, 3)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p, total := make([]float64, 3), 0.0
		s.Probabilities(p, []float64{1, -1, -1})
		for _, v := range p {
			total += v
		}
		if math.Abs(total-1) > 1e-12 {
			t.Errorf("%s: probabilities %v of %v", name, p, s)
		}
		if name == "perfect" && p[0] < 0.9 || name == "equal scores" && p[0] > 0.9 {
			t.Errorf("%s: probabilities %v", name, p)
		}
	}
}

// TestWeightTwoIsARowTwice, and a row of weight 0 none.
func TestWeightTwoIsARowTwice(t *testing.T) {
	scores, class := drawn(&model.Calibration{Scale: []float64{2, 2}, Shift: []float64{0, 1}}, 90, 3)
	weights := make([]float64, 90)
	var scores2 []float64
	var class2 []int
	for i := range weights {
		weights[i] = float64(i % 3)
		for range i % 3 {
			scores2, class2 = append(scores2, scores[2*i:2*i+2]...), append(class2, class[i])
		}
	}
	a, err := New(t.Context(), scores, class, weights, 2)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(t.Context(), scores2, class2, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	for j := range a.Scale {
		if math.Abs(a.Scale[j]-b.Scale[j]) > 1e-6 || math.Abs(a.Shift[j]-b.Shift[j]) > 1e-6 {
			t.Errorf("class %d: %.9g, %.9g with weights, %.9g, %.9g of copies", j, a.Scale[j], a.Shift[j], b.Scale[j], b.Shift[j])
		}
	}
}

// TestNewEndsWithItsContext.
func TestNewEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := New(ctx, []float64{1, 2}, []int{0, 1}, nil, 1); !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
}

// TestScoresThatRunAgainstTheirClassesSayNothing: all of them, or those of one class.
func TestScoresThatRunAgainstTheirClassesSayNothing(t *testing.T) {
	for _, c := range []*model.Calibration{{Scale: []float64{-3}, Shift: []float64{1}}, {Scale: []float64{-2, -2, -2}, Shift: []float64{1, 0, 0}}, {Scale: []float64{-2, 3, 3}, Shift: []float64{0, 0, 0}}} {
		k := len(c.Scale)
		scores, class := drawn(c, 2000, 9)
		before := slices.Clone(scores)
		got, err := New(t.Context(), scores, class, nil, k)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range c.Scale {
			if (got.Scale[j] == 0) != (v < 0) || got.Scale[j] < 0 {
				t.Errorf("%v: scales %v", c.Scale, got.Scale)
			}
		}
		if !slices.Equal(before, scores) {
			t.Error("the scores have changed")
		}
	}
}
