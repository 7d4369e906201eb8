package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/model"
)

// trigger calls what once the text has gone through it.
type trigger struct {
	text string
	what func()
	seen bytes.Buffer
}

func (g *trigger) Write(p []byte) (int, error) {
	if g.what != nil && bytes.Contains(p, []byte(g.text)) {
		g.what()
		g.what = nil
	}
	return g.seen.Write(p)
}

func TestInterruptKeepsTheBestModel(t *testing.T) {
	for _, mode := range []string{"", "-json"} {
		dir := t.TempDir()
		out, page := filepath.Join(dir, "m"), filepath.Join(dir, "r.html")
		ctx, cancel := context.WithCancelCause(context.Background())
		var stopped time.Time
		g := &trigger{text: "step   2", what: func() { stopped = time.Now(); cancel(errors.New("enough")) }}
		if mode != "" {
			g.text = `"step":2`
		}
		var stderr bytes.Buffer
		args := append([]string{"fit", "-width", "512", "-steps", "100000", "-data", someRows(t, t.TempDir()), "-out", out, "-report", page}, strings.Fields(mode)...)
		code := run(ctx, args, strings.NewReader(""), g, &stderr)
		if took := time.Since(stopped); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
		if code != exitFailed || !strings.Contains(stderr.String(), "stopped; the best model so far was saved") || !strings.Contains(stderr.String(), "enough") {
			t.Errorf("code %d, stderr %q", code, stderr.String())
		}
		if _, err := model.Load(out); err != nil {
			t.Error(err)
		}
		holds(t, dir, "m", "r.html")
		want := "cancelled after 2 steps"
		if mode != "" {
			want = `"interrupted":true`
		}
		if !strings.Contains(g.seen.String(), want) {
			t.Errorf("stdout:\n%s", g.seen.String())
		}
	}
}

func TestTimeoutIsNoFailure(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "m")
	code, stdout, stderr := call(t, "fit", "-width", "512", "-steps", "100000", "-timeout", "300ms", "-data", someRows(t, t.TempDir()), "-ridge", "1e-9", "-validation", "0", "-out", out)
	if code != 0 || !strings.Contains(stdout, "saved    model") {
		t.Errorf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	holds(t, dir, "m")
}

func TestInterruptBeforeTrainingWritesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	code, _, stderr := callWith(ctx, "", quick("-out", filepath.Join(dir, "m"))...)
	if code != exitFailed || !strings.Contains(stderr, "enough") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	holds(t, dir)
}

func TestInterruptEndsAWaitForInput(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(30*time.Millisecond, func() { cancel(errors.New("enough")) })
	start := time.Now()
	var stderr bytes.Buffer
	code := run(ctx, quick("-data", "-"), r, io.Discard, &stderr)
	if code != exitFailed || !strings.Contains(stderr.String(), "standard input: enough") || time.Since(start) > time.Second {
		t.Errorf("code %d after %v, stderr %q", code, time.Since(start), stderr.String())
	}
}

func TestSignalsStopTheProgram(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" || runtime.GOOS == "plan9" {
		t.Skip("signals are different here")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "m")
	cmd := exec.Command(exe, "fit", "-width", "2048", "-steps", "100000", "-rule", "lm", "-ridge", "1e-9", "-validation", "0", "-out", out)
	cmd.Env = append(os.Environ(), "NEARLINEAR_BE_THE_COMMAND=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	var sent time.Time
	cmd.Stdout = &trigger{text: "step   1", what: func() { sent = time.Now(); cmd.Process.Signal(os.Interrupt) }}
	err = cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(stderr.String(), "stopped; the best model so far was saved") {
		t.Errorf("%v, stderr %q", err, stderr.String())
	}
	if took := time.Since(sent); took > time.Second {
		t.Errorf("stopping took %v", took)
	}
	if _, err := model.Load(out); err != nil {
		t.Error(err)
	}
	holds(t, dir, "m")
}
