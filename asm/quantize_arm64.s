//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// Widening, the largest absolute value and int8, quantize_generic.go, for NEON.
//
// R0, R1  dst, src    R2  elements left, a multiple of those of a step

// WIDEN: 8 elements a step: a load, two instructions that widen, a store of a pair,
// which bounds it at 2 cycles.
#define WIDEN(LOW, HIGH) \
	MOVD    dst+0(FP), R0  \
	MOVD    src+8(FP), R1  \
	MOVD    n+16(FP), R2   \
eight:                         \
	FMOVQ.P 16(R1), F0     \
	LOW(1, 0)              \
	HIGH(2, 0)             \
	FSTPQ   (F1, F2), (R0) \
	ADD     $32, R0        \
	SUBS    $8, R2         \
	BNE     eight          \
	RET

// func widenBFloat16NEON(dst *float32, src *uint16, n int)
TEXT ·widenBFloat16NEON(SB), NOSPLIT, $0-24
	WIDEN(SHLL4H, SHLL8H)

// func widenFloat16NEON(dst *float32, src *uint16, n int)
TEXT ·widenFloat16NEON(SB), NOSPLIT, $0-24
	WIDEN(FCVTL4H, FCVTL8H)

// func maxAbsNEON(x *float32, n int) uint32
//
// V0 the largest bits of each lane, V2 all bits but the sign. 4 elements a step,
// which the latency of the maximum bounds at 2 cycles.
TEXT ·maxAbsNEON(SB), NOSPLIT, $0-20
	MOVD  x+0(FP), R1
	MOVD  n+8(FP), R2
	VEOR  V0.B16, V0.B16, V0.B16
	VMOVQ $0x7fffffff7fffffff, $0x7fffffff7fffffff, V2

four:
	FMOVQ.P 16(R1), F1
	VAND    V2.B16, V1.B16, V1.B16
	SMAX4S(0, 0, 1)
	SUBS    $4, R2
	BNE     four
	SMAXV4S(0, 0)
	VMOV    V0.S[0], R3
	MOVW    R3, ret+16(FP)
	RET

// INT8: v = the integers of the next four elements; of a bound and NaN FMINNM
// returns the bound.
#define INT8(F, v) \
	FMOVQ.P 16(R1), F \
	FMUL4S(v, v, 20)    \
	FMINNM4S(v, v, 21)  \
	FMAXNM4S(v, v, 22)  \
	FCVTNS4S(v, v)

// func quantizeInt8NEON(dst *int8, x *float32, n int, by float32)
//
// V20 by, V21 and V22 the bounds. 16 elements a step, 22 operations on vectors: 11
// cycles.
TEXT ·quantizeInt8NEON(SB), NOSPLIT, $0-28
	MOVD  dst+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS by+24(FP), F20
	VDUP  V20.S[0], V20.S4
	VMOVQ $0x42fe000042fe0000, $0x42fe000042fe0000, V21
	VMOVQ $0xc2fe0000c2fe0000, $0xc2fe0000c2fe0000, V22

sixteen:
	INT8(F0, 0)
	INT8(F1, 1)
	INT8(F2, 2)
	INT8(F3, 3)
	SQXTN4S(0, 0)
	SQXTN4S2(0, 1)
	SQXTN4S(2, 2)
	SQXTN4S2(2, 3)
	SQXTN8H(0, 0)
	SQXTN8H2(0, 2)
	FMOVQ.P F0, 16(R0)
	SUBS    $16, R2
	BNE     sixteen
	RET
