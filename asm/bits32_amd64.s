//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "bits_amd64.h"
#include "bits_table_amd64.h"

#define LOG 2
#define SUM VADDPS

// func bitTable32AVX2(table, v *float32, ldv int, coef *float32, tables, width, rowLen int)
//
// DI       table, and the part of its rows under way      R12 rowLen in bytes
// R8       row 0 of four of v    R9, R10  ldv and 3·ldv in bytes
// SI       coef                  AX  tables left
// BX, CX   the part: its place in a row, in bytes, and what is left of the width, in bytes
// DX       where to store
// Y0–Y3    the rows, times Y12–Y15    Y4, Y5  sums of pairs    Y6  other sums
//
// A part of 8 lanes takes 4 loads, 4 products, 11 additions and 16 stores, which
// bound it.

TEXT ·bitTable32AVX2(SB), NOSPLIT, $0-56
	MOVQ   table+0(FP), DI
	MOVQ   v+8(FP), R8
	MOVQ   ldv+16(FP), R9
	MOVQ   coef+24(FP), SI
	MOVQ   tables+32(FP), AX
	MOVQ   rowLen+48(FP), R12
	SHLQ   $2, R9
	SHLQ   $2, R12
	LEAQ   (R9)(R9*2), R10
	VXORPD Y7, Y7, Y7

nextTable:
	VBROADCASTSS (SI), Y12
	VBROADCASTSS 4(SI), Y13
	VBROADCASTSS 8(SI), Y14
	VBROADCASTSS 12(SI), Y15
	MOVQ         width+40(FP), CX
	SHLQ         $2, CX
	XORQ         BX, BX

nextPart:
	LEAQ   (R8)(BX*1), DX
	VMULPS (DX), Y12, Y0
	VMULPS (DX)(R9*1), Y13, Y1
	VMULPS (DX)(R9*2), Y14, Y2
	VMULPS (DX)(R10*1), Y15, Y3
	LEAQ   (DI)(BX*1), DX
	SUBSETS(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ADDQ   $32, BX
	SUBQ   $32, CX
	JGT    nextPart

	LEAQ (R8)(R9*4), R8
	ADDQ $16, SI
	MOVQ R12, DX
	SHLQ $4, DX
	ADDQ DX, DI
	DECQ AX
	JNE  nextTable
	VZEROUPPER
	RET

// func bitAdd32AVX2(c *float32, ldc int, bits *byte, rows int, table *float32, vecs int)
//
// Registers and cost of bitAddAVX2, for twice the elements.

TEXT ·bitAdd32AVX2(SB), NOSPLIT, $0-48
#include "bits_add_avx2_amd64.h"
