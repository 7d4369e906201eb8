//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "bits_amd64.h"
#include "bits_table_amd64.h"

DATA bitLanes<>+0(SB)/8, $-1
DATA bitLanes<>+8(SB)/8, $-1
DATA bitLanes<>+16(SB)/8, $-1
DATA bitLanes<>+24(SB)/8, $-1
DATA bitLanes<>+32(SB)/8, $0
DATA bitLanes<>+40(SB)/8, $0
DATA bitLanes<>+48(SB)/8, $0
DATA bitLanes<>+56(SB)/8, $0
GLOBL bitLanes<>(SB), RODATA|NOPTR, $64

// func bitTableAVX2(table, v *float64, ldv int, coef *float64, tables, width, rowLen int)
//
// DI       table, and the part of its rows under way      R12 rowLen in bytes
// R8       row 0 of four of v    R9, R10  ldv and 3·ldv in bytes
// SI       coef                  AX  tables left
// BX, CX   the part: its place in a row, in bytes, and what is left of the
//          width, rounded up to a multiple of eight
// Y11      its lanes             DX  where to store      R13  the width left
// Y0–Y3    the rows, times Y12–Y15    Y4, Y5  sums of pairs    Y6  other sums
//
// A part of four lanes takes 4 masked loads, 4 products, 11 additions and 16
// stores, which bound it.

#define LOG 3
#define SUM VADDPD

TEXT ·bitTableAVX2(SB), NOSPLIT, $0-56
	MOVQ   table+0(FP), DI
	MOVQ   v+8(FP), R8
	MOVQ   ldv+16(FP), R9
	MOVQ   coef+24(FP), SI
	MOVQ   tables+32(FP), AX
	MOVQ   rowLen+48(FP), R12
	SHLQ   $3, R9
	SHLQ   $3, R12
	LEAQ   (R9)(R9*2), R10
	VXORPD Y7, Y7, Y7

nextTable:
	VBROADCASTSD (SI), Y12
	VBROADCASTSD 8(SI), Y13
	VBROADCASTSD 16(SI), Y14
	VBROADCASTSD 24(SI), Y15
	MOVQ         width+40(FP), R13
	LEAQ         7(R13), CX
	ANDQ         $-8, CX
	XORQ         BX, BX

nextPart:
	LEAQ bitLanes<>+32(SB), R11
	CMPQ R13, $0
	JLE  lanes                 // past the width: none
	MOVQ R13, DX
	CMPQ DX, $4
	JLE  some
	MOVQ $4, DX

some:
	SHLQ $3, DX
	SUBQ DX, R11

lanes:
	VMOVUPD    (R11), Y11
	LEAQ       (R8)(BX*1), DX
	VMASKMOVPD (DX), Y11, Y0
	VMASKMOVPD (DX)(R9*1), Y11, Y1
	VMASKMOVPD (DX)(R9*2), Y11, Y2
	VMASKMOVPD (DX)(R10*1), Y11, Y3
	VMULPD     Y12, Y0, Y0
	VMULPD     Y13, Y1, Y1
	VMULPD     Y14, Y2, Y2
	VMULPD     Y15, Y3, Y3
	VANDPD     Y11, Y0, Y0     // not -0, nor NaN
	VANDPD     Y11, Y1, Y1
	VANDPD     Y11, Y2, Y2
	VANDPD     Y11, Y3, Y3
	LEAQ       (DI)(BX*1), DX
	SUBSETS(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ADDQ       $32, BX
	SUBQ       $4, R13
	SUBQ       $4, CX
	JGT        nextPart

	LEAQ (R8)(R9*4), R8
	ADDQ $32, SI
	MOVQ R12, DX
	SHLQ $4, DX
	ADDQ DX, DI
	DECQ AX
	JNE  nextTable
	VZEROUPPER
	RET

// func bitAddAVX2(c *float64, ldc int, bits *byte, rows int, table *float64, vecs int)
//
// DI  row of c    R10  ldc in bytes    SI  bits of the row    CX  rows left
// R8  table       AX   bits            R9, R11–R13  places in the table
// Y0–Y7  the row of c, two to a vector of eight lanes
//
// Four vectors, eight tables: 73 loads, 64 additions, 8 stores and 26 scalar
// instructions a row, 36 cycles on two load ports.

TEXT ·bitAddAVX2(SB), NOSPLIT, $0-48
#include "bits_add_avx2_amd64.h"
