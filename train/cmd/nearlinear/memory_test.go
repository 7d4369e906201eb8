package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestMemorySize(t *testing.T) {
	for text, want := range map[string]int64{"6GB": 6e9, "6 GiB": 6 << 30, "512mb": 512e6, "1.5kib": 1536, "100000b": 100000, "2TB": 2e12} {
		var m memorySize
		if err := m.Set(text); err != nil || int64(m) != want {
			t.Errorf("%q: %d, %v, want %d", text, m, err, want)
		}
	}
	for _, text := range []string{"", "6", "GB", "-1GB", "0MB", "NaNGB", "infGB", "1e30TB", "6 Gb/s", "0x"} {
		var m memorySize
		if err := m.Set(text); err == nil {
			t.Errorf("%q: %d", text, m)
		}
	}
}

// TestFitKeepsToTheMemory: what does not fit is refused, with the limit that was given, before anything is
// written; what fits comes to the same model as without a limit; and the limit of the process is as it was.
func TestFitKeepsToTheMemory(t *testing.T) {
	dir := t.TempDir()
	before := debug.SetMemoryLimit(-1)
	args := []string{"fit", "-data", someRows(t, dir), "-method", "exact", "-width", "512", "-ridge", "0.1"}
	code, _, stderr := call(t, slices.Concat(args, []string{"-memory", "1MB", "-out", filepath.Join(dir, "none")})...)
	if code == 0 || !strings.Contains(stderr, "memory limit") {
		t.Errorf("1 MB: code %d, %s", code, stderr)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "none*")); len(files) > 0 {
		t.Errorf("1 MB: %s written", files)
	}
	var models [2][]byte
	for i, more := range [][]string{{"-memory", "4GB"}, nil} {
		out := filepath.Join(dir, fmt.Sprint("model", i))
		code, _, stderr := call(t, slices.Concat(args, more, []string{"-out", out})...)
		if code != 0 {
			t.Fatalf("%v: code %d, %s", more, code, stderr)
		}
		var err error
		if models[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("4 GB: another model than without a limit")
	}
	if after := debug.SetMemoryLimit(-1); after != before {
		t.Errorf("the limit of the process is %d, was %d", after, before)
	}
}

// TestFitSamplesWhatDoesNotFit, by the seed of the fit.
func TestFitSamplesWhatDoesNotFit(t *testing.T) {
	f, err := parseFit([]string{"-seed", "7"})
	if err != nil || !f.read.Sample || f.read.Seed != 7 {
		t.Errorf("sample %v, seed %d, %v", f.read.Sample, f.read.Seed, err)
	}
}
