//go:build (!amd64 && !arm64) || purego || noasm

package asm

func mulTile(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int) {
	mulTileGeneric(c, ldc, a, rs, cs, b, rows, k)
}

func tileRows(rows int) int { return min(TileRows, rows) }
