//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "paley_amd64.h"

// The transforms H_m ⊗ H_pow of several vectors side by side, m = 12, 20 and 28, where a
// row of pow elements takes half a register of AVX2 or less. paley_lanes_amd64.h has the
// loop.
//
// A register of a group takes an insertion, of 16 bytes, and four shuffles or fused sums:
// with the additions of paley_amd64.s 110, 224 and 340 operations on three pipes for
// orders 12, 20 and 28, 37, 75 and 113 cycles. Packing, step and unpacking add up instead of
// overlapping, presumably as each waits for what the one before it writes: on the
// Xeon of bench/RESULTS.md the step takes what it does alone and the rest 4 cycles a
// register,
//
//	order   bound   measured, cycles a group, which is 8, 4 or 2 vectors of float32
//	  12      37        74
//	  20      75       150
//	  28     113       227
//
// where one vector alone takes 22, 61 and 101 or more. To pack a group before the
// one before it is unpacked gained 7 % at most.

#include "paley_scratch_amd64.h"
#include "paley_y_amd64.h"

#define WIDTH 32
#define LANES 2
#include "paley_pack_amd64.h"

#define GATHER(off, base, v) \
	VBROADCASTF128 off(base), v \
	VINSERTF128    $1, off(base)(R14*1), v, v
#define SCATTER(v, off, base) \
	VEXTRACTF128 $0, v, off(base) \
	VEXTRACTF128 $1, v, off(base)(R14*1)

#define ADD(b, a, d) PLUS b, a, d
#define SUB(b, a, d) MINUS b, a, d
#define LESSTWICE(k, t) FNMADD k, V15, t
#define PLUSTWICE(k, t) FMADD k, V15, t
#define SAVE(v, at) MOVE v, at
#define BACK(at, v) MOVE at, v
#define ADDS(at, a, d) PLUS at, a, d
#define GATHER2(off, base, v, w, t, u) \
	GATHER(off, base, v) \
	GATHER(off+16, base, w)
#define SCATTER2(v, w, off, base, t) \
	SCATTER(v, off, base) \
	SCATTER(w, off+16, base)
#define ZIPS

#define SPLIT(a, b, t, s, d) SPLITROWS(a, b, t, s, d)
#define LOAD(at, v) MOVE at, v
#define STORE(v, at) MOVE v, at
#define ADDM(at, a, d) PLUS at, a, d
#define SUBM(at, a, d) MINUS at, a, d

DATA paleyTwo64<>+0(SB)/8, $2.0
GLOBL paleyTwo64<>(SB), RODATA|NOPTR, $8
DATA paleyTwo32<>+0(SB)/4, $0x40000000
GLOBL paleyTwo32<>(SB), RODATA|NOPTR, $4

DATA paleyHalves64<>+0(SB)/8, $1.0
DATA paleyHalves64<>+8(SB)/8, $1.0
DATA paleyHalves64<>+16(SB)/8, $1.0
DATA paleyHalves64<>+24(SB)/8, $1.0
DATA paleyHalves64<>+32(SB)/8, $-1.0
DATA paleyHalves64<>+40(SB)/8, $-1.0
DATA paleyHalves64<>+48(SB)/8, $-1.0
DATA paleyHalves64<>+56(SB)/8, $-1.0
GLOBL paleyHalves64<>(SB), RODATA|NOPTR, $64

DATA paleyHalves32<>+0(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+8(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+16(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+24(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+32(SB)/8, $0xbf800000bf800000
DATA paleyHalves32<>+40(SB)/8, $0xbf800000bf800000
DATA paleyHalves32<>+48(SB)/8, $0xbf800000bf800000
DATA paleyHalves32<>+56(SB)/8, $0xbf800000bf800000
GLOBL paleyHalves32<>(SB), RODATA|NOPTR, $64

// ---- float64 ----

#define PLUS VADDPD
#define MINUS VSUBPD
#define FNMADD VFNMADD213PD
#define FMADD VFMADD213PD
#define MOVE VMOVUPD
#define SIZE 8
#define SIGNS VBROADCASTF128 paleyHalves64<>+24(SB), V12
#define INSIDE8(v, t)
#define INSIDE16(v, t) \
	VSHUFPD     $0x5, v, v, t \
	VFMADD213PD t, V12, v
#define PACKMORE
#define UNPACKMORE

#define STEP STEP12
#define ORDER 12
// func paleyLanes12x64AVX2(x *float64, side, count, step int)
TEXT ·paleyLanes12x64AVX2(SB), 0, $1408-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1408(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VBROADCASTSD paleyTwo64<>(SB), Y15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP20
#define ORDER 20
// func paleyLanes20x64AVX2(x *float64, side, count, step int)
TEXT ·paleyLanes20x64AVX2(SB), 0, $1664-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1664(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VBROADCASTSD paleyTwo64<>(SB), Y15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP28
#define ORDER 28
// func paleyLanes28x64AVX2(x *float64, side, count, step int)
TEXT ·paleyLanes28x64AVX2(SB), 0, $1920-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1920(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VBROADCASTSD paleyTwo64<>(SB), Y15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#undef PLUS
#undef MINUS
#undef FNMADD
#undef FMADD
#undef MOVE
#undef SIZE
#undef SIGNS
#undef INSIDE8
#undef INSIDE16
#undef PACKMORE
#undef UNPACKMORE

// ---- float32 ----

#define PLUS VADDPS
#define MINUS VSUBPS
#define FNMADD VFNMADD213PS
#define FMADD VFMADD213PS
#define MOVE VMOVUPS
#define SIZE 4
#define SIGNS \
	VBROADCASTSD   paleyHalves32<>+28(SB), V12 \
	VBROADCASTF128 paleyHalves32<>+24(SB), V13
#define INSIDE8(v, t) \
	VSHUFPS     $0xB1, v, v, t \
	VFMADD213PS t, V12, v
#define INSIDE16(v, t) \
	INSIDE8(v, t)              \
	VSHUFPS     $0x4E, v, v, t \
	VFMADD213PS t, V13, v
#define PACKMORE PACK4
#define UNPACKMORE UNPACK4

#define STEP STEP12
#define ORDER 12
// func paleyLanes12x32AVX2(x *float32, side, count, step int)
TEXT ·paleyLanes12x32AVX2(SB), 0, $1408-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1408(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VBROADCASTSS paleyTwo32<>(SB), Y15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP20
#define ORDER 20
// func paleyLanes20x32AVX2(x *float32, side, count, step int)
TEXT ·paleyLanes20x32AVX2(SB), 0, $1664-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1664(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VBROADCASTSS paleyTwo32<>(SB), Y15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP28
#define ORDER 28
// func paleyLanes28x32AVX2(x *float32, side, count, step int)
TEXT ·paleyLanes28x32AVX2(SB), 0, $1920-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1920(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VBROADCASTSS paleyTwo32<>(SB), Y15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER
