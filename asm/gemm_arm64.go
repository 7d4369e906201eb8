//go:build arm64 && !purego && !noasm

package asm

//go:noescape
func mulTileNEON(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int)

func mulTile(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int) {
	mulTileNEON(c, ldc, a, rs, cs, b, rows, k)
}

func tileRows(rows int) int { return min(TileRows, rows) }
