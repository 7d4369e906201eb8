//go:build (!amd64 && !arm64) || purego || noasm

package asm

func bitTable(table, v []float64, ldv int, coef []float64, tables, width int) {
	_, rowLen := bitsSet((width+7)/8, 8)
	bitTablesGeneric(table, v, ldv, coef, tables, width, rowLen)
}

func bitAdd(c []float64, ldc int, bits []uint64, shift int, table []float64, vecs int) {
	tables, rowLen := bitsSet(vecs, 8)
	bitAddGeneric(c, ldc, bits, shift, table, tables, rowLen, 8*vecs)
}

func bitTable32(table, v []float32, ldv int, coef []float32, tables, width int) {
	_, rowLen := bitsSet(width/16, 16)
	bitTablesGeneric(table, v, ldv, coef, tables, width, rowLen)
}

func bitAdd32(c []float32, ldc int, bits []uint64, shift int, table []float32, vecs int) {
	tables, rowLen := bitsSet(vecs, 16)
	bitAddGeneric(c, ldc, bits, shift, table, tables, rowLen, 16*vecs)
}
