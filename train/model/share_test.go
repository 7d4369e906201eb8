package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

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
	opened, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	var s shares
	if err := s.add(path, opened); err != nil {
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
	m := &Model{Scaler: features.Scaler{Mean: []float64{0}, Std: []float64{1}}}
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
		if err := JoinShares(out, []string{path}); !errors.Is(err, fault.ErrModel) {
			t.Errorf("one of %d neurons: %v", neurons, err)
		}
	}
}
