package jacobian

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// benchShapes are n, d and m: the samples of the digits with few features and
// many, and the concrete table.
var benchShapes = [][3]int{{1437, 65, 4096}, {1437, 64, 16384}, {1437, 16, 16384}, {1437, 200, 16384}, {1437, 784, 4096}, {824, 9, 4096}}

// benchProducts times one product and reports its rate and its share of the FMA
// peak measured in the same run.
func benchProducts(b *testing.B, flops float64, call func(op *Operator, n, md []float64)) {
	for _, s := range benchShapes {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/d=%d/m=%d/workers=%d", s[0], s[1], s[2], workers), func(b *testing.B) {
				p := newProblem(s[0], s[2], s[1], 1)
				op, err := New(p.net, p.x, &Options{Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				n, md := make([]float64, p.n), make([]float64, p.m*p.d)
				op.Linearize(n)
				copy(md, p.net.W)
				for b.Loop() {
					call(op, n, md)
				}
				rate := flops * float64(s[0]*s[1]*s[2]) * float64(b.N) / b.Elapsed().Seconds() / 1e9
				b.ReportMetric(rate, "GF/s")
				b.ReportMetric(rate/peak(workers), "peak")
			})
		}
	}
}

// peak is the FMA rate of the workers in GF/s, the best of ten runs of some
// 3 ms each.
func peak(workers int) float64 {
	const turns, tasks = 10_000, 200
	team := asm.NewTeam(workers)
	var best float64
	for range 10 {
		start := time.Now()
		team.Do(tasks, func(_, _ int) { asm.PeakFMA(turns) })
		best = max(best, asm.PeakFMA(1)*turns*tasks/time.Since(start).Seconds()/1e9)
	}
	return best
}

func BenchmarkLinearize(b *testing.B) {
	benchProducts(b, 2, func(op *Operator, n, md []float64) { op.Linearize(n) })
}

func BenchmarkMulVec(b *testing.B) {
	benchProducts(b, 2, func(op *Operator, n, md []float64) { op.MulVec(n, md) })
}

func BenchmarkMulTransVec(b *testing.B) {
	benchProducts(b, 2, func(op *Operator, n, md []float64) { op.MulTransVec(md, n) })
}

func BenchmarkMulGramVec(b *testing.B) {
	benchProducts(b, 4, func(op *Operator, n, md []float64) { op.MulGramVec(n, n) })
}

// BenchmarkSeveralVecs times products of k vectors, and reports the time of a vector and
// the share of the bound that packing states: ⌈k·d/8⌉ lines of eight columns for every four
// gates, and an eighth more, at the rate at which the FMA ports take their operands.
func BenchmarkSeveralVecs(b *testing.B) {
	const n, m, most = 16_000, 4096, 26
	for _, d := range []int{8, 9, 17, 24} {
		p := newProblem(n, m, d, 1)
		for _, workers := range []int{1, 2} {
			op, err := New(p.net, p.x, &Options{Workers: workers})
			if err != nil {
				b.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			u, v := normals(rng, most*n), normals(rng, most*m*d)
			op.Linearize(u[:n])
			for name, call := range map[string]func(k int){
				"product=JV":  func(k int) { op.MulVecs(u[:k*n], v[:k*m*d], k) },
				"product=JtU": func(k int) { op.MulTransVecs(v[:k*m*d], u[:k*n], k) },
			} {
				for _, k := range []int{1, 4, most} {
					b.Run(fmt.Sprintf("%s/n=%d/d=%d/m=%d/workers=%d/k=%d", name, n, d, m, workers, k), func(b *testing.B) {
						call(k)
						for b.Loop() {
							call(k)
						}
						took := b.Elapsed().Seconds() / float64(b.N)
						loads := float64(8*ceil(k*d, 8)) * n * m / 4 * 9 / 8
						b.ReportMetric(1e3*took/float64(k), "ms/vector")
						b.ReportMetric(loads/(peak(workers)*1e9/2)/took, "share")
					})
				}
			}
		}
	}
}

// BenchmarkGram counts n²m operations a Gram matrix, as a dense product of 0/1
// matrices without symmetry would need half of.
func BenchmarkGram(b *testing.B) {
	for _, s := range benchShapes {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/d=%d/m=%d/workers=%d", s[0], s[1], s[2], workers), func(b *testing.B) {
				p := newProblem(s[0], s[2], s[1], 1)
				op, err := New(p.net, p.x, &Options{Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				op.Linearize(make([]float64, p.n))
				g := make([]float64, p.n*p.n)
				for b.Loop() {
					op.Gram(g)
				}
				b.ReportMetric(float64(s[0])*float64(s[0])*float64(s[2])*float64(b.N)/b.Elapsed().Seconds()/1e9, "n²m-G/s")
			})
		}
	}
}

// BenchmarkSketch forms S·Jᵀ by the Kronecker SRHT with 6n rows.
func BenchmarkSketch(b *testing.B) {
	for _, s := range benchShapes {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/d=%d/m=%d/workers=%d", s[0], s[1], s[2], workers), func(b *testing.B) {
				p := newProblem(s[0], s[2], s[1], 1)
				op, err := New(p.net, p.x, &Options{Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				op.Linearize(make([]float64, p.n))
				sketch, err := hadamard.NewKroneckerSRHT(p.m, p.d, 6*p.n, 1)
				if err != nil {
					b.Fatal(err)
				}
				sj := make([]float64, sketch.S()*p.n)
				for b.Loop() {
					if err := op.Sketch(sj, sketch); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkGrowth reports how the time of JJᵀ·u grows with m·n at fixed d: the
// slope of the logarithms from (m, n) = (1024, 256) to (65536, 4096), by least
// squares, each time the best of several.
func BenchmarkGrowth(b *testing.B) {
	const d = 16
	sizes := [][2]int{{1024, 256}, {2048, 512}, {4096, 512}, {8192, 1024}, {16384, 2048}, {32768, 2048}, {65536, 4096}}
	var sx, sy, sxx, sxy float64
	for b.Loop() {
		sx, sy, sxx, sxy = 0, 0, 0, 0
		for _, s := range sizes {
			p := newProblem(s[1], s[0], d, 1)
			op, err := New(p.net, p.x, &Options{Workers: 1})
			if err != nil {
				b.Fatal(err)
			}
			u := make([]float64, p.n)
			op.Linearize(u)
			best := time.Hour
			for round, reps := 0, 1+1<<28/(p.n*p.m); round < 5; round++ {
				start := time.Now()
				for range reps {
					op.MulGramVec(u, u)
				}
				best = min(best, time.Since(start)/time.Duration(reps))
			}
			x, y := math.Log(float64(p.n*p.m)), math.Log(best.Seconds())
			sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
		}
	}
	k := float64(len(sizes))
	b.ReportMetric((k*sxy-sx*sy)/(k*sxx-sx*sx), "slope")
}

// BenchmarkPeakMemory runs Linearize and both products of a large operator and
// reports the most memory the process has had; run it alone.
func BenchmarkPeakMemory(b *testing.B) {
	const n, d, m = 20_000, 64, 65_536
	b.Run(fmt.Sprintf("n=%d/d=%d/m=%d", n, d, m), func(b *testing.B) {
		for b.Loop() {
			p := newProblem(n, m, d, 1)
			op, err := New(p.net, p.x, nil)
			if err != nil {
				b.Fatal(err)
			}
			u := make([]float64, n)
			op.Linearize(u)
			op.MulGramVec(u, u)
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			b.Skip("the kernel does not tell: ", err)
		}
		for line := range strings.Lines(string(status)) {
			var kb float64
			if _, err := fmt.Sscanf(line, "VmHWM: %g kB", &kb); err == nil {
				b.ReportMetric(kb/1024, "peak-MiB")
			}
		}
	})
}
