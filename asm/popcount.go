package asm

import "fmt"

// CountTile is the number of columns of y that AndCount takes, CountRows the
// most columns of x.
const (
	CountTile = 64
	CountRows = 256
)

// countCall bounds the words of one assembly call of 64 columns by 64: 64 rounds
// of 450 cycles from cache, 1500 by AVX2, and below 100 µs where every line misses
// all caches. NEON, with 3300, cuts them again.
const countCall = 64

// CountScratch is memory that AndCount works in, best allocated by itself, which
// puts it at the beginning of a cache line.
type CountScratch struct {
	table [16 * 16 * CountTile]uint8
	sums  [CountRows * CountTile]uint8
	wide  [CountRows * CountTile]uint16
	y     [CountTile]uint64
}

// AndCount adds to dst[64·i + j], for i < ni and j < 64, the number of bits set
// in both column i of x and column j of y, over so many words:
//
//	Σ_w popcount(x[w·xs + i] & y[w·ys + j])
//
// Counts are exact integers. With AVX-512 VPOPCNTDQ the vector pipes bound it, 52
// instructions for 128 sums of a word, 13 cycles; with AVX2 the loads of sums that
// are looked up, see countTableAVX2, and the more so the larger ni; with NEON,
// whose vectors hold two sums, the pipes again. Rows of dst and columns of x come
// in groups of four: what is left of one past ni is read and written too. It
// panics if a slice is too short, or unless 0 ≤ ni ≤ CountRows.
func AndCount(dst []int64, x []uint64, xs, ni int, y []uint64, ys, words int, scratch *CountScratch) {
	if words <= 0 || ni == 0 {
		return
	}
	if group := (ni + 3) &^ 3; ni < 0 || ni > CountRows || len(dst) < group*CountTile || !reaches(len(x), words, xs, group) || !reaches(len(y), words, ys, CountTile) {
		panic(fmt.Sprintf("asm: AndCount of %d words, ni=%d xs=%d ys=%d with lengths dst=%d x=%d y=%d", words, ni, xs, ys, len(dst), len(x), len(y)))
	}
	if countsByTable(ni) {
		countByTable(dst, x, xs, ni, y, ys, words, scratch)
		return
	}
	for w := 0; w < words; w += countCall {
		for i := 0; i < ni; i += CountTile {
			andCount(dst[i*CountTile:], x[w*xs+i:], xs, min(CountTile, ni-i), y[w*ys:], ys, min(countCall, words-w))
		}
	}
}

// ScaleCounts sets dst[i] = dst[i]·(counts[i]·alpha), each product rounded, for
// counts from 0 to 2⁵².
func ScaleCounts(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64) {
	scaleCounts(dst, counts, alpha)
}
