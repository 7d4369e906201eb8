package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestMulElemMultipliesOnce(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(71, 72))
		for _, n := range []int{0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 64, 100, 1<<14 + 21} {
			fuzzMulElem[float64](t, rng, n, n%4, n%2 == 0)
			fuzzMulElem[float32](t, rng, n, n%4, n%2 == 0)
			for _, rows := range []int{1, 2, 9} {
				fuzzMulRows[float64](t, rng, n, rows, n%3, n%4, n%2 == 0)
				fuzzMulRows[float32](t, rng, n, rows, n%3, n%4, n%2 == 0)
			}
		}
	})
}

// fuzzMulElem compares MulElem with its definition, out of place and in place,
// and looks behind dst.
func fuzzMulElem[T Float](t *testing.T, rng *rand.Rand, n, offset int, edges bool) {
	t.Helper()
	x, y := fwhtValues[T](rng, n, offset, edges), fwhtValues[T](rng, n, 3-offset%4, edges)
	got := fwhtValues[T](rng, n+behind, offset, false)
	want := append([]T(nil), got...)
	for i := range x {
		want[i] = x[i] * y[i]
	}
	what := fmt.Sprintf("MulElem n=%d offset=%d edges=%v", n, offset, edges)
	MulElem(got[:n], x, y)
	fwhtCheck(t, what, got, want)
	MulElem(x, x, y)
	fwhtCheck(t, what+" in place", x, want[:n])
}

// fuzzMulRows compares MulRows with its definition, out of place and in place, memory
// between the rows and behind them included.
func fuzzMulRows[T Float](t *testing.T, rng *rand.Rand, n, rows, pad, offset int, edges bool) {
	t.Helper()
	stride := n + pad
	size := max(0, rows-1)*stride + n
	x, y := fwhtValues[T](rng, size, offset, edges), fwhtValues[T](rng, n, 3-offset%4, edges)
	got := fwhtValues[T](rng, size+behind, offset, false)
	want, kept := append([]T(nil), got...), append([]T(nil), x...)
	for i := range rows {
		for k := range y {
			want[i*stride+k] = x[i*stride+k] * y[k]
			kept[i*stride+k] = want[i*stride+k]
		}
	}
	what := fmt.Sprintf("MulRows n=%d rows=%d stride=%d offset=%d edges=%v", n, rows, stride, offset, edges)
	MulRows(got[:size], x, y, rows, stride)
	fwhtCheck(t, what, got, want)
	MulRows(x, x, y, rows, stride)
	fwhtCheck(t, what+" in place", x, kept)
}

func TestMulElemPanicsOnLengths(t *testing.T) {
	x := make([]float32, 8)
	for name, f := range map[string]func(){
		"x": func() { MulElem(x, x[:7], x) },
		"y": func() { MulElem(x, x, x[:7]) },

		"rows":        func() { MulRows(x, x, x[:3], 3, 3) },
		"rows of dst": func() { MulRows(x[:5], x, x[:3], 2, 3) },
		"rows of x":   func() { MulRows(x, x[:5], x[:3], 2, 3) },
		"stride":      func() { MulRows(x, x, x[:3], 2, 2) },
		"rows < 0":    func() { MulRows(x, x, x[:3], -1, 3) },
		"one row":     func() { MulRows(x[:2], x, x[:3], 1, 3) },
		"far rows":    func() { MulRows(x, x, x[:3], math.MaxInt/2+1, math.MaxInt/2+1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

func FuzzMulElem(f *testing.F) {
	f.Add(uint16(1), uint8(0), uint64(1))
	f.Add(uint16(33), uint8(1), uint64(2))
	f.Add(uint16(1000), uint8(3), uint64(3))
	f.Fuzz(func(t *testing.T, n uint16, offset uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 73))
		fuzzMulElem[float64](t, rng, int(n), int(offset%4), seed%2 == 0)
		fuzzMulElem[float32](t, rng, int(n), int(offset%4), seed%2 == 0)
		fuzzMulRows[float64](t, rng, int(n%600), int(offset%7), int(seed%5), int(offset%4), seed%2 == 0)
		fuzzMulRows[float32](t, rng, int(n%600), int(offset%7), int(seed%5), int(offset%4), seed%2 == 0)
	})
}
