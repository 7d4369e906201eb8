package features

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// column returns n seeded draws of f(normal), standardised.
func column(n int, f func(z float64) float64) []float64 {
	rng := rand.New(rand.NewPCG(3, 3))
	v := make([]float64, n)
	for i := range v {
		v[i] = f(rng.NormFloat64())
	}
	mean, std := moments(append([]float64(nil), v...), nil)
	for i := range v {
		v[i] = standard(v[i], mean, std)
	}
	return v
}

func TestSkewTamesLongTails(t *testing.T) {
	for name, f := range map[string]func(float64) float64{
		"log-normal":  math.Exp,
		"wide":        func(z float64) float64 { return math.Exp(2 * z) },
		"left":        func(z float64) float64 { return -math.Exp(z) },
		"chi-squared": func(z float64) float64 { return z * z },
	} {
		v := column(2000, f)
		tmp := make([]float64, len(v))
		before := skewness(v, nil)
		s := fitSkew(context.Background(), v, tmp, nil)
		if s.Reach == 0 {
			t.Errorf("%s: skewness %g was left alone", name, before)
			continue
		}
		for i, z := range v {
			tmp[i] = s.apply(z)
		}
		after := skewness(tmp, nil)
		if math.Abs(after) > 0.5*math.Abs(before) || math.Abs(after) > 1.2 {
			t.Errorf("%s: skewness %g became %g", name, before, after)
		}
		mean, std := moments(append([]float64(nil), tmp...), nil)
		if math.Abs(mean) > 1e-12 || math.Abs(std-1) > 1e-12 {
			t.Errorf("%s: mean %g, deviation %g after the logarithm", name, mean, std)
		}
		// Monotone, also beyond both ends of the training rows.
		last, sign := math.Inf(-1), math.Copysign(1, s.Reach)
		for z := -30.0; z < 30; z += 0.01 {
			if y := sign * s.apply(z); !(y > last) {
				t.Fatalf("%s: not monotone at %g", name, z)
			} else {
				last = y
			}
		}
	}
}

func TestSkewLeavesSymmetricFeaturesAlone(t *testing.T) {
	for name, f := range map[string]func(float64) float64{
		"normal":   func(z float64) float64 { return z },
		"uniform":  func(z float64) float64 { return math.Erf(z / math.Sqrt2) },
		"constant": func(z float64) float64 { return 4 },
		"binary":   func(z float64) float64 { return math.Copysign(1, z) },
	} {
		v := column(2000, f)
		if s := fitSkew(context.Background(), v, make([]float64, len(v)), nil); s != (Skew{}) {
			t.Errorf("%s, skewness %g: %+v", name, skewness(v, nil), s)
		}
	}
}

// TestRareIndicatorStaysTwoValued: a logarithm cannot help a feature with two
// values, whatever its skewness, and must not harm it.
func TestRareIndicatorStaysTwoValued(t *testing.T) {
	v := column(2000, func(z float64) float64 {
		if z > 2 {
			return 1
		}
		return 0
	})
	s := fitSkew(context.Background(), v, make([]float64, len(v)), nil)
	seen := map[float64]bool{}
	for _, z := range v {
		y := s.apply(z)
		if math.Abs(y) > 20 || y-y != 0 {
			t.Fatalf("indicator became %g", y)
		}
		seen[y] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d values", len(seen))
	}
}
