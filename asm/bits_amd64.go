//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func bitTableAVX512(table, v *float64, ldv int, coef *float64, tables, width, rowLen int)

//go:noescape
func bitTableAVX2(table, v *float64, ldv int, coef *float64, tables, width, rowLen int)

// The kernels of bitAdd take the address of the byte that holds the first bit.

//go:noescape
func bitAddAVX512(c *float64, ldc int, bits *byte, rows int, table *float64, vecs int)

//go:noescape
func bitAddAVX2(c *float64, ldc int, bits *byte, rows int, table *float64, vecs int)

func bitTable(table, v []float64, ldv int, coef []float64, tables, width int) {
	_, rowLen := bitsSet((width+7)/8, 8)
	switch {
	case useAVX512:
		bitTableAVX512(&table[0], &v[0], ldv, &coef[0], tables, width, rowLen)
	case useAVX2:
		bitTableAVX2(&table[0], &v[0], ldv, &coef[0], tables, width, rowLen)
	default:
		bitTablesGeneric(table, v, ldv, coef, tables, width, rowLen)
	}
}

func bitAdd(c []float64, ldc int, bits []uint64, shift int, table []float64, vecs int) {
	if !useAVX2 {
		tables, rowLen := bitsSet(vecs, 8)
		bitAddGeneric(c, ldc, bits, shift, table, tables, rowLen, 8*vecs)
		return
	}
	from := &(*[8]byte)(unsafe.Pointer(&bits[0]))[shift/8]
	if useAVX512 {
		bitAddAVX512(&c[0], ldc, from, len(bits), &table[0], vecs)
		return
	}
	bitAddAVX2(&c[0], ldc, from, len(bits), &table[0], vecs)
}
