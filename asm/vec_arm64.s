//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func dotNEON(x, y []float64) float64
//
// R0, R1   x, y        R2  elements left
// V0–V7    lanes 0–1, 2–3, … 14–15 of dotGeneric
// V16–V23  elements of x    V24–V31  elements of y
//
// 16 elements a turn: 8 loads of pairs of vectors, 8 FMA; the loads bound it, at
// 8 cycles, twice the latency of an FMA.
TEXT ·dotNEON(SB), NOSPLIT, $0-56
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD y_base+24(FP), R1
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	SUBS $16, R2
	BLT  dotFour

dotSixteen:
	FLDPQ (R0), (F16, F17)
	FLDPQ (R1), (F24, F25)
	FLDPQ 32(R0), (F18, F19)
	FLDPQ 32(R1), (F26, F27)
	FLDPQ 64(R0), (F20, F21)
	FLDPQ 64(R1), (F28, F29)
	FLDPQ 96(R0), (F22, F23)
	FLDPQ 96(R1), (F30, F31)
	VFMLA V24.D2, V16.D2, V0.D2 // lane += x*y
	VFMLA V25.D2, V17.D2, V1.D2
	VFMLA V26.D2, V18.D2, V2.D2
	VFMLA V27.D2, V19.D2, V3.D2
	VFMLA V28.D2, V20.D2, V4.D2
	VFMLA V29.D2, V21.D2, V5.D2
	VFMLA V30.D2, V22.D2, V6.D2
	VFMLA V31.D2, V23.D2, V7.D2
	ADD   $128, R0
	ADD   $128, R1
	SUBS  $16, R2
	BGE   dotSixteen

dotFour:
	ADDS $12, R2 // left - 4
	BLT  dotJoin

dotFourLoop:
	FLDPQ (R0), (F16, F17)
	FLDPQ (R1), (F24, F25)
	VFMLA V24.D2, V16.D2, V0.D2
	VFMLA V25.D2, V17.D2, V1.D2
	ADD   $32, R0
	ADD   $32, R1
	SUBS  $4, R2
	BGE   dotFourLoop

dotJoin:
	FADD2D(0, 0, 2) // l + (l+4)
	FADD2D(1, 1, 3)
	FADD2D(4, 4, 6) // (l+8) + (l+12)
	FADD2D(5, 5, 7)
	FADD2D(0, 0, 4)
	FADD2D(1, 1, 5)
	FADD2D(0, 0, 1) // 0+2, 1+3
	FADDP(0, 0)     // (0+2) + (1+3)
	ADDS $4, R2
	BEQ  dotDone

dotOne:
	FMOVD.P 8(R0), F16
	FMOVD.P 8(R1), F24
	FMADDD  F24, F0, F16, F0 // s = x*y + s
	SUBS    $1, R2
	BNE     dotOne

dotDone:
	FMOVD F0, ret+48(FP)
	RET

// func axpyNEON(dst []float64, alpha float64, x []float64)
//
// R0, R1  dst, x    R2  elements left    F0  alpha
//
// 8 elements a turn: 4 loads and 2 stores of pairs of vectors, 4 FMA; both loads
// and stores bound it, at 4 cycles.
TEXT ·axpyNEON(SB), NOSPLIT, $0-56
	MOVD  dst_base+0(FP), R0
	FMOVD alpha+24(FP), F0
	MOVD  x_base+32(FP), R1
	MOVD  x_len+40(FP), R2
	SUBS  $8, R2
	BLT   axpyRest

axpyEight:
	FLDPQ (R1), (F1, F2)
	FLDPQ 32(R1), (F3, F4)
	FLDPQ (R0), (F16, F17)
	FLDPQ 32(R0), (F18, F19)
	FMLA2D0(16, 1, 0) // dst += alpha*x
	FMLA2D0(17, 2, 0)
	FMLA2D0(18, 3, 0)
	FMLA2D0(19, 4, 0)
	FSTPQ (F16, F17), (R0)
	FSTPQ (F18, F19), 32(R0)
	ADD   $64, R1
	ADD   $64, R0
	SUBS  $8, R2
	BGE   axpyEight

axpyRest:
	ADDS $8, R2
	BEQ  axpyDone

axpyOne:
	FMOVD.P 8(R1), F1
	FMOVD   (R0), F16
	FMADDD  F1, F16, F0, F16
	FMOVD.P F16, 8(R0)
	SUBS    $1, R2
	BNE     axpyOne

axpyDone:
	RET

// func scaleNEON(dst []float64, alpha float64, x []float64)
//
// R0, R1  dst, x    R2  elements left    F0  alpha
//
// 8 elements a turn: 2 loads and 2 stores of pairs of vectors, 4 products; the
// stores bound it, at 4 cycles.
TEXT ·scaleNEON(SB), NOSPLIT, $0-56
	MOVD  dst_base+0(FP), R0
	FMOVD alpha+24(FP), F0
	MOVD  x_base+32(FP), R1
	MOVD  x_len+40(FP), R2
	SUBS  $8, R2
	BLT   scaleRest

scaleEight:
	FLDPQ (R1), (F1, F2)
	FLDPQ 32(R1), (F3, F4)
	FMUL2D0(1, 1, 0) // alpha*x
	FMUL2D0(2, 2, 0)
	FMUL2D0(3, 3, 0)
	FMUL2D0(4, 4, 0)
	FSTPQ (F1, F2), (R0)
	FSTPQ (F3, F4), 32(R0)
	ADD   $64, R1
	ADD   $64, R0
	SUBS  $8, R2
	BGE   scaleEight

scaleRest:
	ADDS $8, R2
	BEQ  scaleDone

scaleOne:
	FMOVD.P 8(R1), F1
	FMULD   F0, F1, F1
	FMOVD.P F1, 8(R0)
	SUBS    $1, R2
	BNE     scaleOne

scaleDone:
	RET
