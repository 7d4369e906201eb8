//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"
#include "bits_arm64.h"

#define LOG 3
#define SUM(d, n, m) FADD2D(d, n, m)

// func bitTableNEON(table, v *float64, ldv int, coef *float64, tables, width, rowLen int)
//
// R0, R13  table, and the part of its rows under way    R6  rowLen in bytes
// R12      the rows of v to come                        R5  ldv in bytes
// R1–R4    the part of four rows of v                   R7  coef
// R8       tables left      R9, R10  what is left of the width, and of the width
// R11      where to store            with its padding
// V0–V7    the rows, two vectors each, times F16–F19
// V20–V23  sums of pairs    V24, V25  other sums      V31  zero
//
// A part of four elements takes 4 loads of pairs of vectors, 8 products, 22
// additions and 16 stores of pairs, which bound it. Past the width there are
// zeros: products of scalars, which clear the other lane, make them.

#define PAIR(at, lo, hi, f) \
	FLDPQ.P 32(at), (F24, F25) \
	FMUL2D0(lo, 24, f)         \
	FMUL2D0(hi, 25, f)

// ONE, TWO: the next element or the next two of a row, F24 or V24 first
#define ONE(at, F, Z) \
	FMOVD.P 8(at), F24 \
	FMULD   Z, F24, F

#define TWO(at, lo, f) \
	FMOVQ.P 16(at), F24 \
	FMUL2D0(lo, 24, f)

TEXT ·bitTableNEON(SB), NOSPLIT, $0-56
	MOVD table+0(FP), R0
	MOVD v+8(FP), R12
	MOVD ldv+16(FP), R5
	MOVD coef+24(FP), R7
	MOVD tables+32(FP), R8
	MOVD rowLen+48(FP), R6
	LSL  $3, R5
	LSL  $3, R6
	VEOR V31.B16, V31.B16, V31.B16

nextTable:
	FLDPD.P 16(R7), (F16, F17)
	FLDPD.P 16(R7), (F18, F19)
	MOVD    R12, R1
	ADD     R5, R1, R2
	ADD     R5, R2, R3
	ADD     R5, R3, R4
	ADD     R5, R4, R12
	MOVD    width+40(FP), R9
	ADD     $7, R9, R10
	AND     $~7, R10
	MOVD    R0, R13

nextPart:
	MOVD R13, R11
	CMP  $4, R9
	BLT  some
	PAIR(R1, 0, 1, 16)
	PAIR(R2, 2, 3, 17)
	PAIR(R3, 4, 5, 18)
	PAIR(R4, 6, 7, 19)

sums:
	SUBSETS
	ADD  $32, R13
	SUB  $4, R9
	SUBS $4, R10
	BGT  nextPart

	ADD  R6<<4, R0
	SUBS $1, R8
	BNE  nextTable
	RET

some:
	VMOV V31.B16, V0.B16
	VMOV V31.B16, V1.B16
	VMOV V31.B16, V2.B16
	VMOV V31.B16, V3.B16
	VMOV V31.B16, V4.B16
	VMOV V31.B16, V5.B16
	VMOV V31.B16, V6.B16
	VMOV V31.B16, V7.B16
	CMP  $0, R9
	BLE  sums
	TBZ  $1, R9, low
	TWO(R1, 0, 16)
	TWO(R2, 2, 17)
	TWO(R3, 4, 18)
	TWO(R4, 6, 19)
	TBZ  $0, R9, sums
	ONE(R1, F1, F16)
	ONE(R2, F3, F17)
	ONE(R3, F5, F18)
	ONE(R4, F7, F19)
	B    sums

low:
	ONE(R1, F0, F16)
	ONE(R2, F2, F17)
	ONE(R3, F4, F18)
	ONE(R4, F6, F19)
	B    sums

// func bitAddNEON(c *float64, ldc int, bits *byte, rows int, table *float64, vecs int)
//
// R0  row of c     R1   ldc in bytes    R2  bits of the row    R3  rows left
// R4  table        R5   bits            R6  the table under way
// R7  place in it
// V0–V15   the row of c, four to each eight elements
// V16–V31  a row of the table
//
// Four eights of elements, eight tables: 72 loads of pairs of vectors, 128
// additions, 8 stores of pairs and 32 scalar instructions a row; the loads bound
// it at 72 cycles, and the additions at 64. One eight, sixteen tables: 34 loads,
// 64 additions, 2 stores, 56 scalar; instructions bound it, at 39 cycles.

TEXT ·bitAddNEON(SB), NOSPLIT, $0-48
#include "bits_add_arm64.h"
