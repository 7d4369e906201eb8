package main

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var faults = flag.Bool("faults", false, "try every fault, which takes minutes")

// process is the program in a process of its own.
func process(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), "NEARLINEAR_BE_THE_COMMAND=1")
	return cmd
}

// TestKilledFitsComeToTheSameBits kills fits at random moments, some of them
// several times, and runs the same command again: the model is that of a fit
// that was left alone, and nothing but the model remains.
func TestKilledFitsComeToTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	kinds := [][]string{
		{"-method", "exact", "-validation", "0.2"},
		{"-method", "matrix-free", "-ridge", "1e-3"},
		{"-method", "sketched", "-ridge", "1e-3"},
		{"-rule", "adam", "-steps", "60", "-ridge", "1e-2"},
	}
	runs := len(kinds)
	if *faults {
		runs = 200
	}
	dir := t.TempDir()
	data := someRows(t, dir)
	model, state := filepath.Join(dir, "model"), filepath.Join(dir, "state")
	want, took := make([][]byte, len(kinds)), make([]time.Duration, len(kinds))
	kills, resumed := 0, 0
	for i := range runs {
		k := i % len(kinds)
		args := append([]string{"fit", "-data", data, "-width", "128", "-steps", "25", "-seed", "3", "-out", model}, kinds[k]...)
		if want[k] == nil {
			start := time.Now()
			if out, err := process(t, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			took[k] = time.Since(start)
			want[k], _ = os.ReadFile(model)
			os.Remove(model)
		}
		args = append(args, "-checkpoint", state, "-checkpoint-every", "1ns")
		for range 1 + rng.IntN(3) {
			cmd := process(t, args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Writing every step down takes about as long again.
			time.Sleep(time.Duration(rng.Int64N(int64(2 * took[k]))))
			cmd.Process.Kill()
			if cmd.Wait() != nil {
				kills++
			}
			if _, err := os.Stat(model); err == nil { // it was faster
				break
			}
		}
		os.Remove(model)
		out, err := process(t, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("run %d, %v: %v\n%s", i, kinds[k], err, out)
		}
		if strings.Contains(string(out), "\nresumed  after step ") {
			resumed++
		}
		got, err := os.ReadFile(model)
		if err != nil || !bytes.Equal(got, want[k]) {
			t.Fatalf("run %d, %v: %v, or other bits\n%s", i, kinds[k], err, out)
		}
		os.Remove(model)
		holds(t, dir, "some.csv")
	}
	t.Logf("%d runs, %d kills, %d of the runs resumed", runs, kills, resumed)
	if *faults && (kills < runs/2 || resumed < runs/4) {
		t.Errorf("%d kills, %d resumed of %d: the moments are badly chosen", kills, resumed, runs)
	}
}

// TestTerminatedFitGoesOn: SIGTERM is an interrupt; the state stays, and the same
// command comes to the same bits.
func TestTerminatedFitGoesOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals")
	}
	dir := t.TempDir()
	model, state := filepath.Join(dir, "model"), filepath.Join(dir, "state")
	args := []string{"fit", "-width", "512", "-method", "exact", "-ridge", "0.01", "-steps", "30", "-seed", "3", "-out", model}
	if out, err := process(t, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, _ := os.ReadFile(model)
	args = append(args, "-checkpoint", state, "-checkpoint-every", "1ns")
	cmd := process(t, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.Stdout = &trigger{text: "step   2", what: func() { cmd.Process.Signal(syscall.SIGTERM) }}
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(stderr.String(), "the best model so far was saved, and the same command again goes on") {
		t.Fatalf("%v, stderr %q", err, stderr.String())
	}
	holds(t, dir, "model", "state")
	out, err := process(t, args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\nresumed  after step ") {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, err := os.ReadFile(model); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, or other bits", err)
	}
	holds(t, dir, "model")
}

// TestCheckpointFlags: a state of another command is refused, and one is kept if
// time is up.
func TestCheckpointFlags(t *testing.T) {
	dir := t.TempDir()
	data, state := someRows(t, dir), filepath.Join(dir, "state")
	args := quick("-data", data, "-checkpoint", state)
	code, stdout, stderr := call(t, slices.Concat(args, []string{"-timeout", "1ns"})...)
	if code != exitFailed || !strings.Contains(stderr, "time limit") {
		t.Fatalf("%d, %s%s", code, stdout, stderr)
	}
	holds(t, dir, "some.csv")
	if code, _, stderr = call(t, args...); code != exitDone {
		t.Fatalf("%d, %s", code, stderr)
	}
	holds(t, dir, "some.csv")
	if err := os.WriteFile(state, []byte("else"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr = call(t, args...); code != exitFailed || !strings.Contains(stderr, state) || !strings.Contains(stderr, "remove it to begin anew") {
		t.Errorf("%d, %s", code, stderr)
	}
	for _, bad := range [][]string{{"-checkpoint-every", "5s"}, {"-checkpoint", data}, {"-checkpoint", state, "-out", state}, {"-checkpoint", state, "-checkpoint-every", "-5s"}} {
		if code, _, stderr = call(t, slices.Concat(quick("-data", data), bad)...); code != exitUsage {
			t.Errorf("%v: %d, %s", bad, code, stderr)
		}
	}
}
