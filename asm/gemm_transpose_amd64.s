//go:build amd64 && !purego && !noasm

#include "textflag.h"

// func transposeAVX2(dst *float64, ldd, dstep int, b *float64, ldb, bstep, squares int, alpha float64)
//
// DI, SI   rows 0 and 4 of dst      AX, DX     ldd, 3·ldd in bytes    R10  dstep in bytes
// R8, R9   rows 0 and 4 of b        R12, R13   ldb, 3·ldb in bytes    R11  bstep in bytes
// Y0–Y3    a quarter of a square    Y4–Y7  pairs of its rows    Y15  alpha
// CX       squares left
//
// Squares as in transposeAVX512, a quarter at a time: 4 loads, 4 products, 8
// shuffles and 4 stores each, 4 cycles by the shuffles.

#define QUARTER(src, at, dst, to) \
	VMULPD     at(src), Y15, Y0          \
	VMULPD     at(src)(R12*1), Y15, Y1   \
	VMULPD     at(src)(R12*2), Y15, Y2   \
	VMULPD     at(src)(R13*1), Y15, Y3   \
	VUNPCKLPD  Y1, Y0, Y4                \
	VUNPCKHPD  Y1, Y0, Y5                \
	VUNPCKLPD  Y3, Y2, Y6                \
	VUNPCKHPD  Y3, Y2, Y7                \
	VPERM2F128 $0x20, Y6, Y4, Y0         \
	VPERM2F128 $0x20, Y7, Y5, Y1         \
	VPERM2F128 $0x31, Y6, Y4, Y2         \
	VPERM2F128 $0x31, Y7, Y5, Y3         \
	VMOVUPD    Y0, to(dst)               \
	VMOVUPD    Y1, to(dst)(AX*1)         \
	VMOVUPD    Y2, to(dst)(AX*2)         \
	VMOVUPD    Y3, to(dst)(DX*1)

TEXT ·transposeAVX2(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), AX
	MOVQ dstep+16(FP), R10
	MOVQ b+24(FP), R8
	MOVQ ldb+32(FP), R12
	MOVQ bstep+40(FP), R11
	MOVQ squares+48(FP), CX
	VBROADCASTSD alpha+56(FP), Y15
	SHLQ $3, AX
	SHLQ $3, R10
	SHLQ $3, R12
	SHLQ $3, R11
	LEAQ (AX)(AX*2), DX
	LEAQ (DI)(AX*4), SI
	LEAQ (R12)(R12*2), R13
	LEAQ (R8)(R12*4), R9

square:
	QUARTER(R8, 0, DI, 0)
	QUARTER(R9, 0, DI, 32)
	QUARTER(R8, 32, SI, 0)
	QUARTER(R9, 32, SI, 32)
	ADDQ R11, R8
	ADDQ R11, R9
	ADDQ R10, DI
	ADDQ R10, SI
	DECQ CX
	JNE  square
	VZEROUPPER
	RET
