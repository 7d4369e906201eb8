package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/model"
)

const infoUsage = `usage: nearlinear info [-model file]

Shows what the program runs on, and how fast that is: the limits that the
training is measured against. Takes about a second.

  -model file        describe this model instead
`

func info(ctx context.Context, args []string, std streams) error {
	fs := flag.NewFlagSet("info", flag.ContinueOnError)
	from := fs.String("model", "", "")
	given, err := parse(fs, args)
	if err != nil {
		return err
	}
	if given["model"] {
		m, err := model.Load(*from)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(std.out, describe(m))
		return err
	}
	version := "unknown"
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		version = b.Main.Version
	}
	threads := runtime.GOMAXPROCS(0)
	_, err = fmt.Fprintf(std.out, "version  %s, %s %s/%s\nkernels  %s\nthreads  %d of %d processors\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, asm.Info(), threads, runtime.NumCPU())
	if err != nil {
		return err
	}
	counts := []int{1}
	if threads > 1 {
		counts = append(counts, threads)
	}
	buf := make([]float64, memoryFloats())
	for i := range buf {
		buf[i] = 1 // the system hands out pages on the first write
	}
	for _, m := range []struct {
		name, unit string
		rate       func(workers int) float64
	}{
		{"FMA", "GF/s", fmaRate},
		{"memory", "GB/s", func(workers int) float64 { return memoryRate(buf, workers) }},
	} {
		var parts []string
		for _, n := range counts {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			noun := "threads"
			if n == 1 {
				noun = "thread"
			}
			parts = append(parts, fmt.Sprintf("%.3g %s on %d %s", m.rate(n)/1e9, m.unit, n, noun))
		}
		if _, err := fmt.Fprintf(std.out, "%-8s %s\n", m.name, strings.Join(parts, ", ")); err != nil {
			return err
		}
	}
	return nil
}

// best returns the largest rate, in units a second, of a job that returns how
// much it did, over 100 ms and at least three runs.
func best(job func() float64) float64 {
	var top float64
	for begin, k := time.Now(), 0; k < 3 || time.Since(begin) < 100*time.Millisecond && k < 100; k++ {
		start := time.Now()
		done := job()
		top = max(top, done/time.Since(start).Seconds())
	}
	return top
}

// fmaRate measures independent fused multiply-adds in registers, in flops a
// second.
func fmaRate(workers int) float64 {
	// Some 10 ms a run, whatever the path.
	turns := 1000
	for turns < 1<<24 {
		start := time.Now()
		asm.PeakFMA(turns)
		if time.Since(start) > 5*time.Millisecond {
			break
		}
		turns *= 2
	}
	team := asm.NewTeam(workers)
	flops := make([]float64, team.Workers())
	return best(func() float64 {
		clear(flops)
		team.Do(len(flops), func(_, task int) { flops[task] = asm.PeakFMA(turns) })
		var sum float64
		for _, f := range flops {
			sum += f
		}
		return sum
	})
}

// memoryFloats is the length of a buffer far beyond any cache, as far as the
// address space allows one.
func memoryFloats() int {
	if runtime.GOARCH == "wasm" || ^uint(0)>>32 == 0 {
		return 4 << 20
	}
	return 32 << 20
}

// memoryRate measures passes that read and write buf, in bytes a second, both
// directions counted.
func memoryRate(buf []float64, workers int) float64 {
	const piece = 1 << 16
	team := asm.NewTeam(workers)
	return best(func() float64 {
		team.Do(len(buf)/piece, func(_, task int) {
			part := buf[task*piece : (task+1)*piece]
			asm.Scale(part, 1, part)
		})
		return 16 * float64(len(buf))
	})
}

// describe tells what a model file holds.
func describe(m *model.Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "network  %d neurons, %d inputs, %d weights\n", m.Nets[0].M, m.Nets[0].D, len(m.Nets[0].W))
	if k := len(m.Nets); k > 1 {
		fmt.Fprintf(&b, "networks %d of these, one a target\n", k)
	}
	if q := len(m.Further); q > 0 {
		fmt.Fprintf(&b, "average  of these and %d further members, with weights", q)
		for i := range m.Further {
			fmt.Fprintf(&b, " %.3g", m.Further[i].Weight)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "seed     %d\n", m.Seed)
	bias := "none"
	if m.Scaler.Bias != 0 {
		bias = fmt.Sprintf("%.6g", m.Scaler.Bias)
	}
	fmt.Fprintf(&b, "bias     %s\n", bias)
	name := func(k int) string {
		if len(m.Features) == 0 {
			return fmt.Sprintf("column %d", k)
		}
		return plain(m.Features[k])
	}
	if len(m.Classes) > 0 {
		fmt.Fprintf(&b, "classes  %s\n", plainList(m.Classes))
		b.WriteString(describeOffsets(m))
	}
	for j, mean := range m.Scaler.YMean {
		target := fmt.Sprintf("target %d", j)
		switch {
		case len(m.Classes) == 0 && j < len(m.Targets):
			target = plain(m.Targets[j])
		case len(m.Classes) == 2:
			target = plain(m.Classes[1])
		case len(m.Classes) > 0:
			target = plain(m.Classes[j])
		}
		fmt.Fprintf(&b, "target   %s: mean %.6g, standard deviation %.6g", target, mean, m.Scaler.YStd[j])
		if len(m.Intervals) > 0 {
			level := m.Intervals[j].Level
			fmt.Fprintf(&b, ", intervals up to level %.4g", level[len(level)-1])
		}
		if m.Scaler.InLogarithms(j) {
			b.WriteString(", fitted in logarithms")
		}
		b.WriteByte('\n')
	}
	b.WriteString(describeModelColumns(m))
	for k, mean := range m.Scaler.Mean {
		if m.Scaler.Std[k] == 0 {
			fmt.Fprintf(&b, "feature  %s: %.6g in all training rows, not used\n", name(k), mean)
			continue
		}
		fmt.Fprintf(&b, "feature  %s: mean %.6g, standard deviation %.6g", name(k), mean, m.Scaler.Std[k])
		if len(m.Scaler.Skew) > 0 && m.Scaler.Skew[k].Reach != 0 {
			b.WriteString(", then a logarithm")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
