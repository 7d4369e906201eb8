//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "gemm_transpose_amd64.h"

// func packRowsAVX512(dst, b *float64, ldb, groups int, alpha float64)
//
// DI       dst, 8 × 8 a turn        CX   turns left
// R8, R9   rows 0 and 4 of b        R12, R13  ldb, 3·ldb in bytes
// Z0–Z7    a square of b            Z16  alpha
//
// Eight rows, 8·groups columns. A turn is 24 shuffles, 8 products, 8 loads and 8
// stores: 12 cycles by the shuffles where b is in cache.
TEXT ·packRowsAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ b+8(FP), R8
	MOVQ ldb+16(FP), R12
	MOVQ groups+24(FP), CX
	VBROADCASTSD alpha+32(FP), Z16
	SHLQ $3, R12
	LEAQ (R12)(R12*2), R13
	LEAQ (R8)(R12*4), R9

turn:
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
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, 128(DI)
	VMOVUPD Z3, 192(DI)
	VMOVUPD Z4, 256(DI)
	VMOVUPD Z5, 320(DI)
	VMOVUPD Z6, 384(DI)
	VMOVUPD Z7, 448(DI)
	ADDQ $64, R8
	ADDQ $64, R9
	ADDQ $512, DI
	DECQ CX
	JNE  turn
	VZEROUPPER
	RET
