package asm

import "math/bits"

// andCountGeneric defines AndCount.
func andCountGeneric(dst []int64, x []uint64, xs, ni int, y []uint64, ys, words int) {
	for w := range words {
		right := (*[CountTile]uint64)(y[w*ys:])
		for i, v := range x[w*xs:][:ni] {
			row := (*[CountTile]int64)(dst[i*CountTile:])
			for j := range row {
				row[j] += int64(bits.OnesCount64(v & right[j]))
			}
		}
	}
}

// scaleCountsGeneric defines ScaleCounts.
func scaleCountsGeneric(dst *[CountTile * CountTile]float64, counts *[CountTile * CountTile]int64, alpha float64) {
	for i, c := range counts {
		dst[i] *= float64(float64(c) * alpha)
	}
}
