package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/mpi"
)

// poisoned names the variable of the environment that says in which sum rank 1
// sends a NaN.
const poisoned = "NEARLINEAR_TEST_NAN_IN_SUM"

// barred names the variable that says which folder is made at the first sum.
const barred = "NEARLINEAR_TEST_FOLDER_AT_SUM"

type poisoner struct {
	*mpi.World
	nan    int // sums until the NaN
	folder string
}

func (p *poisoner) Sum(x []float64) {
	if p.folder != "" {
		os.Mkdir(p.folder, 0o777) // of several ranks one makes it
		p.folder = ""
	}
	if p.nan--; p.nan == 0 && p.Rank() == 1 {
		x[0] = math.NaN()
	}
	p.World.Sum(x)
}

// poison makes this process a rank that does so, if it is to.
func poison() {
	at, err := strconv.Atoi(os.Getenv(poisoned))
	if folder := os.Getenv(barred); err == nil || folder != "" {
		reducer = func(w *mpi.World) jacobian.Reducer { return &poisoner{w, at, folder} }
	}
}

// TestNaNFromARankEndsTheJob: all ranks end at that sum, with one message that says
// what has become of the model, which is that of fewer steps; and from the
// checkpoint another job goes on to the model of a fit without fault.
func TestNaNFromARankEndsTheJob(t *testing.T) {
	data, dir := writeTable(t, 100), t.TempDir()
	fit := func(ranks string, more ...string) []string {
		return append([]string{ranks, "fit", "-data", data, "-width", "6200", "-ridge", "0.01", "-steps", "40", "-rule", "adam", "-workers", "1"}, more...)
	}
	const nan = "the sum of finite numbers of 2 ranks is NaN"
	env := []string{poisoned + "=100"}
	fails(t, env, [][]string{fit("2")}, "stopped; the best model so far was not saved, for want of -out: ", nan)
	for _, at := range []string{"1", "2"} { // in the plan, in the first evaluation
		fails(t, []string{poisoned + "=" + at}, [][]string{fit("2")}, "before the first evaluation: train: "+nan)
	}

	point, broken := filepath.Join(dir, "checkpoint"), filepath.Join(dir, "broken")
	fails(t, env, [][]string{fit("2", "-out", broken, "-checkpoint", point, "-checkpoint-steps", "1")},
		"stopped; the best model so far was saved, and the same command again goes on from "+point+": ", nan)
	if info, err := os.Stat(broken); err != nil || info.Size() < 8*6200 {
		t.Errorf("the model is not saved: %v", err)
	}
	var models [2][]byte
	for k, args := range [][]string{fit("1"), fit("3", "-checkpoint", point)} {
		path := filepath.Join(dir, "whole")
		cmd, out := mpirun(t, t.Context(), append(args, "-out", path))
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if resumed := strings.Contains(out.String(), "resumed "); resumed != (k == 1) {
			t.Errorf("resumed: %v\n%s", resumed, out)
		}
		var err error
		if models[k], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("the model from the checkpoint is another")
	}
}
