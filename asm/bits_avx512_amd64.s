//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "bits_amd64.h"
#include "bits_table_amd64.h"

// func bitTableAVX512(table, v *float64, ldv int, coef *float64, tables, width, rowLen int)
//
// DI       table, and the part of its rows under way      R12 rowLen in bytes
// R8       row 0 of four of v    R9, R10  ldv and 3·ldv in bytes
// SI       coef                  AX  tables left
// BX, CX   the part: its place in a row, in bytes, and what is left of the width
// K1       its lanes             DX  where to store
// Z0–Z3    the rows, times Z16–Z19    Z4, Z5  sums of pairs    Z6  other sums
//
// A part of eight lanes takes 4 loads, 4 products, 11 additions and 16 stores,
// which bound it.

#define LOG 3
#define SUM VADDPD

TEXT ·bitTableAVX512(SB), NOSPLIT, $0-56
	MOVQ   table+0(FP), DI
	MOVQ   v+8(FP), R8
	MOVQ   ldv+16(FP), R9
	MOVQ   coef+24(FP), SI
	MOVQ   tables+32(FP), AX
	MOVQ   rowLen+48(FP), R12
	SHLQ   $3, R9
	SHLQ   $3, R12
	LEAQ   (R9)(R9*2), R10
	VPXORQ Z7, Z7, Z7

nextTable:
	VBROADCASTSD (SI), Z16
	VBROADCASTSD 8(SI), Z17
	VBROADCASTSD 16(SI), Z18
	VBROADCASTSD 24(SI), Z19
	MOVQ         width+40(FP), CX
	XORQ         BX, BX
	MOVQ         $255, R11

nextPart:
	CMPQ CX, $8
	JGE  lanes
	MOVQ $1, R11
	SHLQ CX, R11
	DECQ R11

lanes:
	KMOVB    R11, K1
	LEAQ     (R8)(BX*1), R13
	VMULPD.Z (R13), Z16, K1, Z0
	VMULPD.Z (R13)(R9*1), Z17, K1, Z1
	VMULPD.Z (R13)(R9*2), Z18, K1, Z2
	VMULPD.Z (R13)(R10*1), Z19, K1, Z3
	LEAQ     (DI)(BX*1), DX
	SUBSETS(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	ADDQ     $64, BX
	SUBQ     $8, CX
	JGT      nextPart

	LEAQ (R8)(R9*4), R8
	ADDQ $32, SI
	MOVQ R12, DX
	SHLQ $4, DX
	ADDQ DX, DI
	DECQ AX
	JNE  nextTable
	VZEROUPPER
	RET

// func bitAddAVX512(c *float64, ldc int, bits *byte, rows int, table *float64, vecs int)
//
// DI  row of c    R10  ldc in bytes    SI  bits of the row    CX  rows left
// R8  table       AX   bits            R9, R11–R13  places in the table
// Z0–Z3  the row of c
//
// Four vectors, eight tables: 36 loads, 32 additions, 4 stores and 26 scalar
// instructions a row, 18 cycles on two load ports; two vectors, sixteen tables:
// 35 loads, 32 additions, 2 stores, 50 scalar.

TEXT ·bitAddAVX512(SB), NOSPLIT, $0-48
#include "bits_add_avx512_amd64.h"
