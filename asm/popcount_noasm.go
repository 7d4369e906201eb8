//go:build (!amd64 && !arm64) || purego || noasm

package asm

func andCount(dst []int64, x []uint64, xs, ni int, y []uint64, ys, words int) {
	andCountGeneric(dst, x, xs, ni, y, ys, words)
}

func scaleCounts(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64) {
	scaleCountsGeneric(dst, counts, alpha)
}

func countsByTable(int) bool { return false }

func countByTable([]int64, []uint64, int, int, []uint64, int, int, *CountScratch) {
	panic("asm: no kernel for counts by table")
}
