package features

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// logNormal returns n rows of one feature and of a log-normal and a normal target.
func logNormal(n int) (x, y []float64) {
	rng := rand.New(rand.NewPCG(4, 1))
	for range n {
		x = append(x, rng.NormFloat64())
		y = append(y, math.Exp(3+0.8*rng.NormFloat64()))
	}
	for range n {
		y = append(y, rng.NormFloat64())
	}
	return x, y
}

func TestTargetsInLogarithmsAreStandardisedAndRestored(t *testing.T) {
	const n = 300
	x, y := logNormal(n)
	plain, err := FitScaler(context.Background(), x, y, nil, 1, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	s := plain.WithTargetLogs([]bool{true, false}, y, nil)
	if plain.YLog != nil || !s.InLogarithms(0) || s.InLogarithms(1) || s.YMean[0] != plain.YMean[0] || s.YStd[0] != plain.YStd[0] {
		t.Fatalf("%+v of %+v", s, plain)
	}
	var sum, square float64
	for j := range 2 {
		z, want := make([]float64, n), y[j*n:(j+1)*n]
		s.Standardize(z, want, j)
		for i, v := range z {
			if j == 0 {
				sum += v / n
				square += v * v / n
			}
			d := (want[i] - s.YMean[j]) / s.YStd[j]
			if got := s.Deviations(v, j); math.Abs(got-d) > 40*eps*(1+math.Abs(d)+math.Abs(s.YMean[j]/s.YStd[j])) {
				t.Errorf("target %d: %g is %g deviations from the mean, not %g", j, want[i], d, got)
			}
		}
		s.Restore(z, j)
		for i, v := range z {
			if math.Abs(v-want[i]) > 40*eps*(math.Abs(want[i])+math.Abs(s.YMean[j])) {
				t.Errorf("target %d: %g became %g", j, want[i], v)
			}
		}
	}
	if math.Abs(sum) > 1e-12 || math.Abs(square-1) > 1e-12 {
		t.Errorf("mean %g, mean square %g", sum, square)
	}
	// Whatever comes, the result is a finite number that is not negative.
	z := []float64{0, -1, 5e-324, math.MaxFloat64}
	s.Standardize(z, z, 0)
	z = append(z, -math.MaxFloat64, math.MaxFloat64, 1e4, -1e4)
	for _, v := range z {
		got := []float64{v}
		s.Restore(got, 0)
		if d := s.Deviations(v, 0); v-v != 0 || !(got[0] >= 0) || got[0] > math.MaxFloat64 || d-d != 0 {
			t.Errorf("%g becomes %g, %g deviations", v, got[0], d)
		}
	}
}

func TestSkewedTargets(t *testing.T) {
	_, y := logNormal(300)
	long := y[:300]
	with := func(v float64) []float64 { return append(append([]float64(nil), long...), v) }
	light := make([]float64, 301) // as if the last row were hardly there
	for i := range light {
		light[i] = 1
	}
	light[300] = 1e-12
	for _, c := range []struct {
		name    string
		y       []float64
		weights []float64
		want    bool
	}{
		{"log-normal", long, nil, true},
		{"zero", with(0), nil, false},
		{"negative", with(-1), nil, false},
		{"normal", y[300:], nil, false},
		{"constant", []float64{3, 3, 3}, nil, false},
		{"even", []float64{1, 2, 3, 4}, nil, false},
		{"tail to the left", []float64{1, 9, 9, 9, 9, 9, 9, 9, 9}, nil, false},
		{"one far value", append(ramp(300), 1e300), nil, true},
		{"one far value of no weight", append(ramp(300), 1e3), light, false},
		{"tiny", []float64{1e-300, 1e-300, 2e-300, 1e-300, 1e-300, 1e-300, 1e-300, 9e-300}, nil, true},
	} {
		if got := SkewedTarget(c.y, c.weights); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
	s := &Scaler{YMean: []float64{1}, YStd: []float64{1}}
	if s = s.WithTargetLogs([]bool{true}, []float64{2, 2, 2}, nil); s.InLogarithms(0) {
		t.Error("a constant target is in logarithms")
	}
}

// ramp returns n values between 1 and 2.
func ramp(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1 + float64(i)/float64(n)
	}
	return out
}

func TestTargetLogsHaveTheSameBitsEverywhere(t *testing.T) {
	y := make([]float64, 500)
	for i := range y {
		y[i] = 1 + float64(i*i*i)/77
	}
	s, err := FitScaler(context.Background(), y, y, nil, 1, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	s = s.WithTargetLogs([]bool{true}, y, nil)
	z := append([]float64(nil), y...)
	s.Standardize(z, z, 0)
	back := append([]float64(nil), z...)
	s.Restore(back, 0)
	h := fnv.New64a()
	for _, v := range [][]float64{{s.YLog[0].Mean, s.YLog[0].Std}, z, back} {
		binary.Write(h, binary.LittleEndian, v)
	}
	if got, want := h.Sum64(), uint64(0x4684846777501fdd); got != want {
		t.Errorf("hash %#x, want %#x (path %s)", got, want, asm.Info())
	}
}
