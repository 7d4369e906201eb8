package train

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// FuzzResume goes on from any state under a right checksum: the file is refused,
// or a model comes of it.
func FuzzResume(f *testing.F) {
	var paths []string
	fits := make([]Options, len(resumeCases))
	for i, c := range resumeCases {
		fits[i] = c.o
		path, file := firstStep(f, &fits[i], c.targets)
		paths = append(paths, path)
		f.Add(file, byte(i))
		f.Add(file[:len(file)/2], byte(i))
	}
	f.Fuzz(func(t *testing.T, file []byte, which byte) {
		i := int(which) % len(fits)
		if len(file) > 40 {
			file = reseal(file)
		}
		if err := os.WriteFile(paths[i], file, 0o666); err != nil {
			t.Fatal(err)
		}
		resumed(t, fits[i], resumeCases[i].targets)
	})
}

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
			file = append(file[:shareHeader:shareHeader], reseal(file[shareHeader:])...)
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
			if _, missing := os.Stat(out); !errors.Is(err, ErrModel) || !errors.Is(missing, os.ErrNotExist) {
				t.Fatalf("%v, and the model: %v", err, missing)
			}
			return
		}
		if joined, err := os.ReadFile(out); err != nil || !bytes.Equal(joined, file[shareHeader:]) {
			t.Fatalf("a share of all neurons is not the model; %v", err)
		}
	})
}
