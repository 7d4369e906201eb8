package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func fuzzValues32(rng *rand.Rand, n, offset int, kind uint8) []float32 {
	x := make([]float32, n+behind+offset%16)[offset%16:]
	for i, v := range fuzzValues(rng, len(x), 0, kind)[:len(x)] {
		x[i] = float32(v)
		if kind&2 != 0 && rng.IntN(4) == 0 {
			x[i] = math.Float32frombits(rng.Uint32())
		}
	}
	return x
}

func FuzzMulAdd32(f *testing.F) {
	f.Add(uint8(0), uint8(7), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(15), uint8(63), uint8(6), uint8(0x11), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(23), uint8(95), uint8(20), uint8(0x20), uint8(3), uint8(2), uint64(3))
	f.Add(uint8(63), uint8(30), uint8(9), uint8(0x13), uint8(0x85), uint8(3), uint64(4))
	f.Fuzz(func(t *testing.T, height, columns, depth, pads, offset, kind uint8, seed uint64) {
		m, n, k := 1+int(height)%50, 1+int(columns)%100, 1+int(depth)%40
		ldc, rs, cs := n+int(pads%16), k+int(pads/16), 1
		if offset >= 0x80 {
			rs, cs = 1, m+int(pads/16)
		}
		rng := rand.New(rand.NewPCG(seed, 57))
		a, b := fuzzValues32(rng, (m-1)*rs+(k-1)*cs+1, int(offset), kind), fuzzValues32(rng, k*n, 0, kind)
		packed := make([]float32, PanelLen32(k, n)+int(offset)%16)[offset%16:]
		PackCols32(packed, b, n, k, n, 1)
		got := fuzzValues32(rng, (m-1)*ldc+n, int(offset)/8, kind)
		want := append([]float32(nil), got...)
		mul := MulAdd32
		if seed%2 == 1 {
			mul = Mul32
			for i := range m {
				clear(want[i*ldc:][:n])
			}
		}
		mul(got[:(m-1)*ldc+n], ldc, a[:(m-1)*rs+(k-1)*cs+1], rs, cs, packed, m, n, k)
		for i := range m {
			for j := range n {
				for p := range k {
					want[i*ldc+j] = fma32(a[i*rs+p*cs], b[p*n+j], want[i*ldc+j])
				}
			}
		}
		fwhtCheck(t, fmt.Sprintf("MulAdd32 m=%d n=%d k=%d ldc=%d rs=%d cs=%d offset=%d kind=%d seed=%d", m, n, k, ldc, rs, cs, offset, kind, seed), got, want)
	})
}

// FuzzPack has both ways to pack a panel, and transposes, with strides, in both
// precisions.
func FuzzPack(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(7), uint8(7), uint8(0x12), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(16), uint8(40), uint8(0x30), uint8(3), uint8(3), uint64(3))
	f.Add(uint8(33), uint8(9), uint8(0x05), uint8(5), uint8(2), uint64(4))
	f.Fuzz(func(t *testing.T, depth, columns, pads, offset, kind uint8, seed uint64) {
		k, n := 1+int(depth)%90, 1+int(columns)%50
		lds, ldd := n+int(pads%16), k+int(pads/16)
		rng := rand.New(rand.NewPCG(seed, 58))
		alpha := []float64{1, -0.3}[seed%2]
		what := fmt.Sprintf("k=%d n=%d lds=%d ldd=%d offset=%d kind=%d alpha=%v seed=%d", k, n, lds, ldd, offset, kind, alpha, seed)
		fuzzPack(t, what, PackCols, PackRows, Transpose, fuzzValues, rng, k, n, lds, ldd, int(offset), kind, alpha)
		fuzzPack(t, what, PackCols32, PackRows32, Transpose32, fuzzValues32, rng, k, n, lds, ldd, int(offset), kind, float32(alpha))
	})
}

func fuzzPack[T Float](t *testing.T, what string, packCols, packRows func(dst, b []T, ldb, k, n int, alpha T), transpose func(dst []T, ldd int, src []T, lds, rows, cols int),
	values func(rng *rand.Rand, n, offset int, kind uint8) []T, rng *rand.Rand, k, n, lds, ldd, offset int, kind uint8, alpha T) {
	b := values(rng, (k-1)*lds+n, offset, kind)
	got := values(rng, (n-1)*ldd+k, offset/8, kind)
	want := append([]T(nil), got...)
	for p := range k {
		for j := range n {
			want[j*ldd+p] = b[p*lds+j]
		}
	}
	transpose(got[:(n-1)*ldd+k], ldd, b[:(k-1)*lds+n], lds, k, n)
	fwhtCheck(t, "Transpose "+what, got, want)
	length, cols := panelLen[T](k, n), panelCols[T]()
	panel := values(rng, length, offset/4, kind)
	wantPanel := append([]T(nil), panel...)
	clear(wantPanel[:length])
	for p := range k {
		for j := range n {
			wantPanel[j/cols*cols*k+p*cols+j%cols] = alpha * b[p*lds+j]
		}
	}
	packCols(panel[:length], b[:(k-1)*lds+n], lds, k, n, alpha)
	samePanel(t, "PackCols "+what, panel, wantPanel, k, n)
	for i := range length {
		panel[i] = T(math.NaN())
	}
	packRows(panel[:length], got[:(n-1)*ldd+k], ldd, k, n, alpha)
	samePanel(t, "PackRows "+what, panel, wantPanel, k, n)
}

// samePanel takes either zero for the columns that fill a panel up.
func samePanel[T Float](t *testing.T, what string, got, want []T, k, n int) {
	t.Helper()
	cols := panelCols[T]()
	for i := range want {
		fill := i < panelLen[T](k, n) && i/cols/k*cols+i%cols >= n
		if !fwhtSame(got[i], want[i]) && !(fill && got[i] == 0) {
			t.Fatalf("%s of %T: element %d is %x, want %x (path %s)", what, got, i, got[i], want[i], Info())
		}
	}
}

func FuzzSolveRows(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(15), uint8(1), uint8(0x12), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(31), uint8(5), uint8(0x30), uint8(3), uint8(3), uint64(3))
	f.Add(uint8(16), uint8(11), uint8(0x05), uint8(5), uint8(2), uint64(4))
	f.Fuzz(func(t *testing.T, height, panels, pads, offset, kind uint8, seed uint64) {
		m, w := 1+int(height)%40, TileCols*(1+int(panels)%12)
		ldx, ldl := w+int(pads%16), w+int(pads/16)
		rng := rand.New(rand.NewPCG(seed, 59))
		l, inv := fuzzValues(rng, w*ldl, 0, kind), fuzzValues(rng, w, int(offset), kind)[:w]
		tri := make([]float64, TriangleLen(w)+int(offset)%8)[offset%8:]
		for q := range w / TileCols {
			PackTriangle(tri, l, ldl, q)
		}
		got := fuzzValues(rng, (m-1)*ldx+w, int(offset)/8, kind)
		want := append([]float64(nil), got...)
		for i := range m {
			row := want[i*ldx : i*ldx+w]
			for j := range row {
				for p := range j {
					row[j] = math.FMA(-row[p], l[j*ldl+p], row[j])
				}
				row[j] *= inv[j]
			}
		}
		SolveRows(got[:(m-1)*ldx+w], ldx, m, tri, inv, w, fuzzValues(rng, SolveScratch(w), int(offset)/4, kind)[:SolveScratch(w)])
		equalBits(t, fmt.Sprintf("SolveRows m=%d w=%d ldx=%d offset=%d kind=%d seed=%d", m, w, ldx, offset, kind, seed), got, want)
	})
}

func FuzzSolveRows32(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(47), uint8(1), uint8(0x12), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(99), uint8(5), uint8(0x30), uint8(3), uint8(3), uint64(3))
	f.Add(uint8(48), uint8(4), uint8(0x05), uint8(5), uint8(2), uint64(4))
	f.Fuzz(func(t *testing.T, height, panels, pads, offset, kind uint8, seed uint64) {
		m, w := 1+int(height)%110, TileCols32*(1+int(panels)%7)
		ldx, ldl := w+int(pads%16), w+int(pads/16)
		rng := rand.New(rand.NewPCG(seed, 61))
		l := fuzzValues32(rng, w*ldl, 0, kind)
		tri := make([]float32, TriangleLen32(w)+int(offset)%8)[offset%8:]
		for q := range w / TileCols32 {
			PackTriangle32(tri, l, ldl, q)
		}
		got := fuzzValues32(rng, (m-1)*ldx+w, int(offset)/8, kind)
		want := append([]float32(nil), got...)
		solveRows32Slowly(want, ldx, m, l, ldl, tri, w)
		SolveRows32(got[:(m-1)*ldx+w], ldx, m, tri, w, fuzzValues32(rng, SolveScratch32(), int(offset)/4, kind)[:SolveScratch32()])
		fwhtCheck(t, fmt.Sprintf("SolveRows32 m=%d w=%d ldx=%d ldl=%d offset=%d kind=%d seed=%d", m, w, ldx, ldl, offset, kind, seed), got, want)
	})
}
