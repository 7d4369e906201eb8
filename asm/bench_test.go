package asm

import (
	"fmt"
	"testing"
	"time"
)

func BenchmarkDot(b *testing.B) {
	for _, n := range []int{64, 1024, 65536} {
		x := make([]float64, n)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.SetBytes(int64(16 * n))
			for b.Loop() {
				Dot(x, x)
			}
		})
	}
}

// BenchmarkMulAdd reports GF/s of the product kernel on operands that stay in
// cache, and its share of the peak, which is measured between its calls.
func BenchmarkMulAdd(b *testing.B) {
	for _, k := range []int{9, 16, 64, 128, 256} {
		for _, n := range []int{8, 64, 96} {
			m := 96
			a, p, c := make([]float64, m*k), make([]float64, PanelLen(k, n)), make([]float64, m*n)
			b.Run(fmt.Sprintf("m=%d/n=%d/k=%d", m, n, k), func(b *testing.B) {
				var peak, flops, took float64
				for b.Loop() {
					start := time.Now()
					flops += PeakFMA(500)
					mid := time.Now()
					MulAdd(c, n, a, k, 1, p, m, n, k)
					took += time.Since(mid).Seconds()
					peak += mid.Sub(start).Seconds()
				}
				rate := 2 * float64(m*n*k) * float64(b.N) / took
				b.ReportMetric(rate/1e9, "GF/s")
				b.ReportMetric(100*rate*peak/flops, "%peak")
			})
		}
	}
}

func BenchmarkPeakFMA(b *testing.B) {
	var flops float64
	for b.Loop() {
		flops += PeakFMA(1000)
	}
	b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GF/s")
}

// BenchmarkAndCount reports products of bits a second, from operands as an
// Operator of 1437 samples holds them.
func BenchmarkAndCount(b *testing.B) {
	const words = 256
	for _, rows := range []int{16, 32, 64, 128, CountRows} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			const stride = 1480
			x, y := make([]uint64, words*stride), make([]uint64, words*stride)
			for i := range x {
				x[i], y[i] = 1, 2 // touch every page
			}
			dst, scratch := make([]int64, rows*CountTile), new(CountScratch)
			for b.Loop() {
				AndCount(dst, x, stride, rows, y, stride, words, scratch)
			}
			b.ReportMetric(float64(rows)*CountTile*64*words*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gbits/s")
		})
	}
}

// BenchmarkLongestProductCall is BenchmarkLongestCall for the kernels of
// products: operands as large as one call takes, in no cache.
func BenchmarkLongestProductCall(b *testing.B) {
	x := make([]float64, 1<<24)
	for i := range x {
		x[i] = 1 // touch every page
	}
	part := func(i, n int) []float64 { return x[i*n%(len(x)-n):][:n:n] }
	words := make([]uint64, 1<<21)
	bits := func(i, n int) []uint64 { return words[i*n%(len(words)-n):][:n:n] }
	acc, gates, table := new([GateWidth]float64), make([]uint64, forwardRows(1)), aligned(make([]float64, BitsTable+8))
	counts := make([]int64, CountTile*CountTile)
	passes := map[string]func(i int){}
	for _, d := range []int{8, 64, forwardDepth} {
		rows := forwardRows(d)
		passes[fmt.Sprintf("forward/d=%d", d)] = func(i int) {
			forward(acc, gates[:rows], part(i, rows*d), x[:rows], part(i+1, GateWidth*d), d)
		}
	}
	timeCalls(b, passes, GateWidth/forwardSamples())
	calls := map[string]func(i int){}
	for vecs := 1; vecs <= 4; vecs++ {
		calls[fmt.Sprintf("bits/width=%d", 8*vecs)] = func(i int) {
			bitAdd(part(i, bitsCall*1024), 1024, bits(i, bitsCall), 0, table, vecs)
		}
	}
	calls["count"] = func(i int) {
		y := bits(i, countCall*2048)
		andCount(counts, y, 2048, CountTile, y[CountTile:], 2047, countCall)
	}
	timeCalls(b, calls, 1)
}
