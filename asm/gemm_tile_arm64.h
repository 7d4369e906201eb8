// The tile of the matrix product, of float64 or float32 by FMOVE, FMLA0 and SHIFT:
//
// R0  c            R1  ldc in bytes    R15 a row of c
// R2–R7  column 0 of a, rows 0 to 5    R8  rs in bytes
// R9  cs in bytes  R10 the column, in bytes from column 0
// R11 row p of b   R12 rows            R13 steps left
// V0–V23  c, four vectors a row        V24–V27  row p of b
// F28–F31 elements of column p of a
//
// rows in 1…6 and k ≥ 1; one loop a row count. Six rows: 24 FMA, 8 loads and 4
// scalar instructions a step; the FMA bound it at 12 cycles. Fewer rows leave
// the latency of an FMA, 4 cycles, as the bound below two.

#define ROWB \
	FLDPQ (R11), (F24, F25)   \
	FLDPQ 32(R11), (F26, F27) \
	ADD   $64, R11

// TIMES: a row of c += its element of a times the row of b
#define TIMES(at, F, f, c0, c1, c2, c3) \
	FMOVE (at)(R10), F \
	FMLA0(c0, 24, f) \
	FMLA0(c1, 25, f) \
	FMLA0(c2, 26, f) \
	FMLA0(c3, 27, f)

#define STEP1 ROWB; TIMES(R2, F28, 28, 0, 1, 2, 3)
#define STEP2 STEP1; TIMES(R3, F29, 29, 4, 5, 6, 7)
#define STEP3 STEP2; TIMES(R4, F30, 30, 8, 9, 10, 11)
#define STEP4 STEP3; TIMES(R5, F31, 31, 12, 13, 14, 15)
#define STEP5 STEP4; TIMES(R6, F28, 28, 16, 17, 18, 19)
#define STEP6 STEP5; TIMES(R7, F29, 29, 20, 21, 22, 23)

#define NEXT \
	ADD  R9, R10      \
	SUBS $1, R13, R13

#define GET(c0, c1, c2, c3) \
	FLDPQ (R15), (c0, c1)   \
	FLDPQ 32(R15), (c2, c3) \
	ADD   R1, R15

#define GET1 GET(F0, F1, F2, F3)
#define GET2 GET1; GET(F4, F5, F6, F7)
#define GET3 GET2; GET(F8, F9, F10, F11)
#define GET4 GET3; GET(F12, F13, F14, F15)
#define GET5 GET4; GET(F16, F17, F18, F19)
#define GET6 GET5; GET(F20, F21, F22, F23)

#define PUT(c0, c1, c2, c3) \
	FSTPQ (c0, c1), (R0)   \
	FSTPQ (c2, c3), 32(R0) \
	ADD   R1, R0

#define PUT1 PUT(F0, F1, F2, F3)
#define PUT2 PUT1; PUT(F4, F5, F6, F7)
#define PUT3 PUT2; PUT(F8, F9, F10, F11)
#define PUT4 PUT3; PUT(F12, F13, F14, F15)
#define PUT5 PUT4; PUT(F16, F17, F18, F19)
#define PUT6 PUT5; PUT(F20, F21, F22, F23)


	MOVD c+0(FP), R0
	MOVD ldc+8(FP), R1
	MOVD a+16(FP), R2
	MOVD rs+24(FP), R8
	MOVD cs+32(FP), R9
	MOVD b+40(FP), R11
	MOVD rows+48(FP), R12
	MOVD k+56(FP), R13
	LSL  $SHIFT, R1
	LSL  $SHIFT, R8
	LSL  $SHIFT, R9
	MOVD R0, R15
	ADD  R8, R2, R3
	ADD  R8, R3, R4
	ADD  R8, R4, R5
	ADD  R8, R5, R6
	ADD  R8, R6, R7
	MOVD $0, R10
	CMP  $4, R12
	BEQ  rows4
	BLT  rows123
	CMP  $6, R12
	BLT  rows5

	GET6

loop6:
	STEP6
	NEXT
	BNE loop6
	PUT6
	RET

rows5:
	GET5

loop5:
	STEP5
	NEXT
	BNE loop5
	PUT5
	RET

rows4:
	GET4

loop4:
	STEP4
	NEXT
	BNE loop4
	PUT4
	RET

rows123:
	CMP $2, R12
	BEQ rows2
	BLT rows1

	GET3

loop3:
	STEP3
	NEXT
	BNE loop3
	PUT3
	RET

rows2:
	GET2

loop2:
	STEP2
	NEXT
	BNE loop2
	PUT2
	RET

rows1:
	GET1

loop1:
	STEP1
	NEXT
	BNE loop1
	PUT1
	RET
