//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func mulTileAVX2(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int)

func mulTile(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int) {
	if useAVX2 {
		mulTileAVX2(c, ldc, a, rs, cs, b, rows, k)
		return
	}
	mulTileGeneric(c, ldc, a, rs, cs, b, rows, k)
}
