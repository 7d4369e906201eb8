package asm

import (
	"fmt"
	"testing"
)

// BenchmarkPaley has each order on vectors in the first cache, beside FWHT of the
// power of two above, which runs in passes. "adds/ns" counts additions of elements.
func BenchmarkPaley(b *testing.B) {
	b.Run("type=float64", benchPaley[float64])
	b.Run("type=float32", benchPaley[float32])
}

func benchPaley[T Float](b *testing.B) {
	adds := map[int]float64{12: 50, 20: 124, 28: 200}
	for _, m := range []int{12, 20, 28} {
		for _, run := range []int{1, 8, 64} {
			x := make([]T, m*run)
			b.Run(fmt.Sprintf("m=%d/run=%d", m, run), func(b *testing.B) {
				for b.Loop() {
					Paley(x, m, run, 1, run, len(x), 1)
				}
				ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
				b.ReportMetric(ns/float64(len(x)), "ns/elem")
				b.ReportMetric(adds[m]*float64(run)/ns, "adds/ns")
			})
		}
	}
}
