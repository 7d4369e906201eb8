//go:build amd64 && !purego && !noasm

package asm

// The kernels of andCount count 1 ≤ words ≤ countCall.

//go:noescape
func andCountAVX512(dst *[CountTile * CountTile]int64, x *uint64, xs, ni int, y *uint64, ys, words int)

//go:noescape
func andCountAVX2(dst *[CountTile * CountTile]int64, x *uint64, xs, ni int, y *uint64, ys, words int)

func andCount(dst *[CountTile * CountTile]int64, x []uint64, xs, ni int, y []uint64, ys, words int) {
	switch {
	case usePopcount512:
		andCountAVX512(dst, &x[0], xs, ni, &y[0], ys, words)
	case useAVX2:
		andCountAVX2(dst, &x[0], xs, ni, &y[0], ys, words)
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
