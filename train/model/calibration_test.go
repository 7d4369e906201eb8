package model

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// calibrated returns a small model of k classes with a calibration.
func calibrated(t *testing.T, k int) *Model {
	t.Helper()
	m := newClassModel(64, 3, k)
	if k == 2 {
		m.Nets, m.Scaler.YMean, m.Scaler.YStd = m.Nets[:1], m.Scaler.YMean[:1], m.Scaler.YStd[:1]
	}
	nets := len(m.Nets)
	m.Calibration = &Calibration{Scale: make([]float64, nets), Shift: make([]float64, nets)}
	for j := range nets {
		m.Calibration.Scale[j], m.Calibration.Shift[j] = 1.5+0.25*float64(j), 0.5-0.3*float64(j)
	}
	return m
}

// TestProbabilitiesAreTheSoftmaxOfScores, of any number of rows, and the class told is the most
// probable.
func TestProbabilitiesAreTheSoftmaxOfScores(t *testing.T) {
	for _, k := range []int{2, 3, 5} {
		m := calibrated(t, k)
		for _, n := range []int{0, 1, 2, 63, 130} {
			x := make([]float64, 3*n)
			for i := range x {
				x[i] = math.Sin(float64(7 * i))
			}
			nets := len(m.Nets)
			scores, p, class := make([]float64, n*nets), make([]float64, n*k), make([]int, n)
			for _, err := range []error{m.Predict(scores, x), m.Probabilities(p, x), m.Classify(class, x)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for i := range n {
				z := make([]float64, k)
				for j := range nets {
					z[k-nets+j] = m.Calibration.Scale[j]*scores[i*nets+j] + m.Calibration.Shift[j]
				}
				total, best := 0.0, 0
				for j, v := range z {
					total += math.Exp(v)
					if v > z[best] {
						best = j
					}
				}
				for j, v := range z {
					if got, want := p[i*k+j], math.Exp(v)/total; math.Abs(got-want) > 1e-14 {
						t.Fatalf("%d classes, row %d of %d: probability %g, want %g", k, i, n, got, want)
					}
				}
				if class[i] != best {
					t.Errorf("%d classes, row %d of %d: class %d, the most probable is %d", k, i, n, class[i], best)
				}
			}
		}
	}
}

// TestProbabilitiesAreRefused without classes, without calibration, for a wrong length.
func TestProbabilitiesAreRefused(t *testing.T) {
	m := calibrated(t, 3)
	p := make([]float64, 5)
	if err := m.Probabilities(p, make([]float64, 6)); !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), "5 probabilities for 2 rows of 3 classes") || slices.ContainsFunc(p, func(v float64) bool { return v != 0 }) {
		t.Errorf("error %v, %v", err, p)
	}
	m.Calibration = nil
	if err := m.Probabilities(make([]float64, 6), make([]float64, 6)); !errors.Is(err, fault.ErrModel) {
		t.Errorf("error %v", err)
	}
}

// TestCalibrationLivesInTheFile, and one that contradicts the model is refused.
func TestCalibrationLivesInTheFile(t *testing.T) {
	m := calibrated(t, 3)
	file, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(back.Calibration.Scale, m.Calibration.Scale) || !slices.Equal(back.Calibration.Shift, m.Calibration.Shift) {
		t.Errorf("read %v, wrote %v", back.Calibration, m.Calibration)
	}
	m.Calibration.Offset = []float64{0.5, 0, -1e-300}
	if back, err = Read(bytes.NewReader(marshal(t, m))); err != nil || !slices.Equal(back.Calibration.Offset, m.Calibration.Offset) {
		t.Errorf("offsets %v, %v", back.Calibration, err)
	}
	for name, spoil := range map[string]func(m *Model){
		"few offsets": func(m *Model) { m.Calibration.Offset = []float64{1} }, "infinite offset": func(m *Model) { m.Calibration.Offset = []float64{0, math.Inf(-1), 0} },
		"too few": func(m *Model) { m.Calibration.Scale = m.Calibration.Scale[:2] }, "infinite": func(m *Model) { m.Calibration.Shift[1] = math.Inf(1) },
		"NaN": func(m *Model) { m.Calibration.Scale[0] = math.NaN() }, "no classes": func(m *Model) { m.Classes = nil },
	} {
		m := calibrated(t, 3)
		spoil(m)
		if _, err := m.MarshalBinary(); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "calibration") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestProbabilitiesAllocateNothing once a call has run.
func TestProbabilitiesAllocateNothing(t *testing.T) {
	for _, k := range []int{2, 4} {
		p, err := NewPredictor(calibrated(t, k), nil)
		if err != nil {
			t.Fatal(err)
		}
		x, dst := make([]float64, 3*10), make([]float64, 10*k)
		if n := testing.AllocsPerRun(20, func() {
			if err := p.Probabilities(t.Context(), dst, x); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%d classes: %v allocations", k, n)
		}
	}
}
