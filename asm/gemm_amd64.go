//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func mulTileAVX2(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int)

// mulTileAVX512 has wideRows rows.
//
//go:noescape
func mulTileAVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, k int)

// tileRows is the number of rows of the tile that suits so many.
func tileRows(rows int) int {
	if useAVX512 && rows >= wideRows {
		return wideRows
	}
	return min(TileRows, rows)
}

func mulTile(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int) {
	if rows == wideRows { // useAVX512
		mulTileAVX512(c, ldc, a, rs, cs, b, k)
		return
	}
	if useAVX2 {
		mulTileAVX2(c, ldc, a, rs, cs, b, rows, k)
		return
	}
	mulTileGeneric(c, ldc, a, rs, cs, b, rows, k)
}

// mulTile24AVX512 has blockRows rows and three panels, bs floats apart;
// mulTile16AVX512 two. next is the tile of c that the next call will
// write; from, rows ldf apart, is what it adds to.
//
//go:noescape
func mulTile24AVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, bs, k int, next, from *float64, ldf int)

//go:noescape
func mulTile16AVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, bs, k int, next, from *float64, ldf int)
