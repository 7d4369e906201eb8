package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// newModel returns a model of random weights, not trained.
func newModel(m, d int, bias float64, seed uint64) *Model {
	x, y := specimen.Rows(20, d, seed, 1)
	s, err := features.FitScaler(context.Background(), x, y, nil, d, bias, false)
	if err != nil {
		panic(err)
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	net := jacobian.Network{M: m, D: s.Width(), W: make([]float64, m*s.Width()), A: make([]float64, m)}
	for i := range net.W {
		net.W[i] = rng.NormFloat64()
	}
	for r := range net.A {
		net.A[r] = float64(1 - 2*rng.IntN(2))
	}
	model := &Model{Nets: []jacobian.Network{net}, Scaler: *s, Seed: seed, Targets: []string{"y"}}
	for k := range d {
		model.Features = append(model.Features, fmt.Sprintf("x%d", k))
	}
	return model
}

func TestPredictIsTheNetworkInUnitsOfTheTarget(t *testing.T) {
	for _, bias := range []float64{0, 1.5} {
		m := newModel(33, 3, bias, 5)
		x, _ := specimen.Rows(70, 3, 6, 1)
		got := make([]float64, 70)
		if err := m.Predict(got, x); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			row := make([]float64, m.Scaler.Width())
			m.Scaler.Apply(row, x[3*i:3*i+3])
			var f float64
			for r, a := range m.Nets[0].A {
				var z float64
				for k, v := range row {
					z += v * m.Nets[0].W[r*len(row)+k]
				}
				f += a * max(0, z)
			}
			want := m.Scaler.YMean[0] + m.Scaler.YStd[0]*f/math.Sqrt(33)
			if math.Abs(got[i]-want) > 200*0x1p-52*(1+math.Abs(want)) {
				t.Errorf("bias %g row %d: %g, want %g", bias, i, got[i], want)
			}
		}
	}
}

// TestPredictGoesBackFromLogarithms: what a target in logarithms predicts is the exponential
// of what it would predict as it is.
func TestPredictGoesBackFromLogarithms(t *testing.T) {
	m := newModel(33, 3, 1, 5)
	x, _ := specimen.Rows(70, 3, 6, 1)
	want, got := make([]float64, 70), make([]float64, 70)
	m.Scaler.YMean[0], m.Scaler.YStd[0] = 3, 0.5
	if err := m.Predict(want, x); err != nil {
		t.Fatal(err)
	}
	m.Scaler.YMean[0], m.Scaler.YStd[0], m.Scaler.YLog = 40, 20, []features.TargetLog{{Mean: 3, Std: 0.5}}
	if err := m.Predict(got, x); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if e := math.Exp(want[i]); math.Abs(v-e) > 4*0x1p-52*e {
			t.Errorf("row %d: %g, want e^%g = %g", i, v, want[i], e)
		}
	}
}

func TestPredictionDoesNotDependOnItsNeighbours(t *testing.T) {
	const n = 3*8192 + 77 // several blocks of a two-feature model
	m := newModel(5, 2, 1, 5)
	x, _ := specimen.Rows(n, 2, 6, 1)
	all := make([]float64, n)
	if err := m.Predict(all, x); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 63, 64, 8191, 8192, 20000, n - 1} {
		var one [1]float64
		if err := m.Predict(one[:], x[2*i:2*i+2]); err != nil || one[0] != all[i] {
			t.Errorf("row %d alone: %x, %v; among others %x", i, one[0], err, all[i])
		}
	}
}

func TestPredictRunsConcurrently(t *testing.T) {
	m := newModel(64, 3, 1, 5)
	x, _ := specimen.Rows(300, 3, 6, 1)
	want := make([]float64, 300)
	if err := m.Predict(want, x); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got := make([]float64, 300)
			if err := m.Predict(got, x); err != nil || !slices.Equal(got, want) {
				t.Errorf("a concurrent call differs: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestPredictRefusesBadInput(t *testing.T) {
	x, _ := specimen.Rows(4, 3, 6, 1)
	at := func(k int, v float64) []float64 {
		c := slices.Clone(x)
		c[k] = v
		return c
	}
	for _, c := range []struct {
		name  string
		n     int
		x     []float64
		spoil func(*Model)
		want  error
		text  string
	}{
		{"ragged", 4, x[1:], nil, fault.ErrShape, "11 values are not rows of 3 features"},
		{"dst", 3, x, nil, fault.ErrShape, "3 predictions for 4 rows"},
		{"NaN", 4, at(7, math.NaN()), nil, fault.ErrNotFinite, "row 2, column 1 is NaN"},
		{"infinity", 4, at(3, math.Inf(1)), nil, fault.ErrNotFinite, "row 1, column 0 is +Inf"},
		{"zero model", 4, x, func(m *Model) { *m = Model{} }, fault.ErrModel, "0 means"},
		{"weights", 4, x, func(m *Model) { m.Nets[0].W[3] = math.NaN() }, fault.ErrModel, "is NaN"},
		{"width", 4, x, func(m *Model) { m.Scaler.Bias = 0 }, fault.ErrModel, "network has 4 features, the scaler makes 3"},
	} {
		m := newModel(5, 3, 1, 5)
		if c.spoil != nil {
			c.spoil(m)
		}
		dst := slices.Repeat([]float64{7}, c.n)
		err := m.Predict(dst, c.x)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %v and %q", c.name, err, c.want, c.text)
		}
		for _, v := range dst {
			if v != 7 {
				t.Errorf("%s: dst became %v", c.name, dst)
				break
			}
		}
	}
	if err := newModel(5, 3, 1, 5).Predict(nil, nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
}
