package asm

import (
	"math"
	"unsafe"
)

// mulTileGeneric defines the tile: for i < rows and j < 8,
//
//	c[i·ldc + j] = fma(a[i·rs + p·cs], b[8p + j], c[i·ldc + j])   p = 0 … k-1
//
// The caller has checked the extents.
func mulTileGeneric(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int) {
	bs := unsafe.Slice(b, k*TileCols)
	as := unsafe.Slice(a, (rows-1)*rs+(k-1)*cs+1)
	cc := unsafe.Slice(c, (rows-1)*ldc+TileCols)
	for i := 0; i < rows; i++ {
		row := (*[TileCols]float64)(cc[i*ldc:])
		t := *row
		for p, q := 0, i*rs; p < k; p, q = p+1, q+cs {
			v, w := as[q], (*[TileCols]float64)(bs[p*TileCols:])
			t[0] = math.FMA(v, w[0], t[0])
			t[1] = math.FMA(v, w[1], t[1])
			t[2] = math.FMA(v, w[2], t[2])
			t[3] = math.FMA(v, w[3], t[3])
			t[4] = math.FMA(v, w[4], t[4])
			t[5] = math.FMA(v, w[5], t[5])
			t[6] = math.FMA(v, w[6], t[6])
			t[7] = math.FMA(v, w[7], t[7])
		}
		*row = t
	}
}
