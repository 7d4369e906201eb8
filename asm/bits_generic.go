package asm

import "math/bits"

// bitTableGeneric makes one table from up to four rows: row s of it is the sum
// S of the rows r_l = coef_l·v_l whose bit l of s is set,
//
//	S = (r_0 + r_1) + (r_2 + r_3)
//
// where what is absent is left out of the sum; row 0 is zero.
func bitTableGeneric[T Float](table, v []T, ldv int, coef []T, width, rowLen int) {
	clear(table[:16*rowLen])
	row := func(s int) []T { return table[s*rowLen:][:width] }
	for l, f := range coef {
		for j, x := range v[l*ldv:][:width] {
			row(1 << l)[j] = T(f * x)
		}
	}
	for s := 3; s < 16; s++ {
		if bits.OnesCount(uint(s)) < 2 {
			continue
		}
		a, b := s&3, s&12 // the pairs, or the two of one pair
		if a == 0 {
			a, b = 4, 8
		} else if b == 0 {
			a, b = 1, 2
		}
		x, y := row(a), row(b)
		for j := range row(s) {
			row(s)[j] = x[j] + y[j]
		}
	}
}

// bitAddGeneric adds to row p of c, a row of so many elements, the rows of as many tables as there
// are that the bits from shift on select, one of each table in turn.
func bitAddGeneric[T Float](c []T, ldc int, bits []uint64, shift int, table []T, tables, rowLen, width int) {
	for p, word := range bits {
		word >>= shift
		row := c[p*ldc:][:width]
		for t := range tables {
			s := table[(t*16+int(word>>(4*t)&15))*rowLen:][:width]
			for j, x := range s {
				row[j] += x
			}
		}
	}
}

// bitTablesGeneric makes so many tables, four rows of v each.
func bitTablesGeneric[T Float](table, v []T, ldv int, coef []T, tables, width, rowLen int) {
	for t := range tables {
		bitTableGeneric(table[t*16*rowLen:], v[4*t*ldv:], ldv, coef[4*t:4*t+4], width, rowLen)
	}
}
