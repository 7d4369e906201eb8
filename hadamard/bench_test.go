package hadamard

import (
	"fmt"
	"math/bits"
	"testing"
	"time"
	"unsafe"

	"github.com/nearlinear/nearlinear/asm"
)

// report adds the time an element of data takes to a benchmark that ran
// through n elements of T in each iteration.
func report[T any](b *testing.B, n int) {
	b.SetBytes(int64(n) * int64(unsafe.Sizeof(*new(T))))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elem")
}

func BenchmarkTransform(b *testing.B) {
	b.Run("type=float64", benchTransform[float64])
	b.Run("type=float32", benchTransform[float32])
}

func benchTransform[T Float](b *testing.B) {
	for k := 6; k <= 26; k++ {
		if k > 12 && k%2 == 1 && k != 17 && k != 21 {
			continue
		}
		x := ones[T](1 << k)
		b.Run(fmt.Sprintf("n=%d", len(x)), func(b *testing.B) {
			for b.Loop() {
				Transform(x)
			}
			report[T](b, len(x))
			perScaling(b, x)
		})
	}
}

// perScaling reports the time of an iteration as a multiple of that of a pass
// that multiplies x in place.
func perScaling[T Float](b *testing.B, x []T) {
	per := b.Elapsed() / time.Duration(b.N)
	reps := 1 + int(20*time.Millisecond/(per+1))
	best := time.Hour
	for range 5 {
		start := time.Now()
		for range reps {
			asm.FWHTScale(x, 1)
		}
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(best)*float64(reps), "scalings")
}

// ones touches every page, so that no benchmark pays for the first visit.
func ones[T Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func BenchmarkTransformMixed(b *testing.B) {
	b.Run("type=float64", benchMixed[float64])
	b.Run("type=float32", benchMixed[float32])
}

// benchMixed has lengths that embeddings have, each followed by the power of two
// above it.
func benchMixed[T Float](b *testing.B) {
	for _, n := range []int{12, 48, 96, 192, 384, 640, 768, 896, 1536, 3072, 5120, 12 << 10, 12 << 14, 28 << 14} {
		for _, n := range []int{n, 1 << bits.Len(uint(n))} {
			x := ones[T](n)
			b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
				for b.Loop() {
					TransformMixed(x)
				}
				report[T](b, n)
			})
		}
	}
}

func BenchmarkXorConvolve(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 20} {
		x, y := make([]float64, n), make([]float64, n)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				XorConvolve(x, y)
			}
			report[float64](b, n)
		})
	}
}

func BenchmarkPlanTransform(b *testing.B) {
	for _, order := range []Order{Natural, Sequency, Dyadic} {
		for _, n := range []int{1 << 10, 1 << 20} {
			for _, workers := range []int{1, 2} {
				plan := mustPlan[float64](b, Options{Order: order, Scale: Orthonormal, Workers: workers})
				x := ones[float64](n)
				b.Run(fmt.Sprintf("order=%v/n=%d/workers=%d", order, n, workers), func(b *testing.B) {
					for b.Loop() {
						plan.Transform(x)
					}
					report[float64](b, n)
				})
			}
		}
	}
}

// BenchmarkMixedCols has columns, and one long vector, of mixed lengths and of the
// power of two above.
func BenchmarkMixedCols(b *testing.B) {
	for _, s := range [][3]int{{768, 64, 64}, {768, 64, 100}, {1536, 256, 256}, {896, 300, 300}, {12 << 10, 16, 16}, {12 << 14, 1, 1}, {20 << 14, 1, 1}, {28 << 14, 1, 1}, {12 << 18, 1, 1}} {
		for _, rows := range []int{s[0], 1 << bits.Len(uint(s[0]))} {
			for _, workers := range []int{1, 2} {
				plan := mustPlan[float32](b, Options{Workers: workers, Stride: s[2]})
				x := ones[float32](rows * s[2])
				b.Run(fmt.Sprintf("rows=%d/cols=%d/stride=%d/workers=%d", rows, s[1], s[2], workers), func(b *testing.B) {
					for b.Loop() {
						plan.Cols(x, rows, s[1])
					}
					report[float32](b, rows*s[1])
				})
			}
		}
	}
}

// BenchmarkMixedRows has a million elements as rows of a mixed length and of the
// power of two above it.
func BenchmarkMixedRows(b *testing.B) {
	for _, n := range []int{96, 192, 384, 640, 768, 896, 1536, 3072} {
		for _, n := range []int{n, 1 << bits.Len(uint(n))} {
			for _, workers := range []int{1, 2} {
				rows := (1 << 20) / n
				plan := mustPlan[float32](b, Options{Workers: workers})
				x := ones[float32](rows * n)
				b.Run(fmt.Sprintf("n=%d/workers=%d", n, workers), func(b *testing.B) {
					for b.Loop() {
						plan.Rows(x, rows, n)
					}
					report[float32](b, rows*n)
				})
			}
		}
	}
}

func BenchmarkRows(b *testing.B) {
	for _, s := range [][2]int{{4096, 16}, {4096, 64}, {1024, 1024}} {
		benchMatrix(b, s[0], s[1], (*Plan[float64]).Rows)
	}
}

func BenchmarkCols(b *testing.B) {
	for _, s := range [][2]int{{1024, 8}, {16384, 8}, {1024, 1000}, {1024, 1024}, {64, 100000}} {
		benchMatrix(b, s[0], s[1], (*Plan[float64]).Cols)
	}
}

func benchMatrix(b *testing.B, rows, cols int, f func(p *Plan[float64], x []float64, rows, cols int)) {
	for _, workers := range []int{1, 2} {
		plan := mustPlan[float64](b, Options{Workers: workers})
		x := ones[float64](rows * cols)
		b.Run(fmt.Sprintf("rows=%d/cols=%d/workers=%d", rows, cols, workers), func(b *testing.B) {
			for b.Loop() {
				f(plan, x, rows, cols)
			}
			report[float64](b, rows*cols)
		})
	}
}

func BenchmarkSRHT(b *testing.B) {
	for _, n := range []int{1000, 1 << 16, 1 << 20, 1<<20 + 1, 1 << 23} {
		sk := newSRHT(b, n, 500, 1)
		x, y := ones[float64](n), make([]float64, 500)
		b.Run(fmt.Sprintf("n=%d/s=500", n), func(b *testing.B) {
			for b.Loop() {
				sk.Apply(y, x)
			}
			report[float64](b, n)
		})
	}
}

func BenchmarkSRHTCols(b *testing.B) {
	for _, n := range []int{1000, 1 << 14} {
		const cols = 64
		sk := newSRHT(b, n, 500, 1)
		a, y := ones[float64](n*cols), make([]float64, 500*cols)
		b.Run(fmt.Sprintf("n=%d/cols=%d/s=500", n, cols), func(b *testing.B) {
			for b.Loop() {
				sk.ApplyCols(y, a, cols)
			}
			report[float64](b, n*cols)
		})
	}
}

func BenchmarkKroneckerSRHT(b *testing.B) {
	const m, d, s = 4096, 65, 6000
	sk := newKronecker(b, m, d, s, 1)
	u, v, y := make([]float64, sk.LeftLen()), make([]float64, sk.RightLen()), make([]float64, s)
	b.Run(fmt.Sprintf("m=%d/d=%d/s=%d", m, d, s), func(b *testing.B) {
		for b.Loop() {
			sk.TransformLeft(u)
			sk.TransformRight(v)
			sk.Sample(y, u, v)
		}
	})
}

func BenchmarkNewSRHT(b *testing.B) {
	for b.Loop() {
		if _, err := NewSRHT(1<<18, 6000, 1); err != nil {
			b.Fatal(err)
		}
	}
}
