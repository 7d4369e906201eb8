//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func bitTable32AVX512(table, v *float32, ldv int, coef *float32, tables, width, rowLen int)

//go:noescape
func bitTable32AVX2(table, v *float32, ldv int, coef *float32, tables, width, rowLen int)

//go:noescape
func bitAdd32AVX512(c *float32, ldc int, bits *byte, rows int, table *float32, vecs int)

//go:noescape
func bitAdd32AVX2(c *float32, ldc int, bits *byte, rows int, table *float32, vecs int)

func bitTable32(table, v []float32, ldv int, coef []float32, tables, width int) {
	_, rowLen := bitsSet(width/16, 16)
	switch {
	case useAVX512:
		bitTable32AVX512(&table[0], &v[0], ldv, &coef[0], tables, width, rowLen)
	case useAVX2:
		bitTable32AVX2(&table[0], &v[0], ldv, &coef[0], tables, width, rowLen)
	default:
		bitTablesGeneric(table, v, ldv, coef, tables, width, rowLen)
	}
}

func bitAdd32(c []float32, ldc int, bits []uint64, shift int, table []float32, vecs int) {
	if !useAVX2 {
		tables, rowLen := bitsSet(vecs, 16)
		bitAddGeneric(c, ldc, bits, shift, table, tables, rowLen, 16*vecs)
		return
	}
	from := &(*[8]byte)(unsafe.Pointer(&bits[0]))[shift/8]
	if useAVX512 {
		bitAdd32AVX512(&c[0], ldc, from, len(bits), &table[0], vecs)
		return
	}
	bitAdd32AVX2(&c[0], ldc, from, len(bits), &table[0], vecs)
}
