// The body for up to 6 rows and one panel, whose rows are two vectors of 32 bytes.
// What includes this defines MOVU, BCAST, FMA and SHIFT.
//
// DI, R13   rows 0 and 3 of c     R12  ldc in bytes
// R8, R9    column p of a: rows 0 and 3; R10 rs, R11 cs in bytes
// BX        row p of b            CX   steps left
// Y0–Y11    c, two registers a row    Y12, Y13  row p of b    Y14  broadcast
//
// rows in 1…6 and k ≥ 1; one loop a row count. Six rows: 12 FMA, 8 loads,
// 5 scalar instructions a step; the FMA ports bound it at 6 cycles. Fewer rows
// leave the latency of the FMA, 4 cycles, as the bound below four rows.

// STEP: two FMA with the broadcast element of a.
#define STEP(mem, lo, hi) \
	BCAST mem, Y14 \
	FMA Y12, Y14, lo \
	FMA Y13, Y14, hi

#define NEXT \
	ADDQ R11, R8 \
	ADDQ R11, R9 \
	ADDQ $64, BX \
	DECQ CX

#define ROWB \
	MOVU (BX), Y12 \
	MOVU 32(BX), Y13

	MOVQ c+0(FP), DI
	MOVQ ldc+8(FP), R12
	MOVQ a+16(FP), R8
	MOVQ rs+24(FP), R10
	MOVQ cs+32(FP), R11
	MOVQ b+40(FP), BX
	MOVQ rows+48(FP), AX
	MOVQ k+56(FP), CX
	SHLQ $SHIFT, R12
	SHLQ $SHIFT, R10
	SHLQ $SHIFT, R11
	LEAQ (R12)(R12*2), R13
	ADDQ DI, R13
	LEAQ (R10)(R10*2), R9
	ADDQ R8, R9
	CMPQ AX, $6
	JEQ  rows6
	CMPQ AX, $5
	JEQ  rows5
	CMPQ AX, $4
	JEQ  rows4
	CMPQ AX, $3
	JEQ  rows3
	CMPQ AX, $2
	JEQ  rows2

	MOVU (DI), Y0
	MOVU 32(DI), Y1

loop1:
	ROWB
	STEP((R8), Y0, Y1)
	NEXT
	JNE loop1
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	VZEROUPPER
	RET

rows2:
	MOVU (DI), Y0
	MOVU 32(DI), Y1
	MOVU (DI)(R12*1), Y2
	MOVU 32(DI)(R12*1), Y3

loop2:
	ROWB
	STEP((R8), Y0, Y1)
	STEP((R8)(R10*1), Y2, Y3)
	NEXT
	JNE loop2
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	MOVU Y2, (DI)(R12*1)
	MOVU Y3, 32(DI)(R12*1)
	VZEROUPPER
	RET

rows3:
	MOVU (DI), Y0
	MOVU 32(DI), Y1
	MOVU (DI)(R12*1), Y2
	MOVU 32(DI)(R12*1), Y3
	MOVU (DI)(R12*2), Y4
	MOVU 32(DI)(R12*2), Y5

loop3:
	ROWB
	STEP((R8), Y0, Y1)
	STEP((R8)(R10*1), Y2, Y3)
	STEP((R8)(R10*2), Y4, Y5)
	NEXT
	JNE loop3
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	MOVU Y2, (DI)(R12*1)
	MOVU Y3, 32(DI)(R12*1)
	MOVU Y4, (DI)(R12*2)
	MOVU Y5, 32(DI)(R12*2)
	VZEROUPPER
	RET

rows4:
	MOVU (DI), Y0
	MOVU 32(DI), Y1
	MOVU (DI)(R12*1), Y2
	MOVU 32(DI)(R12*1), Y3
	MOVU (DI)(R12*2), Y4
	MOVU 32(DI)(R12*2), Y5
	MOVU (R13), Y6
	MOVU 32(R13), Y7

loop4:
	ROWB
	STEP((R8), Y0, Y1)
	STEP((R8)(R10*1), Y2, Y3)
	STEP((R8)(R10*2), Y4, Y5)
	STEP((R9), Y6, Y7)
	NEXT
	JNE loop4
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	MOVU Y2, (DI)(R12*1)
	MOVU Y3, 32(DI)(R12*1)
	MOVU Y4, (DI)(R12*2)
	MOVU Y5, 32(DI)(R12*2)
	MOVU Y6, (R13)
	MOVU Y7, 32(R13)
	VZEROUPPER
	RET

rows5:
	MOVU (DI), Y0
	MOVU 32(DI), Y1
	MOVU (DI)(R12*1), Y2
	MOVU 32(DI)(R12*1), Y3
	MOVU (DI)(R12*2), Y4
	MOVU 32(DI)(R12*2), Y5
	MOVU (R13), Y6
	MOVU 32(R13), Y7
	MOVU (R13)(R12*1), Y8
	MOVU 32(R13)(R12*1), Y9

loop5:
	ROWB
	STEP((R8), Y0, Y1)
	STEP((R8)(R10*1), Y2, Y3)
	STEP((R8)(R10*2), Y4, Y5)
	STEP((R9), Y6, Y7)
	STEP((R9)(R10*1), Y8, Y9)
	NEXT
	JNE loop5
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	MOVU Y2, (DI)(R12*1)
	MOVU Y3, 32(DI)(R12*1)
	MOVU Y4, (DI)(R12*2)
	MOVU Y5, 32(DI)(R12*2)
	MOVU Y6, (R13)
	MOVU Y7, 32(R13)
	MOVU Y8, (R13)(R12*1)
	MOVU Y9, 32(R13)(R12*1)
	VZEROUPPER
	RET

rows6:
	LEAQ (R13)(R12*2), AX // the six rows below, which the next call will load
	PREFETCHT0 (AX)(R12*1)
	PREFETCHT0 (AX)(R12*2)
	LEAQ (AX)(R12*2), AX
	PREFETCHT0 (AX)(R12*1)
	PREFETCHT0 (AX)(R12*2)
	LEAQ (AX)(R12*2), AX
	PREFETCHT0 (AX)(R12*1)
	PREFETCHT0 (AX)(R12*2)
	MOVU (DI), Y0
	MOVU 32(DI), Y1
	MOVU (DI)(R12*1), Y2
	MOVU 32(DI)(R12*1), Y3
	MOVU (DI)(R12*2), Y4
	MOVU 32(DI)(R12*2), Y5
	MOVU (R13), Y6
	MOVU 32(R13), Y7
	MOVU (R13)(R12*1), Y8
	MOVU 32(R13)(R12*1), Y9
	MOVU (R13)(R12*2), Y10
	MOVU 32(R13)(R12*2), Y11

loop6:
	ROWB
	STEP((R8), Y0, Y1)
	STEP((R8)(R10*1), Y2, Y3)
	STEP((R8)(R10*2), Y4, Y5)
	STEP((R9), Y6, Y7)
	STEP((R9)(R10*1), Y8, Y9)
	STEP((R9)(R10*2), Y10, Y11)
	NEXT
	JNE loop6
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	MOVU Y2, (DI)(R12*1)
	MOVU Y3, 32(DI)(R12*1)
	MOVU Y4, (DI)(R12*2)
	MOVU Y5, 32(DI)(R12*2)
	MOVU Y6, (R13)
	MOVU Y7, 32(R13)
	MOVU Y8, (R13)(R12*1)
	MOVU Y9, 32(R13)(R12*1)
	MOVU Y10, (R13)(R12*2)
	MOVU Y11, 32(R13)(R12*2)
	VZEROUPPER
	RET
