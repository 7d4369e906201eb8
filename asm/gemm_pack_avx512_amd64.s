//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "gemm_transpose_amd64.h"

// func transposeAVX512(dst *float64, ldd, dstep int, b *float64, ldb, bstep, squares int, alpha float64)
//
// DI, SI   rows 0 and 4 of dst      AX, DX     ldd, 3·ldd in bytes    R10  dstep in bytes
// R8, R9   rows 0 and 4 of b        R12, R13   ldb, 3·ldb in bytes    R11  bstep in bytes
// Z0–Z7    a square of b            Z16  alpha      CX   squares left
//
// Squares of 8 × 8, bstep apart in b and dstep in dst: along the rows of b, or
// down its columns. A square is 24 shuffles, 8 products, 8 loads and 8 stores: 12
// cycles by the shuffles where b and dst are in cache.
TEXT ·transposeAVX512(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), AX
	MOVQ dstep+16(FP), R10
	MOVQ b+24(FP), R8
	MOVQ ldb+32(FP), R12
	MOVQ bstep+40(FP), R11
	MOVQ squares+48(FP), CX
	VBROADCASTSD alpha+56(FP), Z16
	SHLQ $3, AX
	SHLQ $3, R10
	SHLQ $3, R12
	SHLQ $3, R11
	LEAQ (AX)(AX*2), DX
	LEAQ (DI)(AX*4), SI
	LEAQ (R12)(R12*2), R13
	LEAQ (R8)(R12*4), R9

square:
	VMULPD (R8), Z16, Z0
	VMULPD (R8)(R12*1), Z16, Z1
	VMULPD (R8)(R12*2), Z16, Z2
	VMULPD (R8)(R13*1), Z16, Z3
	VMULPD (R9), Z16, Z4
	VMULPD (R9)(R12*1), Z16, Z5
	VMULPD (R9)(R12*2), Z16, Z6
	VMULPD (R9)(R13*1), Z16, Z7
	TRANSPOSE(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, (DI)(AX*1)
	VMOVUPD Z2, (DI)(AX*2)
	VMOVUPD Z3, (DI)(DX*1)
	VMOVUPD Z4, (SI)
	VMOVUPD Z5, (SI)(AX*1)
	VMOVUPD Z6, (SI)(AX*2)
	VMOVUPD Z7, (SI)(DX*1)
	ADDQ R11, R8
	ADDQ R11, R9
	ADDQ R10, DI
	ADDQ R10, SI
	DECQ CX
	JNE  square
	VZEROUPPER
	RET

// func packColsAVX512(dst, b *float64, ldb, k int, alpha float64)
//
// DI  dst     R8  row p of b     R12  ldb in bytes     CX  rows left
//
// Eight columns of k ≥ 1 rows: a load, a product and a store a row.
TEXT ·packColsAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ b+8(FP), R8
	MOVQ ldb+16(FP), R12
	MOVQ k+24(FP), CX
	VBROADCASTSD alpha+32(FP), Z16
	SHLQ $3, R12

row:
	VMULPD (R8), Z16, Z0
	VMOVUPD Z0, (DI)
	ADDQ R12, R8
	ADDQ $64, DI
	DECQ CX
	JNE  row
	VZEROUPPER
	RET
