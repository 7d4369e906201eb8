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
