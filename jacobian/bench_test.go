package jacobian

import (
	"fmt"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// benchShapes: the digits problem at three widths of feature.
var benchShapes = [][3]int{{1437, 65, 4096}, {1437, 64, 16384}, {1437, 16, 16384}, {824, 9, 4096}}

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
