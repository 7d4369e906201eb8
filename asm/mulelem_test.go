package asm

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestMulElemMultipliesOnce(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(71, 72))
		for _, n := range []int{0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 64, 100, 1<<14 + 21} {
			fuzzMulElem[float64](t, rng, n, n%4, n%2 == 0)
			fuzzMulElem[float32](t, rng, n, n%4, n%2 == 0)
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

func TestMulElemPanicsOnLengths(t *testing.T) {
	x := make([]float32, 8)
	for name, f := range map[string]func(){
		"x": func() { MulElem(x, x[:7], x) },
		"y": func() { MulElem(x, x, x[:7]) },
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
	})
}
