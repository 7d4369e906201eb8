package asm

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
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

func TestMulAddMatchesItsSpecification(t *testing.T) { onEveryPath(t, checkMulAdd) }

func checkMulAdd(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for trial := 0; trial < 400; trial++ {
		m, n, k := 1+rng.IntN(60), 1+rng.IntN(90), 1+rng.IntN(40)
		edges := trial%4 == 0
		ldc := n + rng.IntN(4)
		rs, cs := k+rng.IntN(3), 1
		if trial%2 == 1 {
			rs, cs = 1, m+rng.IntN(3)
		}
		a := values(rng, (m-1)*rs+(k-1)*cs+1, trial%3, edges)
		b := values(rng, k*n, 0, edges)
		packed := make([]float64, PanelLen(k, n))
		PackCols(packed, b, n, k, n, 1)
		bt := make([]float64, n*k)
		for p := 0; p < k; p++ {
			for j := 0; j < n; j++ {
				bt[j*k+p] = b[p*n+j]
			}
		}
		packedRows := make([]float64, PanelLen(k, n))
		for i := range packedRows {
			packedRows[i] = math.NaN()
		}
		PackRows(packedRows, bt, k, k, n, 1)
		equalBits(t, "PackRows of the transpose", packedRows, packed)
		PackRows(packedRows, bt, k, k, n, -0.3)
		for i, v := range packed {
			if i/TileCols/k*TileCols+i%TileCols < n && !same(packedRows[i], float64(-0.3*v)) {
				t.Fatalf("PackRows by -0.3 of k=%d n=%d: element %d is %v", k, n, i, packedRows[i])
			}
		}
		c := values(rng, (m-1)*ldc+n, trial%2, edges)
		want := append([]float64(nil), c...)
		for i := 0; i < m; i++ {
			for j := 0; j < n; j++ {
				for p := 0; p < k; p++ {
					want[i*ldc+j] = math.FMA(a[i*rs+p*cs], b[p*n+j], want[i*ldc+j])
				}
			}
		}
		MulAdd(c, ldc, a, rs, cs, packed, m, n, k)
		equalBits(t, fmt.Sprintf("MulAdd m=%d n=%d k=%d rs=%d cs=%d ldc=%d", m, n, k, rs, cs, ldc), c, want)
		for i := range m {
			clear(want[i*ldc:][:n])
		}
		MulAdd(want, ldc, a, rs, cs, packed, m, n, k)
		for i := range m {
			for j := range n {
				c[i*ldc+j] = math.NaN()
			}
		}
		if trial%8 == 0 { // of no depth the product is zero
			Mul(c, ldc, nil, rs, cs, nil, m, n, 0)
			for i := range m {
				clear(want[i*ldc:][:n])
			}
			equalBits(t, fmt.Sprintf("Mul m=%d n=%d k=0 ldc=%d", m, n, ldc), c, want)
			continue
		}
		Mul(c, ldc, a, rs, cs, packed, m, n, k)
		equalBits(t, fmt.Sprintf("Mul m=%d n=%d k=%d rs=%d cs=%d ldc=%d", m, n, k, rs, cs, ldc), c, want)
	}
}

// fma32Exact is x·y + z through a sum of any length, rounded once.
func fma32Exact(x, y, z float32) float32 {
	if v := float64(x) * float64(y); math.IsInf(v, 0) || v != v || z-z != 0 {
		return float32(v + float64(z))
	}
	p := new(big.Float).SetPrec(1000).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
	p.Add(p, big.NewFloat(float64(z)))
	if p.Sign() == 0 {
		return x*y + z // the sign of zero
	}
	f, _ := p.Float32()
	return f
}

// TestFMA32RoundsOnce has sums on both sides of the middle between two floats,
// which a sum in float64 rounds to the middle first.
func TestFMA32RoundsOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	twice := 0
	for range 200000 {
		x, y := float32(rng.Uint32N(1<<24)), float32(rng.Uint32N(1<<24))
		z := math.Float32frombits(rng.Uint32N(0x7f000000) | rng.Uint32()&(1<<31))
		if rng.IntN(2) == 0 { // far below or above the product
			x, y = x*0x1p-20, float32(math.Ldexp(float64(y), rng.IntN(60)-60))
			z = float32(math.Ldexp(float64(rng.Uint32N(1<<25)), rng.IntN(70)-30))
		}
		got, want := fma32(x, y, z), fma32Exact(x, y, z)
		if float32(math.FMA(float64(x), float64(y), float64(z))) != want {
			twice++
		}
		if math.Float32bits(got) != math.Float32bits(want) {
			t.Fatalf("fma32(%x, %x, %x) is %x, want %x", x, y, z, got, want)
		}
	}
	// A product of 2⁻²⁴ − 2⁻⁷⁰ brings 1 + 2⁻²³ short of the middle to the next float.
	for exp := -60; exp <= 60; exp++ {
		for _, sign := range []float64{1, -1} {
			x, y := float32(math.Ldexp(sign+sign*0x1p-23, exp-24)), float32(1-0x1p-23)
			z := float32(math.Ldexp(sign+sign*0x1p-23, exp))
			got, want := fma32(x, y, z), fma32Exact(x, y, z)
			if float32(math.FMA(float64(x), float64(y), float64(z))) != want {
				twice++
			}
			if got != want {
				t.Errorf("fma32(%x, %x, %x) is %x, want %x", x, y, z, got, want)
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range [][4]float32{{inf, 1, 1, inf}, {1, 1, -inf, -inf}, {inf, 0, 1, nan}, {inf, 1, -inf, nan}, {math.MaxFloat32, 2, 0, inf}, {math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32}} {
		if got := fma32(c[0], c[1], c[2]); got != c[3] && (got == got || c[3] == c[3]) {
			t.Errorf("fma32(%v, %v, %v) is %v, want %v", c[0], c[1], c[2], got, c[3])
		}
	}
	if twice == 0 {
		t.Error("no sum was rounded twice by way of float64: the test shows nothing")
	}
}

func TestMulAdd32MatchesItsSpecification(t *testing.T) { onEveryPath(t, checkMulAdd32) }

func checkMulAdd32(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	random := func(n int, edges bool) []float32 {
		x := make([]float32, n)
		for i, v := range values(rng, n, 0, edges) {
			x[i] = float32(v)
		}
		return x
	}
	for trial := range 300 {
		m, n, k := 1+rng.IntN(60), 1+rng.IntN(170), 1+rng.IntN(30)
		edges := trial%4 == 0
		ldc := n + rng.IntN(4)
		rs, cs := k+rng.IntN(3), 1
		if trial%2 == 1 {
			rs, cs = 1, m+rng.IntN(3)
		}
		a, b, c := random((m-1)*rs+(k-1)*cs+1, edges), random(k*n, edges), random((m-1)*ldc+n, edges)
		packed, bt, packedRows := make([]float32, PanelLen32(k, n)), make([]float32, n*k), make([]float32, PanelLen32(k, n))
		PackCols32(packed, b, n, k, n, 1)
		Transpose32(bt, k, b, n, k, n)
		PackRows32(packedRows, bt, k, k, n, 1)
		want := append([]float32(nil), c...)
		for i := range m {
			for j := range n {
				for p := range k {
					want[i*ldc+j] = fma32(a[i*rs+p*cs], b[p*n+j], want[i*ldc+j])
				}
			}
		}
		MulAdd32(c, ldc, a, rs, cs, packed, m, n, k)
		for i, v := range want {
			if math.Float32bits(c[i]) != math.Float32bits(v) && (c[i] == c[i] || v == v) {
				t.Fatalf("MulAdd32 m=%d n=%d k=%d rs=%d cs=%d ldc=%d seed=43: element %d is %x, want %x (path %s)", m, n, k, rs, cs, ldc, i, c[i], v, Info())
			}
		}
		for i := range m {
			clear(want[i*ldc:][:n])
		}
		MulAdd32(want, ldc, a, rs, cs, packed, m, n, k)
		for i := range m {
			for j := range n {
				c[i*ldc+j] = float32(math.NaN())
			}
		}
		Mul32(c, ldc, a, rs, cs, packed, m, n, k)
		for i, v := range want {
			if math.Float32bits(c[i]) != math.Float32bits(v) && (c[i] == c[i] || v == v) {
				t.Fatalf("Mul32 m=%d n=%d k=%d rs=%d cs=%d ldc=%d seed=43: element %d is %x, want %x (path %s)", m, n, k, rs, cs, ldc, i, c[i], v, Info())
			}
		}
		for i, v := range packed {
			if packedRows[i] != v && v == v {
				t.Fatalf("PackRows32 k=%d n=%d: element %d is %v, want %v", k, n, i, packedRows[i], v)
			}
		}
	}
}

func TestTranspose(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(17, 18))
		for trial := range 200 {
			rows, cols := 1+rng.IntN(20), 1+rng.IntN(40)
			lds, ldd := cols+rng.IntN(3), rows+rng.IntN(3)
			src, dst := values(rng, (rows-1)*lds+cols, trial%3, true), values(rng, (cols-1)*ldd+rows, trial%2, false)
			want := append([]float64(nil), dst...)
			for i := range rows {
				for j := range cols {
					want[j*ldd+i] = src[i*lds+j]
				}
			}
			Transpose(dst, ldd, src, lds, rows, cols)
			equalBits(t, fmt.Sprintf("Transpose rows=%d cols=%d lds=%d ldd=%d seed=17", rows, cols, lds, ldd), dst, want)
		}
	})
}

// TestMulAddCutsLongSums has sums longer than one call of assembly, and so long
// that B is cut into groups of columns.
func TestMulAddCutsLongSums(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		for _, k := range []int{2*tileDepth + 77, tileDepth} {
			for _, n := range []int{TileCols, 80, 90} {
				const m = 2*blockRows + 2
				ldc := (n + TileCols - 1) / TileCols * TileCols
				a, b := values(rng, m*k, 0, false), values(rng, k*ldc, 0, false)
				got, want := make([]float64, m*ldc), make([]float64, m*ldc)
				MulAdd(got, ldc, a, k, 1, b, m, n, k)
				for j := 0; j < n; j += TileCols {
					mulTileGeneric(&want[j], ldc, &a[0], k, 1, &b[j*k], m, k)
				}
				for i := range want {
					if i%ldc >= n {
						want[i] = 0
					}
				}
				equalBits(t, fmt.Sprintf("MulAdd n=%d k=%d seed=7", n, k), got, want)
			}
		}
	})
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

func TestTeamRunsEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		team := NewTeam(workers)
		for _, tasks := range []int{0, 1, 5, 1000} {
			seen := make([]int32, tasks)
			if !team.Do(tasks, func(w, i int) {
				if w < 0 || w >= workers {
					t.Errorf("worker %d of %d", w, workers)
				}
				atomic.AddInt32(&seen[i], 1)
			}) {
				t.Error("Do reports a cancel nobody asked for")
			}
			for i, n := range seen {
				if n != 1 {
					t.Fatalf("task %d ran %d times", i, n)
				}
			}
		}
	}
}

func TestTeamStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	team := NewTeam(2)
	team.Bind(ctx)
	var ran atomic.Int32
	if team.Do(1000, func(_, i int) {
		if ran.Add(1) == 10 {
			cancel()
		}
	}) {
		t.Error("Do reports completion after a cancel")
	}
	if n := ran.Load(); n > 12 {
		t.Errorf("%d tasks ran after the cancel", n-10)
	}
	team.Bind(nil)
	if !team.Do(3, func(_, _ int) {}) {
		t.Error("an unbound team stays cancelled")
	}
}

func TestTeamRaisesPanicsInTheCaller(t *testing.T) {
	team := NewTeam(3)
	defer func() {
		if recover() != "boom" {
			t.Error("the panic was lost")
		}
		if !team.Do(2, func(_, _ int) {}) {
			t.Error("the team is unusable after a panic")
		}
	}()
	team.Do(100, func(_, i int) {
		if i == 50 {
			panic("boom")
		}
	})
}

// TestTeamJoinsLateHelpers runs loops that are over before a helper wakes, and
// loops that outlast it, by turns: each task writes what only it owns, and the
// race detector looks on.
func TestTeamJoinsLateHelpers(t *testing.T) {
	before := runtime.NumGoroutine()
	team := NewTeam(4)
	var owned [64]int
	for turn := 1; turn <= 3000; turn++ {
		tasks := 1 + turn*7%len(owned)
		team.Do(tasks, func(_, i int) {
			owned[i] = turn
			if turn%100 == 0 {
				time.Sleep(50 * time.Microsecond)
			}
		})
		for i := range tasks {
			if owned[i] != turn {
				t.Fatalf("turn %d: task %d of %d did not run", turn, i, tasks)
			}
		}
	}
	for i := 0; runtime.NumGoroutine() > before && i < 1000; i++ {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// TestTeamSurvivesGoexit: a body may end its goroutine, as a failing test does.
func TestTeamSurvivesGoexit(t *testing.T) {
	team := NewTeam(3)
	for turn := range 50 {
		var ran atomic.Int32
		done := make(chan struct{})
		go func() {
			defer close(done)
			team.Do(100, func(_, i int) {
				ran.Add(1)
				if i == turn || i == 99-turn {
					runtime.Goexit()
				}
				time.Sleep(time.Microsecond)
			})
		}()
		<-done
		if n := ran.Load(); n > 100 {
			t.Fatalf("%d of 100 tasks ran", n)
		}
	}
	var ran atomic.Int32
	if !team.Do(1000, func(_, _ int) { ran.Add(1) }) || ran.Load() != 1000 {
		t.Errorf("%d of 1000 tasks ran afterwards", ran.Load())
	}
}

func TestTeamAllocatesNothing(t *testing.T) {
	team := NewTeam(3)
	body := func(_, _ int) {}
	if n := testing.AllocsPerRun(100, func() { team.Do(10, body) }); n != 0 {
		t.Errorf("%v allocations a call", n)
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
