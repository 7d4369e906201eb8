package asm

import "fmt"

// CountTile is the side of the square of counts that AndCount makes.
const CountTile = 64

// countCall bounds the words of one assembly call: 64 rounds of 450 cycles from
// cache, 1500 by AVX2, and below 100 µs where every line misses all caches. NEON, with
// 3300, cuts them again.
const countCall = 64

// AndCount adds to dst[64·i + j], for i < ni and j < 64, the number of bits set
// in both column i of x and column j of y, over so many words:
//
//	Σ_w popcount(x[w·xs + i] & y[w·ys + j])
//
// Counts are exact integers. Vectors run across j. With AVX-512 VPOPCNTDQ the
// vector pipes bound it, 52 instructions for 128 sums of a word, 13 cycles; with
// AVX2 the shuffles that count; with NEON, whose vectors hold two sums, the pipes
// again. Rows of dst and columns of x come in groups: what is left of one past ni
// is read and written too. It panics if x or y is too short, or unless
// 0 ≤ ni ≤ 64.
func AndCount(dst *[CountTile * CountTile]int64, x []uint64, xs, ni int, y []uint64, ys, words int) {
	if words <= 0 || ni == 0 {
		return
	}
	if ni < 0 || ni > CountTile || !reaches(len(x), words, xs, CountTile) || !reaches(len(y), words, ys, CountTile) {
		panic(fmt.Sprintf("asm: AndCount of %d words, ni=%d xs=%d ys=%d with lengths x=%d y=%d", words, ni, xs, ys, len(x), len(y)))
	}
	for w := 0; w < words; w += countCall {
		andCount(dst, x[w*xs:], xs, ni, y[w*ys:], ys, min(countCall, words-w))
	}
}

// ScaleCounts sets dst[i] = dst[i]·(counts[i]·alpha), each product rounded, for
// counts from 0 to 2⁵².
func ScaleCounts(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64) {
	scaleCounts(dst, counts, alpha)
}
