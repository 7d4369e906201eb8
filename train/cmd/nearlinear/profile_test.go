package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFitProfilesAndLogs: profiles are gzip files that name functions of the
// trainer, and -v logs to standard error.
func TestFitProfilesAndLogs(t *testing.T) {
	dir := t.TempDir()
	cpu, mem := filepath.Join(dir, "cpu"), filepath.Join(dir, "mem")
	code, stdout, stderr := call(t, "fit", "-v", "-cpuprofile", cpu, "-memprofile", mem, "-width", "1024", "-ridge", "0.01", "-steps", "30")
	if code != 0 || !strings.Contains(stdout, "profile "+cpu+", profile "+mem) {
		t.Fatalf("code %d, stdout %q", code, stdout)
	}
	for _, want := range []string{"level=INFO msg=training rows=824", "level=DEBUG msg=step target=0 step=1 ", "level=INFO msg=trained"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
	for path, want := range map[string]string{cpu: "train.phase", mem: "nearlinear/train."} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s: %v, %d bytes without %q", path, err, len(text), want)
		}
	}
	holds(t, dir, "cpu", "mem")
}
