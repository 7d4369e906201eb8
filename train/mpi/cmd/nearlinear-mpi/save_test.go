package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fails runs a job that must end within ten seconds, and tell once that it fails, by
// each of want.
func fails(t *testing.T, env []string, groups [][]string, want ...string) (said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd, out := mpirun(t, ctx, groups...)
	cmd.Env = append(cmd.Env, env...)
	began := time.Now()
	err := cmd.Run()
	if err == nil || strings.Count(out.String(), "nearlinear-mpi: ") != 1 {
		t.Errorf("%v\n%s", err, out)
	}
	for _, w := range want {
		if !strings.Contains(out.String(), w) {
			t.Errorf("%q is not in\n%s", w, out)
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the job ended after %v", took)
	}
	return out.String()
}

// TestOneRankCannotSave: where a directory bars the way of one rank's share, all
// ranks fail with its error, before they train if it is there by then, and leave
// nothing.
func TestOneRankCannotSave(t *testing.T) {
	data, dir := writeTable(t, 40), t.TempDir()
	out := filepath.Join(dir, "model")
	for rank, number := range []string{"0", "1", "2"} {
		bar := out + ".part-" + number
		job := [][]string{{"3", "fit", "-data", data, "-width", "4700", "-steps", "2", "-ridge", "0.01", "-workers", "1", "-out", out}}
		fails(t, []string{barred + "=" + bar}, job, "step   2", "rank "+number+": model: saving a share")
		if said := fails(t, nil, job, "rank "+number+": -out: "+bar+" is a directory"); strings.Contains(said, "step") {
			t.Errorf("trained, though it was known that the model cannot be saved:\n%s", said)
		}
		if rest, _ := filepath.Glob(out + "*"); len(rest) != 1 || rest[0] != bar {
			t.Errorf("rank %d fails, and %v are left", rank, rest)
		}
		if err := os.Remove(bar); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOutIsNoOtherFile: the model replaces neither the data nor the checkpoint.
func TestOutIsNoOtherFile(t *testing.T) {
	data := writeTable(t, 40)
	before, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	fit := []string{"2", "fit", "-data", data, "-width", "3100", "-steps", "2", "-workers", "1", "-out"}
	fails(t, nil, [][]string{append(fit, data)}, data+" is the file of -data as well")
	both := filepath.Join(t.TempDir(), "both")
	fails(t, nil, [][]string{append(fit, both, "-checkpoint", both)}, both+" is the file of -checkpoint as well")
	if after, err := os.ReadFile(data); err != nil || !bytes.Equal(after, before) {
		t.Error("the data are not what they were", err)
	}
}

// TestStaleSharesAreNotJoined: shares that a killed job of the same network has left
// are replaced; and where the ranks see different folders, so that rank 0 finds such a
// one instead of the share of rank 1, the job fails.
func TestStaleSharesAreNotJoined(t *testing.T) {
	data, here, there := writeTable(t, 40), t.TempDir(), t.TempDir()
	fit := func(ranks, steps string) []string {
		return []string{ranks, "fit", "-data", data, "-width", "3100", "-steps", steps, "-ridge", "0.01", "-workers", "1", "-out", "model"}
	}
	apart := func(steps string) [][]string {
		return [][]string{fit("1 -wdir "+here, steps), fit("1 -wdir "+there, steps)}
	}
	fails(t, nil, apart("1"), "model.part-1: no such file or directory", "do all ranks see the same folder?")
	stale := filepath.Join(there, "model.part-1")
	share, err := os.ReadFile(stale)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(here, "model.part-1"), share, 0o666); err != nil {
		t.Fatal(err)
	}
	fails(t, nil, apart("3"), "model.part-1: no such file or directory")

	if err := os.WriteFile(filepath.Join(here, "model.part-1"), share, 0o666); err != nil {
		t.Fatal(err)
	}
	var models [2][]byte
	for k, ranks := range []string{"2 -wdir " + here, "1 -wdir " + there} {
		cmd, out := mpirun(t, t.Context(), fit(ranks, "3"))
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if models[k], err = os.ReadFile(filepath.Join([]string{here, there}[k], "model")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("with a stale share in the folder the model is another")
	}
}
