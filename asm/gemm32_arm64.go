//go:build arm64 && !purego && !noasm

package asm

//go:noescape
func mulTile32NEON(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int)

func mulTile32(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int) {
	mulTile32NEON(c, ldc, a, rs, cs, b, rows, k)
}
