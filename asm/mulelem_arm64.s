//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// Products of elements, mulelem_generic.go, for NEON: two loads, one product and
// one store a vector; loads and stores bound it, two turns at 2 cycles.
//
// R0, R1, R2  dst, x, y    R3  elements left: whole vectors, at least one

#define MULELEM(FMUL, LANES) \
	MOVD    dst+0(FP), R0 \
	MOVD    x+8(FP), R1   \
	MOVD    y+16(FP), R2  \
	MOVD    n+24(FP), R3  \
vector:                       \
	FMOVQ.P 16(R1), F0    \
	FMOVQ.P 16(R2), F1    \
	FMUL(0, 0, 1)         \
	FMOVQ.P F0, 16(R0)    \
	SUBS    $LANES, R3    \
	BNE     vector        \
	RET

// func mulElem64NEON(dst, x, y *float64, n int)
TEXT ·mulElem64NEON(SB), NOSPLIT, $0-32
	MULELEM(FMUL2D, 2)

// func mulElem32NEON(dst, x, y *float32, n int)
TEXT ·mulElem32NEON(SB), NOSPLIT, $0-32
	MULELEM(FMUL4S, 4)
