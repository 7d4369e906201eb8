package asm

import (
	"fmt"
	"testing"
)

// BenchmarkVectors32 has the kernels on vectors of float32 in the first cache and
// in the second.
func BenchmarkVectors32(b *testing.B) {
	for _, n := range []int{2048, 65536} {
		x, y, z := make([]float32, n), make([]float32, n), make([]float64, n)
		for name, f := range map[string]func(){
			"DotWide":  func() { DotWide(x, z) },
			"Dot32":    func() { Dot32(x, y) },
			"AxpyWide": func() { AxpyWide(z, 1, x) },
			"Axpy32":   func() { Axpy32(y, 1, x) },
			"Scale32":  func() { Scale32(y, 1, x) },
			"Dot64":    func() { Dot(z, z) },
			"Axpy64":   func() { Axpy(z, 1, z) },
		} {
			b.Run(fmt.Sprintf("op=%s/n=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(n), "ns/element")
			})
		}
	}
}
