package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkRanks fits on one rank and on two, each of one thread, and reports
//
//	s/step    median of the steps after the first
//	sums-%    share of the fit's time that sums took, waiting for the other rank included
//	speedup   of a step on two ranks over one on one, if that ran before
//
// Start of the processes and data are not in it. Two ranks want two free cores.
func BenchmarkRanks(b *testing.B) {
	for _, size := range []struct{ n, d, m int }{{512, 16, 16384}, {4096, 64, 65536}} {
		if testing.Short() && size.n > 1000 {
			continue
		}
		for _, how := range []struct{ name, flags string }{
			{"gd", "-rule gd -steps 6"},
			{"matrix-free", "-method matrix-free -steps 3"},
			{"exact", "-method exact -steps 4"},
		} {
			var alone float64
			for _, ranks := range []int{1, 2} {
				b.Run(fmt.Sprintf("how=%s/n=%d/d=%d/m=%d/ranks=%d", how.name, size.n, size.d, size.m, ranks), func(b *testing.B) {
					data := wideTable(b, size.n, size.d)
					args := append(strings.Fields(how.flags), "-ridge", "0.01", "-workers", "1", "-data", data, "-width", fmt.Sprint(size.m))
					var steps []float64
					var share float64
					for b.Loop() {
						cmd, out := mpirun(b, b.Context(), append([]string{fmt.Sprint(ranks), "fit"}, args...))
						if err := cmd.Run(); err != nil {
							b.Fatalf("%v\n%s", err, out)
						}
						s, p := told(b, out.String())
						steps, share = append(steps, s...), share+p
					}
					slices.Sort(steps)
					step := steps[len(steps)/2]
					b.ReportMetric(step, "s/step")
					b.ReportMetric(share/float64(b.N), "sums-%")
					b.ReportMetric(0, "ns/op")
					if ranks == 1 {
						alone = step
					} else if alone > 0 {
						b.ReportMetric(alone/step, "speedup")
					}
				})
			}
		}
	}
}

var (
	stepLine = regexp.MustCompile(`(?m)^step +(\d+) .* (\S+)$`)
	sumsLine = regexp.MustCompile(`(?m)^sums .*: ([\d.]+) %$`)
)

// told returns what a job has told of its time: seconds of each step after the
// first, and the share of sums in per cent.
func told(b *testing.B, out string) (steps []float64, share float64) {
	b.Helper()
	for _, m := range stepLine.FindAllStringSubmatch(out, -1) {
		d, err := time.ParseDuration(m[2])
		if err != nil {
			b.Fatal(err)
		}
		if index, _ := strconv.Atoi(m[1]); index > 1 {
			steps = append(steps, d.Seconds())
		}
	}
	m := sumsLine.FindStringSubmatch(out)
	if m == nil || len(steps) == 0 {
		b.Fatalf("no steps or no sums in\n%s", out)
	}
	share, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return steps, share
}

// wideTable writes a table of n rows and d features, whose target is the mean
// square of four of them, and returns its path.
func wideTable(b *testing.B, n, d int) string {
	b.Helper()
	rng := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	var text []byte
	for k := range d {
		text = fmt.Appendf(text, "x%d,", k)
	}
	text = append(text, "y\n"...)
	for range n {
		y := 0.0
		for k := range d {
			x := rng.NormFloat64()
			if k < 4 {
				y += x * x / 4
			}
			text = append(strconv.AppendFloat(text, x, 'g', -1, 64), ',')
		}
		text = append(strconv.AppendFloat(text, y, 'g', -1, 64), '\n')
	}
	path := filepath.Join(b.TempDir(), "table.csv")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		b.Fatal(err)
	}
	return path
}
