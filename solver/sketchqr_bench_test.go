package solver

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSketchQR makes and applies the preconditioner of a sketch in float64
// and in float32 in turn, from a sketch of that precision, and reports the medians
// of neither but the sums of both.
func BenchmarkSketchQR(b *testing.B) {
	const n = 1437
	for _, ratio := range []int{4, 6} {
		s := ratio * n
		sa, x := normal(1, s*n), normal(2, n)
		sa32 := rounded(sa)
		for _, ridge := range []float64{0, 1} {
			b.Run(fmt.Sprintf("n=%d/s=%d/ridge=%g", n, s, ridge), func(b *testing.B) {
				wide, err := NewSketchQR(bg, sa, s, n, nil)
				if err != nil {
					b.Fatal(err)
				}
				narrow, err := NewSketchQR32(bg, sa32, s, n, nil)
				if err != nil {
					b.Fatal(err)
				}
				var took [4]time.Duration
				timed := func(i int, f func()) {
					start := time.Now()
					f()
					took[i] += time.Since(start)
				}
				const solves = 20
				for b.Loop() {
					timed(0, func() { err = wide.Factor(bg, sa, ridge) })
					timed(1, func() { err = narrow.Factor32(bg, sa32, ridge) })
					timed(2, func() {
						for range solves {
							wide.SolveVec(x, x)
						}
					})
					timed(3, func() {
						for range solves {
							narrow.SolveVec(x, x)
						}
					})
				}
				if err != nil {
					b.Fatal(err)
				}
				for i, name := range []string{"ms-make/bits=64", "ms-make/bits=32", "ms-solve/bits=64", "ms-solve/bits=32"} {
					per := 1e3 * took[i].Seconds() / float64(b.N)
					if i >= 2 {
						per /= solves
					}
					b.ReportMetric(per, name)
				}
			})
		}
	}
}
