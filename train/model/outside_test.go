package model

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// TestOutsideCountsFeaturesBeyondTheirRange, ends included in it, a constant one among them.
func TestOutsideCountsFeaturesBeyondTheirRange(t *testing.T) {
	m := smallModel()
	m.Scaler.TargetMeans = nil
	m.Scaler.Std[1], m.Scaler.Min[1], m.Scaler.Max[1], m.Scaler.Mean[1] = 0, 2023, 2023, 2023
	p, err := NewPredictor(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{-1, 2023, 1.5, 2023, math.Nextafter(1.5, 2), 2023, -1.001, 2024, 0, -math.MaxFloat64}
	want, got, again := []int{0, 0, 1, 2, 1}, make([]int, 5), make([]int, 5)
	if err := p.Outside(got, x); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if err := m.Outside(again, x); err != nil || !slices.Equal(again, want) {
		t.Errorf("%v, %v", again, err)
	}
	if a := testing.AllocsPerRun(20, func() { p.Outside(got, x) }); a != 0 {
		t.Errorf("%g allocations", a)
	}
	if err := p.Outside(nil, nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
	for _, c := range []struct {
		dst  []int
		x    []float64
		kind error
		want string
	}{
		{got, x[:9], fault.ErrShape, "9 values are not rows of 2 features"},
		{got[:4], x, fault.ErrShape, "4 counts for 5 rows"},
		{got[:1], []float64{1, math.NaN()}, fault.ErrNotFinite, "row 0, column 1 is NaN"},
	} {
		if err := p.Outside(c.dst, c.x); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v", err)
		}
	}
	m.Scaler.Min, m.Scaler.Max = nil, nil
	if err := m.Outside(got, x); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "ranges") {
		t.Error(err)
	}
	if m.Scaler.Outside(0, 1e9) {
		t.Error("outside of a range that is not known")
	}
	if !slices.Equal(got, want) {
		t.Errorf("after errors %v", got)
	}
}
