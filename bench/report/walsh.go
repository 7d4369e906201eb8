package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/hadamard"
)

// transformChild as the only argument makes this program one that takes turns at the
// transform. The path of its kernels is chosen when a program starts, so another one needs a
// process of its own.
const transformChild = "serve-transforms"

// startTransforms starts this program as a peer with a setting of GODEBUG. It says of itself
// which path it takes.
func startTransforms(setting string) (*bench.Peer, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, transformChild)
	cmd.Env = append(os.Environ(), "GODEBUG="+setting)
	return bench.StartProgram(setting, cmd)
}

// serveTransforms answers the jobs "TYPE N" as peers/fwht.py does.
func serveTransforms(in io.Reader, out io.Writer) error {
	fmt.Fprintln(out, asm.Info())
	var job string
	var work func()
	var told map[string]float64
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if work == nil || lines.Text() != job {
			var kind string
			var n int
			job = lines.Text()
			if _, err := fmt.Sscan(job, &kind, &n); err != nil || n < 8 || n&(n-1) != 0 {
				return fmt.Errorf("transform: no job: %q", job)
			}
			switch kind {
			case "float32":
				work, told = transformOf[float32](n)
			case "float64":
				work, told = transformOf[float64](n)
			default:
				return fmt.Errorf("transform: no type: %q", kind)
			}
		}
		told["seconds"], _ = bench.Timed(func() error { work(); return nil })
		if err := json.NewEncoder(out).Encode(told); err != nil {
			return err
		}
	}
	return lines.Err()
}

// transformOf is the transform of n zeros, and what it makes of i mod 8.
func transformOf[T hadamard.Float](n int) (work func(), told map[string]float64) {
	x := make([]T, n)
	for i := range x {
		x[i] = T(i % 8)
	}
	hadamard.Transform(x)
	told = map[string]float64{"y0": float64(x[0]), "y1": float64(x[1]), "y2": float64(x[2]), "y4": float64(x[4])}
	clear(x)
	return func() { hadamard.Transform(x) }, told
}

// checkTransform compares what a program made of i mod 8 with what the transform makes of
// it: exact in both types.
func checkTransform(told map[string]float64, n int) error {
	half := float64(n) / 2
	for name, want := range map[string]float64{"y0": 7 * half, "y1": -half, "y2": -2 * half, "y4": -4 * half} {
		if got, ok := told[name]; !ok || got != want {
			return fmt.Errorf("output %s of a transform of length %d is %g, not %g: %w", name, n, got, want, errWrong)
		}
	}
	return nil
}

var errWrong = errors.New("a wrong transform")
