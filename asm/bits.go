package asm

import "fmt"

// Products with a matrix of bits. A sum over the rows of V that the bits of a
// word select is taken four rows at a time: the sixteen sums of subsets of four
// rows are made once and looked up by every row of the product (Arlazarov,
// Dinic, Kronrod, Faradzhev 1970). That is a quarter of an addition for each
// term, where a matrix product spends a multiply-add on terms of which half are
// zero, and it needs no multiplication in its inner loop.
//
// Bound: one load and one addition a vector and four rows of V. Tables of a set
// of rows fill at most 32 KiB, so that they stay in L1 while the rows of C, a
// load and a store each, come and go from L2. To build them takes 64 stores
// where a row of C takes 2.25 cycles: little once C has some hundred rows.

// BitsWidth is the greatest width of MulAddBits, and BitsTable the length of
// its scratch; BitsWidth32 and BitsTable32 are those of MulAddBits32, the same bytes.
const (
	BitsWidth   = 32
	BitsTable   = 4096
	BitsWidth32 = 64
	BitsTable32 = 8192
)

// bitsCall bounds the rows of C of one assembly call: 20 cycles a row, 72
// with NEON, from cache, and below 100 µs where every row misses all of them.
const bitsCall = 512

// MulAddBits sets C = C + B·D·V for a matrix of bits B: row p of C is c[p·ldc:],
// row l of V is v[l·ldv:], both of the given width ≤ BitsWidth; D is the
// diagonal matrix coef, its length k ≤ 64 the number of rows of V; and bit l of
// bits[p] is B[p][l]. Bits past k are ignored.
//
// The products with coef are rounded, then every element of C is one chain of
// additions, of the sums S_g that bitTableGeneric defines, g ascending: to
// cut V between its fours of rows or C anywhere changes no bit. Rows of C must
// be padded to a multiple of eight elements, to which zeros are added; ldc is
// at least that. table is scratch of BitsTable elements, best at a multiple of
// 64 bytes. It panics if a slice is too short.
func MulAddBits(c []float64, ldc int, bits []uint64, v []float64, ldv int, coef []float64, width int, table []float64) {
	rows, k := len(bits), len(coef)
	if rows == 0 || k == 0 || width == 0 {
		return
	}
	vecs := (width + 7) / 8
	if width < 0 || width > BitsWidth || k > 64 || ldc < 8*vecs || !reaches(len(c), rows, ldc, 8*vecs) || !reaches(len(v), k, ldv, width) || len(table) < BitsTable {
		panic(fmt.Sprintf("asm: MulAddBits rows=%d k=%d width=%d ldc=%d ldv=%d with lengths c=%d v=%d table=%d", rows, k, width, ldc, ldv, len(c), len(v), len(table)))
	}
	mulAddBits(c, ldc, bits, v, ldv, coef, width, 8, table, bitTable, bitAdd)
}

// mulAddBits is the product by the kernels of a type, with lines of so many elements.
func mulAddBits[T Float](c []T, ldc int, bits []uint64, v []T, ldv int, coef []T, width, line int, table []T,
	makeTables func(table, v []T, ldv int, coef []T, tables, width int), add func(c []T, ldc int, bits []uint64, shift int, table []T, vecs int)) {
	k, vecs := len(coef), (width+line-1)/line
	per, rowLen := bitsSet(vecs, line)
	for g := 0; 4*g < k; g += per {
		n := min(per, (k-4*g)/4)
		if n > 0 {
			makeTables(table, v[4*g*ldv:], ldv, coef[4*g:], n, width)
		}
		if rest := min(k-4*(g+n), 3); n < per && rest > 0 { // fewer than four rows
			l := 4 * (g + n)
			bitTableGeneric(table[n*16*rowLen:], v[l*ldv:], ldv, coef[l:l+rest], width, rowLen)
			n++
		}
		clear(table[n*16*rowLen : per*16*rowLen])
		for p := 0; p < len(bits); p += bitsCall {
			q := min(p+bitsCall, len(bits))
			add(c[p*ldc:], ldc, bits[p:q], 4*g, table, vecs)
		}
	}
}

// MulAddBits32 is [MulAddBits] in float32, with sixteen elements where that has eight: half
// the time. The width is a multiple of sixteen and at most BitsWidth32, so that nothing is padded; table
// has BitsTable32 elements. Sums are rounded to float32 at every addition: their error grows
// with their length, and whoever adds up many words does so in parts. It panics if a slice is too short or the width is another one.
func MulAddBits32(c []float32, ldc int, bits []uint64, v []float32, ldv int, coef []float32, width int, table []float32) {
	rows, k := len(bits), len(coef)
	if rows == 0 || k == 0 || width == 0 {
		return
	}
	if width < 0 || width > BitsWidth32 || width%16 != 0 || k > 64 || ldc < width || !reaches(len(c), rows, ldc, width) || !reaches(len(v), k, ldv, width) || len(table) < BitsTable32 {
		panic(fmt.Sprintf("asm: MulAddBits32 rows=%d k=%d width=%d ldc=%d ldv=%d with lengths c=%d v=%d table=%d", rows, k, width, ldc, ldv, len(c), len(v), len(table)))
	}
	mulAddBits(c, ldc, bits, v, ldv, coef, width, 16, table, bitTable32, bitAdd32)
}

// bitsSet returns how many tables of sixteen rows make a set, and the distance
// of their rows, for rows of so many lines of the given number of elements.
func bitsSet(vecs, line int) (tables, rowLen int) {
	if vecs <= 2 {
		return 16, line * vecs
	}
	return 8, line * 4
}
