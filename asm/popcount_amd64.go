//go:build amd64 && !purego && !noasm

package asm

// The kernels of andCount count 1 ≤ words ≤ countCall.

//go:noescape
func andCountAVX512(dst *int64, x *uint64, xs, ni int, y *uint64, ys, words int)

//go:noescape
func andCountAVX2(dst *int64, x *uint64, xs, ni int, y *uint64, ys, words int)

func andCount(dst []int64, x []uint64, xs, ni int, y []uint64, ys, words int) {
	switch {
	case usePopcount512:
		andCountAVX512(&dst[0], &x[0], xs, ni, &y[0], ys, words)
	case useAVX2:
		andCountAVX2(&dst[0], &x[0], xs, ni, &y[0], ys, words)
	default:
		andCountGeneric(dst, x, xs, ni, y, ys, words)
	}
}

//go:noescape
func scaleCountsAVX2(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64)

func scaleCounts(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64) {
	if useAVX2 {
		scaleCountsAVX2(dst, counts, alpha)
		return
	}
	scaleCountsGeneric(dst, counts, alpha)
}

// Counts by table. The sums of the sixteen subsets of four rows of Y, 64 bytes
// each, are made once for each four and looked up by every column of x: a load and
// an addition of bytes for 128 products of bits, where counting by shuffles takes
// eight instructions for 256. It is MulAddBits with rows of bits. Measured on Zen 5,
// 25 cycles a column and word, and 570 for the tables of a word; by shuffles 34 a
// column, which is why few columns are counted so.
//
// Sums by bytes hold three words. They go to sums of 16 bits, and these to dst.

// countTableColumns is where counting by table begins to pay.
const countTableColumns = 72

// countWide is the most words whose counts fit 16 bits.
const countWide = (1<<16 - 1) / 64

//go:noescape
func countTableAVX2(table *[16 * 16 * CountTile]uint8, y *[CountTile]uint64)

// countAddAVX2, countFoldAVX2 and countWidenAVX2 take 1 ≤ rows ≤ CountRows.
//
//go:noescape
func countAddAVX2(sums *uint8, x *uint64, rows int, table *[16 * 16 * CountTile]uint8)

//go:noescape
func countFoldAVX2(wide *uint16, sums *uint8, rows int)

//go:noescape
func countWidenAVX2(dst *int64, wide *uint16, rows int)

func countsByTable(ni int) bool { return useAVX2 && !usePopcount512 && ni >= countTableColumns }

// countByTable is AndCount for extents that it has checked.
func countByTable(dst []int64, x []uint64, xs, ni int, y []uint64, ys, words int, s *CountScratch) {
	clear(s.sums[:ni*CountTile])
	clear(s.wide[:ni*CountTile])
	folded, widened := 0, 0
	for w := range words {
		transpose64(&s.y, (*[CountTile]uint64)(y[w*ys:]))
		countTableAVX2(&s.table, &s.y)
		countAddAVX2(&s.sums[0], &x[w*xs], ni, &s.table)
		last := w == words-1
		if last || w-folded == 2 {
			countFoldAVX2(&s.wide[0], &s.sums[0], ni)
			folded = w + 1
		}
		if last || folded-widened > countWide-3 {
			countWidenAVX2(&dst[0], &s.wide[0], ni)
			widened = folded
		}
	}
}
