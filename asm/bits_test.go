package asm

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// definedMulAddBits is the definition of MulAddBits, four rows of V at a time.
func definedMulAddBits[T Float](c []T, ldc int, word []uint64, v []T, ldv int, coef []T, width, line int) {
	for p, w := range word {
		for j := range width {
			for l := 0; l < len(coef); l += 4 {
				var pair [2]T
				var some [2]bool
				for q := l; q < min(l+4, len(coef)); q++ {
					if w>>q&1 == 0 {
						continue
					}
					x, h := T(coef[q]*v[q*ldv+j]), (q-l)/2
					if some[h] {
						x = pair[h] + x
					}
					pair[h], some[h] = x, true
				}
				s := pair[0]
				if some[1] {
					s = pair[1]
					if some[0] {
						s = pair[0] + pair[1]
					}
				}
				c[p*ldc+j] += s
			}
		}
		// To the padding zeros are added, and to all where V does not fill a set.
		vecs := (width + line - 1) / line
		tables, _ := bitsSet(vecs, line)
		for j := range line * vecs {
			if j >= width || len(coef)%(4*tables) != 0 {
				c[p*ldc+j] += 0
			}
		}
	}
}

func TestMulAddBitsMatchesItsDefinition(t *testing.T) { onEveryPath(t, checkMulAddBits) }

func checkMulAddBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	table := make([]float64, BitsTable+3)[3:]
	for trial := 0; trial < 500; trial++ {
		rows, k, width := 1+rng.IntN(9), 1+rng.IntN(64), 1+rng.IntN(BitsWidth)
		if trial%5 == 0 {
			k, width = 64, 8*(1+rng.IntN(4))
		}
		if trial == 77 {
			rows = bitsCall + 3
		}
		edges := trial%4 == 0
		padded := (width + 7) / 8 * 8
		ldc, ldv := padded+rng.IntN(3), width+rng.IntN(3)
		c := values(rng, (rows-1)*ldc+padded, trial%3, edges)
		v := values(rng, (k-1)*ldv+width, trial%2, edges)
		coef := values(rng, k, 0, edges)
		word := make([]uint64, rows)
		for p := range word {
			word[p] = rng.Uint64()
		}
		for i := range table {
			table[i] = rng.NormFloat64()
		}
		want := append([]float64(nil), c...)
		definedMulAddBits(want, ldc, word, v, ldv, coef, width, 8)
		MulAddBits(c, ldc, word, v, ldv, coef, width, table)
		equalBits(t, fmt.Sprintf("MulAddBits rows=%d k=%d width=%d ldc=%d ldv=%d seed=21 trial=%d", rows, k, width, ldc, ldv, trial), c, want)
	}
}

func TestMulAddBits32MatchesItsDefinition(t *testing.T) { onEveryPath(t, checkMulAddBits32) }

func checkMulAddBits32(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	table := make([]float32, BitsTable32+3)[3:]
	for trial := 0; trial < 500; trial++ {
		rows, k, width := 1+rng.IntN(9), 1+rng.IntN(64), 16*(1+rng.IntN(BitsWidth32/16))
		if trial%5 == 0 {
			k = 64
		}
		if trial == 77 {
			rows = bitsCall + 3
		}
		edges := trial%4 == 0
		ldc, ldv := width+rng.IntN(3), width+rng.IntN(3)
		c := values32(rng, (rows-1)*ldc+width, trial%3, edges)
		v := values32(rng, (k-1)*ldv+width, trial%2, edges)
		coef := values32(rng, k, 0, edges)
		word := make([]uint64, rows)
		for p := range word {
			word[p] = rng.Uint64()
		}
		for i := range table {
			table[i] = float32(rng.NormFloat64())
		}
		want := append([]float32(nil), c...)
		definedMulAddBits(want, ldc, word, v, ldv, coef, width, 16)
		MulAddBits32(c, ldc, word, v, ldv, coef, width, table)
		equalBits32(t, fmt.Sprintf("MulAddBits32 rows=%d k=%d width=%d ldc=%d ldv=%d seed=23 trial=%d", rows, k, width, ldc, ldv, trial), c, want)
	}
}

func BenchmarkMulAddBits32(b *testing.B) {
	for _, width := range []int{16, 32, 48, 64} {
		const rows = 1024
		b.Run(fmt.Sprintf("width=%d/rows=%d", width, rows), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			word := make([]uint64, rows)
			for i := range word {
				word[i] = rng.Uint64()
			}
			c, table := make([]float32, rows*64+16), make([]float32, BitsTable32+16)
			v, coef := make([]float32, 64*width), make([]float32, 64)
			c, table = aligned(c), aligned(table)
			for b.Loop() {
				MulAddBits32(c, width, word, v, width, coef, width, table)
			}
			b.ReportMetric(2*float64(64*rows*width)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}

func BenchmarkMulAddBits(b *testing.B) {
	for _, width := range []int{8, 9, 16, 24, 32} {
		for _, rows := range []int{512, 1024} {
			b.Run(fmt.Sprintf("width=%d/rows=%d", width, rows), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 2))
				c, v, coef, table := make([]float64, rows*32+8), make([]float64, 64*width), make([]float64, 64), make([]float64, BitsTable+8)
				word := make([]uint64, rows)
				for i := range word {
					word[i] = rng.Uint64()
				}
				table = aligned(table)
				c = aligned(c)
				for b.Loop() {
					MulAddBits(c, (width+7)/8*8, word, v, width, coef, width, table)
				}
				b.ReportMetric(2*float64(64*rows*width)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}

// aligned returns x from its first multiple of 64 bytes on.
func aligned[T Float](x []T) []T {
	skip := -uintptr(unsafe.Pointer(&x[0])) % 64 / unsafe.Sizeof(x[0])
	return x[skip:]
}
