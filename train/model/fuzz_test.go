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

// FuzzJoinShares joins one share of any bytes under a right checksum: it is
// refused, or all of the model that it holds.
func FuzzJoinShares(f *testing.F) {
	dir := f.TempDir()
	path, out := filepath.Join(dir, "share"), filepath.Join(dir, "model")
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
		if err := os.WriteFile(path, file, 0o666); err != nil {
			t.Fatal(err)
		}
		os.Remove(out)
		var err error
		took := memory.Allocated(func() { err = JoinShares(out, []string{path}) })
		if most := uint64(1<<20 + 300*len(file)); took > most {
			t.Fatalf("%d bytes allocated for %d, want at most %d (%v)", took, len(file), most, err)
		}
		if err != nil {
			if _, missing := os.Stat(out); !errors.Is(err, fault.ErrModel) || !errors.Is(missing, os.ErrNotExist) {
				t.Fatalf("%v, and the model: %v", err, missing)
			}
			return
		}
		if joined, err := os.ReadFile(out); err != nil || !bytes.Equal(joined, file[shareHeader:]) {
			t.Fatalf("a share of all neurons is not the model; %v", err)
		}
	})
}
