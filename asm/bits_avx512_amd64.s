//go:build amd64 && !purego && !noasm

#include "textflag.h"

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

#define PUT(z) \
	VMOVUPD z, (DX) \
	ADDQ    R12, DX

#define PUTSUM(a, b) \
	VADDPD b, a, Z6 \
	PUT(Z6)

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
	VADDPD   Z1, Z0, Z4
	VADDPD   Z3, Z2, Z5
	LEAQ     (DI)(BX*1), DX
	PUT(Z7)
	PUT(Z0)
	PUT(Z1)
	PUT(Z4)
	PUT(Z2)
	PUTSUM(Z0, Z2)
	PUTSUM(Z1, Z2)
	PUTSUM(Z4, Z2)
	PUT(Z3)
	PUTSUM(Z0, Z3)
	PUTSUM(Z1, Z3)
	PUTSUM(Z4, Z3)
	PUT(Z5)
	PUTSUM(Z0, Z5)
	PUTSUM(Z1, Z5)
	PUTSUM(Z4, Z5)
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

#define ADD1(at, r) VADDPD (at)(R8)(r*1), Z0, Z0
#define ADD2(at, r) ADD1(at, r); VADDPD (at+64)(R8)(r*1), Z1, Z1
#define ADD3(at, r) ADD2(at, r); VADDPD (at+128)(R8)(r*1), Z2, Z2
#define ADD4(at, r) ADD3(at, r); VADDPD (at+192)(R8)(r*1), Z3, Z3

#include "bits_amd64.h"

TEXT ·bitAddAVX512(SB), NOSPLIT, $0-48
	MOVQ c+0(FP), DI
	MOVQ ldc+8(FP), R10
	MOVQ bits+16(FP), SI
	MOVQ rows+24(FP), CX
	MOVQ table+32(FP), R8
	MOVQ vecs+40(FP), AX
	SHLQ $3, R10
	CMPQ AX, $3
	JEQ  add3
	JLT  add12

add4:
	MOVL    (SI), AX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	VMOVUPD 128(DI), Z2
	VMOVUPD 192(DI), Z3
	EIGHT(ADD4)
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, 128(DI)
	VMOVUPD Z3, 192(DI)
	NEXT
	JNE     add4
	VZEROUPPER
	RET

add3:
	MOVL    (SI), AX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	VMOVUPD 128(DI), Z2
	EIGHT(ADD3)
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, 128(DI)
	NEXT
	JNE     add3
	VZEROUPPER
	RET

add12:
	CMPQ AX, $1
	JEQ  add1

add2:
	MOVQ    (SI), AX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	SIXTEEN2
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	NEXT
	JNE     add2
	VZEROUPPER
	RET

add1:
	MOVQ    (SI), AX
	VMOVUPD (DI), Z0
	SIXTEEN1
	VMOVUPD Z0, (DI)
	NEXT
	JNE     add1
	VZEROUPPER
	RET
