//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func flipSignsNEON(dst, src *float64, n int, signs *uint64)
//
// R0, R1  dst, src    R2  elements left, a multiple of 64    R3  signs
// R4      eights left of a word
// R5, R6  the word, reversed: the bit of the next element first; without it
// V0–V3   elements    V4–V7  their signs, in front, and other bits
// V30     the word from the next bit on, and from the one after it
// V31     the signs of two elements
//
// Eight elements are 2 loads and 2 stores of pairs of vectors and 12
// instructions on vectors, which bound it at 6 cycles.

#define FLIP(v, s, k) \
	VSHL $k, V30.D2, s.D2      \
	VAND V31.B16, s.B16, s.B16 \
	VEOR s.B16, v.B16, v.B16

TEXT ·flipSignsNEON(SB), NOSPLIT, $0-32
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  n+16(FP), R2
	MOVD  signs+24(FP), R3
	VMOVQ $0x8000000000000000, $0x8000000000000000, V31

word:
	MOVD.P 8(R3), R5
	RBIT   R5, R5
	LSL    $1, R5, R6
	VMOV   R5, V30.D[0]
	VMOV   R6, V30.D[1]
	MOVD   $8, R4

eight:
	FLDPQ (R1), (F0, F1)
	FLDPQ 32(R1), (F2, F3)
	VAND  V31.B16, V30.B16, V4.B16
	VEOR  V4.B16, V0.B16, V0.B16
	FLIP(V1, V5, 2)
	FLIP(V2, V6, 4)
	FLIP(V3, V7, 6)
	VSHL  $8, V30.D2, V30.D2
	FSTPQ (F0, F1), (R0)
	FSTPQ (F2, F3), 32(R0)
	ADD   $64, R1
	ADD   $64, R0
	SUBS  $1, R4
	BNE   eight
	SUBS  $64, R2
	BNE   word
	RET

// func scale32NEON(x *float32, n int, alpha float32)
//
// R0  x    R1  elements left, a multiple of 16    V31  alpha in all lanes
//
// 16 elements a turn: 2 loads and 2 stores of pairs of vectors, 4 products; the
// stores bound it, at 4 cycles.
TEXT ·scale32NEON(SB), NOSPLIT, $0-20
	MOVD  x+0(FP), R0
	MOVD  n+8(FP), R1
	FMOVS alpha+16(FP), F31
	VDUP  V31.S[0], V31.S4

sixteen:
	FLDPQ (R0), (F0, F1)
	FLDPQ 32(R0), (F2, F3)
	FMUL4S(0, 0, 31)
	FMUL4S(1, 1, 31)
	FMUL4S(2, 2, 31)
	FMUL4S(3, 3, 31)
	FSTPQ (F0, F1), (R0)
	FSTPQ (F2, F3), 32(R0)
	ADD   $64, R0
	SUBS  $16, R1
	BNE   sixteen
	RET
