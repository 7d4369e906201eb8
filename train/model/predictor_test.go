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
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// newClassModel is newModel for k classes.
func newClassModel(m, d, k int) *Model {
	model := newModel(m, d, 1, 5)
	rng := rand.New(rand.NewPCG(9, 9))
	model.Scaler.YMean, model.Scaler.YStd = make([]float64, k), make([]float64, k)
	net := model.Nets[0]
	model.Nets = nil
	for j := range k {
		model.Scaler.YMean[j], model.Scaler.YStd[j] = float64(j)/10, 1+float64(j)
		net.W = slices.Clone(net.W)
		for i := range net.W {
			net.W[i] = rng.NormFloat64()
		}
		model.Nets = append(model.Nets, net)
		model.Classes = append(model.Classes, fmt.Sprint("class ", j))
	}
	return model
}

// TestPredictorHasTheBitsOfTheNetworks for any number of rows and workers.
func TestPredictorHasTheBitsOfTheNetworks(t *testing.T) {
	const most = 1430 // several runs of several blocks
	m := newClassModel(700, 3, 4)
	x, _ := specimen.Rows(most, 3, 6, 1)
	rows := make([]float64, most*4)
	m.Scaler.Apply(rows, x)
	want := make([]float64, most*4)
	for j := range m.Nets {
		out := make([]float64, most)
		if err := m.Nets[j].Predict(t.Context(), out, rows, 1); err != nil {
			t.Fatal(err)
		}
		for i, f := range out {
			want[4*i+j] = m.Scaler.YMean[j] + float64(m.Scaler.YStd[j]*f)
		}
	}
	for _, workers := range []int{0, 1, 3, 7} {
		p, err := NewPredictor(m, &PredictorOptions{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 2, 8, 9, 24, 25, 63, 64, 65, 130, 200, 700, most} {
			got, at := make([]float64, 4*n), make([]int, n)
			if err := p.Predict(t.Context(), got, x[:3*n]); err != nil {
				t.Fatal(err)
			}
			if err := p.Classify(t.Context(), at, x[:3*n]); err != nil {
				t.Fatal(err)
			}
			for i, c := range at {
				row := want[4*i : 4*i+4]
				if !slices.Equal(got[4*i:4*i+4], row) {
					t.Fatalf("%d workers, row %d of %d: %v, want %v", workers, i, n, got[4*i:4*i+4], row)
				}
				if row[c] != slices.Max(row) {
					t.Fatalf("row %d of %d: class %d of %v", i, n, c, row)
				}
			}
		}
	}
}

func TestPredictorRunsConcurrently(t *testing.T) {
	p, err := NewPredictor(newClassModel(700, 3, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := specimen.Rows(500, 3, 6, 1)
	want := make([]float64, 1500)
	if err := p.Predict(t.Context(), want, x); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := 1; n <= 500; n += 37 + g {
				got := make([]float64, 3*n)
				if err := p.Predict(t.Context(), got, x[:3*n]); err != nil || !slices.Equal(got, want[:3*n]) {
					t.Errorf("a concurrent call of %d rows differs: %v", n, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestPredictorAllocatesNothing(t *testing.T) {
	p, err := NewPredictor(newClassModel(700, 3, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := specimen.Rows(2000, 3, 6, 1)
	dst, at := make([]float64, 6000), make([]int, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, n := range []int{1, 16, 64, 2000} {
		if a := testing.AllocsPerRun(20, func() {
			if p.Predict(ctx, dst[:3*n], x[:3*n]) != nil || p.Classify(ctx, at[:n], x[:3*n]) != nil {
				t.Fatal("an error")
			}
		}); a != 0 {
			t.Errorf("%d rows: %g allocations", n, a)
		}
	}
}

func TestPredictorStopsWithItsContext(t *testing.T) {
	p, err := NewPredictor(newModel(2000, 3, 1, 5), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := specimen.Rows(5000, 3, 6, 1)
	cause := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(time.Millisecond, func() { cancel(cause) })
	for err == nil {
		err = p.Predict(ctx, make([]float64, 5000), x)
	}
	if !errors.Is(err, cause) {
		t.Error(err)
	}
	if err := p.Predict(t.Context(), make([]float64, 5000), x); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestPredictorRefusesBadInput(t *testing.T) {
	m := newClassModel(5, 3, 3)
	p, err := NewPredictor(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	bare := newModel(5, 3, 1, 5)
	noClasses, err := NewPredictor(bare, nil)
	if err != nil {
		t.Fatal(err)
	}
	bad := newModel(5, 3, 1, 5)
	bad.Nets[0].W[1] = math.Inf(1)
	ctx := t.Context()
	for _, c := range []struct {
		name string
		call func() error
		want error
		text string
	}{
		{"ragged", func() error { return p.Predict(ctx, nil, make([]float64, 4)) }, fault.ErrShape, "4 values are not rows of 3"},
		{"dst", func() error { return p.Predict(ctx, make([]float64, 2), make([]float64, 6)) }, fault.ErrShape, "2 predictions for 2 rows of 3 targets"},
		{"classes", func() error { return p.Classify(ctx, make([]int, 1), make([]float64, 6)) }, fault.ErrShape, "1 classes for 2 rows"},
		{"NaN", func() error { return p.Classify(ctx, make([]int, 1), []float64{1, 2, math.NaN()}) }, fault.ErrNotFinite, "row 0, column 2 is NaN"},
		{"no classes", func() error { return noClasses.Classify(ctx, make([]int, 1), make([]float64, 3)) }, fault.ErrModel, "not trained on classes"},
		{"no classes of a model", func() error { return bare.Classify(make([]int, 1), make([]float64, 3)) }, fault.ErrModel, "not trained on classes"},
		{"workers", func() error { _, err := NewPredictor(m, &PredictorOptions{Workers: -1}); return err }, fault.ErrOption, "Workers is -1"},
		{"model", func() error { _, err := NewPredictor(bad, nil); return err }, fault.ErrModel, "is +Inf"},
		{"zero model", func() error { _, err := NewPredictor(&Model{}, nil); return err }, fault.ErrModel, "0 means"},
	} {
		if err := c.call(); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRunsCoverTheRows evenly, in whole blocks, and keep all workers busy where there are
// blocks enough.
func TestRunsCoverTheRows(t *testing.T) {
	for _, width := range []int{1, 17, 300, 5000} {
		for _, workers := range []int{1, 2, 7, 64} {
			for n := 0; n < 5000; n += 1 + n/40 {
				run := runRows(n, width, workers)
				if run%jacobian.BlockSamples != 0 || run < jacobian.BlockSamples || run > jacobian.WideSamples(width) {
					t.Fatalf("n=%d width=%d workers=%d: runs of %d rows", n, width, workers, run)
				}
				if run > jacobian.BlockSamples && (run-jacobian.BlockSamples)*workers >= n {
					t.Fatalf("n=%d width=%d workers=%d: runs of %d rows leave workers idle", n, width, workers, run)
				}
			}
		}
	}
}

// BenchmarkPredict compares with Linearize on the same rows, in turn.
func BenchmarkPredict(b *testing.B) {
	const d = 64
	for _, m := range []int{4096, 16384} {
		model := newModel(m, d, 1, 5)
		p, err := NewPredictor(model, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{1, 16, 64, 256, 1437} {
			b.Run(fmt.Sprintf("m=%d/d=%d/n=%d", m, d, n), func(b *testing.B) {
				x, _ := specimen.Rows(n, d, 6, 1)
				rows, out := make([]float64, n*(d+1)), make([]float64, n)
				model.Scaler.Apply(rows, x)
				op, err := jacobian.New(&model.Nets[0], rows, nil)
				if err != nil {
					b.Fatal(err)
				}
				var times, ratios []float64
				for b.Loop() {
					start := time.Now()
					op.Linearize(out)
					middle := time.Now()
					if err := p.Predict(context.Background(), out, x); err != nil {
						b.Fatal(err)
					}
					took := time.Since(middle)
					times, ratios = append(times, float64(took)), append(ratios, float64(middle.Sub(start))/float64(took))
				}
				b.ReportMetric(specimen.Median(times)/1e3, "µs-Predict")
				b.ReportMetric(0, "ns/op") // of both
				b.ReportMetric(specimen.Median(ratios), "of-Linearize")
			})
		}
	}
}

// TestOneRowTakesMemoryForOneGoroutine, whatever the number of workers.
func TestOneRowTakesMemoryForOneGoroutine(t *testing.T) {
	const d = 5000
	p, err := NewPredictor(newModel(1, d, 1, 5), &PredictorOptions{Workers: 16})
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float64, d), []float64{0}
	if took := memory.Allocated(func() { err = p.Predict(t.Context(), y, x) }); err != nil || took > 1300*(d+1)+1<<15 {
		t.Errorf("%d bytes for %d features, %v", took, d, err)
	}
}
