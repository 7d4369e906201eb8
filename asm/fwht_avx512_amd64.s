//go:build amd64 && !purego && !noasm

#include "textflag.h"

// The inner loops of the Walsh–Hadamard transform, fwht_generic.go, for
// AVX-512. One text serves both element types: fwht_block_avx512_amd64.h and
// fwht_pass_avx512_amd64.h hold the loops, the macros below what depends on
// the type or is common to the loops.
//
// Thirty-two registers hold sixteen vectors of a step and eight sums, so that
// a pass over contiguous data runs four stages. On Zen 4 a 512-bit operation
// takes two turns of a 256-bit pipe; counted in 32 bytes there are
//
//	one store a cycle, two loads,
//	two ADD and two FMA pipes, so that b = a - b·1 (exact) is a third way to add,
//	an FMA in the way of stores: each costs them about 0.4 cycles,
//	shuffles on two or three of the pipes that add.
//
// A radix-16 step has 4 additions and a store for 32 bytes: with an FMA in
// every fourth it takes 1.5 cycles, with one in every other or with none 2.
// A radix-8 step, 3 additions, takes 1.25 with an FMA in every sixth, radix 4
// and 2 take 1 without; so radix 16 saves a pass, but not much time. Stages
// inside a vector take a shuffle and an FMA each, about 0.65 cycles.
//
// Z0–Z15   elements of a step
// Z16–Z23  sums
// Z27–Z30  signs of the stages inside a vector, h = 1, 2, 4, 8 (float32)
// Z31      one in all lanes

// BF: s = a + b, b = a - b
#define BF(a, b, s) \
	ADD b, a, s \
	SUB b, a, b

// BM: the same with b = a - b·1, which is exact, on the FMA pipes
#define BM(a, b, s) \
	ADD    b, a, s  \
	FNMADD a, Z31, b

// The leading stages of a step are BLEAD, which is BM where the loop waits for
// stores and BF in a first pass, which has FMAs enough.

// RADIX4: v0…v3 -> v0, v2, t1, v3
#define RADIX4(v0, v1, v2, v3, t0, t1) \
	BF(v0, v1, t0) \
	BF(v2, v3, t1) \
	BF(t0, t1, v0) \
	BF(v1, v3, v2)

// RADIX8: v0…v7 -> t0, v1, t2, v5, v4, v6, t3, v7
#define RADIX8(v0, v1, v2, v3, v4, v5, v6, v7, t0, t1, t2, t3) \
	BLEAD(v0, v1, t0) \
	BLEAD(v2, v3, t1) \
	BLEAD(v4, v5, t2) \
	BLEAD(v6, v7, t3) \
	BF(t0, t1, v0) \
	BF(v1, v3, v2) \
	BF(t2, t3, v4) \
	BF(v5, v7, v6) \
	BF(v0, v4, t0) \
	BF(v2, v6, v1) \
	BF(t1, t3, t2) \
	BF(v3, v7, v5)

// RADIX16: v0…v15 -> v0, v2, t1, v3, v8, v10, t5, v11, t4, v9, t6, v13, v12, v14, t7, v15
#define RADIX16(v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, t0, t1, t2, t3, t4, t5, t6, t7) \
	BLEAD(v0, v1, t0)   \
	BLEAD(v2, v3, t1)   \
	BLEAD(v4, v5, t2)   \
	BLEAD(v6, v7, t3)   \
	BLEAD(v8, v9, t4)   \
	BLEAD(v10, v11, t5) \
	BLEAD(v12, v13, t6) \
	BLEAD(v14, v15, t7) \
	BLEAD(t0, t1, v0)   \
	BLEAD(v1, v3, v2)   \
	BLEAD(t2, t3, v4)   \
	BLEAD(v5, v7, v6)   \
	BLEAD(t4, t5, v8)   \
	BLEAD(v9, v11, v10) \
	BLEAD(t6, t7, v12)  \
	BLEAD(v13, v15, v14) \
	BF(v0, v4, t0)   \
	BF(v2, v6, v1)   \
	BF(t1, t3, t2)   \
	BF(v3, v7, v5)   \
	BF(v8, v12, t4)  \
	BF(v10, v14, v9) \
	BF(t5, t7, t6)   \
	BF(v11, v15, v13) \
	BF(t0, t4, v0)   \
	BF(v1, v9, v2)   \
	BF(t2, t6, t1)   \
	BF(v5, v13, v3)  \
	BF(v4, v12, v8)  \
	BF(v6, v14, v10) \
	BF(t3, t7, t5)   \
	BF(v7, v15, v11)

// Rows of a step: R8 and R9 are one and three rows, in bytes; DI, BX, R11 and
// R12 are four rows apart. MOVE is plain or masked, for the rest of a run.

#define LOAD(at, v) VMOVUPD at, v
#define STORE(v, at) VMOVUPD v, at
#define LOADREST(at, v) VMOVREST.Z at, K1, v
#define STOREREST(v, at) VMOVREST v, K1, at

#define LOAD2(MOVE) \
	MOVE((DI), Z0) \
	MOVE((DI)(R8*1), Z1)

#define LOAD4(MOVE) \
	LOAD2(MOVE)    \
	MOVE((DI)(R8*2), Z2) \
	MOVE((DI)(R9*1), Z3)

#define LOAD8(MOVE) \
	LOAD4(MOVE)    \
	MOVE((BX), Z4) \
	MOVE((BX)(R8*1), Z5) \
	MOVE((BX)(R8*2), Z6) \
	MOVE((BX)(R9*1), Z7)

#define LOAD16(MOVE) \
	LOAD8(MOVE)     \
	MOVE((R11), Z8) \
	MOVE((R11)(R8*1), Z9)  \
	MOVE((R11)(R8*2), Z10) \
	MOVE((R11)(R9*1), Z11) \
	MOVE((R12), Z12)       \
	MOVE((R12)(R8*1), Z13) \
	MOVE((R12)(R8*2), Z14) \
	MOVE((R12)(R9*1), Z15)

#define STEP2(MOVE) \
	BF(Z0, Z1, Z16) \
	MOVE(Z16, (DI)) \
	MOVE(Z1, (DI)(R8*1))

#define STEP4(MOVE) \
	RADIX4(Z0, Z1, Z2, Z3, Z16, Z17) \
	MOVE(Z0, (DI))        \
	MOVE(Z2, (DI)(R8*1))  \
	MOVE(Z17, (DI)(R8*2)) \
	MOVE(Z3, (DI)(R9*1))

#define STEP8(MOVE) \
	RADIX8(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z16, Z17, Z18, Z19) \
	MOVE(Z16, (DI))       \
	MOVE(Z1, (DI)(R8*1))  \
	MOVE(Z18, (DI)(R8*2)) \
	MOVE(Z5, (DI)(R9*1))  \
	MOVE(Z4, (BX))        \
	MOVE(Z6, (BX)(R8*1))  \
	MOVE(Z19, (BX)(R8*2)) \
	MOVE(Z7, (BX)(R9*1))

#define STEP16(MOVE) \
	RADIX16(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15, Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23) \
	MOVE(Z0, (DI))         \
	MOVE(Z2, (DI)(R8*1))   \
	MOVE(Z17, (DI)(R8*2))  \
	MOVE(Z3, (DI)(R9*1))   \
	MOVE(Z8, (BX))         \
	MOVE(Z10, (BX)(R8*1))  \
	MOVE(Z21, (BX)(R8*2))  \
	MOVE(Z11, (BX)(R9*1))  \
	MOVE(Z20, (R11))       \
	MOVE(Z9, (R11)(R8*1))  \
	MOVE(Z22, (R11)(R8*2)) \
	MOVE(Z13, (R11)(R9*1)) \
	MOVE(Z12, (R12))       \
	MOVE(Z14, (R12)(R8*1)) \
	MOVE(Z23, (R12)(R8*2)) \
	MOVE(Z15, (R12)(R9*1))

// EACH of the vectors of a first pass and the register its pairs change
// places in: stage by stage, so that what is waiting to run stays short.

#define EACH1(F) F(Z0, Z16)
#define EACH2(F) EACH1(F); F(Z1, Z17)
#define EACH4(F) EACH2(F); F(Z2, Z18); F(Z3, Z19)
#define EACH8(F) EACH4(F); F(Z4, Z20); F(Z5, Z21); F(Z6, Z22); F(Z7, Z23)
#define UPPER8(F) F(Z8, Z16); F(Z9, Z17); F(Z10, Z18); F(Z11, Z19); F(Z12, Z20); F(Z13, Z21); F(Z14, Z22); F(Z15, Z23)

// Signs of the stages inside a vector: + where an element is the first of its
// pair. The middle of the table is that of the stage before, and so on.
DATA fwhtHalves64<>+0(SB)/8, $1.0
DATA fwhtHalves64<>+8(SB)/8, $1.0
DATA fwhtHalves64<>+16(SB)/8, $1.0
DATA fwhtHalves64<>+24(SB)/8, $1.0
DATA fwhtHalves64<>+32(SB)/8, $-1.0
DATA fwhtHalves64<>+40(SB)/8, $-1.0
DATA fwhtHalves64<>+48(SB)/8, $-1.0
DATA fwhtHalves64<>+56(SB)/8, $-1.0
GLOBL fwhtHalves64<>(SB), RODATA|NOPTR, $64

DATA fwhtHalves32<>+0(SB)/8, $0x3f8000003f800000
DATA fwhtHalves32<>+8(SB)/8, $0x3f8000003f800000
DATA fwhtHalves32<>+16(SB)/8, $0x3f8000003f800000
DATA fwhtHalves32<>+24(SB)/8, $0x3f8000003f800000
DATA fwhtHalves32<>+32(SB)/8, $0xbf800000bf800000
DATA fwhtHalves32<>+40(SB)/8, $0xbf800000bf800000
DATA fwhtHalves32<>+48(SB)/8, $0xbf800000bf800000
DATA fwhtHalves32<>+56(SB)/8, $0xbf800000bf800000
GLOBL fwhtHalves32<>(SB), RODATA|NOPTR, $64

// ---- float64 ----

#define ADD VADDPD
#define SUB VSUBPD
#define FNMADD VFNMADD213PD
#define VMOVREST VMOVUPD
#define SIZE 8

// INSIDE: the stages h = 1, 2, 4 of the vectors v; pairs change places in t.
#define SWAP1(v, t) VPERMILPD $0x55, v, t
#define SWAP2(v, t) VPERMPD $0x4E, v, t
#define SWAP4(v, t) VSHUFF64X2 $0x4E, v, v, t
#define PLUS1(v, t) VFMADD213PD t, Z27, v // v = ±v + t
#define PLUS2(v, t) VFMADD213PD t, Z28, v
#define PLUS4(v, t) VFMADD213PD t, Z29, v
#define INSIDE(EACH) \
	EACH(SWAP1) \
	EACH(PLUS1) \
	EACH(SWAP2) \
	EACH(PLUS2) \
	EACH(SWAP4) \
	EACH(PLUS4)

#define FIRST(off, v) VMOVUPD off(DI), v
// func fwhtBlock64AVX512(x *float64, n, first, passes int)
//
// See fwht_block_avx512_amd64.h.
TEXT ·fwhtBlock64AVX512(SB), NOSPLIT, $0-32
	MOVQ            x+0(FP), SI
	MOVQ            n+8(FP), DX
	MOVQ            first+16(FP), CX
	MOVQ            passes+24(FP), R10
	VBROADCASTF64X2 fwhtHalves64<>+24(SB), Z27
	VBROADCASTF64X4 fwhtHalves64<>+16(SB), Z28
	VMOVUPD         fwhtHalves64<>+0(SB), Z29
	VBROADCASTSD    fwhtHalves64<>+0(SB), Z31
	LEAQ            (SI)(DX*8), DX
#include "fwht_block_avx512_amd64.h"
#undef FIRST

#define FIRST(off, v) \
	VMOVUPD off(DI)(R14*1), v   \
	VMULPD  off(DI)(R15*1), v, v
// func fwhtProduct64AVX512(dst, x, y *float64, n, first, passes int)
//
// See fwht_block_avx512_amd64.h.
TEXT ·fwhtProduct64AVX512(SB), NOSPLIT, $0-48
	MOVQ            dst+0(FP), SI
	MOVQ            x+8(FP), R14
	MOVQ            y+16(FP), R15
	MOVQ            n+24(FP), DX
	MOVQ            first+32(FP), CX
	MOVQ            passes+40(FP), R10
	VBROADCASTF64X2 fwhtHalves64<>+24(SB), Z27
	VBROADCASTF64X4 fwhtHalves64<>+16(SB), Z28
	VMOVUPD         fwhtHalves64<>+0(SB), Z29
	VBROADCASTSD    fwhtHalves64<>+0(SB), Z31
	LEAQ            (SI)(DX*8), DX
	SUBQ            SI, R14 // from dst to x and y
	SUBQ            SI, R15
#include "fwht_block_avx512_amd64.h"
#undef FIRST

// func fwhtPass64AVX512(x *float64, run, count, r, row, step int)
//
// See fwht_pass_avx512_amd64.h.
TEXT ·fwhtPass64AVX512(SB), NOSPLIT, $0-48
	MOVQ         x+0(FP), SI
	MOVQ         run+8(FP), DX
	MOVQ         count+16(FP), R13
	MOVQ         r+24(FP), AX
	MOVQ         row+32(FP), R8
	MOVQ         step+40(FP), R10
	VBROADCASTSD fwhtHalves64<>+0(SB), Z31
#include "fwht_pass_avx512_amd64.h"

#undef ADD
#undef SUB
#undef FNMADD
#undef VMOVREST
#undef SIZE
#undef SWAP1
#undef SWAP2
#undef SWAP4
#undef PLUS1
#undef PLUS2
#undef PLUS4
#undef INSIDE

// ---- float32 ----

#define ADD VADDPS
#define SUB VSUBPS
#define FNMADD VFNMADD213PS
#define VMOVREST VMOVUPS
#define SIZE 4

// INSIDE: the stages h = 1, 2, 4, 8 of the vectors v.
#define SWAP1(v, t) VPERMILPS $0xB1, v, t
#define SWAP2(v, t) VPERMILPS $0x4E, v, t
#define SWAP4(v, t) VPERMPD $0x4E, v, t
#define SWAP8(v, t) VSHUFF64X2 $0x4E, v, v, t
#define PLUS1(v, t) VFMADD213PS t, Z27, v
#define PLUS2(v, t) VFMADD213PS t, Z28, v
#define PLUS4(v, t) VFMADD213PS t, Z29, v
#define PLUS8(v, t) VFMADD213PS t, Z30, v
#define INSIDE(EACH) \
	EACH(SWAP1) \
	EACH(PLUS1) \
	EACH(SWAP2) \
	EACH(PLUS2) \
	EACH(SWAP4) \
	EACH(PLUS4) \
	EACH(SWAP8) \
	EACH(PLUS8)

#define FIRST(off, v) VMOVUPD off(DI), v
// func fwhtBlock32AVX512(x *float32, n, first, passes int)
//
// See fwht_block_avx512_amd64.h.
TEXT ·fwhtBlock32AVX512(SB), NOSPLIT, $0-32
	MOVQ            x+0(FP), SI
	MOVQ            n+8(FP), DX
	MOVQ            first+16(FP), CX
	MOVQ            passes+24(FP), R10
	VBROADCASTSD    fwhtHalves32<>+28(SB), Z27
	VBROADCASTF64X2 fwhtHalves32<>+24(SB), Z28
	VBROADCASTF64X4 fwhtHalves32<>+16(SB), Z29
	VMOVUPS         fwhtHalves32<>+0(SB), Z30
	VBROADCASTSS    fwhtHalves32<>+0(SB), Z31
	LEAQ            (SI)(DX*4), DX
#include "fwht_block_avx512_amd64.h"
#undef FIRST

#define FIRST(off, v) \
	VMOVUPD off(DI)(R14*1), v   \
	VMULPS  off(DI)(R15*1), v, v
// func fwhtProduct32AVX512(dst, x, y *float32, n, first, passes int)
//
// See fwht_block_avx512_amd64.h.
TEXT ·fwhtProduct32AVX512(SB), NOSPLIT, $0-48
	MOVQ            dst+0(FP), SI
	MOVQ            x+8(FP), R14
	MOVQ            y+16(FP), R15
	MOVQ            n+24(FP), DX
	MOVQ            first+32(FP), CX
	MOVQ            passes+40(FP), R10
	VBROADCASTSD    fwhtHalves32<>+28(SB), Z27
	VBROADCASTF64X2 fwhtHalves32<>+24(SB), Z28
	VBROADCASTF64X4 fwhtHalves32<>+16(SB), Z29
	VMOVUPS         fwhtHalves32<>+0(SB), Z30
	VBROADCASTSS    fwhtHalves32<>+0(SB), Z31
	LEAQ            (SI)(DX*4), DX
	SUBQ            SI, R14 // from dst to x and y
	SUBQ            SI, R15
#include "fwht_block_avx512_amd64.h"
#undef FIRST

// func fwhtPass32AVX512(x *float32, run, count, r, row, step int)
//
// See fwht_pass_avx512_amd64.h.
TEXT ·fwhtPass32AVX512(SB), NOSPLIT, $0-48
	MOVQ         x+0(FP), SI
	MOVQ         run+8(FP), DX
	MOVQ         count+16(FP), R13
	MOVQ         r+24(FP), AX
	MOVQ         row+32(FP), R8
	MOVQ         step+40(FP), R10
	VBROADCASTSS fwhtHalves32<>+0(SB), Z31
#include "fwht_pass_avx512_amd64.h"
