//go:build arm64 && !purego && !noasm

#include "textflag.h"

// The inner loops of the Walsh–Hadamard transform, fwht_generic.go, for NEON.
// One text serves both element types: fwht_first_arm64.h and
// fwht_pass_arm64.h hold the loops, the macros below what depends on the type.
//
// The assembler has no vector FADD. A product by one is exact, so a + b·1 and
// a - b·1, fused, are the same sums. They replace a, which costs a move for
// every butterfly; a core that renames registers drops it. A radix-8 step on 8
// vectors is 8 loads, 24 FMAs, 12 moves, 8 stores: with two FMA pipes 12
// cycles, with four the loads and stores bound it.
//
// V0–V7    elements of a step
// V16–V19  sums and differences
// V20–V27  elements as loaded
// V29, V30 signs of the stages inside a vector, h = 1, 2 (float32)
// V31      one in all lanes

// BF: t = a - b, a = a + b; b is free then
#define BF(a, b, t) \
	VMOV a.B16, t.B16   \
	FMLA(b, V31, a)     \
	FMLS(b, V31, t)

// RADIX4: V0…V3 -> V0, V16, V1, V3
#define RADIX4 \
	BF(V0, V1, V16)  \
	BF(V2, V3, V17)  \
	BF(V0, V2, V1)   \
	BF(V16, V17, V3)

// RADIX8: V0…V7 -> V0, V16, V1, V3, V2, V17, V6, V19
#define RADIX8 \
	BF(V0, V1, V16)  \
	BF(V2, V3, V17)  \
	BF(V4, V5, V18)  \
	BF(V6, V7, V19)  \
	BF(V0, V2, V1)   \
	BF(V16, V17, V3) \
	BF(V4, V6, V5)   \
	BF(V18, V19, V7) \
	BF(V0, V4, V2)   \
	BF(V16, V18, V17) \
	BF(V1, V5, V6)   \
	BF(V3, V7, V19)

// ---- float64 ----

#define SHIFT 3
#define FMLA(b, c, a) VFMLA b.D2, c.D2, a.D2
#define FMLS(b, c, a) VFMLS b.D2, c.D2, a.D2

// INSIDE: v = the stage h = 1 of l
#define INSIDE(l, v) \
	VEXT $8, l.B16, l.B16, v.B16 \
	FMLA(l, V29, v)              // v = swapped l ± l

// func fwhtFirst64NEON(x *float64, n, first int)
//
// See fwht_first_arm64.h.
TEXT ·fwhtFirst64NEON(SB), NOSPLIT, $0-24
	MOVD  x+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  first+16(FP), R2
	VMOVQ $0x3ff0000000000000, $0xbff0000000000000, V29
	VMOVQ $0x3ff0000000000000, $0x3ff0000000000000, V31
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
	VMOVQ $0x3ff0000000000000, $0x3ff0000000000000, V31
#include "fwht_pass_arm64.h"

#undef SHIFT
#undef FMLA
#undef FMLS
#undef INSIDE

// ---- float32 ----

#define SHIFT 2
#define FMLA(b, c, a) VFMLA b.S4, c.S4, a.S4
#define FMLS(b, c, a) VFMLS b.S4, c.S4, a.S4

// INSIDE: v = the stages h = 1, 2 of l
#define INSIDE(l, v) \
	VREV64 l.S4, v.S4            \
	FMLA(l, V29, v)              \
	VEXT $8, v.B16, v.B16, l.B16 \
	FMLA(v, V30, l)              \
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
	VMOVQ $0x3f8000003f800000, $0x3f8000003f800000, V31
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
	VMOVQ $0x3f8000003f800000, $0x3f8000003f800000, V31
#include "fwht_pass_arm64.h"
