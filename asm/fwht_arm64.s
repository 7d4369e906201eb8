//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The inner loops of the Walsh–Hadamard transform, fwht_generic.go, for NEON.
// One text serves both element types: fwht_first_arm64.h and
// fwht_pass_arm64.h hold the loops, the macros below what depends on the type.
//
// A radix-8 step on 8 vectors is 8 loads, 24 sums and differences, 8 stores: with
// two pipes for them 12 cycles, with four the stores bound it.
//
// V0–V7    elements of a step
// V16–V19  sums and differences
// V20–V27  elements as loaded
// V29, V30 signs of the stages inside a vector, h = 1, 2 (float32)

// BF: t = a - b, a = a + b; b is free then
#define BF(a, b, t) \
	FSUB(t, a, b) \
	FADD(a, a, b)

// RADIX4: V0…V3 -> V0, V16, V1, V3
#define RADIX4 \
	BF(0, 1, 16)  \
	BF(2, 3, 17)  \
	BF(0, 2, 1)   \
	BF(16, 17, 3)

// RADIX8: V0…V7 -> V0, V16, V1, V3, V2, V17, V6, V19
#define RADIX8 \
	BF(0, 1, 16)   \
	BF(2, 3, 17)   \
	BF(4, 5, 18)   \
	BF(6, 7, 19)   \
	BF(0, 2, 1)    \
	BF(16, 17, 3)  \
	BF(4, 6, 5)    \
	BF(18, 19, 7)  \
	BF(0, 4, 2)    \
	BF(16, 18, 17) \
	BF(1, 5, 6)    \
	BF(3, 7, 19)

// ---- float64 ----

#define SHIFT 3
#define FADD(d, n, m) FADD2D(d, n, m)
#define FSUB(d, n, m) FSUB2D(d, n, m)

// INSIDE: v = the stage h = 1 of l
#define INSIDE(l, v) \
	VEXT $8, l.B16, l.B16, v.B16 \
	VFMLA l.D2, V29.D2, v.D2     // v = swapped l ± l

// func fwhtFirst64NEON(x *float64, n, first int)
//
// See fwht_first_arm64.h.
TEXT ·fwhtFirst64NEON(SB), NOSPLIT, $0-24
	MOVD  x+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  first+16(FP), R2
	VMOVQ $0x3ff0000000000000, $0xbff0000000000000, V29
#include "fwht_first_arm64.h"

// func fwhtPass64NEON(x *float64, run, count, r, row, step int)
//
// See fwht_pass_arm64.h.
TEXT ·fwhtPass64NEON(SB), NOSPLIT, $0-48
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  r+24(FP), R3
	MOVD  row+32(FP), R4
	MOVD  step+40(FP), R5
#include "fwht_pass_arm64.h"

#undef SHIFT
#undef FADD
#undef FSUB
#undef INSIDE

// ---- float32 ----

#define SHIFT 2
#define FADD(d, n, m) FADD4S(d, n, m)
#define FSUB(d, n, m) FSUB4S(d, n, m)

// INSIDE: v = the stages h = 1, 2 of l
#define INSIDE(l, v) \
	VREV64 l.S4, v.S4            \
	VFMLA l.S4, V29.S4, v.S4     \
	VEXT $8, v.B16, v.B16, l.B16 \
	VFMLA v.S4, V30.S4, l.S4     \
	VMOV l.B16, v.B16

// func fwhtFirst32NEON(x *float32, n, first int)
//
// See fwht_first_arm64.h.
TEXT ·fwhtFirst32NEON(SB), NOSPLIT, $0-24
	MOVD  x+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  first+16(FP), R2
	VMOVQ $0xbf8000003f800000, $0xbf8000003f800000, V29
	VMOVQ $0x3f8000003f800000, $0xbf800000bf800000, V30
#include "fwht_first_arm64.h"

// func fwhtPass32NEON(x *float32, run, count, r, row, step int)
//
// See fwht_pass_arm64.h.
TEXT ·fwhtPass32NEON(SB), NOSPLIT, $0-48
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  r+24(FP), R3
	MOVD  row+32(FP), R4
	MOVD  step+40(FP), R5
#include "fwht_pass_arm64.h"
