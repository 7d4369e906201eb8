//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "bits_arm64.h"

#define LOG 2
#define SUM(d, n, m) FADD4S(d, n, m)

// func bitTable32NEON(table, v *float32, ldv int, coef *float32, tables, width, rowLen int)
//
// R0, R13  table, and the part of its rows under way    R6  rowLen in bytes
// R12      the rows of v to come                        R5  ldv in bytes
// R1–R4    the part of four rows of v                   R7  coef
// R8       tables left      R10  what is left of the width
// R11      where to store
// V0–V7    the rows, two vectors each, times F16–F19
// V20–V23  sums of pairs    V24, V25  other sums      V31  zero
//
// A part of eight elements takes 4 loads of pairs of vectors, 8 products, 22
// additions and 16 stores of pairs, which bound it.

#define PAIR(at, lo, hi, f) \
	FLDPQ.P 32(at), (F24, F25) \
	FMUL4S0(lo, 24, f)         \
	FMUL4S0(hi, 25, f)

TEXT ·bitTable32NEON(SB), NOSPLIT, $0-56
	MOVD table+0(FP), R0
	MOVD v+8(FP), R12
	MOVD ldv+16(FP), R5
	MOVD coef+24(FP), R7
	MOVD tables+32(FP), R8
	MOVD rowLen+48(FP), R6
	LSL  $2, R5
	LSL  $2, R6
	VEOR V31.B16, V31.B16, V31.B16

nextTable:
	FLDPS.P 8(R7), (F16, F17)
	FLDPS.P 8(R7), (F18, F19)
	MOVD    R12, R1
	ADD     R5, R1, R2
	ADD     R5, R2, R3
	ADD     R5, R3, R4
	ADD     R5, R4, R12
	MOVD    width+40(FP), R10
	MOVD    R0, R13

nextPart:
	MOVD R13, R11
	PAIR(R1, 0, 1, 16)
	PAIR(R2, 2, 3, 17)
	PAIR(R3, 4, 5, 18)
	PAIR(R4, 6, 7, 19)
	SUBSETS
	ADD  $32, R13
	SUBS $8, R10
	BGT  nextPart

	ADD  R6<<4, R0
	SUBS $1, R8
	BNE  nextTable
	RET

// func bitAdd32NEON(c *float32, ldc int, bits *byte, rows int, table *float32, vecs int)
//
// Registers and cost of bitAddNEON, for twice the elements.

TEXT ·bitAdd32NEON(SB), NOSPLIT, $0-48
#include "bits_add_arm64.h"
