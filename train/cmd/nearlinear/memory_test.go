package main

import (
	"path/filepath"
	"runtime/debug"
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
	code, _, stderr := call(t, append(args, "-memory", "1MB", "-out", filepath.Join(dir, "none"))...)
	if code == 0 || !strings.Contains(stderr, "memory limit") {
		t.Errorf("1 MB: code %d, %s", code, stderr)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "none*")); len(files) > 0 {
		t.Errorf("1 MB: %s written", files)
	}
	if code, _, stderr := call(t, append(args, "-memory", "4GB")...); code != 0 {
		t.Errorf("4 GB: code %d, %s", code, stderr)
	}
	if after := debug.SetMemoryLimit(-1); after != before {
		t.Errorf("the limit of the process is %d, was %d", after, before)
	}
}
