package model

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// FuzzJoinShares joins one share of any bytes under a right checksum, in memory: it is refused, or
// all of the model that it holds.
func FuzzJoinShares(f *testing.F) {
	path := filepath.Join(f.TempDir(), "share")
	for _, m := range []*Model{smallModel(), classModel(), encoderModel(f)} {
		m.Share = &Share{0, m.Nets[0].M}
		if err := m.SaveShare(path); err != nil {
			f.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
		f.Add(file[:len(file)/2])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > shareHeader+40 {
			file = append(file[:shareHeader:shareHeader], specimen.Reseal(file[shareHeader:])...)
		}
		var joined bytes.Buffer
		joined.Grow(len(file))
		var err error
		took := memory.Allocated(func() {
			var s shares
			if err = s.add("share", bytes.NewReader(file)); err == nil {
				err = s.rewind()
			}
			if err == nil {
				err = s.write(&joined)
			}
		})
		if most := uint64(1<<20 + 300*len(file)); took > most {
			t.Fatalf("%d bytes allocated for %d, want at most %d (%v)", took, len(file), most, err)
		}
		if err != nil {
			if !errors.Is(err, fault.ErrModel) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(joined.Bytes(), file[shareHeader:]) {
			t.Fatal("a share of all neurons is not the model")
		}
	})
}

// TestSharesThatAreNoneLeaveNothing: JoinShares opens what it refuses, and writes nothing.
func TestSharesThatAreNoneLeaveNothing(t *testing.T) {
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
	file[shareHeader+len(file)/2] ^= 1
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, paths := range [][]string{nil, {path}} {
		if err := JoinShares(out, paths); !errors.Is(err, fault.ErrModel) {
			t.Errorf("%d shares: %v", len(paths), err)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%d shares leave a model: %v", len(paths), err)
		}
	}
}
