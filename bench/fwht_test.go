package bench

import (
	"fmt"
	"testing"

	"github.com/nearlinear/nearlinear/hadamard"
)

func BenchmarkTransform(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 14, 1 << 18, 1 << 20} {
		x := make([]float64, n)
		for _, c := range []struct {
			lib string
			f   func([]float64)
		}{{"nearlinear", hadamard.Transform[float64]}, {"plain-go", PlainTransform[float64]}} {
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
