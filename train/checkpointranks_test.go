package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/model"
)

// TestResumeOnOtherRanks interrupts three ranks and goes on with two, with one
// process without ranks, and with five: the weights are those of a run that was
// not interrupted.
func TestResumeOnOtherRanks(t *testing.T) {
	x, y := specimen.Tabular(90, 3, 6)
	for name, o := range map[string]Options{
		"exact":       {Method: Exact, Validation: 0.1},
		"matrix-free": {Method: MatrixFree, Rank: 25},
		"adam":        {Rule: Adam},
	} {
		o.Width, o.Seed, o.MaxSteps, o.Ridge = 4*1536+500, 8, 6, 0.01
		want, report, err := Fit(t.Context(), x, y, 3, &o)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "checkpoint")
		_, _, errs := fitOnRanks(t, 3, x, y, 3, func(int) (context.Context, *Options) {
			own := o
			own.Checkpoint, own.CheckpointSteps = path, 2
			own.Progress = func(s Step) bool { return s.Index < 4 }
			return t.Context(), &own
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		same := func(ranks int, models []*model.Model, reports []*Report, errs []error) {
			at := 0
			for k, m := range models {
				if errs[k] != nil {
					t.Fatalf("%s on %d ranks: %v", name, ranks, errs[k])
				}
				if r := reports[k]; r.Resumed == 0 || len(r.Steps) != len(report.Steps) || r.TrainRMSE != report.TrainRMSE {
					t.Fatalf("%s on %d ranks: %d steps of %d resumed, RMSE %v, want %d and %v", name, ranks, r.Resumed, len(r.Steps), r.TrainRMSE, len(report.Steps), report.TrainRMSE)
				}
				for i, v := range m.Nets[0].W {
					if v := math.Float64bits(v); v != math.Float64bits(want.Nets[0].W[at+i]) {
						t.Fatalf("%s on %d ranks: weight %d differs", name, ranks, at+i)
					}
				}
				at += len(m.Nets[0].W)
			}
		}
		for _, ranks := range []int{2, 5} {
			if err := os.WriteFile(path, file, 0o666); err != nil {
				t.Fatal(err)
			}
			models, reports, errs := fitOnRanks(t, ranks, x, y, 3, func(int) (context.Context, *Options) {
				own := o
				own.Checkpoint = path
				return t.Context(), &own
			})
			same(ranks, models, reports, errs)
		}
		if err := os.WriteFile(path, file, 0o666); err != nil {
			t.Fatal(err)
		}
		own := o
		own.Checkpoint = path
		m, r, err := Fit(t.Context(), x, y, 3, &own)
		same(0, []*model.Model{m}, []*Report{r}, []error{err})

		// A rank that does not find the file, or finds another, is noticed by all.
		if err := os.WriteFile(path, file, 0o666); err != nil {
			t.Fatal(err)
		}
		_, _, errs = fitOnRanks(t, 2, x, y, 3, func(rank int) (context.Context, *Options) {
			own := o
			own.Checkpoint = path
			if rank == 1 {
				own.Checkpoint = path + ".none"
			}
			return t.Context(), &own
		})
		for k, err := range errs {
			if !errors.Is(err, ErrCheckpoint) {
				t.Errorf("%s: rank %d of two with one checkpoint: %v", name, k, err)
			}
		}
	}
}
