//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// The transforms of orders 12, 20 and 28, paley_generic.go, for NEON. One text
// serves both element types: paley_loop_arm64.h holds the loop, the macros below
// the steps, on one vector of each row.
//
// Two operations on vectors a cycle bound a step, of which an output takes a copy
// and a fused product beside its sums: 30, 71 and 113 cycles for orders 12, 20
// and 28.
//
// R6, R7  rows of the step            R4, R8  one and two rows in bytes
// R9      differences, of order 28    V31     2 in all lanes
// V28–V30 what is loaded, and sums; the others as a step says

// SPLIT: s = a + b, d = a - b of the next two rows a, b
#define SPLIT(s, d) \
	FMOVQ (R6), F28  \
	ADD   R4, R6, R6 \
	FMOVQ (R6), F29  \
	ADD   R4, R6, R6 \
	FADD(s, 28, 29)  \
	FSUB(d, 28, 29)

// PAIRS5: u…u+4 = pairs of v…v+4, u+5 = their sum
#define PAIRS5(v, u) \
	FADD(u+0, v+0, v+1) \
	FADD(u+1, v+1, v+2) \
	FADD(u+2, v+2, v+3) \
	FADD(u+3, v+3, v+4) \
	FADD(u+4, v+4, v+0) \
	FADD(u+5, v+0, u+1) \
	FADD(u+5, u+5, u+3)

// OUT12: the outputs of an element, by its pairs u of s and w of d; V26 and V27
// are what they begin with.
#define OUT12(u, w) \
	ADD   R4, R6, R7 \
	FMOVQ (R6), F28  \
	FMOVQ (R7), F29  \
	FADD(29, u, 29)  \
	FADD(28, w, 28)  \
	VCOPY(24, 26)    \
	VCOPY(25, 27)    \
	FMLS(24, 29, 31) \
	FMLS(25, 28, 31) \
	FMOVQ F24, (R6)  \
	FMOVQ F25, (R7)  \
	ADD   R4, R7, R6

// STEP12: V0 and V1–V5 are s₀ and s, V6 and V7–V11 d₀ and d, V12–V17 and V18–V23
// their pairs and sums.
#define STEP12 \
	SPLIT(6, 0)         \
	SPLIT(1, 7)         \
	SPLIT(2, 8)         \
	SPLIT(3, 9)         \
	SPLIT(4, 10)        \
	SPLIT(5, 11)        \
	PAIRS5(1, 12)       \
	PAIRS5(7, 18)       \
	FADD(24, 17, 6)     \
	FSUB(25, 0, 23)     \
	FADD(26, 0, 17)     \
	FADD(27, 6, 23)     \
	ADD   R4, R0, R7    \
	FMOVQ F24, (R0)     \
	FMOVQ F25, (R7)     \
	ADD   R4, R7, R6    \
	OUT12(14, 20)       \
	OUT12(15, 21)       \
	OUT12(16, 22)       \
	OUT12(12, 18)       \
	OUT12(13, 19)

// DIAGONALS: V20–V22 and V23–V25 = sums of v…v+8 along f - g and f + g, V26 =
// the sum of all
#define DIAGONALS(v) \
	FADD(20, v+0, v+4) \
	FADD(21, v+1, v+5) \
	FADD(22, v+2, v+3) \
	FADD(23, v+0, v+5) \
	FADD(24, v+1, v+3) \
	FADD(25, v+2, v+4) \
	FADD(20, 20, v+8)  \
	FADD(21, 21, v+6)  \
	FADD(22, 22, v+7)  \
	FADD(23, 23, v+7)  \
	FADD(24, 24, v+8)  \
	FADD(25, 25, v+6)  \
	FADD(26, 20, 21)   \
	FADD(26, 26, 22)

// OUT20: the output of an element with diagonals p, r, from V28, into the row; R6
// moves on by two.
#define OUT20(p, r) \
	FSUB(28, p, 28)  \
	FADD(28, 28, r)  \
	VCOPY(29, 27)    \
	FMLS(29, 28, 31) \
	FMOVQ F29, (R6)  \
	ADD   R8, R6, R6

#define TOP20(s, p, r) \
	FMOVQ (R6), F28 \
	FADD(28, s, 28) \
	OUT20(p, r)

#define BOTTOM20(d, p, r) \
	FMOVQ (R6), F28 \
	FSUB(28, d, 28) \
	OUT20(p, r)

// STEP20: V0–V8 are s, V9–V17 d, V18 and V19 d₀ and s₀, V27 what outputs begin
// with.
#define STEP20 \
	SPLIT(18, 19)        \
	SPLIT(0, 9)          \
	SPLIT(1, 10)         \
	SPLIT(2, 11)         \
	SPLIT(3, 12)         \
	SPLIT(4, 13)         \
	SPLIT(5, 14)         \
	SPLIT(6, 15)         \
	SPLIT(7, 16)         \
	SPLIT(8, 17)         \
	DIAGONALS(0)         \
	FADD(28, 26, 18)     \
	FADD(27, 19, 26)     \
	FMOVQ F28, (R0)      \
	ADD   R8, R0, R6     \
	TOP20(0, 20, 23)     \
	TOP20(1, 21, 24)     \
	TOP20(2, 22, 25)     \
	TOP20(3, 22, 24)     \
	TOP20(4, 20, 25)     \
	TOP20(5, 21, 23)     \
	TOP20(6, 21, 25)     \
	TOP20(7, 22, 23)     \
	TOP20(8, 20, 24)     \
	DIAGONALS(9)         \
	FSUB(28, 19, 26)     \
	FADD(27, 18, 26)     \
	ADD   R4, R0, R6     \
	FMOVQ F28, (R6)      \
	ADD   R8, R6, R6     \
	BOTTOM20(9, 20, 23)  \
	BOTTOM20(10, 21, 24) \
	BOTTOM20(11, 22, 25) \
	BOTTOM20(12, 22, 24) \
	BOTTOM20(13, 20, 25) \
	BOTTOM20(14, 21, 23) \
	BOTTOM20(15, 21, 25) \
	BOTTOM20(16, 22, 23) \
	BOTTOM20(17, 20, 24)

// KEEP: SPLIT, with d into scratch
#define KEEP(s) \
	SPLIT(s, 28)     \
	FMOVQ.P F28, 16(R9)

// PAIRS13: V13–V25 = pairs of V0–V12, V27 = their sum
#define PAIRS13 \
	FADD(13, 0, 6)   \
	FADD(14, 1, 7)   \
	FADD(15, 2, 8)   \
	FADD(16, 3, 9)   \
	FADD(17, 4, 10)  \
	FADD(18, 5, 11)  \
	FADD(19, 6, 12)  \
	FADD(20, 7, 0)   \
	FADD(21, 8, 1)   \
	FADD(22, 9, 2)   \
	FADD(23, 10, 3)  \
	FADD(24, 11, 4)  \
	FADD(25, 12, 5)  \
	FADD(27, 7, 13)  \
	FADD(28, 25, 24) \
	FADD(27, 27, 28) \
	FADD(28, 23, 22) \
	FADD(28, 28, 21) \
	FADD(27, 27, 28)

// SUM28: V28 = v + w and the pairs y, z; V29 = the element at R6
#define SUM28(v, w, y, z) \
	FMOVQ (R6), F29  \
	FADD(28, v, w)   \
	FADD(28, 28, y)  \
	FADD(28, 28, z)

// OUT28: the output from V28 into the row at R6, which moves on by two
#define OUT28 \
	VCOPY(30, 26)    \
	FMLA(30, 28, 31) \
	FMOVQ F30, (R6)  \
	ADD   R8, R6, R6

#define TOP28(v, w, y, z) \
	SUM28(v, w, y, z) \
	FADD(28, 28, 29)  \
	OUT28

#define BOTTOM28(v, w, y, z) \
	SUM28(v, w, y, z) \
	FSUB(28, 28, 29)  \
	OUT28

// STEP28: V0–V12 are s, then d from scratch, V13–V25 their pairs, V26 what outputs
// begin with. In scratch d₀ and s₀ come first.
#define STEP28 \
	MOVD R10, R9             \
	SPLIT(27, 28)            \
	FMOVQ.P F27, 16(R9)      \
	FMOVQ.P F28, 16(R9)      \
	KEEP(0)                  \
	KEEP(1)                  \
	KEEP(2)                  \
	KEEP(3)                  \
	KEEP(4)                  \
	KEEP(5)                  \
	KEEP(6)                  \
	KEEP(7)                  \
	KEEP(8)                  \
	KEEP(9)                  \
	KEEP(10)                 \
	KEEP(11)                 \
	KEEP(12)                 \
	PAIRS13                  \
	FMOVQ (R10), F29         \
	FMOVQ 16(R10), F30       \
	FADD(28, 27, 29)         \
	FSUB(26, 30, 27)         \
	FMOVQ F28, (R0)          \
	ADD R8, R0, R6           \
	TOP28(12, 1, 16, 17)     \
	TOP28(0, 2, 17, 18)      \
	TOP28(1, 3, 18, 19)      \
	TOP28(2, 4, 19, 20)      \
	TOP28(3, 5, 20, 21)      \
	TOP28(4, 6, 21, 22)      \
	TOP28(5, 7, 22, 23)      \
	TOP28(6, 8, 23, 24)      \
	TOP28(7, 9, 24, 25)      \
	TOP28(8, 10, 25, 13)     \
	TOP28(9, 11, 13, 14)     \
	TOP28(10, 12, 14, 15)    \
	TOP28(11, 0, 15, 16)     \
	ADD $32, R10, R9         \
	FMOVQ.P 16(R9), F0       \
	FMOVQ.P 16(R9), F1       \
	FMOVQ.P 16(R9), F2       \
	FMOVQ.P 16(R9), F3       \
	FMOVQ.P 16(R9), F4       \
	FMOVQ.P 16(R9), F5       \
	FMOVQ.P 16(R9), F6       \
	FMOVQ.P 16(R9), F7       \
	FMOVQ.P 16(R9), F8       \
	FMOVQ.P 16(R9), F9       \
	FMOVQ.P 16(R9), F10      \
	FMOVQ.P 16(R9), F11      \
	FMOVQ.P 16(R9), F12      \
	PAIRS13                  \
	FMOVQ (R10), F29         \
	FMOVQ 16(R10), F30       \
	FSUB(28, 30, 27)         \
	FSUB(26, 29, 27)         \
	ADD R4, R0, R6           \
	FMOVQ F28, (R6)          \
	ADD R8, R6, R6           \
	BOTTOM28(12, 1, 16, 17)  \
	BOTTOM28(0, 2, 17, 18)   \
	BOTTOM28(1, 3, 18, 19)   \
	BOTTOM28(2, 4, 19, 20)   \
	BOTTOM28(3, 5, 20, 21)   \
	BOTTOM28(4, 6, 21, 22)   \
	BOTTOM28(5, 7, 22, 23)   \
	BOTTOM28(6, 8, 23, 24)   \
	BOTTOM28(7, 9, 24, 25)   \
	BOTTOM28(8, 10, 25, 13)  \
	BOTTOM28(9, 11, 13, 14)  \
	BOTTOM28(10, 12, 14, 15) \
	BOTTOM28(11, 0, 15, 16)

// ---- float64 ----

#define SHIFT 3
#define FADD(d, n, m) FADD2D(d, n, m)
#define FSUB(d, n, m) FSUB2D(d, n, m)
#define FMLS(d, n, m) FMLS2D(d, n, m)
#define FMLA(d, n, m) FMLA2D(d, n, m)

#define STEP STEP12
// func paley12x64NEON(x *float64, run, count, row, step int)
TEXT ·paley12x64NEON(SB), NOSPLIT, $0-40
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  row+24(FP), R4
	MOVD  step+32(FP), R5
	VMOVQ $0x4000000000000000, $0x4000000000000000, V31
#include "paley_loop_arm64.h"
#undef STEP

#define STEP STEP20
// func paley20x64NEON(x *float64, run, count, row, step int)
TEXT ·paley20x64NEON(SB), NOSPLIT, $0-40
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  row+24(FP), R4
	MOVD  step+32(FP), R5
	VMOVQ $0x4000000000000000, $0x4000000000000000, V31
#include "paley_loop_arm64.h"
#undef STEP

#define STEP STEP28
// func paley28x64NEON(x *float64, run, count, row, step int)
TEXT ·paley28x64NEON(SB), NOSPLIT, $256-40
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  row+24(FP), R4
	MOVD  step+32(FP), R5
	VMOVQ $0x4000000000000000, $0x4000000000000000, V31
	MOVD  $scratch-256(SP), R10
#include "paley_loop_arm64.h"
#undef STEP

#undef SHIFT
#undef FADD
#undef FSUB
#undef FMLS
#undef FMLA

// ---- float32 ----

#define SHIFT 2
#define FADD(d, n, m) FADD4S(d, n, m)
#define FSUB(d, n, m) FSUB4S(d, n, m)
#define FMLS(d, n, m) FMLS4S(d, n, m)
#define FMLA(d, n, m) FMLA4S(d, n, m)

#define STEP STEP12
// func paley12x32NEON(x *float32, run, count, row, step int)
TEXT ·paley12x32NEON(SB), NOSPLIT, $0-40
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  row+24(FP), R4
	MOVD  step+32(FP), R5
	VMOVQ $0x4000000040000000, $0x4000000040000000, V31
#include "paley_loop_arm64.h"
#undef STEP

#define STEP STEP20
// func paley20x32NEON(x *float32, run, count, row, step int)
TEXT ·paley20x32NEON(SB), NOSPLIT, $0-40
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  row+24(FP), R4
	MOVD  step+32(FP), R5
	VMOVQ $0x4000000040000000, $0x4000000040000000, V31
#include "paley_loop_arm64.h"
#undef STEP

#define STEP STEP28
// func paley28x32NEON(x *float32, run, count, row, step int)
TEXT ·paley28x32NEON(SB), NOSPLIT, $256-40
	MOVD  x+0(FP), R0
	MOVD  run+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  row+24(FP), R4
	MOVD  step+32(FP), R5
	VMOVQ $0x4000000040000000, $0x4000000040000000, V31
	MOVD  $scratch-256(SP), R10
#include "paley_loop_arm64.h"
#undef STEP

#undef SHIFT
#undef FADD
#undef FSUB
#undef FMLS
#undef FMLA
