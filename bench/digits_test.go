package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/table"
)

// BenchmarkDigits trains on 1437 digits to an error of 10⁻³ standard deviations, ours
// by the undamped iteration from raw rows, the peer by first-order methods on rows that are
// ready; see peers/digits.py. The peer has 45 s: peer-rmse is the error it came to, and
// times is less than the truth if that is above 10⁻³.
func BenchmarkDigits(b *testing.B) {
	width, rmse, budget := 4096, 1e-3, 45
	if smoke() {
		width, rmse, budget = 128, 0.1, 1
	}
	const file, n = "../train/testdata/digits.csv", 1437
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	table, err := table.Read(context.Background(), f, nil)
	if err != nil {
		b.Fatal(err)
	}
	d := len(table.Features)
	for _, method := range []string{"lbfgs", "adam"} {
		b.Run(fmt.Sprintf("peer=torch/method=%s/n=%d/m=%d/rmse=%g", method, n, width, rmse), func(b *testing.B) {
			p := torch(b, "digits.py", file, fmt.Sprint(width), fmt.Sprint(rmse), method, fmt.Sprint(budget))
			ours := timed(func() {
				o := &train.Options{Width: width, Rule: train.GaussNewton, TargetRMSE: rmse, KeepSkew: true, Workers: 2}
				_, r, err := train.Fit(context.Background(), table.X[:n*d], table.Y[:n], d, o)
				if err != nil || r.Stop != train.ReachedTarget {
					b.Fatal(err, r)
				}
			})
			said := beside(b, p, func() time.Duration {
				var times []float64
				for range 5 {
					times = append(times, float64(ours()))
				}
				return time.Duration(median(times))
			})
			b.ReportMetric(said["rmse"], "peer-rmse")
			b.ReportMetric(said["gradients"], "peer-gradients")
		})
	}
}

// torch starts a peer that needs PyTorch, or skips b where there is none.
func torch(b *testing.B, script string, args ...string) *Peer {
	b.Helper()
	path, err := findPython()
	if err == nil && exec.Command(path, "-c", "import torch").Run() != nil {
		err = errors.New("install Debian's python3-torch")
	}
	if err != nil {
		b.Skip(err)
	}
	return python(b, 2, script, args...)
}
