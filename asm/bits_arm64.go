//go:build arm64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func bitTableNEON(table, v *float64, ldv int, coef *float64, tables, width, rowLen int)

// The kernel of bitAdd takes the address of the byte that holds the first bit.
//
//go:noescape
func bitAddNEON(c *float64, ldc int, bits *byte, rows int, table *float64, vecs int)

func bitTable(table, v []float64, ldv int, coef []float64, tables, width int) {
	_, rowLen := bitsSet((width+7)/8, 8)
	bitTableNEON(&table[0], &v[0], ldv, &coef[0], tables, width, rowLen)
}

func bitAdd(c []float64, ldc int, bits []uint64, shift int, table []float64, vecs int) {
	from := &(*[8]byte)(unsafe.Pointer(&bits[0]))[shift/8]
	bitAddNEON(&c[0], ldc, from, len(bits), &table[0], vecs)
}

//go:noescape
func bitTable32NEON(table, v *float32, ldv int, coef *float32, tables, width, rowLen int)

//go:noescape
func bitAdd32NEON(c *float32, ldc int, bits *byte, rows int, table *float32, vecs int)

func bitTable32(table, v []float32, ldv int, coef []float32, tables, width int) {
	_, rowLen := bitsSet(width/16, 16)
	bitTable32NEON(&table[0], &v[0], ldv, &coef[0], tables, width, rowLen)
}

func bitAdd32(c []float32, ldc int, bits []uint64, shift int, table []float32, vecs int) {
	from := &(*[8]byte)(unsafe.Pointer(&bits[0]))[shift/8]
	bitAdd32NEON(&c[0], ldc, from, len(bits), &table[0], vecs)
}
