//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "paley_amd64.h"
#include "paley_rows_amd64.h"

// The transforms of orders 12, 20 and 28 for AVX2: the steps of paley_amd64.h with
// sixteen registers, which suffice for order 12. For 20 and 28 differences and
// pairs wait in 29 vectors of scratch, which is in the first cache.
//
// A step is, at two loads, one store and two additions a cycle, and as measured on the
// Xeon of bench/RESULTS.md (go test -bench Paley),
//
//	order   additions   loads   stores   bound                    measured
//	  12        50        28      12      25 cycles, additions       25
//	  20       124        77      33      62 cycles, additions       73
//	  28       200       164      70     100 cycles, additions      122
//
// Order 28·2ᵏ has 7.1 + k additions an element and the power of two above 5 + k: 1.23
// times as many for k = 4, 1.16 for k = 8. By the 22 cycles of a step above its bound,
// and the steps of the power of two that run at theirs, it takes 1.5 and 1.35 times.

#include "paley_scratch_amd64.h"

#define ADD(b, a, d) PLUS b, a, d
#define SUB(b, a, d) MINUS b, a, d
#define SPLIT(a, b, t, s, d) SPLITROWS(a, b, t, s, d)
#define LESSTWICE(k, t) FNMADD k, V15, t
#define PLUSTWICE(k, t) FMADD k, V15, t
#define LOAD(at, v) MOVE at, v
#define STORE(v, at) MOVE v, at
#define ADDM(at, a, d) PLUS at, a, d
#define SUBM(at, a, d) MINUS at, a, d
#define SAVE(v, at) MOVE v, at
#define BACK(at, v) MOVE at, v
#define ADDS(at, a, d) PLUS at, a, d

DATA paleyTwo64<>+0(SB)/8, $2.0
GLOBL paleyTwo64<>(SB), RODATA|NOPTR, $8
DATA paleyTwo32<>+0(SB)/4, $0x40000000
GLOBL paleyTwo32<>(SB), RODATA|NOPTR, $4

// ---- float64 ----

#define PLUS VADDPD
#define MINUS VSUBPD
#define FNMADD VFNMADD213PD
#define FMADD VFMADD213PD
#define MOVE VMOVUPD
#define SIZE 8

#define STEP STEP12
// func paley12x64AVX2(x *float64, run, count, row, step int)
TEXT ·paley12x64AVX2(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Y15
	MOVQ         run+8(FP), R15
#include "paley_loop_amd64.h"
#undef STEP

#define STEP STEP20
// func paley20x64AVX2(x *float64, run, count, row, step int)
TEXT ·paley20x64AVX2(SB), 0, $992-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Y15
	MOVQ         run+8(FP), R15
	LEAQ         scratch-992(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
#include "paley_loop_amd64.h"
#undef STEP

#define STEP STEP28
// func paley28x64AVX2(x *float64, run, count, row, step int)
TEXT ·paley28x64AVX2(SB), 0, $992-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Y15
	MOVQ         run+8(FP), R15
	LEAQ         scratch-992(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
#include "paley_loop_amd64.h"
#undef STEP

#undef PLUS
#undef MINUS
#undef FNMADD
#undef FMADD
#undef MOVE
#undef SIZE

// ---- float32 ----

#define PLUS VADDPS
#define MINUS VSUBPS
#define FNMADD VFNMADD213PS
#define FMADD VFMADD213PS
#define MOVE VMOVUPS
#define SIZE 4

#define STEP STEP12
// func paley12x32AVX2(x *float32, run, count, row, step int)
TEXT ·paley12x32AVX2(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Y15
	MOVQ         run+8(FP), R15
#include "paley_loop_amd64.h"
#undef STEP

#define STEP STEP20
// func paley20x32AVX2(x *float32, run, count, row, step int)
TEXT ·paley20x32AVX2(SB), 0, $992-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Y15
	MOVQ         run+8(FP), R15
	LEAQ         scratch-992(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
#include "paley_loop_amd64.h"
#undef STEP

#define STEP STEP28
// func paley28x32AVX2(x *float32, run, count, row, step int)
TEXT ·paley28x32AVX2(SB), 0, $992-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Y15
	MOVQ         run+8(FP), R15
	LEAQ         scratch-992(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
#include "paley_loop_amd64.h"
#undef STEP

#undef PLUS
#undef MINUS
#undef FNMADD
#undef FMADD
#undef MOVE
#undef SIZE
