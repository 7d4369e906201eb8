package asm

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

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
