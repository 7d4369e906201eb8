package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The targets below compare kernels with their specification on shapes, strides
// and offsets that the fuzzer picks. They run the path of the machine; GODEBUG
// selects a slower one. What lies behind an operand, or between its rows, is
// compared too.

// behind is the number of elements behind an operand that are not to change.
const behind = 5

// fuzzValues returns n values at an offset into their array and behind more of
// them: normals, edges, or any bits at all, as kind says.
func fuzzValues(rng *rand.Rand, n, offset int, kind uint8) []float64 {
	x := values(rng, n+behind, offset%8, kind&1 != 0)
	if kind&2 != 0 {
		for i := range x {
			if rng.IntN(4) == 0 {
				x[i] = math.Float64frombits(rng.Uint64())
			}
		}
	}
	return x
}

func FuzzForward(f *testing.F) {
	f.Add(uint8(6), uint16(1), uint8(64), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(13), uint16(5), uint8(1), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(5), uint16(33), uint8(63), uint8(3), uint8(2), uint64(3))
	f.Add(uint8(25), uint16(17), uint8(40), uint8(7), uint8(3), uint64(4))
	f.Add(uint8(12), uint16(300), uint8(9), uint8(2), uint8(3), uint64(5))
	f.Fuzz(func(t *testing.T, neurons uint8, features uint16, samples, offset, kind uint8, seed uint64) {
		rows, d, n := 1+int(neurons)%40, 1+int(features)%400, 1+int(samples)%GateWidth
		rng := rand.New(rand.NewPCG(seed, 51))
		w, x := fuzzValues(rng, rows*d, int(offset), kind)[:rows*d], fuzzValues(rng, n*d, 0, kind)[:n*d]
		a := make([]float64, rows)
		for r := range a {
			a[r] = float64(1 - 2*rng.IntN(2))
		}
		xp, wide := make([]float64, GateWidth*d+int(offset)%8)[offset%8:], make([]float64, GateWidth*d)
		PackSamples(xp, x, d)
		for i := range x {
			wide[i%d*GateWidth+i/d] = x[i]
		}
		got := fuzzValues(rng, GateWidth, int(offset), kind)
		for i := range got {
			got[i] += 0 // a masked addition leaves minus zero alone
		}
		want := append([]float64(nil), got...)
		gates, wantGates := make([]uint64, rows+behind), make([]uint64, rows+behind)
		for r := range gates {
			gates[r] = rng.Uint64()
			wantGates[r] = gates[r]
		}
		Forward((*[GateWidth]float64)(got), gates[:rows], w, a, xp, d)
		forwardGeneric((*[GateWidth]float64)(want), wantGates[:rows], w, a, wide, d, GateWidth)
		what := fmt.Sprintf("Forward rows=%d d=%d n=%d offset=%d kind=%d seed=%d", rows, d, n, offset, kind, seed)
		for r := range gates {
			if gates[r] != wantGates[r] {
				t.Fatalf("%s: gates of neuron %d %064b, want %064b (path %s)", what, r, gates[r], wantGates[r], Info())
			}
		}
		equalBits(t, what, got, want)
	})
}

func FuzzMulAddBits(f *testing.F) {
	f.Add(uint16(1), uint8(63), uint8(7), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint16(9), uint8(32), uint8(31), uint8(0x12), uint8(1), uint8(1), uint64(2))
	f.Add(uint16(600), uint8(63), uint8(15), uint8(0x20), uint8(3), uint8(2), uint64(3))
	f.Add(uint16(40), uint8(2), uint8(22), uint8(0x01), uint8(5), uint8(3), uint64(4))
	f.Add(uint16(4), uint8(43), uint8(26), uint8(0x33), uint8(7), uint8(3), uint64(5))
	f.Fuzz(func(t *testing.T, products uint16, terms, columns, pads, offset, kind uint8, seed uint64) {
		rows, k, width := 1+int(products)%(bitsCall+40), 1+int(terms)%64, 1+int(columns)%BitsWidth
		padded := (width + 7) / 8 * 8
		ldc, ldv := padded+int(pads%16), width+int(pads/16)
		rng := rand.New(rand.NewPCG(seed, 52))
		got := fuzzValues(rng, (rows-1)*ldc+padded, int(offset), kind)
		want := append([]float64(nil), got...)
		v := fuzzValues(rng, (k-1)*ldv+width, int(offset)+1, kind)
		coef := fuzzValues(rng, k, int(offset)/8, kind)[:k]
		table := fuzzValues(rng, BitsTable, int(offset)/2, kind)
		tail := append([]float64(nil), table[BitsTable:]...)
		word := make([]uint64, rows)
		for p := range word {
			word[p] = rng.Uint64()
			if kind&4 != 0 {
				word[p] &= rng.Uint64() & rng.Uint64()
			}
		}
		MulAddBits(got[:len(got)-behind], ldc, word, v[:len(v)-behind], ldv, coef, width, table[:BitsTable])
		definedMulAddBits(want, ldc, word, v, ldv, coef, width, 8)
		what := fmt.Sprintf("MulAddBits rows=%d k=%d width=%d ldc=%d ldv=%d offset=%d kind=%d seed=%d", rows, k, width, ldc, ldv, offset, kind, seed)
		equalBits(t, what, got, want)
		equalBits(t, what+", behind the table", table[BitsTable:], tail)
	})
}

func FuzzMulAddBits32(f *testing.F) {
	f.Add(uint16(1), uint8(63), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint16(9), uint8(32), uint8(1), uint8(0x12), uint8(1), uint8(1), uint64(2))
	f.Add(uint16(600), uint8(63), uint8(2), uint8(0x20), uint8(3), uint8(2), uint64(3))
	f.Add(uint16(40), uint8(2), uint8(3), uint8(0x01), uint8(5), uint8(3), uint64(4))
	f.Fuzz(func(t *testing.T, products uint16, terms, lines, pads, offset, kind uint8, seed uint64) {
		rows, k, width := 1+int(products)%(bitsCall+40), 1+int(terms)%64, 16*(1+int(lines)%4)
		ldc, ldv := width+int(pads%16), width+int(pads/16)
		rng := rand.New(rand.NewPCG(seed, 53))
		got := fuzzValues32(rng, (rows-1)*ldc+width, int(offset), kind)
		want := append([]float32(nil), got...)
		v := fuzzValues32(rng, (k-1)*ldv+width, int(offset)+1, kind)
		coef := fuzzValues32(rng, k, int(offset)/8, kind)[:k]
		table := fuzzValues32(rng, BitsTable32, int(offset)/2, kind)
		tail := append([]float32(nil), table[BitsTable32:]...)
		word := make([]uint64, rows)
		for p := range word {
			word[p] = rng.Uint64()
			if kind&4 != 0 {
				word[p] &= rng.Uint64() & rng.Uint64()
			}
		}
		MulAddBits32(got[:len(got)-behind], ldc, word, v[:len(v)-behind], ldv, coef, width, table[:BitsTable32])
		definedMulAddBits(want, ldc, word, v, ldv, coef, width, 16)
		what := fmt.Sprintf("MulAddBits32 rows=%d k=%d width=%d ldc=%d ldv=%d offset=%d kind=%d seed=%d", rows, k, width, ldc, ldv, offset, kind, seed)
		equalBits32(t, what, got, want)
		equalBits32(t, what+", behind the table", table[BitsTable32:], tail)
	})
}

func FuzzAndCount(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(30), uint8(1), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(31), uint8(3), uint8(3), uint8(2), uint64(3))
	f.Add(uint8(62), uint8(0), uint8(5), uint8(3), uint64(4))
	f.Add(uint8(140), uint8(9), uint8(7), uint8(0), uint64(5))
	f.Add(uint8(63), uint8(9), uint8(7), uint8(1), uint64(184))
	f.Add(uint8(64), uint8(9), uint8(7), uint8(1), uint64(185))
	f.Fuzz(func(t *testing.T, length, pad, offset, density uint8, seed uint64) {
		words, xs, ys, ni := 1+int(length)%150, CountRows+int(pad)%20, CountTile+int(pad)/20, CountRows-int(seed%CountRows)
		rng := rand.New(rand.NewPCG(seed, 53))
		operand := func(offset, stride int) []uint64 {
			x := make([]uint64, words*stride+offset)[offset:]
			for i := range x {
				switch x[i] = rng.Uint64(); density % 4 {
				case 1:
					x[i] = math.MaxUint64
				case 2:
					x[i] |= rng.Uint64() | rng.Uint64()
				case 3:
					x[i] &= rng.Uint64() & rng.Uint64()
				}
			}
			return x
		}
		x, y := operand(int(offset)%8, xs), operand(int(offset)/8%8, ys)
		got, want := make([]int64, CountRows*CountTile+behind), make([]int64, CountRows*CountTile+behind)
		for i := range got {
			got[i] = int64(rng.Uint64())
			want[i] = got[i]
		}
		AndCount(got[:len(got)-behind], x, xs, ni, y, ys, words, new(CountScratch))
		for i := 0; i < ni; i += CountTile {
			andCountGeneric(want[i*CountTile:], x[i:], xs, min(CountTile, ni-i), y, ys, words)
		}
		for i := range got {
			if rest := i / CountTile; rest >= ni && rest < (ni+3)&^3 {
				continue // of a group that ends past ni
			}
			if got[i] != want[i] {
				t.Fatalf("AndCount words=%d xs=%d ys=%d ni=%d offset=%d density=%d seed=%d: count (%d, %d) is %d, want %d (path %s)",
					words, xs, ys, ni, offset, density, seed, i/CountTile, i%CountTile, got[i], want[i], Info())
			}
		}
	})
}

func FuzzMulAdd(f *testing.F) {
	f.Add(uint8(0), uint8(7), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(5), uint8(15), uint8(6), uint8(0x11), uint8(1), uint8(1), uint64(2))
	f.Add(uint8(23), uint8(8), uint8(40), uint8(0x20), uint8(3), uint8(2), uint64(3))
	f.Add(uint8(63), uint8(30), uint8(9), uint8(0x13), uint8(0x85), uint8(3), uint64(4))
	f.Add(uint8(10), uint8(20), uint8(99), uint8(0x02), uint8(0x87), uint8(3), uint64(5))
	f.Fuzz(func(t *testing.T, height, columns, depth, pads, offset, kind uint8, seed uint64) {
		m, n, k := 1+int(height)%70, 1+int(columns)%40, 1+int(depth)%100
		ldc, rs, cs := n+int(pads%16), k+int(pads/16), 1
		if offset >= 0x80 {
			rs, cs = 1, m+int(pads/16)
		}
		rng := rand.New(rand.NewPCG(seed, 54))
		a, b := fuzzValues(rng, (m-1)*rs+(k-1)*cs+1, int(offset), kind), fuzzValues(rng, k*n, 0, kind)
		packed := make([]float64, PanelLen(k, n)+int(offset)%8)[offset%8:]
		PackCols(packed, b, n, k, n, 1)
		got := fuzzValues(rng, (m-1)*ldc+n, int(offset)/8, kind)
		want := append([]float64(nil), got...)
		mul := MulAdd
		if seed%2 == 1 {
			mul = Mul
			for i := range m {
				clear(want[i*ldc:][:n])
			}
		}
		mul(got[:len(got)-behind], ldc, a[:len(a)-behind], rs, cs, packed, m, n, k)
		for i := range m {
			for j := range n {
				for p := range k {
					want[i*ldc+j] = math.FMA(a[i*rs+p*cs], b[p*n+j], want[i*ldc+j])
				}
			}
		}
		equalBits(t, fmt.Sprintf("MulAdd m=%d n=%d k=%d ldc=%d rs=%d cs=%d offset=%d kind=%d seed=%d", m, n, k, ldc, rs, cs, offset, kind, seed), got, want)
	})
}
