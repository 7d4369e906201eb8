//go:build amd64 && !purego && !noasm

#include "textflag.h"

// The inner loops of the Walsh–Hadamard transform, fwht_generic.go, for AVX2.
// One text serves both element types: fwht_block_amd64.h and fwht_pass_amd64.h
// hold the loops, the macros below what depends on the type.
//
// A butterfly is two additions, or one ADD and one FMA, b = a - b·1, whose
// product is exact: the same sum, on pipes that additions leave idle (AMD; on
// Intel both share them, and nothing is lost). But on Zen 4 an FMA also costs
// a store about 0.4 cycles, so that the mix counts: in a radix-8 step on 8
// vectors, with 8 loads, 24 additions and 8 stores, four FMAs among the 24 take
// 10 cycles, none would take 12. Radix 4 and 2 wait for the store, one a cycle,
// and do without.
//
// Pairs change places by shuffles of two operands, VSHUFPS and VSHUFPD of a vector with
// itself: Intel has two pipes for them from Ice Lake on, and one for VPERMILPS.
//
// Y0–Y11  elements of a step and sums
// Y12–Y14 signs of the stages inside a vector, h = 4 (float32), 2, 1
// Y15     one in all lanes

// BF: s = a + b, b = a - b
#define BF(a, b, s) \
	ADD b, a, s \
	SUB b, a, b

// BM: the same, with an FMA
#define BM(a, b, s) \
	ADD    b, a, s  \
	FNMADD a, Y15, b

// RADIX2: Y0, Y1 -> Y8, Y1
#define RADIX2 BF(Y0, Y1, Y8)

// RADIX4: Y0…Y3 -> Y0, Y2, Y9, Y3
#define RADIX4 \
	BF(Y0, Y1, Y8) \
	BF(Y2, Y3, Y9) \
	BF(Y8, Y9, Y0) \
	BF(Y1, Y3, Y2)

// RADIX8: Y0…Y7 -> Y8, Y1, Y10, Y5, Y4, Y6, Y11, Y7
#define RADIX8 \
	BM(Y0, Y1, Y8)   \
	BM(Y2, Y3, Y9)   \
	BM(Y4, Y5, Y10)  \
	BM(Y6, Y7, Y11)  \
	BF(Y8, Y9, Y0)   \
	BF(Y1, Y3, Y2)   \
	BF(Y10, Y11, Y4) \
	BF(Y5, Y7, Y6)   \
	BF(Y0, Y4, Y8)   \
	BF(Y2, Y6, Y1)   \
	BF(Y9, Y11, Y10) \
	BF(Y3, Y7, Y5)

// signs of the stages inside a vector: + where an element is the first of its
// pair
DATA fwhtSigns64<>+0(SB)/8, $1.0
DATA fwhtSigns64<>+8(SB)/8, $-1.0
DATA fwhtSigns64<>+16(SB)/8, $1.0
DATA fwhtSigns64<>+24(SB)/8, $-1.0
DATA fwhtSigns64<>+32(SB)/8, $1.0
DATA fwhtSigns64<>+40(SB)/8, $1.0
DATA fwhtSigns64<>+48(SB)/8, $-1.0
DATA fwhtSigns64<>+56(SB)/8, $-1.0
GLOBL fwhtSigns64<>(SB), RODATA|NOPTR, $64

DATA fwhtSigns32<>+0(SB)/8, $0xbf8000003f800000
DATA fwhtSigns32<>+8(SB)/8, $0xbf8000003f800000
DATA fwhtSigns32<>+16(SB)/8, $0xbf8000003f800000
DATA fwhtSigns32<>+24(SB)/8, $0xbf8000003f800000
DATA fwhtSigns32<>+32(SB)/8, $0x3f8000003f800000
DATA fwhtSigns32<>+40(SB)/8, $0xbf800000bf800000
DATA fwhtSigns32<>+48(SB)/8, $0x3f8000003f800000
DATA fwhtSigns32<>+56(SB)/8, $0xbf800000bf800000
DATA fwhtSigns32<>+64(SB)/8, $0x3f8000003f800000
DATA fwhtSigns32<>+72(SB)/8, $0x3f8000003f800000
DATA fwhtSigns32<>+80(SB)/8, $0xbf800000bf800000
DATA fwhtSigns32<>+88(SB)/8, $0xbf800000bf800000
GLOBL fwhtSigns32<>(SB), RODATA|NOPTR, $96

// ---- float64 ----

#define ADD VADDPD
#define SUB VSUBPD
#define FNMADD VFNMADD213PD
#define MOV1 VMOVSD
#define SIZE 8

// INSIDE: the stages h = 1, 2 of vector v; pairs change places in t.
#define INSIDE(v, t) \
	VSHUFPD    $5, v, v, t       \
	VFMADD213PD  t, Y14, v      \ // v = ±v + t
	VPERM2F128   $0x01, v, v, t \
	VFMADD213PD  t, Y13, v

#define FIRST(off, v) VMOVUPD off(DI), v
// func fwhtBlock64AVX2(x *float64, n, first, passes int)
//
// See fwht_block_amd64.h.
TEXT ·fwhtBlock64AVX2(SB), NOSPLIT, $0-32
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), DX
	MOVQ         first+16(FP), CX
	MOVQ         passes+24(FP), R10
	VMOVUPD      fwhtSigns64<>+0(SB), Y14
	VMOVUPD      fwhtSigns64<>+32(SB), Y13
	VBROADCASTSD fwhtSigns64<>+0(SB), Y15
	LEAQ         (SI)(DX*8), DX
#include "fwht_block_amd64.h"
#undef FIRST

#define FIRST(off, v) \
	VMOVUPD off(DI)(R14*1), v   \
	VMULPD  off(DI)(R15*1), v, v
// func fwhtProduct64AVX2(dst, x, y *float64, n, first, passes int)
//
// See fwht_block_amd64.h.
TEXT ·fwhtProduct64AVX2(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), SI
	MOVQ         x+8(FP), R14
	MOVQ         y+16(FP), R15
	MOVQ         n+24(FP), DX
	MOVQ         first+32(FP), CX
	MOVQ         passes+40(FP), R10
	VMOVUPD      fwhtSigns64<>+0(SB), Y14
	VMOVUPD      fwhtSigns64<>+32(SB), Y13
	VBROADCASTSD fwhtSigns64<>+0(SB), Y15
	LEAQ         (SI)(DX*8), DX
	SUBQ         SI, R14 // from dst to x and y
	SUBQ         SI, R15
#include "fwht_block_amd64.h"
#undef FIRST

// func fwhtPass64AVX2(x *float64, run, count, r, row, step int)
//
// See fwht_pass_amd64.h.
TEXT ·fwhtPass64AVX2(SB), NOSPLIT, $0-48
	MOVQ         x+0(FP), SI
	MOVQ         run+8(FP), DX
	MOVQ         count+16(FP), AX
	MOVQ         r+24(FP), CX
	MOVQ         row+32(FP), R8
	MOVQ         step+40(FP), R10
	VBROADCASTSD fwhtSigns64<>+0(SB), Y15
#include "fwht_pass_amd64.h"

#undef ADD
#undef SUB
#undef FNMADD
#undef MOV1
#undef SIZE
#undef INSIDE

// ---- float32 ----

#define ADD VADDPS
#define SUB VSUBPS
#define FNMADD VFNMADD213PS
#define MOV1 VMOVSS
#define SIZE 4

// INSIDE: the stages h = 1, 2, 4 of vector v.
#define INSIDE(v, t) \
	VSHUFPS    $0xB1, v, v, t    \
	VFMADD213PS  t, Y14, v      \ // v = ±v + t
	VSHUFPS    $0x4E, v, v, t    \
	VFMADD213PS  t, Y13, v      \
	VPERM2F128   $0x01, v, v, t \
	VFMADD213PS  t, Y12, v

#define FIRST(off, v) VMOVUPD off(DI), v
// func fwhtBlock32AVX2(x *float32, n, first, passes int)
//
// See fwht_block_amd64.h.
TEXT ·fwhtBlock32AVX2(SB), NOSPLIT, $0-32
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), DX
	MOVQ         first+16(FP), CX
	MOVQ         passes+24(FP), R10
	VMOVUPS      fwhtSigns32<>+0(SB), Y14
	VMOVUPS      fwhtSigns32<>+32(SB), Y13
	VMOVUPS      fwhtSigns32<>+64(SB), Y12
	VBROADCASTSS fwhtSigns32<>+0(SB), Y15
	LEAQ         (SI)(DX*4), DX
#include "fwht_block_amd64.h"
#undef FIRST

#define FIRST(off, v) \
	VMOVUPD off(DI)(R14*1), v   \
	VMULPS  off(DI)(R15*1), v, v
// func fwhtProduct32AVX2(dst, x, y *float32, n, first, passes int)
//
// See fwht_block_amd64.h.
TEXT ·fwhtProduct32AVX2(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), SI
	MOVQ         x+8(FP), R14
	MOVQ         y+16(FP), R15
	MOVQ         n+24(FP), DX
	MOVQ         first+32(FP), CX
	MOVQ         passes+40(FP), R10
	VMOVUPS      fwhtSigns32<>+0(SB), Y14
	VMOVUPS      fwhtSigns32<>+32(SB), Y13
	VMOVUPS      fwhtSigns32<>+64(SB), Y12
	VBROADCASTSS fwhtSigns32<>+0(SB), Y15
	LEAQ         (SI)(DX*4), DX
	SUBQ         SI, R14 // from dst to x and y
	SUBQ         SI, R15
#include "fwht_block_amd64.h"
#undef FIRST

// func fwhtPass32AVX2(x *float32, run, count, r, row, step int)
//
// See fwht_pass_amd64.h.
TEXT ·fwhtPass32AVX2(SB), NOSPLIT, $0-48
	MOVQ         x+0(FP), SI
	MOVQ         run+8(FP), DX
	MOVQ         count+16(FP), AX
	MOVQ         r+24(FP), CX
	MOVQ         row+32(FP), R8
	MOVQ         step+40(FP), R10
	VBROADCASTSS fwhtSigns32<>+0(SB), Y15
#include "fwht_pass_amd64.h"

// func scale32AVX2(x *float32, n int, alpha float32)
//
// DI  x    CX  elements left, a multiple of 8    Y0  alpha in all lanes
//
// One load, one product, one store a vector: the store bounds it.
TEXT ·scale32AVX2(SB), NOSPLIT, $0-20
	MOVQ         x+0(FP), DI
	MOVQ         n+8(FP), CX
	VBROADCASTSS alpha+16(FP), Y0

scaleStep:
	VMULPS  (DI), Y0, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNE     scaleStep
	VZEROUPPER
	RET

// func flipSignsAVX2(dst, src *float64, n int, signs *uint64)
//
// DI, SI  dst, src    CX  elements left, at least 64 a turn    R8  signs
// Y0  word of signs, moved down by 4 a vector
// Y1  shifts that bring bits 0–3 to the top, 63…60    Y2  the top bit
//
// One load, one store, 3 integer operations a vector: the store bounds it.
// n is a multiple of 64.
DATA flipShifts<>+0(SB)/8, $63
DATA flipShifts<>+8(SB)/8, $62
DATA flipShifts<>+16(SB)/8, $61
DATA flipShifts<>+24(SB)/8, $60
GLOBL flipShifts<>(SB), RODATA|NOPTR, $32

#define FLIP(at) \
	VPSLLVQ Y1, Y0, Y3     \
	VPSRLQ  $4, Y0, Y0     \
	VPAND   Y2, Y3, Y3     \
	VPXOR   at(SI), Y3, Y3 \
	VMOVDQU Y3, at(DI)

TEXT ·flipSignsAVX2(SB), NOSPLIT, $0-32
	MOVQ     dst+0(FP), DI
	MOVQ     src+8(FP), SI
	MOVQ     n+16(FP), CX
	MOVQ     signs+24(FP), R8
	VMOVDQU  flipShifts<>(SB), Y1
	VPCMPEQD Y2, Y2, Y2
	VPSLLQ   $63, Y2, Y2

flipWord:
	VPBROADCASTQ (R8), Y0
	FLIP(0)
	FLIP(32)
	FLIP(64)
	FLIP(96)
	FLIP(128)
	FLIP(160)
	FLIP(192)
	FLIP(224)
	FLIP(256)
	FLIP(288)
	FLIP(320)
	FLIP(352)
	FLIP(384)
	FLIP(416)
	FLIP(448)
	FLIP(480)
	ADDQ $512, SI
	ADDQ $512, DI
	ADDQ $8, R8
	SUBQ $64, CX
	JNE  flipWord
	VZEROUPPER
	RET
