//go:build arm64 && !purego && !noasm

package asm

// countRun bounds the words of one call of andCountNEON: sums by bytes hold no
// more, and so many words take 107,000 cycles on two pipes.
const countRun = 31

// andCountNEON counts 1 ≤ words ≤ countRun.
//
//go:noescape
func andCountNEON(dst *int64, x *uint64, xs, ni int, y *uint64, ys, words int)

func andCount(dst []int64, x []uint64, xs, ni int, y []uint64, ys, words int) {
	for runs := (words + countRun - 1) / countRun; runs > 0; runs-- {
		n := words / runs // runs of about the same length
		andCountNEON(&dst[0], &x[0], xs, ni, &y[0], ys, n)
		if runs > 1 {
			x, y, words = x[n*xs:], y[n*ys:], words-n
		}
	}
}

func scaleCounts(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64) {
	scaleCountsGeneric(dst, counts, alpha)
}

func countsByTable(int) bool { return false }

func countByTable([]int64, []uint64, int, int, []uint64, int, int, *CountScratch) {
	panic("asm: no kernel for counts by table")
}
