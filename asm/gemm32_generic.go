package asm

import (
	"math"
	"unsafe"
)

// fma32 returns x·y + z rounded once to float32. In float64 the product is exact
// and the sum is rounded to odd, with two bits more than twice the precision of
// the result, so that the second rounding does no harm (Boldo and Melquiond 2008).
func fma32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	v := s - p
	e := (p - (s - v)) + (c - v) // what the sum has lost (Knuth)
	if b := math.Float64bits(s); e != 0 && e == e && b&1 == 0 {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
		s = math.Float64frombits(b)
	}
	return float32(s)
}

// mulTile32Generic defines the tile of float32: mulTileGeneric with 16 columns.
func mulTile32Generic(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int) {
	bs := unsafe.Slice(b, k*TileCols32)
	as := unsafe.Slice(a, (rows-1)*rs+(k-1)*cs+1)
	cc := unsafe.Slice(c, (rows-1)*ldc+TileCols32)
	for i := 0; i < rows; i++ {
		row := (*[TileCols32]float32)(cc[i*ldc:])
		for p, q := 0, i*rs; p < k; p, q = p+1, q+cs {
			v, w := as[q], (*[TileCols32]float32)(bs[p*TileCols32:])
			for j := range row {
				row[j] = fma32(v, w[j], row[j])
			}
		}
	}
}
