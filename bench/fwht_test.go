package bench

import (
	"fmt"
	"testing"

	"github.com/nearlinear/nearlinear/hadamard"
)

// naive is the transform as it is usually written: three loops.
func naive(x []float64) {
	for h := 1; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			for j := i; j < i+h; j++ {
				x[j], x[j+h] = x[j]+x[j+h], x[j]-x[j+h]
			}
		}
	}
}

func BenchmarkTransform(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 14, 1 << 18, 1 << 20} {
		x := make([]float64, n)
		for _, c := range []struct {
			lib string
			f   func([]float64)
		}{{"nearlinear", hadamard.Transform[float64]}, {"naive-go", naive}} {
			b.Run(fmt.Sprintf("lib=%s/type=float64/n=%d", c.lib, n), func(b *testing.B) {
				b.SetBytes(int64(8 * n))
				for b.Loop() {
					c.f(x)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(n), "ns/elem")
			})
		}
	}
}
