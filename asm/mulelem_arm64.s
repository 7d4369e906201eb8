//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// Products of rows, mulelem_generic.go, for NEON: two loads, one product and
// one store a vector; loads and stores bound it, two turns at 2 cycles.
//
// R0, R1, R2  rows of dst and x, y     R3  elements of a row: whole vectors, at least one
// R4, R5, R6  the vectors in them      R7  those left
// R8          rows left                R9  stride in bytes

#define MULROWS(FMUL, LANES) \
	MOVD    dst+0(FP), R0     \
	MOVD    x+8(FP), R1       \
	MOVD    y+16(FP), R2      \
	MOVD    n+24(FP), R3      \
	MOVD    rows+32(FP), R8   \
	MOVD    stride+40(FP), R9 \
	MOVD    $(16/LANES), R10  \
	MUL     R10, R9, R9       \
row:                              \
	MOVD    R0, R4            \
	MOVD    R1, R5            \
	MOVD    R2, R6            \
	MOVD    R3, R7            \
vector:                           \
	FMOVQ.P 16(R5), F0        \
	FMOVQ.P 16(R6), F1        \
	FMUL(0, 0, 1)             \
	FMOVQ.P F0, 16(R4)        \
	SUBS    $LANES, R7        \
	BNE     vector            \
	ADD     R9, R0            \
	ADD     R9, R1            \
	SUBS    $1, R8            \
	BNE     row               \
	RET

// func mulRows64NEON(dst, x, y *float64, n, rows, stride int)
TEXT ·mulRows64NEON(SB), NOSPLIT, $0-48
	MULROWS(FMUL2D, 2)

// func mulRows32NEON(dst, x, y *float32, n, rows, stride int)
TEXT ·mulRows32NEON(SB), NOSPLIT, $0-48
	MULROWS(FMUL4S, 4)
