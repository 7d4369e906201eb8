package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/model"
)

// TestJoinedSharesAreTheModel joins what three ranks save, for one target and
// two: the file is that of a Fit without ranks, byte by byte.
func TestJoinedSharesAreTheModel(t *testing.T) {
	x, y := specimen.Tabular(60, 2, 4)
	both := make([]float64, 0, 2*len(y))
	for i, v := range y {
		both = append(both, v, x[2*i])
	}
	for _, targets := range [][]float64{y, both} {
		o := Options{Width: 2*1536 + 77, Seed: 9, MaxSteps: 2, Ridge: 0.01}
		single, _, err := Fit(t.Context(), x, targets, 2, &o)
		if err != nil {
			t.Fatal(err)
		}
		want, err := single.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		models, _, errs := fitOnRanks(t, 3, x, targets, 2, func(int) (context.Context, *Options) {
			own := o
			return t.Context(), &own
		})
		var paths []string
		for k, m := range models {
			if errs[k] != nil {
				t.Fatal(errs[k])
			}
			if err := m.Predict(make([]float64, len(targets)), x); !errors.Is(err, ErrModel) {
				t.Errorf("a share predicts: %v", err)
			}
			if err := m.Save(filepath.Join(dir, "model")); !errors.Is(err, ErrModel) {
				t.Errorf("a share is saved as a model: %v", err)
			}
			paths = append(paths, filepath.Join(dir, fmt.Sprint("part-", k)))
			if err := m.SaveShare(paths[k]); err != nil {
				t.Fatal(err)
			}
		}
		out := filepath.Join(dir, "model")
		if err := model.JoinShares(out, paths); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
			t.Errorf("the joined file differs from that of one process; %v", err)
		}
		if err := single.SaveShare(out); !errors.Is(err, ErrModel) {
			t.Errorf("a whole model is saved as a share: %v", err)
		}
		for _, wrong := range [][]string{nil, paths[:2], {paths[1], paths[0], paths[2]}, {paths[0], paths[0], paths[1]}, {out}} {
			if err := model.JoinShares(filepath.Join(dir, "none"), wrong); !errors.Is(err, ErrModel) {
				t.Errorf("joining %d wrong shares: %v", len(wrong), err)
			}
		}
		part, err := os.ReadFile(paths[1])
		if err != nil {
			t.Fatal(err)
		}
		for i := range 24 + 8 { // the header of the share, and some of the model's
			bad := bytes.Clone(part)
			bad[i] ^= 0x11
			if err := os.WriteFile(paths[1], bad, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := model.JoinShares(filepath.Join(dir, "none"), paths); !errors.Is(err, ErrModel) {
				t.Errorf("byte %d of a share altered: %v", i, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
			t.Error("a wrong join has left a file")
		}
	}
}
