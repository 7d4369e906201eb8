//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func mulTile32AVX2(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int)

// mulTile32AVX512 has wideRows rows.
//
//go:noescape
func mulTile32AVX512(c *float32, ldc int, a *float32, rs, cs int, b *float32, k int)

// mulTile32x48AVX512 has blockRows rows and three panels, bs floats apart;
// mulTile32x32AVX512 two. next is the tile of c that the next call will
// write; from, rows ldf apart, is what it adds to.
//
//go:noescape
func mulTile32x48AVX512(c *float32, ldc int, a *float32, rs, cs int, b *float32, bs, k int, next, from *float32, ldf int)

//go:noescape
func mulTile32x32AVX512(c *float32, ldc int, a *float32, rs, cs int, b *float32, bs, k int, next, from *float32, ldf int)

func mulTile32(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int) {
	if rows == wideRows { // useAVX512
		mulTile32AVX512(c, ldc, a, rs, cs, b, k)
		return
	}
	if useAVX2 {
		mulTile32AVX2(c, ldc, a, rs, cs, b, rows, k)
		return
	}
	mulTile32Generic(c, ldc, a, rs, cs, b, rows, k)
}
