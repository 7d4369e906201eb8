package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train"
)

// asCommand, as the first argument, makes the test binary the command.
const asCommand = "run-as-the-command"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == asCommand {
		os.Args = append(os.Args[:1], os.Args[2:]...)
		poison()
		main()
	}
	os.Exit(m.Run())
}

// mpirun prepares a job of this command: groups of ranks, their number and perhaps
// mpirun's flags for them first, each with its own arguments.
func mpirun(t testing.TB, ctx context.Context, groups ...[]string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	args := []string{"--oversubscribe", "--bind-to", "none"}
	for i, g := range groups {
		if i > 0 {
			args = append(args, ":")
		}
		args = append(append(append(args, "-np"), strings.Fields(g[0])...), os.Args[0], asCommand)
		args = append(args, g[1:]...)
	}
	cmd := exec.CommandContext(ctx, "mpirun", args...)
	cmd.Env = os.Environ()
	if os.Geteuid() == 0 { // as in a container
		cmd.Env = append(cmd.Env, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// writeTable writes a table of n rows and returns its path.
func writeTable(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	b.WriteString("a,b,c,y\n")
	for range n {
		a, c, d := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		fmt.Fprintf(&b, "%v,%v,%v,%v\n", a, c, d, a*c+d*d/2+0.1*rng.NormFloat64())
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestModelIsTheSameOnAnyNumberOfRanks fits on one, two and four ranks; the file
// is that of a Fit in one process, and no part is left.
func TestModelIsTheSameOnAnyNumberOfRanks(t *testing.T) {
	data := writeTable(t, 100)
	table, err := readTable(t.Context(), data, "y")
	if err != nil {
		t.Fatal(err)
	}
	model, _, err := train.Fit(t.Context(), table.X, table.Y, 3, &train.Options{Width: 6200, Seed: 4, MaxSteps: 5, Ridge: 0.01, Validation: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	model.Features, model.Targets = table.Features, table.Targets
	want, err := model.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, ranks := range []string{"1", "2", "4"} {
		path := filepath.Join(t.TempDir(), "model")
		cmd, out := mpirun(t, t.Context(), []string{ranks, "fit", "-data", data, "-width", "6200", "-seed", "4", "-steps", "5", "-ridge", "0.01", "-validation", "0.2", "-workers", "1", "-out", path})
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s ranks: %v\n%s", ranks, err, out)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s ranks: another model than that of one process; %v", ranks, err)
		}
		if rest, _ := filepath.Glob(path + ".*"); len(rest) > 0 {
			t.Errorf("%s ranks: %v are left", ranks, rest)
		}
	}
}

// TestFastIsDeterministic: with MPI's own order of summation too, so many ranks give
// the same model each time.
func TestFastIsDeterministic(t *testing.T) {
	data := writeTable(t, 100)
	var models [2][]byte
	for k := range models {
		path := filepath.Join(t.TempDir(), "model")
		cmd, out := mpirun(t, t.Context(), []string{"3", "fit", "-fast", "-data", data, "-width", "6200", "-steps", "5", "-ridge", "0.01", "-workers", "1", "-out", path})
		err := cmd.Run()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if models[k], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("two jobs of three ranks give different models")
	}
}

// TestTimeLimitKeepsTheCheckpoint: the same job, given more time, can go on.
func TestTimeLimitKeepsTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	model, checkpoint := filepath.Join(dir, "model"), filepath.Join(dir, "checkpoint")
	cmd, out := mpirun(t, t.Context(), []string{"2", "fit", "-data", writeTable(t, 100), "-width", "6200", "-rule", "gd", "-steps", "1000000",
		"-timeout", "1s", "-workers", "1", "-out", model, "-checkpoint", checkpoint, "-checkpoint-steps", "1"})
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, path := range []string{model, checkpoint} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// TestWhatAllRanksAndWhatOneHas: errors end the job at once, with one message.
func TestWhatAllRanksAndWhatOneHas(t *testing.T) {
	data := writeTable(t, 40)
	dir := t.TempDir()
	fit := []string{"fit", "-data", data, "-width", "3100", "-steps", "2", "-workers", "1"}
	with := func(ranks string, more ...string) []string {
		return append(append([]string{ranks}, fit...), more...)
	}
	for name, c := range map[string]struct {
		groups [][]string
		want   string
	}{
		"no data":       {[][]string{{"2", "fit", "-data", filepath.Join(dir, "none")}}, "no such file"},
		"usage":         {[][]string{{"2", "fit", "-sort", "up"}}, "flag provided but not defined"},
		"other options": {[][]string{with("1"), with("1", "-seed", "1")}, "ranks [1] have other data or options than rank 0"},
		"too narrow":    {[][]string{{"3", "fit", "-data", data, "-width", "1600"}}, "too few for 3 ranks"},
		"one rank's":    {[][]string{with("1", "-out", filepath.Join(dir, "m")), with("1", "-out", filepath.Join(dir, "no", "m"))}, "have other data or options"},
		"no folder":     {[][]string{with("2", "-out", filepath.Join(dir, "no", "m"))}, "no such file or directory"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		cmd, out := mpirun(t, ctx, c.groups...)
		began := time.Now()
		err := cmd.Run()
		cancel()
		if err == nil || !strings.Contains(out.String(), c.want) || strings.Count(out.String(), "nearlinear-mpi: ") != 1 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: the job ended after %v", name, took)
		}
	}
}

// TestDeathLeavesACheckpoint kills one of three ranks in the middle of a fit: the
// job ends, and another one on two ranks goes on from the checkpoint to the model
// of a fit that nobody killed.
func TestDeathLeavesACheckpoint(t *testing.T) {
	data, dir := writeTable(t, 100), t.TempDir()
	fit := func(ranks, out string, more ...string) []string {
		return append([]string{ranks, "fit", "-data", data, "-width", "6200", "-ridge", "1e-9", "-steps", "60", "-rule", "adam", "-workers", "1", "-out", filepath.Join(dir, out)}, more...)
	}
	cmd, out := mpirun(t, t.Context(), fit("1", "whole"))
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	point := filepath.Join(dir, "checkpoint")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd, out = mpirun(t, ctx, fit("3", "never", "-checkpoint", point, "-checkpoint-steps", "1", "-steps", "100000"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended time.Time
	for ended.IsZero() && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
		if _, err := os.Stat(point); err != nil {
			continue
		}
		time.Sleep(100 * time.Millisecond)
		if pid := child(t, cmd.Process.Pid); pid > 0 {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			ended = time.Now()
		}
	}
	err := cmd.Wait()
	if ctx.Err() != nil || ended.IsZero() {
		t.Fatalf("no rank to kill, or the job went on: %v\n%s", err, out)
	}
	if took := time.Since(ended); err == nil || took > 10*time.Second {
		t.Errorf("the job ended %v after the death of a rank, error %v", took, err)
	}
	cmd, out = mpirun(t, t.Context(), fit("2", "resumed", "-checkpoint", point))
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(out.String(), "resumed") {
		t.Errorf("nothing was resumed:\n%s", out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "resumed")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the resumed model is another; %v", err)
	}
}

// child returns the last of the processes that a process has started, 0 if there
// is none.
func child(t *testing.T, parent int) int {
	t.Helper()
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	if err != nil {
		t.Skipf("the children of a process are not to be seen here: %v", err)
	}
	pid := 0
	for _, f := range strings.Fields(string(list)) {
		fmt.Sscan(f, &pid)
	}
	return pid
}
