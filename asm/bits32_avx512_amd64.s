//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "bits_amd64.h"
#include "bits_table_amd64.h"

#define LOG 2
#define SUM VADDPS

// func bitTable32AVX512(table, v *float32, ldv int, coef *float32, tables, width, rowLen int)
//
// DI       table, and the part of its rows under way      R12 rowLen in bytes
// R8       row 0 of four of v    R9, R10  ldv and 3·ldv in bytes
// SI       coef                  AX  tables left
// BX, CX   the part: its place in a row, in bytes, and what is left of the width, in bytes
// DX       where to store
// Z0–Z3    the rows, times Z16–Z19    Z4, Z5  sums of pairs    Z6  other sums
//
// A part of 16 lanes takes 4 loads, 4 products, 11 additions and 16 stores, which
// bound it.

TEXT ·bitTable32AVX512(SB), NOSPLIT, $0-56
	MOVQ   table+0(FP), DI
	MOVQ   v+8(FP), R8
	MOVQ   ldv+16(FP), R9
	MOVQ   coef+24(FP), SI
	MOVQ   tables+32(FP), AX
	MOVQ   rowLen+48(FP), R12
	SHLQ   $2, R9
	SHLQ   $2, R12
	LEAQ   (R9)(R9*2), R10
	VPXORQ Z7, Z7, Z7

nextTable:
	VBROADCASTSS (SI), Z16
	VBROADCASTSS 4(SI), Z17
	VBROADCASTSS 8(SI), Z18
	VBROADCASTSS 12(SI), Z19
	MOVQ         width+40(FP), CX
	SHLQ         $2, CX
	XORQ         BX, BX

nextPart:
	LEAQ   (R8)(BX*1), DX
	VMULPS (DX), Z16, Z0
	VMULPS (DX)(R9*1), Z17, Z1
	VMULPS (DX)(R9*2), Z18, Z2
	VMULPS (DX)(R10*1), Z19, Z3
	LEAQ   (DI)(BX*1), DX
	SUBSETS(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	ADDQ   $64, BX
	SUBQ   $64, CX
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

// func bitAdd32AVX512(c *float32, ldc int, bits *byte, rows int, table *float32, vecs int)
//
// Registers and cost of bitAddAVX512, for twice the elements.

TEXT ·bitAdd32AVX512(SB), NOSPLIT, $0-48
#include "bits_add_avx512_amd64.h"
