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

// LOW, HIGH: the place of a nibble of AX in its table.
#define LOW(shift, mask, r) \
	MOVQ AX, r       \
	SHLQ $shift, r   \
	ANDQ $mask, r

#define HIGH(shift, mask, r) \
	MOVQ AX, r       \
	SHRQ $shift, r   \
	ANDQ $mask, r

#define ADD1(at, r) VADDPD (at)(R8)(r*1), Z0, Z0
#define ADD2(at, r) ADD1(at, r); VADDPD (at+64)(R8)(r*1), Z1, Z1
#define ADD3(at, r) ADD2(at, r); VADDPD (at+128)(R8)(r*1), Z2, Z2
#define ADD4(at, r) ADD3(at, r); VADDPD (at+192)(R8)(r*1), Z3, Z3

// EIGHT: one row of each of eight tables, their rows 256 bytes apart.
#define EIGHT(ADD) \
	LOW(8, 0xF00, R9)    \
	ADD(0, R9)           \
	LOW(4, 0xF00, R11)   \
	ADD(4096, R11)       \
	LOW(0, 0xF00, R12)   \
	ADD(8192, R12)       \
	HIGH(4, 0xF00, R13)  \
	ADD(12288, R13)      \
	HIGH(8, 0xF00, R9)   \
	ADD(16384, R9)       \
	HIGH(12, 0xF00, R11) \
	ADD(20480, R11)      \
	HIGH(16, 0xF00, R12) \
	ADD(24576, R12)      \
	HIGH(20, 0xF00, R13) \
	ADD(28672, R13)

#define NEXT \
	ADDQ R10, DI \
	ADDQ $8, SI  \
	DECQ CX

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
	LOW(7, 0x780, R9)
	ADD2(0, R9)
	LOW(3, 0x780, R11)
	ADD2(2048, R11)
	HIGH(1, 0x780, R12)
	ADD2(4096, R12)
	HIGH(5, 0x780, R13)
	ADD2(6144, R13)
	HIGH(9, 0x780, R9)
	ADD2(8192, R9)
	HIGH(13, 0x780, R11)
	ADD2(10240, R11)
	HIGH(17, 0x780, R12)
	ADD2(12288, R12)
	HIGH(21, 0x780, R13)
	ADD2(14336, R13)
	HIGH(25, 0x780, R9)
	ADD2(16384, R9)
	HIGH(29, 0x780, R11)
	ADD2(18432, R11)
	HIGH(33, 0x780, R12)
	ADD2(20480, R12)
	HIGH(37, 0x780, R13)
	ADD2(22528, R13)
	HIGH(41, 0x780, R9)
	ADD2(24576, R9)
	HIGH(45, 0x780, R11)
	ADD2(26624, R11)
	HIGH(49, 0x780, R12)
	ADD2(28672, R12)
	HIGH(53, 0x780, R13)
	ADD2(30720, R13)
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	NEXT
	JNE     add2
	VZEROUPPER
	RET

add1:
	MOVQ    (SI), AX
	VMOVUPD (DI), Z0
	LOW(6, 0x3C0, R9)
	ADD1(0, R9)
	LOW(2, 0x3C0, R11)
	ADD1(1024, R11)
	HIGH(2, 0x3C0, R12)
	ADD1(2048, R12)
	HIGH(6, 0x3C0, R13)
	ADD1(3072, R13)
	HIGH(10, 0x3C0, R9)
	ADD1(4096, R9)
	HIGH(14, 0x3C0, R11)
	ADD1(5120, R11)
	HIGH(18, 0x3C0, R12)
	ADD1(6144, R12)
	HIGH(22, 0x3C0, R13)
	ADD1(7168, R13)
	HIGH(26, 0x3C0, R9)
	ADD1(8192, R9)
	HIGH(30, 0x3C0, R11)
	ADD1(9216, R11)
	HIGH(34, 0x3C0, R12)
	ADD1(10240, R12)
	HIGH(38, 0x3C0, R13)
	ADD1(11264, R13)
	HIGH(42, 0x3C0, R9)
	ADD1(12288, R9)
	HIGH(46, 0x3C0, R11)
	ADD1(13312, R11)
	HIGH(50, 0x3C0, R12)
	ADD1(14336, R12)
	HIGH(54, 0x3C0, R13)
	ADD1(15360, R13)
	VMOVUPD Z0, (DI)
	NEXT
	JNE     add1
	VZEROUPPER
	RET
