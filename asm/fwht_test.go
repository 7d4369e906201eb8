package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// fwhtNaive is the specification of fwht_generic.go, to the letter.
func fwhtNaive[T Float](x []T) {
	for h := 1; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			for j := i; j < i+h; j++ {
				x[j], x[j+h] = x[j]+x[j+h], x[j]-x[j+h]
			}
		}
	}
}

// fwhtValues returns n normals, among them the edges of T if asked for, at the
// given offset into the backing array.
func fwhtValues[T Float](rng *rand.Rand, n, offset int, edges bool) []T {
	x := make([]T, n+offset)[offset:]
	tiny, huge := 5e-324, math.MaxFloat64
	if _, ok := any(x).([]float32); ok {
		tiny, huge = math.SmallestNonzeroFloat32, math.MaxFloat32
	}
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), tiny, -9 * tiny, huge}
	for i := range x {
		x[i] = T(rng.NormFloat64())
		if edges && rng.IntN(1+n/4) < 2 {
			x[i] = T(special[rng.IntN(len(special))])
		}
		if edges && n <= 8 {
			x[i] = T(special[rng.IntN(len(special))])
		}
	}
	return x
}

// fwhtSame reports equal bits; widening keeps all of them but a NaN's payload.
func fwhtSame[T Float](a, b T) bool { return same(float64(a), float64(b)) }

func fwhtCheck[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		if !fwhtSame(got[i], want[i]) {
			t.Fatalf("%s of %T: element %d is %x, the specification gives %x (path %s)", what, got, i, got[i], want[i], Info())
		}
	}
}

func TestFWHTMatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHT[float64])
		t.Run("float32", testFWHT[float32])
	})
}

func testFWHT[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for k := 0; k <= 20; k++ {
		n := 1 << k
		for offset := 0; offset < 4; offset++ {
			if k > 17 && (k != 20 || offset != 1) || k > 14 && testing.Short() {
				continue
			}
			edges := offset&1 == 1
			got := fwhtValues[T](rng, n, offset, edges)
			want := append([]T(nil), got...)
			fwhtNaive(want)
			gen := append([]T(nil), got...)
			FWHT(got, n)
			what := fmt.Sprintf("FWHT n=%d offset=%d edges=%v seed=31", n, offset, edges)
			fwhtCheck(t, what, got, want)
			if n >= 2 && n <= 1<<14 {
				fwhtBlockGeneric(gen, n)
				fwhtCheck(t, what+" generic block", gen, want)
			}
		}
	}
}

func TestFWHTOfRunsIsFWHTOfEach(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHTRuns[float64])
		t.Run("float32", testFWHTRuns[float32])
	})
}

func testFWHTRuns[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	for k := 0; k <= 13; k++ {
		for _, runs := range []int{0, 1, 2, 3, 5, 16, 4097} {
			n := 1 << k
			if n*runs > 1<<16 {
				continue
			}
			got := fwhtValues[T](rng, n*runs, runs%3, k%2 == 0)
			want := append([]T(nil), got...)
			for i := 0; i < len(want); i += n {
				fwhtNaive(want[i : i+n])
			}
			FWHT(got, n)
			fwhtCheck(t, fmt.Sprintf("FWHT of %d runs of %d, seed=33", runs, n), got, want)
		}
	}
}

func TestFWHTColsMatchesTheTransformOfEachColumn(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHTCols[float64])
		t.Run("float32", testFWHTCols[float32])
	})
}

func testFWHTCols[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	for k := 0; k <= 15; k++ {
		rows := 1 << k
		for _, shape := range [][2]int{{1, 1}, {1, 2}, {2, 2}, {3, 3}, {3, 5}, {7, 7}, {8, 8}, {9, 11}, {16, 16}, {31, 64}, {77, 77}, {128, 128}, {100, 2048}, {333, 1000}, {5, 70000}, {70001, 70001}} {
			cols, stride := shape[0], shape[1]
			if size := float64(rows) * float64(stride); size > 1<<19 || size > 1<<16 && testing.Short() {
				continue
			}
			got := fwhtValues[T](rng, (rows-1)*stride+cols, k%4, k%2 == 1)
			want := append([]T(nil), got...)
			col := make([]T, rows)
			for c := 0; c < cols; c++ {
				for r := range col {
					col[r] = want[r*stride+c]
				}
				fwhtNaive(col)
				for r := range col {
					want[r*stride+c] = col[r]
				}
			}
			FWHTCols(got, rows, cols, stride)
			fwhtCheck(t, fmt.Sprintf("FWHTCols rows=%d cols=%d stride=%d seed=35", rows, cols, stride), got, want)
		}
	}
}

func TestFWHTPassMatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHTPass[float64])
		t.Run("float32", testFWHTPass[float32])
	})
}

func testFWHTPass[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(37, 38))
	for trial := 0; trial < 600; trial++ {
		r, run, count := 1+rng.IntN(3), 1+rng.IntN(40), 1+rng.IntN(5)
		row := run + rng.IntN(5)
		step := row<<r + rng.IntN(5)
		if rng.IntN(2) == 0 {
			step = run + rng.IntN(5)
			row = step*count + rng.IntN(5)
		}
		got := fwhtValues[T](rng, (count-1)*step+(1<<r-1)*row+run, trial%4, trial%3 == 0)
		want := append([]T(nil), got...)
		what := fmt.Sprintf("fwhtPass r=%d run=%d count=%d row=%d step=%d trial=%d seed=37", r, run, count, row, step, trial)
		fwhtPass(got, run, count, r, row, step)
		fwhtPassGeneric(want, run, count, r, row, step)
		fwhtCheck(t, what, got, want)
	}
}

func TestFlipSignsMatchesItsSpecification(t *testing.T) { onEveryPath(t, testFlipSigns) }

func testFlipSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(39, 40))
	for n := 0; n < 300; n++ {
		src := values(rng, n, n%4, n%2 == 1)
		signs := make([]uint64, (n+63)/64)
		for i := range signs {
			signs[i] = rng.Uint64()
		}
		got, want := make([]float64, n+1), make([]float64, n+1)
		FlipSigns(got[:n], src, signs)
		for i, v := range src {
			want[i] = v
			if signs[i/64]>>(i%64)&1 == 1 {
				want[i] = -v
			}
		}
		equalBits(t, fmt.Sprintf("FlipSigns n=%d", n), got, want)
		FlipSigns(src, src, signs)
		equalBits(t, fmt.Sprintf("FlipSigns in place n=%d", n), src, want[:n])
	}
}

// TestFWHTScaledIsFWHTThenScale covers every way to cut a transform, and the
// elements between the rows, which are not to change.
func TestFWHTScaledIsFWHTThenScale(t *testing.T) {
	t.Run("float64", testFWHTScaled[float64])
	t.Run("float32", testFWHTScaled[float32])
}

func testFWHTScaled[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 46))
	for k := 0; k <= 19; k++ {
		n, runs := 1<<k, 1+(4-k)&3
		if k > 16 && (testing.Short() || k < 19) {
			continue
		}
		got := fwhtValues[T](rng, n*runs, k%3, k%2 == 0)
		want := append([]T(nil), got...)
		FWHT(want, n)
		FWHTScale(want, 0.3)
		FWHTScaled(got, n, 0.3)
		fwhtCheck(t, fmt.Sprintf("FWHTScaled of %d runs of %d, seed=45", runs, n), got, want)
	}
	for k := 0; k <= 14; k++ {
		for _, shape := range [][2]int{{1, 1}, {1, 3}, {5, 5}, {8, 8}, {9, 11}, {31, 64}, {100, 2048}} {
			rows, cols, stride := 1<<k, shape[0], shape[1]
			if rows*stride > 1<<18 {
				continue
			}
			got := fwhtValues[T](rng, (rows-1)*stride+cols, k%4, k%2 == 1)
			want := append([]T(nil), got...)
			FWHTCols(want, rows, cols, stride)
			for r := range rows {
				FWHTScale(want[r*stride:][:cols], -1.7)
			}
			FWHTColsScaled(got, rows, cols, stride, -1.7)
			fwhtCheck(t, fmt.Sprintf("FWHTColsScaled rows=%d cols=%d stride=%d seed=45", rows, cols, stride), got, want)
		}
	}
}

// TestFWHTProductIsMulElemThenFWHT covers every way to cut a transform, out of
// place and in place.
func TestFWHTProductIsMulElemThenFWHT(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHTProduct[float64])
		t.Run("float32", testFWHTProduct[float32])
	})
}

func testFWHTProduct[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(47, 48))
	for k := 0; k <= 19; k++ {
		if k <= 14 || k == 16 && !testing.Short() || k == 19 && !testing.Short() {
			fuzzFWHTProduct[T](t, rng, 1<<k, 1+(4-k)&3, k%4, k%2 == 0)
		}
	}
}

func fuzzFWHTProduct[T Float](t *testing.T, rng *rand.Rand, n, runs, offset int, edges bool) {
	t.Helper()
	x, y := fwhtValues[T](rng, n*runs, offset, edges), fwhtValues[T](rng, n*runs, 1, edges)
	got := fwhtValues[T](rng, n*runs+behind, offset, false)
	want := append([]T(nil), got...)
	MulElem(want[:n*runs], x, y)
	FWHT(want[:n*runs], n)
	FWHTProduct(got[:n*runs], x, y, n)
	what := fmt.Sprintf("FWHTProduct of %d runs of %d, offset=%d", runs, n, offset)
	fwhtCheck(t, what, got, want)
	FWHTProduct(x, x, y, n)
	fwhtCheck(t, what+" in place", x, want[:n*runs])
}

func FuzzFWHTProduct(f *testing.F) {
	f.Add(uint8(5), uint8(1), uint64(1))
	f.Add(uint8(13), uint8(3), uint64(2))
	f.Fuzz(func(t *testing.T, k, offset uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 49))
		fuzzFWHTProduct[float64](t, rng, 1<<(k%16), 1+int(seed/2%5), int(offset%8), seed%2 == 0)
		fuzzFWHTProduct[float32](t, rng, 1<<(k%16), 1+int(seed/2%5), int(offset%8), seed%2 == 0)
	})
}

func TestFWHTScaleMultipliesOnce(t *testing.T) { onEveryPath(t, testFWHTScale) }

func testFWHTScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	for _, n := range []int{0, 1, 7, 8, 9, 63, 1000, 1<<15 + 3} {
		x, y := fwhtValues[float32](rng, n, n%3, true), fwhtValues[float64](rng, n, n%3, true)
		wantX, wantY := append([]float32(nil), x...), append([]float64(nil), y...)
		for i := range wantX {
			wantX[i] *= float32(0.3)
			wantY[i] *= 0.3
		}
		FWHTScale(x, 0.3)
		FWHTScale(y, 0.3)
		fwhtCheck(t, fmt.Sprintf("FWHTScale n=%d seed=43", n), x, wantX)
		fwhtCheck(t, fmt.Sprintf("FWHTScale n=%d seed=43", n), y, wantY)
	}
}

func TestFWHTPanicsOnWrongShapes(t *testing.T) {
	x := make([]float64, 12)
	for name, f := range map[string]func(){
		"n=0":             func() { FWHT(x, 0) },
		"n=12":            func() { FWHT(x, 12) },
		"n=8 of 12":       func() { FWHT(x, 8) },
		"cols rows=3":     func() { FWHTCols(x, 3, 2, 2) },
		"cols rows=0":     func() { FWHTCols(x, 0, 2, 2) },
		"cols too short":  func() { FWHTCols(x, 4, 4, 4) },
		"cols stride<":    func() { FWHTCols(x, 2, 4, 3) },
		"cols stride=0":   func() { FWHTCols(x, 2, 0, 0) },
		"cols overflow":   func() { FWHTCols(x, 1<<(30), 1, math.MaxInt/2) },
		"product lengths": func() { FWHTProduct(x[:8], x, x[:8], 8) },
		"product n":       func() { FWHTProduct(x, x, x, 8) },
		"signs too short": func() { FlipSigns(make([]float64, 65), make([]float64, 65), make([]uint64, 1)) },
		"signs lengths":   func() { FlipSigns(x, x[:11], make([]uint64, 1)) },
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

func TestFWHTAllocatesNothing(t *testing.T) {
	x, y := make([]float64, 1<<18), make([]float32, 1<<18)
	if n := testing.AllocsPerRun(3, func() {
		FWHT(x, 1<<18)
		FWHT(y, 1<<4)
		FWHTCols(x, 1<<8, 1000, 1024)
		FWHTCols(y, 1<<4, 1000, 1024)
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func FuzzFWHT(f *testing.F) {
	f.Add(uint8(5), uint8(1), uint64(1))
	f.Add(uint8(13), uint8(3), uint64(2))
	f.Add(uint8(14), uint8(2), uint64(3)) // scaled
	f.Add(uint8(4), uint8(7), uint64(7))  // and two runs
	f.Fuzz(func(t *testing.T, k, offset uint8, seed uint64) {
		fuzzFWHT[float64](t, int(k%17), int(offset%8), seed)
		fuzzFWHT[float32](t, int(k%17), int(offset%8), seed)
	})
}

func fuzzFWHT[T Float](t *testing.T, k, offset int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 41))
	n, runs := 1<<k, 1+int(seed/4%3)
	got := fwhtValues[T](rng, runs*n+behind, offset, seed%2 == 0)
	want := append([]T(nil), got...)
	alpha := []float64{1, -0.3}[seed/2%2]
	if alpha == 1 {
		FWHT(got[:runs*n], n)
	} else {
		FWHTScaled(got[:runs*n], n, alpha)
	}
	for run := range runs {
		fwhtNaive(want[run*n : (run+1)*n])
	}
	for i := range runs * n {
		if alpha != 1 {
			want[i] *= T(alpha)
		}
	}
	fwhtCheck(t, fmt.Sprintf("FWHT n=2^%d runs=%d alpha=%v offset=%d seed=%d", k, runs, alpha, offset, seed), got, want)
}

func BenchmarkFWHT(b *testing.B) {
	b.Run("type=float64", benchFWHT[float64])
	b.Run("type=float32", benchFWHT[float32])
}

func benchFWHT[T Float](b *testing.B) {
	for _, k := range []int{4, 6, 8, 10, 12, 14, 16, 17, 18, 20, 22, 24} {
		n := 1 << k
		x := make([]T, n)
		for i := range x {
			x[i] = 1 // touch every page
		}
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(x)) * int64(unsafe.Sizeof(x[0])))
			for b.Loop() {
				FWHT(x, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elem")
		})
	}
}
