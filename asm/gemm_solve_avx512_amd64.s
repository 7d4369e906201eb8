//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "gemm_transpose_amd64.h"

// func solveRowsAVX512(x *float64, ldx int, tri, inv *float64, panels int, xt *float64)
//
// DI       panel of x, row 0        AX   ldx in bytes
// BX       tri, a row of 8 a step   R8   the panel's part of inv
// R9       panels left              R12  columns before the panel
// R10, R11 xt: its start, its end   CX   steps left      R13  scratch
// Z0–Z7    columns of the panel, rows 0–7    Z8–Z15  rows 8–15
// Z16, Z17 a column solved before   Z18–Z25  an element of tri in all lanes, scratch
//
// 16 rows of x against panels ≥ 1 of 8 columns. The rows run across the lanes: a
// panel is transposed, loses the columns before it, is solved, and goes to xt by
// columns, for the panels to come, and back to x by rows. A step is 16 FMA and 10
// loads: the FMA ports bound it at 8 cycles. A triangle is 72 FMA and products,
// one after the other 8·(4 + 4) cycles; the transpositions are 96 shuffles.

#define LOADROW(r) \
	VMOVUPD (R13), r \
	ADDQ AX, R13

#define STOREROW(r) \
	VMOVUPD r, (R13) \
	ADDQ AX, R13

#define COLUMN(off, t, lo, hi) \
	VBROADCASTSD off(BX), t  \
	VFMADD231PD Z16, t, lo   \
	VFMADD231PD Z17, t, hi

// DONE finishes column i of the panel and keeps it.
#define DONE(i, lo, hi) \
	VMULPD.BCST (i*8)(R8), lo, Z16 \
	VMULPD.BCST (i*8)(R8), hi, Z17 \
	VMOVAPD Z16, lo \
	VMOVAPD Z17, hi \
	VMOVUPD lo, (i*128)(R11) \
	VMOVUPD hi, (i*128+64)(R11)

TEXT ·solveRowsAVX512(SB), NOSPLIT, $0-48
	MOVQ x+0(FP), DI
	MOVQ ldx+8(FP), AX
	MOVQ tri+16(FP), BX
	MOVQ inv+24(FP), R8
	MOVQ panels+32(FP), R9
	MOVQ xt+40(FP), R10
	SHLQ $3, AX
	XORQ R12, R12

panel:
	MOVQ DI, R13
	LOADROW(Z0)
	LOADROW(Z1)
	LOADROW(Z2)
	LOADROW(Z3)
	LOADROW(Z4)
	LOADROW(Z5)
	LOADROW(Z6)
	LOADROW(Z7)
	LOADROW(Z8)
	LOADROW(Z9)
	LOADROW(Z10)
	LOADROW(Z11)
	LOADROW(Z12)
	LOADROW(Z13)
	LOADROW(Z14)
	LOADROW(Z15)
	TRANSPOSE(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	TRANSPOSE(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	MOVQ  R10, R11
	MOVQ  R12, CX
	TESTQ CX, CX
	JEQ   triangle

step:
	VMOVUPD (R11), Z16
	VMOVUPD 64(R11), Z17
	COLUMN(0, Z18, Z0, Z8)
	COLUMN(8, Z19, Z1, Z9)
	COLUMN(16, Z20, Z2, Z10)
	COLUMN(24, Z21, Z3, Z11)
	COLUMN(32, Z22, Z4, Z12)
	COLUMN(40, Z23, Z5, Z13)
	COLUMN(48, Z24, Z6, Z14)
	COLUMN(56, Z25, Z7, Z15)
	ADDQ $128, R11
	ADDQ $64, BX
	DECQ CX
	JNE  step

triangle:
	DONE(0, Z0, Z8)
	COLUMN(8, Z19, Z1, Z9)
	COLUMN(16, Z20, Z2, Z10)
	COLUMN(24, Z21, Z3, Z11)
	COLUMN(32, Z22, Z4, Z12)
	COLUMN(40, Z23, Z5, Z13)
	COLUMN(48, Z24, Z6, Z14)
	COLUMN(56, Z25, Z7, Z15)
	DONE(1, Z1, Z9)
	COLUMN((64+16), Z20, Z2, Z10)
	COLUMN((64+24), Z21, Z3, Z11)
	COLUMN((64+32), Z22, Z4, Z12)
	COLUMN((64+40), Z23, Z5, Z13)
	COLUMN((64+48), Z24, Z6, Z14)
	COLUMN((64+56), Z25, Z7, Z15)
	DONE(2, Z2, Z10)
	COLUMN((128+24), Z21, Z3, Z11)
	COLUMN((128+32), Z22, Z4, Z12)
	COLUMN((128+40), Z23, Z5, Z13)
	COLUMN((128+48), Z24, Z6, Z14)
	COLUMN((128+56), Z25, Z7, Z15)
	DONE(3, Z3, Z11)
	COLUMN((192+32), Z22, Z4, Z12)
	COLUMN((192+40), Z23, Z5, Z13)
	COLUMN((192+48), Z24, Z6, Z14)
	COLUMN((192+56), Z25, Z7, Z15)
	DONE(4, Z4, Z12)
	COLUMN((256+40), Z23, Z5, Z13)
	COLUMN((256+48), Z24, Z6, Z14)
	COLUMN((256+56), Z25, Z7, Z15)
	DONE(5, Z5, Z13)
	COLUMN((320+48), Z24, Z6, Z14)
	COLUMN((320+56), Z25, Z7, Z15)
	DONE(6, Z6, Z14)
	COLUMN((384+56), Z25, Z7, Z15)
	DONE(7, Z7, Z15)

	TRANSPOSE(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	TRANSPOSE(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	MOVQ DI, R13
	STOREROW(Z0)
	STOREROW(Z1)
	STOREROW(Z2)
	STOREROW(Z3)
	STOREROW(Z4)
	STOREROW(Z5)
	STOREROW(Z6)
	STOREROW(Z7)
	STOREROW(Z8)
	STOREROW(Z9)
	STOREROW(Z10)
	STOREROW(Z11)
	STOREROW(Z12)
	STOREROW(Z13)
	STOREROW(Z14)
	STOREROW(Z15)
	ADDQ $512, BX
	ADDQ $64, DI
	ADDQ $64, R8
	ADDQ $8, R12
	DECQ R9
	JNE  panel
	VZEROUPPER
	RET
