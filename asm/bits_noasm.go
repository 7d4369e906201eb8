//go:build (!amd64 && !arm64) || purego || noasm

package asm

func bitTable(table, v []float64, ldv int, coef []float64, tables, width int) {
	bitTablesGeneric(table, v, ldv, coef, tables, width)
}

func bitAdd(c []float64, ldc int, bits []uint64, shift int, table []float64, vecs int) {
	bitAddGeneric(c, ldc, bits, shift, table, vecs)
}
