package model

import (
	"bytes"
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// spreading returns a small model of two targets with intervals: the first in logarithms with a network
// for its spread, the second with one spread for all rows.
func spreading() *Model {
	m := newClassModel(9, 3, 2)
	m.Classes, m.Targets = nil, []string{"y", "z"}
	m.Scaler.YLog = []features.TargetLog{{Mean: 1, Std: 0.5}, {}}
	g := newModel(7, 3, 1, 8).Nets[0]
	m.Intervals = []Interval{
		{Level: []float64{0.25, 0.5, 0.75, 0.9}, Reach: []float64{0.5, 1, 1.5, 3}, Mean: -1, Low: -3, High: 0.5, Spread: g},
		{Level: []float64{0.4, 0.8, 0.95}, Reach: []float64{0, 2, 2}},
	}
	return m
}

// TestIntervalsAreReachTimesSpread, of any number of rows, on the scale in which the target is
// fitted; a larger level makes no smaller interval.
func TestIntervalsAreReachTimesSpread(t *testing.T) {
	m := spreading()
	reach := map[float64][2]float64{0.1: {0.5, 0}, 0.5: {1, 2}, 0.51: {1.5, 2}, 0.9: {3, 2}}
	if err := m.PredictInterval(nil, nil, nil, 0.5); err != nil {
		t.Errorf("no rows: %v", err)
	}
	for _, n := range []int{1, 9, 64, 200} {
		x, _ := specimen.Rows(n, 3, 6, 1)
		rows := make([]float64, n*m.Scaler.Width())
		m.Scaler.Apply(rows, x)
		p, lower, upper, narrow := make([]float64, 2*n), make([]float64, 2*n), make([]float64, 2*n), make([]float64, 2*n)
		if err := m.Predict(p, x); err != nil {
			t.Fatal(err)
		}
		for _, level := range []float64{0.1, 0.5, 0.51, 0.9} {
			if err := m.PredictInterval(lower, upper, x, level); err != nil {
				t.Fatal(err)
			}
			for j := range 2 {
				f, g, v := make([]float64, n), make([]float64, n), &m.Intervals[j]
				if err := m.Nets[j].Predict(t.Context(), f, rows, 1); err != nil {
					t.Fatal(err)
				}
				if v.Spread.M > 0 {
					if err := v.Spread.Predict(t.Context(), g, rows, 1); err != nil {
						t.Fatal(err)
					}
				}
				for i := range n {
					spread := math.Exp(math.Max(v.Low, math.Min(v.High, v.Mean+g[i])))
					ends := []float64{f[i] - reach[level][j]*spread, f[i] + reach[level][j]*spread}
					m.Scaler.Restore(ends, j)
					q := 2*i + j
					if math.Abs(lower[q]-ends[0]) > 1e-9*math.Abs(ends[0]) || math.Abs(upper[q]-ends[1]) > 1e-9*math.Abs(ends[1]) {
						t.Fatalf("level %g, row %d of %d, target %d: %v to %v, want %v", level, i, n, j, lower[q], upper[q], ends)
					}
					if !(lower[q] <= p[q] && p[q] <= upper[q] && upper[q]-lower[q] >= narrow[q]) {
						t.Fatalf("level %g, row %d of %d, target %d: %v to %v about %v, %v wide before", level, i, n, j, lower[q], upper[q], p[q], narrow[q])
					}
					narrow[q] = upper[q] - lower[q]
				}
			}
		}
	}
}

// TestIntervalsAreRefused without intervals, of classes, for levels that are none or that too few rows
// tell, for wrong lengths; nothing is written.
func TestIntervalsAreRefused(t *testing.T) {
	lower, upper, x := make([]float64, 4), make([]float64, 4), make([]float64, 6)
	for _, c := range []struct {
		spoil func(m *Model)
		level float64
		upper []float64
		kind  error
		want  string
	}{
		{func(m *Model) { m.Intervals = nil }, 0.9, upper, fault.ErrModel, "without rows out of fold"},
		{func(m *Model) { *m = *newClassModel(64, 3, 3) }, 0.9, upper, fault.ErrModel, "classes"},
		{nil, 0, upper, fault.ErrOption, "between 0 and 1"}, {nil, 1, upper, fault.ErrOption, "between 0 and 1"},
		{nil, -0.5, upper, fault.ErrOption, "between 0 and 1"}, {nil, math.NaN(), upper, fault.ErrOption, "between 0 and 1"},
		{nil, 0.91, upper, fault.ErrOption, "target 0: an interval of level 0.91: too few rows out of fold to tell more than 0.9"},
		{nil, 0.9, upper[:3], fault.ErrShape, "4 lower and 3 upper ends for 2 rows of 2 targets"},
	} {
		m := spreading()
		if c.spoil != nil {
			c.spoil(m)
		}
		if err := m.PredictInterval(lower, c.upper, x, c.level); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("level %v: error %v, want %q", c.level, err, c.want)
		}
	}
	if m := spreading(); !errors.Is(m.PredictInterval(lower, upper, []float64{1, 2, math.NaN(), 0, 0, 0}, 0.9), fault.ErrNotFinite) {
		t.Error("NaN passes")
	}
	p, err := NewPredictor(spreading(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.PredictInterval(ctx, make([]float64, 4), make([]float64, 4), x, 0.9); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for i := range lower {
		if lower[i] != 0 || upper[i] != 0 {
			t.Fatalf("%v, %v were written", lower, upper)
		}
	}
}

// TestIntervalsLiveInTheFile, and what contradicts itself or the model is refused, written or read.
func TestIntervalsLiveInTheFile(t *testing.T) {
	m := spreading()
	file, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Intervals, m.Intervals) {
		t.Errorf("read %v, wrote %v", back.Intervals, m.Intervals)
	}
	for name, spoil := range map[string]func(v *Interval){
		"no levels":           func(v *Interval) { v.Level, v.Reach = nil, nil },
		"too many levels":     func(v *Interval) { v.Level, v.Reach = make([]float64, mostLevels+1), make([]float64, mostLevels+1) },
		"fewer reaches":       func(v *Interval) { v.Reach = v.Reach[1:] },
		"levels fall":         func(v *Interval) { v.Level[1] = 0.2 },
		"level 1":             func(v *Interval) { v.Level[3] = 1 },
		"NaN level":           func(v *Interval) { v.Level[0] = math.NaN() },
		"reaches fall":        func(v *Interval) { v.Reach[2] = 0.1 },
		"negative reach":      func(v *Interval) { v.Reach[0] = -1 },
		"infinite reach":      func(v *Interval) { v.Reach[3] = math.Inf(1) },
		"NaN mean":            func(v *Interval) { v.Mean = math.NaN() },
		"range turned":        func(v *Interval) { v.Low, v.High = 1, 0 },
		"range too wide":      func(v *Interval) { v.High = 1000 },
		"spread of NaN":       func(v *Interval) { v.Spread.W[0] = math.NaN() },
		"spread of 2 inputs":  func(v *Interval) { v.Spread = jacobian.Network{M: 1, D: 2, W: []float64{1, 1}, A: []float64{1}} },
		"spread without bits": func(v *Interval) { v.Spread.A = v.Spread.A[1:] },
	} {
		m := spreading()
		spoil(&m.Intervals[0])
		if _, err := m.MarshalBinary(); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "target 0: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	m.Intervals = m.Intervals[:1]
	if _, err := m.MarshalBinary(); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "1 intervals for 2 targets") {
		t.Errorf("error %v", err)
	}
}

// TestIntervalsAllocateNothing once a call has run.
func TestIntervalsAllocateNothing(t *testing.T) {
	p, err := NewPredictor(spreading(), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, lower, upper := make([]float64, 3*10), make([]float64, 20), make([]float64, 20)
	if n := testing.AllocsPerRun(20, func() {
		if err := p.PredictInterval(t.Context(), lower, upper, x, 0.9); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
