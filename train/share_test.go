package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// TestJoinedSharesAreTheModel joins what three ranks save, for one target and
// two: the file is that of a Fit without ranks, byte by byte.
func TestJoinedSharesAreTheModel(t *testing.T) {
	x, y := tabular(60, 2, 4)
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
		if err := JoinShares(out, paths); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
			t.Errorf("the joined file differs from that of one process; %v", err)
		}
		if err := single.SaveShare(out); !errors.Is(err, ErrModel) {
			t.Errorf("a whole model is saved as a share: %v", err)
		}
		for _, wrong := range [][]string{nil, paths[:2], {paths[1], paths[0], paths[2]}, {paths[0], paths[0], paths[1]}, {out}} {
			if err := JoinShares(filepath.Join(dir, "none"), wrong); !errors.Is(err, ErrModel) {
				t.Errorf("joining %d wrong shares: %v", len(wrong), err)
			}
		}
		part, err := os.ReadFile(paths[1])
		if err != nil {
			t.Fatal(err)
		}
		for i := range shareHeader + 8 {
			bad := bytes.Clone(part)
			bad[i] ^= 0x11
			if err := os.WriteFile(paths[1], bad, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := JoinShares(filepath.Join(dir, "none"), paths); !errors.Is(err, ErrModel) {
				t.Errorf("byte %d of a share altered: %v", i, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
			t.Error("a wrong join has left a file")
		}
	}
}

// TestShareAlteredMeanwhileIsNotJoined alters a weight after the share was checked.
func TestShareAlteredMeanwhileIsNotJoined(t *testing.T) {
	dir := t.TempDir()
	path, out := filepath.Join(dir, "share"), filepath.Join(dir, "model")
	m := smallModel()
	m.Share = &Share{0, m.Nets[0].M}
	if err := m.SaveShare(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s shares
	defer s.close()
	if err := s.add(path); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func([]byte) []byte{
		func(b []byte) []byte { b[s.files[0].at] ^= 1; return b },
		func(b []byte) []byte { return b[:s.files[0].at+8] },
	} {
		if err := os.WriteFile(path, change(bytes.Clone(file)), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := s.join(out); err == nil {
			t.Error("joined")
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is a model: %v", err)
		}
	}
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := s.join(out); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, file[shareHeader:]) {
		t.Errorf("as it was before, it is not joined to the model; %v", err)
	}
}

// TestShareOfManyTargets: what joining takes grows with the file, not with its
// square; and a share of more neurons than there can be is refused.
func TestShareOfManyTargets(t *testing.T) {
	dir := t.TempDir()
	path, out := filepath.Join(dir, "share"), filepath.Join(dir, "model")
	const k = 2000
	m := &Model{Scaler: Scaler{Mean: []float64{0}, Std: []float64{1}}}
	for range k {
		m.Nets = append(m.Nets, jacobian.Network{M: 1, D: 1, W: []float64{1}, A: []float64{1}})
		m.Scaler.YMean, m.Scaler.YStd = append(m.Scaler.YMean, 0), append(m.Scaler.YStd, 1)
	}
	m.Share = &Share{0, 1}
	if err := m.SaveShare(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if took := memory.Allocated(func() { err = JoinShares(out, []string{path}) }); err != nil || took > uint64(1<<20+30*len(file)) {
		t.Errorf("%d bytes allocated for %d, %v", took, len(file), err)
	}
	for _, neurons := range []uint64{2, 1<<32 + 1, 1<<63 + 1, math.MaxUint64} {
		binary.LittleEndian.PutUint64(file[shareHeader-8:], neurons)
		if err := os.WriteFile(path, file, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := JoinShares(out, []string{path}); !errors.Is(err, ErrModel) {
			t.Errorf("one of %d neurons: %v", neurons, err)
		}
	}
}
