package train

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// TestStepsThatOverflowAreNotTaken: a damping that vanishes, and a rate that is far too
// large, make weights that are no numbers. A gate takes NaN for closed, so that the
// outputs alone would look well.
func TestStepsThatOverflowAreNotTaken(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, held := range []float64{0, 0.3} {
		for _, o := range []Options{
			{Width: 3, Ridge: NoRidge, Damping: 1e-320, Method: Exact},
			{Width: 3, Ridge: NoRidge, Damping: 1e-312},
			{Width: 1, Bias: NoBias, KeepSkew: true, Ridge: NoRidge, LearningRate: 1.7e308, Rule: GradientDescent},
			{Width: 1, Bias: NoBias, KeepSkew: true, Ridge: NoRidge, LearningRate: 1.7e308, Rule: Adam},
		} {
			for range 20 {
				const n, d = 9, 3
				x, y := make([]float64, n*d), make([]float64, n)
				for i := range x {
					x[i] = rng.NormFloat64()
				}
				for i := range y {
					y[i] = rng.NormFloat64()
				}
				own := o
				own.MaxSteps, own.Seed, own.Validation = 6, rng.Uint64(), held
				m, r, err := Fit(t.Context(), x, y, d, &own)
				if err != nil {
					t.Errorf("%+v: %v", own, err)
					continue
				}
				if _, err := m.MarshalBinary(); err != nil { // which looks at it
					t.Errorf("%+v: stopped as %v at %v, and the model: %v", own, r.Stop, r.TrainRMSE, err)
				}
				for _, s := range r.Steps {
					if s.Accepted && s.StepNorm != s.StepNorm && s.Loss-s.Loss == 0 {
						t.Errorf("%+v: a step of %v has the loss %v", own, s.StepNorm, s.Loss)
					}
				}
			}
		}
	}
}

func TestModelOfNothingIsNone(t *testing.T) {
	for _, m := range []*model.Model{{}, {Share: &model.Share{}}} {
		if _, err := model.NewPredictor(m, nil); !errors.Is(err, ErrModel) {
			t.Error(err)
		}
		if _, err := m.MarshalBinary(); !errors.Is(err, ErrModel) {
			t.Error(err)
		}
	}
}
