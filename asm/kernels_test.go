package asm

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// values fills a slice with normals, and with edge values when edges is set.
// The slice starts at an odd offset into its backing array.
func values(rng *rand.Rand, n, offset int, edges bool) []float64 {
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 5e-324, -1e-310, math.MaxFloat64}
	x := make([]float64, n+offset)[offset:]
	for i := range x {
		x[i] = rng.NormFloat64()
		if edges && rng.IntN(4) == 0 {
			x[i] = special[rng.IntN(len(special))]
		}
	}
	return x
}

// same reports equal bits; NaNs are equal whatever their payload.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (a != a && b != b)
}

func equalBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !same(got[i], want[i]) {
			t.Fatalf("%s: element %d is %x, the specification gives %x (path %s)", what, i, got[i], want[i], Info())
		}
	}
}

func TestVectorKernelsMatchTheirSpecification(t *testing.T) {
	onEveryPath(t, vectorKernelsMatchTheirSpecification)
}

func vectorKernelsMatchTheirSpecification(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 0; n < 150; n++ {
		for offset := 0; offset < 4; offset++ {
			for _, edges := range []bool{false, true} {
				name := fmt.Sprintf("n=%d offset=%d edges=%v", n, offset, edges)
				x, y := values(rng, n, offset, edges), values(rng, n, 3-offset, edges)
				if got, want := dot(x, y), dotGeneric(x, y); !same(got, want) {
					t.Fatalf("Dot %s: %x, want %x", name, got, want)
				}
				a, b := append([]float64(nil), y...), append([]float64(nil), y...)
				axpy(a, 1.25, x)
				axpyGeneric(b, 1.25, x)
				equalBits(t, "Axpy "+name, a, b)
				scale(a, -0.3, x)
				scaleGeneric(b, -0.3, x)
				equalBits(t, "Scale "+name, a, b)
				copy(a, x)
				scale(a, -0.3, a)
				equalBits(t, "Scale in place "+name, a, b)
			}
		}
	}
}

func TestDotIsAccurateAndJoinsChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 17, vecChunk, vecChunk + 1, 3*vecChunk + 5} {
		x, y := values(rng, n, 1, false), values(rng, n, 0, false)
		sum, abs := new(big.Float).SetPrec(300), 0.0
		for i := range x {
			p := new(big.Float).SetPrec(300).Mul(big.NewFloat(x[i]), big.NewFloat(y[i]))
			sum.Add(sum, p)
			abs += math.Abs(x[i] * y[i])
		}
		want, _ := sum.Float64()
		if got := Dot(x, y); math.Abs(got-want) > 0x1p-52*abs*float64(min(n, vecChunk)/16+20) {
			t.Errorf("n=%d: Dot %g, exact %g", n, got, want)
		}
		want = 0
		for i := 0; i < n; i += vecChunk {
			want += dotGeneric(x[i:min(n, i+vecChunk)], y[i:min(n, i+vecChunk)])
		}
		if got := Dot(x, y); got != want {
			t.Errorf("n=%d: Dot %x, chunk by chunk %x", n, got, want)
		}
	}
}

func TestNrm2SurvivesExtremes(t *testing.T) {
	for _, e := range []int{-1070, -600, -10, 0, 10, 600, 1020} {
		x := []float64{math.Ldexp(3, e), math.Ldexp(-4, e)}
		if e == -1070 {
			x = []float64{math.Float64frombits(48), -math.Float64frombits(64)}
		}
		want := math.Abs(x[0]) / 3 * 5 // exact: powers of two times 3 and 5
		if got := Nrm2(x); got != want {
			t.Errorf("exponent %d: Nrm2 %g, want %g", e, got, want)
		}
	}
	big := make([]float64, 1000)
	for i := range big {
		big[i] = 1e300
	}
	if got, want := Nrm2(big), 1e300*math.Sqrt(1000); math.Abs(got/want-1) > 1e-13 {
		t.Errorf("Nrm2 %g, want %g", got, want)
	}
	if Nrm2(nil) != 0 || Nrm2([]float64{0, 0}) != 0 {
		t.Error("Nrm2 of nothing is not zero")
	}
	if !math.IsNaN(Nrm2([]float64{1, math.NaN()})) || !math.IsInf(Nrm2([]float64{1, math.Inf(-1)}), 1) {
		t.Error("Nrm2 hides NaN or Inf")
	}
}

// TestAndCount has words and columns on both sides of every cut, and words of
// ones, which fill the sums by bytes and by 16 bits.
func TestAndCount(t *testing.T) { onEveryPath(t, checkAndCount) }

func checkAndCount(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	scratch := new(CountScratch)
	for _, words := range []int{1, 2, 3, 4, 30, 31, 32, 62, 63, 64, 65, 131, 1022, 1025} {
		xs, ys := CountRows+rng.IntN(5), CountTile+rng.IntN(5)
		x, y := make([]uint64, words*xs), make([]uint64, words*ys)
		for _, side := range [][]uint64{x, y} {
			for i := range side {
				side[i] = rng.Uint64() | rng.Uint64()
				if words == 63 || words > 1000 {
					side[i] = math.MaxUint64
				}
			}
		}
		ni := 1 + rng.IntN(CountRows)
		switch words {
		case 1, 63, 1025:
			ni = 72
		case 2, 64, 131:
			ni = CountRows
		}
		got := make([]int64, (ni+3)&^3*CountTile)
		for i := range got {
			got[i] = int64(i)
		}
		AndCount(got, x, xs, ni, y, ys, words, scratch)
		for i := range ni {
			for j := range CountTile {
				want := int64(i*CountTile + j)
				for w := range words {
					want += int64(bits.OnesCount64(x[w*xs+i] & y[w*ys+j]))
				}
				if got[i*CountTile+j] != want {
					t.Fatalf("words=%d ni=%d xs=%d ys=%d: count (%d, %d) is %d, want %d", words, ni, xs, ys, i, j, got[i*CountTile+j], want)
				}
			}
		}
	}
}

func TestWrongLengthsPanicBeforeMemoryIsTouched(t *testing.T) {
	x := make([]float64, 8)
	for name, f := range map[string]func(){
		"Dot":                  func() { Dot(x, x[:7]) },
		"Axpy":                 func() { Axpy(x, 1, x[:7]) },
		"Scale":                func() { Scale(x[:7], 1, x) },
		"MulAdd":               func() { MulAdd(x, 8, x, 8, 1, x[:7], 1, 8, 1) },
		"Mul":                  func() { Mul(x, 8, x, 8, 1, x[:7], 1, 8, 1) },
		"Mul of no depth":      func() { Mul(x, 8, nil, 0, 1, nil, 2, 8, 0) },
		"MulAdd rs":            func() { MulAdd(x, 1, x, -1, 1, x, 2, 1, 1) },
		"MulAdd cs":            func() { MulAdd(x, 1, x[4:], 1, -1, x, 1, 1, 2) },
		"MulAdd rs overflows":  func() { MulAdd(x, 1, x, math.MaxInt/2+1, 1, x, 3, 1, 1) },
		"MulAdd ldc overflows": func() { MulAdd(x, math.MaxInt/2+1, x, 1, 1, x, 3, 1, 1) },
		"PackRows":             func() { PackRows(x[:4], []float64{1}, 1, 1, 1, 1) },
		"PackRows b":           func() { PackRows(x, []float64{1, 1, 1}, 3, 1, 2, 1) },
		"PackCols b":           func() { PackCols(x, []float64{1}, 1, 1, 2, 1) },
		"PackCols":             func() { PackCols(x[:4], []float64{1}, 1, 1, 1, 1) },
		"Transpose":            func() { Transpose(x[:3], 2, []float64{1, 1, 1, 1}, 2, 2, 2) },
		"Transpose ldd":        func() { Transpose(x, 1, []float64{1, 1, 1, 1}, 2, 2, 2) },
		"PackSamples":          func() { PackSamples(x, []float64{1}, 1) },
		"Forward w":            func() { Forward(new([64]float64), make([]uint64, 2), x[:3], x[:2], make([]float64, 128), 2) },
		"Forward gates":        func() { Forward(new([64]float64), make([]uint64, 1), x[:4], x[:2], make([]float64, 128), 2) },
		"Forward x":            func() { Forward(new([64]float64), make([]uint64, 2), x[:4], x[:2], make([]float64, 127), 2) },
		"MulAddBits c":         func() { MulAddBits(x[:7], 8, make([]uint64, 1), x, 1, x[:1], 1, make([]float64, BitsTable)) },
		"MulAddBits v":         func() { MulAddBits(x, 8, make([]uint64, 1), x, 8, x[:2], 1, make([]float64, BitsTable)) },
		"MulAddBits table":     func() { MulAddBits(x, 8, make([]uint64, 1), x, 1, x[:1], 1, make([]float64, BitsTable-1)) },
		"MulAddBits width": func() {
			MulAddBits(make([]float64, 99), 40, make([]uint64, 1), make([]float64, 99), 33, x[:1], 33, make([]float64, BitsTable))
		},
		"MulAddBits32 c": func() {
			MulAddBits32(make([]float32, 15), 16, make([]uint64, 1), make([]float32, 16), 16, make([]float32, 1), 16, make([]float32, BitsTable32))
		},
		"MulAddBits32 v": func() {
			MulAddBits32(make([]float32, 16), 16, make([]uint64, 1), make([]float32, 31), 16, make([]float32, 2), 16, make([]float32, BitsTable32))
		},
		"MulAddBits32 table": func() {
			MulAddBits32(make([]float32, 16), 16, make([]uint64, 1), make([]float32, 16), 16, make([]float32, 1), 16, make([]float32, BitsTable32-1))
		},
		"MulAddBits32 width": func() {
			MulAddBits32(make([]float32, 16), 16, make([]uint64, 1), make([]float32, 16), 16, make([]float32, 1), 8, make([]float32, BitsTable32))
		},
		"MulAddBits overflows": func() { MulAddBits(x, math.MaxInt/2+1, make([]uint64, 3), x, 1, x[:1], 1, make([]float64, BitsTable)) },
		"AndCount x": func() {
			AndCount(make([]int64, 4096), make([]uint64, 127), 64, 61, make([]uint64, 128), 64, 2, new(CountScratch))
		},
		"AndCount y": func() {
			AndCount(make([]int64, 4096), make([]uint64, 128), 64, 64, make([]uint64, 127), 64, 2, new(CountScratch))
		},
		"AndCount dst": func() {
			AndCount(make([]int64, 4095), make([]uint64, 128), 64, 61, make([]uint64, 128), 64, 2, new(CountScratch))
		},
		"AndCount ni": func() {
			AndCount(make([]int64, 20000), make([]uint64, 600), 300, 257, make([]uint64, 128), 64, 2, new(CountScratch))
		},
		"AndCount stride": func() {
			AndCount(make([]int64, 4096), make([]uint64, 128), 64, 64, make([]uint64, 128), -1, 2, new(CountScratch))
		},
		"XorCount":             func() { XorCount(make([]uint64, 2), make([]uint64, 1), 1) },
		"XorCount capacity":    func() { XorCount(make([]uint64, 5), make([]uint64, 3, 8), 1) },
		"XorCount longer":      func() { XorCount(make([]uint64, 1), make([]uint64, 2), 1) },
		"PackSamples capacity": func() { PackSamples(make([]float64, 3, 6400), []float64{1}, 1) },
		"PackSamples x":        func() { PackSamples(make([]float64, 640), make([]float64, 11), 10) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
				for _, v := range x {
					if v != 0 {
						t.Error("memory was written")
					}
				}
			}()
			f()
		})
	}
}

func TestScaleCounts(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(15, 14))
		var counts [CountTile * CountTile]int64
		for i := range counts {
			counts[i] = rng.Int64N(1<<52) >> rng.IntN(52)
		}
		dst := (*[CountTile * CountTile]float64)(values(rng, CountTile*CountTile, 1, true))
		want := make([]float64, len(dst))
		for i, v := range dst {
			want[i] = v * float64(float64(counts[i])*0.3)
		}
		ScaleCounts(dst, &counts, 0.3)
		equalBits(t, "ScaleCounts seed=15", dst[:], want)
	})
}
