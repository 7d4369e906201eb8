//go:build (!amd64 && !arm64) || purego || noasm

package asm

func mulTile32(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int) {
	mulTile32Generic(c, ldc, a, rs, cs, b, rows, k)
}
