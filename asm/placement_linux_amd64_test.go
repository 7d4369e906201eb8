//go:build !purego && !noasm

package asm

import (
	"fmt"
	"math/rand/v2"
)

// insideCases has kernels whose memory lies inside that of the function which calls them:
// parts of a scratch, where running over the end of one part would go unnoticed.
func insideCases(add addCase) {
	d := as[float64]
	if useAVX512 {
		for _, w := range []int{8, 24} {
			add("solveBlock", "", fmt.Sprintf("w=%d", w), func(m [][]byte) float64 { solveBlock(d(m[0]), w+1, d(m[1]), d(m[2]), w, d(m[3])); return 0 },
				float64s((solveRows-1)*(w+1)+w), float64s(TriangleLen(w)), float64s(w), float64s(solveRows*w))
		}
	}
	if !useAVX2 {
		return
	}
	const table = 16 * 16 * CountTile
	sums := func(n int) arg { return argOf(n, func(rng *rand.Rand) uint8 { return uint8(rng.IntN(60)) }) }
	wide := func(n int) arg { return argOf(n, func(rng *rand.Rand) uint16 { return uint16(rng.IntN(60000)) }) }
	add("countTable", "", "", func(m [][]byte) float64 {
		countTableAVX2((*[table]uint8)(m[0]), (*[CountTile]uint64)(as[uint64](m[1])))
		return 0
	}, sums(table), words(CountTile))
	for _, rows := range []int{1, 4, 7, CountTile + 8} {
		sizes, n := fmt.Sprintf("rows=%d", rows), rows*CountTile
		add("countAdd", "", sizes, func(m [][]byte) float64 {
			countAddAVX2(&m[0][0], &as[uint64](m[1])[0], rows, (*[table]uint8)(m[2]))
			return 0
		}, sums(n), words(rows), sums(table))
		add("countFold", "", sizes, func(m [][]byte) float64 { countFoldAVX2(&as[uint16](m[0])[0], &m[1][0], rows); return 0 }, wide(n), sums(n))
		add("countWiden", "", sizes, func(m [][]byte) float64 { countWidenAVX2(&as[int64](m[0])[0], &as[uint16](m[1])[0], rows); return 0 }, counts(n), wide(n))
	}
}
