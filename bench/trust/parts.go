package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// golden has the commands of make golden and make cross.
func golden(ctx context.Context, p *page) error {
	const hashes = "-short -run Golden ./hadamard ./solver ./jacobian ./train"
	p.Text("Hashes of transforms, sketches, products, Gram matrices, factors, solves, fits and model files are part of the tests; each line compares them.")
	all := []command{
		test("fastest path", "", hashes),
		test("without AVX-512", "GODEBUG=cpu.avx512f=off", hashes),
		test("generic, chosen at start", "GODEBUG=cpu.avx2=off", hashes),
		test("generic, chosen at build", "", "-tags purego "+hashes),
	}
	for _, threads := range []string{"1", "2", "7"} {
		all = append(all, test("threads: "+threads, "GOMAXPROCS="+threads, hashes))
	}
	all = append(all, test("race detector", "", "-race "+hashes).needs("cc"))
	if !p.quick {
		// What emulates 386 makes faults of signals between threads, as of preemption.
		all = append(all, test("386", "GODEBUG=asyncpreemptoff=1", hashes).on(ctx, "386", "qemu-i386-static"),
			test("arm64, NEON", "", hashes).on(ctx, "arm64", "qemu-aarch64-static"),
			test("arm64, generic", "", "-tags purego "+hashes).on(ctx, "arm64", "qemu-aarch64-static"),
			test("s390x, big-endian", "", hashes).on(ctx, "s390x", "qemu-s390x-static"))
	}
	return p.Commands(ctx, all, tally)
}

func guards(ctx context.Context, p *page) error {
	const tests = "-run Guard|StaysInside|StayInside|AssemblySource ./asm"
	p.Text("Every exported kernel, each argument in turn at each address modulo 64 from a page that cannot be touched, before it and behind it; on each path that the processor has. And what the source of the assembly must keep to.")
	all := []command{test("all paths of this machine", "", tests)}
	if !p.quick {
		all = append(all, test("arm64", "", tests).on(ctx, "arm64", "qemu-aarch64-static"))
	}
	return p.Commands(ctx, all, tally)
}

func edges(ctx context.Context, p *page) error {
	p.Text("NaN, infinities, zeros of both signs, numbers without exponent and of the largest, ranks and shapes of which there is nothing left, and input that contradicts itself: results as specified, or an error that names the place.")
	return p.Commands(ctx, []command{
		test("kernels", "", "-run Matches|Extremes|Rounds|Float32Vector|Panic ./asm"),
		test("transforms and sketches", "", "-run SignOfZero|Refuse|Exact|Agrees ./hadamard"),
		test("Jacobian", "", "-run Refused|Refuses|Overflow ./jacobian"),
		test("solvers", "", "-run Edge|NaN|NotFinite|Tiny|Zero|Singular|Indefinite|Rank|Refuse ./solver"),
		test("training", "", "-short -run Edge|Extreme|Refuse|Bad|Degenerate|Odd|Zero|NaN|Stagnates ./train"),
	}, tally)
}

// full is the flag that makes the tests of faults try every place, which package train
// and its command have.
func (p *page) full() string {
	if p.quick {
		return ""
	}
	return " -faults"
}

func faults(ctx context.Context, p *page) error {
	p.Text("Runs killed and resumed to the same bits, every byte of a file altered, a full disk and a folder that cannot be written.")
	all := []command{
		test("killed, terminated, interrupted commands", "", "-run Killed|Terminated|Interrupt ./train/cmd/nearlinear"+p.full()),
		test("resumed fits", "", "-run Resume ./train"+p.full()),
		test("checkpoints", "", "-run Checkpoint|Altered ./train"+p.full()),
		test("truncated files and contradictions", "", "-run Truncat|Contradict|Hostile ./train"+p.full()),
		test("full disk, read-only folder", "", "-run FullDisk|ReadOnly ./train"+p.full()),
		test("contexts that end anywhere, solvers", "", "-run Cancel ./solver"),
		test("contexts that end anywhere, fits", "", "-run Cancel ./train"+p.full()),
	}
	return p.Commands(ctx, all, tally)
}

// times is how often a benchmark runs that takes the worst of all runs.
func (p *page) times(n int) string {
	if p.quick {
		n = 1
	}
	return strconv.Itoa(n) + "x"
}

// benchmarked adds the table of a benchmark.
func (p *page) benchmarked(ctx context.Context, c command) ([]measured, error) {
	output, took, err := p.do(ctx, c)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	all := benchmarks(output)
	if err != nil {
		p.Text("**failed**: %v", failures(output))
	}
	p.Table(benchmarkTable(all))
	p.Text("`%s`, %v", c, took)
	return all, nil
}

func cancelled(ctx context.Context, p *page) error {
	name := "Cancel"
	if p.quick {
		name = "Cancel/phase=(prepare|forward|lowrank)/method=matrix-free"
	}
	p.Text("Fits with 16 384 neurons; the context ends at a random moment of a phase, and what counts is the longest time until `Fit` returned.")
	all, err := p.benchmarked(ctx, benchmark(name, p.times(5), "./train"))
	if err != nil {
		return err
	}
	worst, where := 0.0, ""
	for _, b := range all {
		for _, m := range b.metrics {
			if v, err := strconv.ParseFloat(m.value, 64); err == nil && m.unit == "ms-worst" && v > worst {
				worst, where = v, b.name
			}
		}
	}
	p.Text("The longest of all: %.3g ms, %s.", worst, where)
	return nil
}

func memory(ctx context.Context, p *page) error {
	name := "Memory"
	if p.quick {
		name = "Memory/method=exact/sketch=auto/n=824"
	}
	p.Text("The peak of a process that fits, beside what the plan says before.")
	_, err := p.benchmarked(ctx, benchmark(name, "1x", "./train"))
	return err
}

func pauses(ctx context.Context, p *page) error {
	p.Text("The time that the collector stops all goroutines for, its 99th percentile, without and with transforms of 2²⁶ numbers beside it.")
	_, err := p.benchmarked(ctx, benchmark("Pause", "1x", "./hadamard"))
	return err
}

var soaked = regexp.MustCompile(`\d+ rounds in .*`)

func concurrency(ctx context.Context, p *page) error {
	p.Text("Fits and predictions at the same time, under the race detector and not, have the bits that they have alone; repeated for %v they leave heap and goroutines where they were.", short(p.soak))
	return p.Commands(ctx, []command{
		test("helpers of loops", "", "-run Goexit|LateHelpers ./asm"),
		test("loads", "", "-run Concurrent|Goroutine ./train"+p.full()),
		test("loads, race detector", "", "-race -run Concurrent ./train"+p.full()).needs("cc"),
		test("loads, repeated", "", fmt.Sprintf("-run TestSoak ./train -soak %s", short(p.soak))),
	}, func(output string) string {
		if found := soaked.FindString(output); found != "" {
			return found
		}
		return tally(output)
	})
}
