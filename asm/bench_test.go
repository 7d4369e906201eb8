package asm

import (
	"fmt"
	"testing"
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
// cache; compare it with BenchmarkPeakFMA of the same run.
func BenchmarkMulAdd(b *testing.B) {
	for _, k := range []int{9, 16, 64, 256} {
		m, n := 96, 64
		a, p, c := make([]float64, m*k), make([]float64, PanelLen(k, n)), make([]float64, m*n)
		b.Run(fmt.Sprintf("m=%d/n=%d/k=%d", m, n, k), func(b *testing.B) {
			for b.Loop() {
				MulAdd(c, n, a, k, 1, p, m, n, k)
			}
			b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}

func BenchmarkPeakFMA(b *testing.B) {
	var flops float64
	for b.Loop() {
		flops += PeakFMA(1000)
	}
	b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GF/s")
}

// BenchmarkAndCount reports products of bits a second.
func BenchmarkAndCount(b *testing.B) {
	const words, stride = 256, 72
	x, y := make([]uint64, words*stride), make([]uint64, words*stride)
	var dst [CountTile * CountTile]int64
	for b.Loop() {
		AndCount(&dst, x, stride, CountTile, y, stride, words)
	}
	b.ReportMetric(CountTile*CountTile*64*words*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gbits/s")
}
