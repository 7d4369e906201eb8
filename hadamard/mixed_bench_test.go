package hadamard

import (
	"fmt"
	"math/bits"
	"testing"
)

// BenchmarkMixedBatch has short rows of mixed lengths, as many as fit the first cache,
// each followed by the power of two above it.
func BenchmarkMixedBatch(b *testing.B) {
	b.Run("type=float64", benchMixedBatch[float64])
	b.Run("type=float32", benchMixedBatch[float32])
}

func benchMixedBatch[T Float](b *testing.B) {
	plan := mustPlan[T](b, Options{Workers: 1})
	for _, m := range mixedOrders[1:] {
		for _, n := range []int{m, 2 * m, 4 * m, 8 * m} {
			for _, n := range []int{n, 1 << bits.Len(uint(n))} {
				rows := 2048 / n
				x := make([]T, rows*n)
				b.Run(fmt.Sprintf("m=%d/n=%d", m, n), func(b *testing.B) {
					for b.Loop() {
						plan.Rows(x, rows, n)
					}
					report[T](b, len(x))
				})
			}
		}
	}
}
