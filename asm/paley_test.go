package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// paleyMatrix returns the matrix of paley_generic.go's first lines, entry by entry.
func paleyMatrix(m int) [][]float64 {
	q := m/2 - 1
	p := map[int]int{5: 5, 9: 3, 13: 13}[q]
	mul := func(x, y int) int {
		a, b, c, d := x%p, x/p, y%p, y/p
		return (a*c+(p-1)*b*d)%p + (a*d+b*c)%p*p
	}
	sub := func(x, y int) int { return (x%p-y%p+p)%p + (x/p-y/p+p)%p*p }
	square := make([]float64, q)
	for x := 1; x < q; x++ {
		square[x] = -1
	}
	for x := 1; x < q; x++ {
		square[mul(x, x)] = 1
	}
	h := make([][]float64, m)
	for i := range h {
		h[i] = make([]float64, m)
		for j := range h {
			c := float64(min(i/2+j/2, 1))
			if i > 1 && j > 1 {
				c = square[sub(i/2-1, j/2-1)]
			}
			if i%2 == 1 && j%2 == 1 {
				c = -c
			}
			h[i][j] = c
			if i/2 == j/2 {
				h[i][j] += [2][2]float64{{1, -1}, {-1, -1}}[i%2][j%2]
			}
			if i == 1 != (j == 1) {
				h[i][j] = -h[i][j]
			}
		}
	}
	return h
}

func TestPaleyIsASymmetricHadamardMatrix(t *testing.T) {
	for _, m := range []int{12, 20, 28} {
		h := paleyMatrix(m)
		for i := range h {
			if h[0][i] != 1 || h[i][0] != 1 {
				t.Errorf("order %d: row or column 0 is not all ones at %d", m, i)
			}
			for j := range h {
				dot := 0.0
				for k := range h {
					dot += h[i][k] * h[j][k]
				}
				if want := map[bool]float64{true: float64(m)}[i == j]; dot != want || h[i][j] != h[j][i] {
					t.Errorf("order %d: rows %d and %d have product %v", m, i, j, dot)
				}
			}
		}
	}
}

// On small integers every sum is exact, so the matrix gives the same numbers.
func TestPaleyIsItsMatrix(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testPaleyMatrix[float64])
		t.Run("float32", testPaleyMatrix[float32])
	})
}

func testPaleyMatrix[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	for _, m := range []int{12, 20, 28} {
		h := paleyMatrix(m)
		for _, run := range []int{1, 5, 16, 23} {
			x := make([]T, m*run)
			for i := range x {
				x[i] = T(rng.IntN(2001) - 1000)
			}
			got := append([]T(nil), x...)
			Paley(got, m, run, 1, run, 0, 1)
			for i := range m {
				for c := range run {
					sum := 0.0
					for j := range m {
						sum += h[i][j] * float64(x[j*run+c])
					}
					if float64(got[i*run+c]) != sum {
						t.Fatalf("m=%d run=%d: output %d of column %d is %v, the matrix gives %v (path %s)", m, run, i, c, got[i*run+c], sum, Info())
					}
				}
			}
		}
	}
}

func TestPaleyMatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testPaley[float64])
		t.Run("float32", testPaley[float32])
	})
}

func testPaley[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	for trial := range 600 {
		fuzzPaley[T](t, rng, []int{12, 20, 28}[trial%3], 1+rng.IntN(40), 1+rng.IntN(4), rng.IntN(4), trial%4, trial%2 == 0, []float64{1, -0.3}[trial%5/4])
	}
	fuzzPaley[T](t, rng, 12, 3000, 1, 1, 0, false, 0.5) // several calls for a run
	fuzzPaley[T](t, rng, 28, 100, 30, 0, 0, false, 0.5) // and for the runs
}

// fuzzPaley compares Paley with paleyGeneric and a scaling, memory between
// the rows and behind them included.
func fuzzPaley[T Float](t *testing.T, rng *rand.Rand, m, run, count, pad, offset int, edges bool, alpha float64) {
	t.Helper()
	row, step := run+pad, m*(run+pad)
	if pad == 3 { // rows of different runs in turn
		step, row = run, run*count+1
	}
	got := fwhtValues[T](rng, (count-1)*step+(m-1)*row+run+behind, offset, edges)
	want := append([]T(nil), got...)
	Paley(got[:len(got)-behind], m, run, count, row, step, alpha)
	paleyGeneric(want, m, run, count, row, step)
	if alpha != 1 {
		for i := range count {
			for q := range m {
				for c := range run {
					want[i*step+q*row+c] *= T(alpha)
				}
			}
		}
	}
	fwhtCheck(t, fmt.Sprintf("Paley m=%d run=%d count=%d row=%d step=%d offset=%d edges=%v alpha=%v", m, run, count, row, step, offset, edges, alpha), got, want)
}

// Where doubling overflows, a fused product does not.
func TestPaleyFusesTheProduct(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		if got := lessTwice(0x1.8p1023, 0x1p1023); got != -0x1p1022 {
			t.Errorf("float64: %v", got)
		}
		if got := lessTwice[float32](0x1.8p127, 0x1p127); got != -0x1p126 {
			t.Errorf("float32: %v", got)
		}
		x := make([]float64, 12*16)
		for i := range x {
			x[i] = math.MaxFloat64 / 7 * float64(1-i/16%2*2)
		}
		want := append([]float64(nil), x...)
		Paley(x, 12, 16, 1, 16, 0, 1)
		paleyGeneric(want, 12, 16, 1, 16, 0)
		equalBits(t, "Paley near the largest number", x, want)
	})
}

func TestPaleyPanicsOnWrongShapes(t *testing.T) {
	x := make([]float64, 48)
	for name, f := range map[string]func(){
		"m=16":        func() { Paley(x, 16, 1, 1, 1, 16, 1) },
		"run":         func() { Paley(x, 12, 5, 1, 4, 48, 1) },
		"row":         func() { Paley(x, 12, 1, 1, 5, 48, 1) },
		"count":       func() { Paley(x, 12, 1, 5, 1, 12, 1) },
		"negative":    func() { Paley(x, 12, 1, 1, -1, 12, 1) },
		"too large":   func() { Paley(x, 12, 1, 1, math.MaxInt/8, 0, 1) },
		"many":        func() { Paley(x, 12, 1, math.MaxInt/8, 1, math.MaxInt/8, 1) },
		"longer runs": func() { Paley(x, 12, 49, 1, 0, 0, 1) },
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
	for name, f := range map[string]func(){
		"m=16":       func() { FWHTPaley(x, 16, 1, 1, 16, 1) },
		"pow=3":      func() { FWHTPaley(x, 12, 3, 1, 36, 1) },
		"pow=0":      func() { FWHTPaley(x, 12, 0, 1, 36, 1) },
		"pow=8":      func() { FWHTPaley(x, 12, 8, 1, 96, 1) },
		"count":      func() { FWHTPaley(x, 12, 1, 5, 12, 1) },
		"count < 0":  func() { FWHTPaley(x, 12, 1, -1, 12, 1) },
		"step":       func() { FWHTPaley(x, 12, 2, 1, 23, 1) },
		"long steps": func() { FWHTPaley(x, 12, 1, 3, math.MaxInt/2, 1) },
	} {
		t.Run("FWHTPaley "+name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
	FWHTPaley[float32](nil, 12, 4, 0, 48, 1)
	Paley(x, 12, 0, 3, 100, 100, 1)
	Paley(x, 12, 9, 0, 100, 100, 1)
}

// Rows of every size of register, and longer ones, with and without room between
// vectors, are what FWHT and Paley make of them.
func TestFWHTPaleyMatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHTPaley[float64])
		t.Run("float32", testFWHTPaley[float32])
	})
}

func testFWHTPaley[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(66, 67))
	for trial := range 600 {
		fuzzFWHTPaley[T](t, rng, []int{12, 20, 28}[trial%3], 1<<(trial/3%8), 1+rng.IntN(5), rng.IntN(4), trial%4, trial%2 == 0, []float64{1, -0.3}[trial%5/4])
	}
	for trial := range 120 { // enough vectors to go side by side, and some more
		fuzzFWHTPaley[T](t, rng, []int{12, 20, 28}[trial%3], 1<<(trial/3%4), 2+rng.IntN(40), rng.IntN(4), trial%4, trial%2 == 0, []float64{1, -0.3}[trial%5/4])
	}
	fuzzFWHTPaley[T](t, rng, 12, 4, 300, 0, 0, false, 0.5) // several calls
	fuzzFWHTPaley[T](t, rng, 28, 8, 100, 3, 0, false, 0.5)
	fuzzFWHTPaley[T](t, rng, 28, 4096, 1, 0, 0, false, 0.5)
}

// fuzzFWHTPaley compares FWHTPaley with the two generic functions and a scaling,
// memory between the vectors and behind them included.
func fuzzFWHTPaley[T Float](t *testing.T, rng *rand.Rand, m, pow, count, pad, offset int, edges bool, alpha float64) {
	t.Helper()
	step := m*pow + pad
	got := fwhtValues[T](rng, (count-1)*step+m*pow+behind, offset, edges)
	want := append([]T(nil), got...)
	FWHTPaley(got[:len(got)-behind], m, pow, count, step, alpha)
	for i := range count {
		v := want[i*step:][:m*pow]
		if pow > 1 {
			fwhtBlockGeneric(v, pow)
		}
		paleyGeneric(v, m, pow, 1, pow, 0)
		if alpha != 1 {
			for k := range v {
				v[k] *= T(alpha)
			}
		}
	}
	fwhtCheck(t, fmt.Sprintf("FWHTPaley m=%d pow=%d count=%d step=%d offset=%d edges=%v alpha=%v", m, pow, count, step, offset, edges, alpha), got, want)
}

func FuzzPaley(f *testing.F) {
	f.Add(uint8(0), uint8(63), uint8(0), uint8(1), uint8(0), uint64(1))
	f.Add(uint8(1), uint8(16), uint8(2), uint8(0), uint8(1), uint64(2))
	f.Add(uint8(2), uint8(7), uint8(3), uint8(2), uint8(5), uint64(3))
	f.Add(uint8(2), uint8(31), uint8(1), uint8(3), uint8(7), uint64(6))
	f.Add(uint8(1), uint8(8), uint8(37), uint8(1), uint8(1), uint64(8))
	f.Fuzz(func(t *testing.T, order, length, runs, pad, offset uint8, seed uint64) {
		m, run, count := 12+8*int(order%3), 1+int(length), 1+int(runs%5)
		alpha := []float64{1, -0.3}[seed/2%2]
		rng := rand.New(rand.NewPCG(seed, 65))
		fuzzPaley[float64](t, rng, m, run, count, int(pad%4), int(offset%8), seed%2 == 0, alpha)
		fuzzPaley[float32](t, rng, m, run, count, int(pad%4), int(offset%8), seed%2 == 0, alpha)
		fuzzFWHTPaley[float64](t, rng, m, 1<<(length%8), 1+int(runs%40), int(pad%4), int(offset%8), seed%2 == 0, alpha)
		fuzzFWHTPaley[float32](t, rng, m, 1<<(length%8), 1+int(runs%40), int(pad%4), int(offset%8), seed%2 == 0, alpha)
	})
}
