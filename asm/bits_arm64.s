//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

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

#define PUT(lo, hi) \
	FSTPQ (lo, hi), (R11) \
	ADD   R6, R11

#define PUTSUM(a0, a1, b0, b1) \
	FADD2D(24, a0, b0) \
	FADD2D(25, a1, b1) \
	PUT(F24, F25)

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
	FADD2D(20, 0, 2)
	FADD2D(21, 1, 3)
	FADD2D(22, 4, 6)
	FADD2D(23, 5, 7)
	PUT(F31, F31)
	PUT(F0, F1)
	PUT(F2, F3)
	PUT(F20, F21)
	PUT(F4, F5)
	PUTSUM(0, 1, 4, 5)
	PUTSUM(2, 3, 4, 5)
	PUTSUM(20, 21, 4, 5)
	PUT(F6, F7)
	PUTSUM(0, 1, 6, 7)
	PUTSUM(2, 3, 6, 7)
	PUTSUM(20, 21, 6, 7)
	PUT(F22, F23)
	PUTSUM(0, 1, 22, 23)
	PUTSUM(2, 3, 22, 23)
	PUTSUM(20, 21, 22, 23)
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

#define LOAD1(r) FLDPQ (r), (F16, F17); FLDPQ 32(r), (F18, F19)
#define LOAD2(r) LOAD1(r); FLDPQ 64(r), (F20, F21); FLDPQ 96(r), (F22, F23)
#define LOAD3(r) LOAD2(r); FLDPQ 128(r), (F24, F25); FLDPQ 160(r), (F26, F27)
#define LOAD4(r) LOAD3(r); FLDPQ 192(r), (F28, F29); FLDPQ 224(r), (F30, F31)

#define ADD1 FADD2D(0, 0, 16); FADD2D(1, 1, 17); FADD2D(2, 2, 18); FADD2D(3, 3, 19)
#define ADD2 ADD1; FADD2D(4, 4, 20); FADD2D(5, 5, 21); FADD2D(6, 6, 22); FADD2D(7, 7, 23)
#define ADD3 ADD2; FADD2D(8, 8, 24); FADD2D(9, 9, 25); FADD2D(10, 10, 26); FADD2D(11, 11, 27)
#define ADD4 ADD3; FADD2D(12, 12, 28); FADD2D(13, 13, 29); FADD2D(14, 14, 30); FADD2D(15, 15, 31)

#define GET1 FLDPQ (R0), (F0, F1); FLDPQ 32(R0), (F2, F3)
#define GET2 GET1; FLDPQ 64(R0), (F4, F5); FLDPQ 96(R0), (F6, F7)
#define GET3 GET2; FLDPQ 128(R0), (F8, F9); FLDPQ 160(R0), (F10, F11)
#define GET4 GET3; FLDPQ 192(R0), (F12, F13); FLDPQ 224(R0), (F14, F15)

#define PUT1 FSTPQ (F0, F1), (R0); FSTPQ (F2, F3), 32(R0)
#define PUT2 PUT1; FSTPQ (F4, F5), 64(R0); FSTPQ (F6, F7), 96(R0)
#define PUT3 PUT2; FSTPQ (F8, F9), 128(R0); FSTPQ (F10, F11), 160(R0)
#define PUT4 PUT3; FSTPQ (F12, F13), 192(R0); FSTPQ (F14, F15), 224(R0)

// TABLE: the row that four bits from bit on select of a table of rows of 1 << log
// bytes; the next table
#define TABLE(bit, log, LOAD, SUM) \
	UBFX $bit, R5, $4, R7   \
	ADD  R7<<log, R6, R7    \
	ADD  $(16<<log), R6, R6 \
	LOAD(R7)                \
	SUM

#define EIGHT(bit, log, LOAD, SUM) \
	TABLE((bit), log, LOAD, SUM)    \
	TABLE((bit+4), log, LOAD, SUM)  \
	TABLE((bit+8), log, LOAD, SUM)  \
	TABLE((bit+12), log, LOAD, SUM) \
	TABLE((bit+16), log, LOAD, SUM) \
	TABLE((bit+20), log, LOAD, SUM) \
	TABLE((bit+24), log, LOAD, SUM) \
	TABLE((bit+28), log, LOAD, SUM)

#define NEXT \
	ADD  R1, R0     \
	MOVD R4, R6     \
	SUBS $1, R3, R3

TEXT ·bitAddNEON(SB), NOSPLIT, $0-48
	MOVD c+0(FP), R0
	MOVD ldc+8(FP), R1
	MOVD bits+16(FP), R2
	MOVD rows+24(FP), R3
	MOVD table+32(FP), R4
	MOVD vecs+40(FP), R5
	LSL  $3, R1
	MOVD R4, R6
	CMP  $3, R5
	BEQ  add3
	BLT  add12

add4:
	MOVWU (R2), R5
	ADD   $8, R2
	GET4
	EIGHT(0, 8, LOAD4, ADD4)
	PUT4
	NEXT
	BNE   add4
	RET

add3:
	MOVWU (R2), R5
	ADD   $8, R2
	GET3
	EIGHT(0, 8, LOAD3, ADD3)
	PUT3
	NEXT
	BNE   add3
	RET

add12:
	CMP $1, R5
	BEQ add1

add2:
	MOVD.P 8(R2), R5
	GET2
	EIGHT(0, 7, LOAD2, ADD2)
	EIGHT(32, 7, LOAD2, ADD2)
	PUT2
	NEXT
	BNE    add2
	RET

add1:
	MOVD.P 8(R2), R5
	GET1
	EIGHT(0, 6, LOAD1, ADD1)
	EIGHT(32, 6, LOAD1, ADD1)
	PUT1
	NEXT
	BNE    add1
	RET
