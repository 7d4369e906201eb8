package mpi

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// onRank names the body that this process runs as a rank, started by mpirun
// from a test.
var onRank = flag.String("rank-of", "", "for the tests' own use")

// bodies are what ranks run; an error fails the test.
var bodies = map[string]func(w *World) error{
	"collectives": collectives,
	"death":       death,
	"misuse":      misuse,
}

func TestMain(m *testing.M) {
	flag.Parse()
	if *onRank == "" {
		os.Exit(m.Run())
	}
	w, err := Init()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := bodies[*onRank](w); err != nil {
		fmt.Fprintf(os.Stderr, "rank %d: %v\n", w.Rank(), err)
		w.Abort(3)
	}
	if err := w.Finalize(); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// mpirun runs a command on so many ranks of this machine, at most a minute.
func mpirun(t *testing.T, ranks int, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "mpirun", append([]string{"-np", fmt.Sprint(ranks), "--oversubscribe", "--bind-to", "none"}, args...)...)
	cmd.Env = os.Environ()
	if os.Geteuid() == 0 { // as in a container
		cmd.Env = append(cmd.Env, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("mpirun of %d ranks still ran after a minute:\n%s", ranks, out.String())
	}
	return out.String(), err
}

func runBody(t *testing.T, ranks int, body string) (string, error) {
	t.Helper()
	return mpirun(t, ranks, os.Args[0], "-rank-of", body)
}

func TestCollectives(t *testing.T) {
	for _, ranks := range []int{1, 2, 4} {
		if out, err := runBody(t, ranks, "collectives"); err != nil {
			t.Errorf("%d ranks: %v\n%s", ranks, err, out)
		}
	}
}

// collectives checks each call against what it computes by itself.
func collectives(w *World) error {
	value := func(rank, i int) float64 { return math.Sqrt(float64(1 + rank*1000 + i)) }
	const n = 1001
	x := make([]float64, n)
	for i := range x {
		x[i] = value(w.Rank(), i)
	}
	w.Sum(x)
	for i, v := range x {
		want := 0.0
		for k := range w.Size() {
			want += value(k, i)
		}
		if math.Abs(v-want) > 1e-14*want*float64(w.Size()) {
			return fmt.Errorf("Sum: element %d is %v, want %v", i, v, want)
		}
	}
	// Elements of one rank alone come through with all their bits.
	clear(x)
	for i := w.Rank(); i < n; i += w.Size() {
		x[i] = value(w.Rank(), i)
	}
	w.Sum(x)
	for i, v := range x {
		if v != value(i%w.Size(), i) {
			return fmt.Errorf("Sum of one: element %d is %v", i, v)
		}
	}
	cuts := make([]int, w.Size()+1)
	for k := range w.Size() {
		cuts[k+1] = cuts[k] + 7*k // the first brings nothing
	}
	g := make([]float64, cuts[w.Size()])
	for i := cuts[w.Rank()]; i < cuts[w.Rank()+1]; i++ {
		g[i] = value(w.Rank(), i)
	}
	w.Gather(g, cuts)
	for k := range w.Size() {
		for i := cuts[k]; i < cuts[k+1]; i++ {
			if g[i] != value(k, i) {
				return fmt.Errorf("Gather: element %d is %v", i, g[i])
			}
		}
	}
	for k, b := range w.GatherBytes([]byte{byte(w.Rank()), 0xa5}) {
		if b[0] != byte(k) || b[1] != 0xa5 {
			return fmt.Errorf("GatherBytes: rank %d brought %v", k, b)
		}
	}
	root := w.Size() - 1
	b := []float64{float64(w.Rank()), math.Pi * float64(w.Rank()+1)}
	w.Broadcast(b, root)
	if b[0] != float64(root) || b[1] != math.Pi*float64(root+1) {
		return fmt.Errorf("Broadcast: %v", b)
	}
	w.Barrier()
	if calls, bytes, _ := w.Traffic(); calls != 6 || bytes < 16*n {
		return fmt.Errorf("Traffic: %d calls, %d bytes", calls, bytes)
	}
	return nil
}

// TestDeathOfARankEndsTheJob kills one rank while the others wait for it.
func TestDeathOfARankEndsTheJob(t *testing.T) {
	began := time.Now()
	out, err := runBody(t, 3, "death")
	if err == nil || strings.Contains(out, "survived") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the job ended after %v", took)
	}
}

func death(w *World) error {
	if w.Rank() == 1 {
		p, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		return p.Kill()
	}
	w.Sum(make([]float64, 10))
	fmt.Println("survived")
	return nil
}

// TestMisusePanics: lengths that MPI cannot count, or that do not fit, are refused
// before any call of MPI.
func TestMisusePanics(t *testing.T) {
	if out, err := runBody(t, 1, "misuse"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func misuse(w *World) error {
	refused := func(call func()) (yes bool) {
		defer func() { yes = recover() != nil }()
		call()
		return
	}
	tooLong := make([]byte, 1<<31) // never touched
	x := make([]float64, 3)
	for name, call := range map[string]func(){
		"GatherBytes of 2³¹ bytes":   func() { w.GatherBytes(tooLong) },
		"Gather with a cut too few":  func() { w.Gather(x, []int{0}) },
		"Gather that cuts elsewhere": func() { w.Gather(x, []int{0, 2}) },
	} {
		if !refused(call) {
			return fmt.Errorf("%s is taken", name)
		}
	}
	return nil
}
