package model

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// TestAnAverageIsThatOfItsMembers, of scores, in batches of all kinds, and by a service's calls.
func TestAnAverageIsThatOfItsMembers(t *testing.T) {
	m := averageModel()
	m.Scaler.Std[1] = 4
	p, err := NewPredictor(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	single := func(q int) *Model {
		one := *m
		one.Further, one.Calibration = nil, nil
		if q > 0 {
			one.Nets, one.Scaler = m.Further[q-1].Nets, m.Further[q-1].Scaler
		}
		return &one
	}
	weight := []float64{0.5, 0.25, 0.25}
	for _, n := range []int{1, 3, 64, 65, 700} {
		x, _ := specimen.Rows(n, 2, 9, 1)
		got, want, part := make([]float64, 3*n), make([]float64, 3*n), make([]float64, 3*n)
		for q, w := range weight {
			if err := single(q).Predict(part, x); err != nil {
				t.Fatal(err)
			}
			for i, v := range part {
				want[i] += w * v
			}
		}
		if err := p.Predict(t.Context(), got, x); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if scale := m.Scaler.YStd[i%3]; math.Abs(v-want[i]) > 1e-13*scale*(1+math.Abs(want[i]/scale)) {
				t.Fatalf("%d rows: prediction %d is %v, the average %v", n, i, v, want[i])
			}
		}
		if allocs := testing.AllocsPerRun(5, func() { p.Predict(t.Context(), got[:3], x[:2]) }); allocs != 0 {
			t.Errorf("%v allocations", allocs)
		}
	}
}

// TestAveragesHaveNoShares: their files would have no place for the members.
func TestAveragesHaveNoShares(t *testing.T) {
	m := averageModel()
	m.Share = &Share{First: 0, Neurons: 6}
	path := filepath.Join(t.TempDir(), "share")
	if err := m.SaveShare(path); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "average of 3 members") {
		t.Errorf("saved: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a file")
	}
}
