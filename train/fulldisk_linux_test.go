package train

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// TestFullDisk saves a model and a checkpoint where there is no room for them:
// what was there stays, nothing else remains, and training goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small file system: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	path := filepath.Join(dir, "model")
	c := checkpointCase{targets: 1}
	x, y, d := c.data()
	fitted := func(width int) *model.Model {
		m, _, err := Fit(t.Context(), x, y, d, &Options{Width: width, Ridge: 1, MaxSteps: 1})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	small, large := fitted(10), fitted(4000)
	if err := small.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := large.Save(path); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("saving 160 kB into 64: %v", err)
	}
	if _, err := model.Load(path); err != nil {
		t.Errorf("the old model: %v", err)
	}
	_, report, err := Fit(t.Context(), x, y, d, &Options{Width: 4000, MaxSteps: 2, Checkpoint: filepath.Join(dir, "state"), CheckpointSteps: 1})
	if err != nil || len(report.Steps) != 3 || !errors.Is(report.CheckpointErr, syscall.ENOSPC) {
		t.Errorf("%v, checkpoint: %v", err, report.CheckpointErr)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "model" {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestReadOnlyFolder: refused before training, with the path.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_RDONLY, ""); err == nil {
		defer syscall.Unmount(dir, 0)
	} else if os.Chmod(dir, 0o555); os.Geteuid() == 0 {
		t.Skip("the superuser writes everywhere")
	}
	path := filepath.Join(dir, "c")
	c := checkpointCase{targets: 1}
	x, y, d := c.data()
	model, _, err := Fit(t.Context(), x, y, d, &Options{Width: 8, Ridge: 1, MaxSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := model.Save(path); !errors.Is(err, syscall.EROFS) && !errors.Is(err, os.ErrPermission) {
		t.Errorf("model: %v", err)
	}
	steps := 0
	_, _, err = Fit(t.Context(), x, y, d, &Options{Width: 8, Checkpoint: path, Progress: func(Step) bool { steps++; return true }})
	if !errors.Is(err, syscall.EROFS) && !errors.Is(err, os.ErrPermission) || steps > 0 {
		t.Errorf("checkpoint: %v after %d steps", err, steps)
	}
}
