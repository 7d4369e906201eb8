// Body of fwhtPass: count runs of steps, each on 2, 4 or 8 vectors one row
// apart. A run is a whole number of vectors, at least one.
//
// R0      start of the run          R2  runs left        R3  r
// R1      end of row 0 of the run   R4  row in bytes     R5  step in bytes
// R6–R13  vectors of the step       R14 bytes of a run

	LSL $SHIFT, R1, R14
	LSL $SHIFT, R4, R4
	LSL $SHIFT, R5, R5

nextRun:
	MOVD R0, R6
	ADD  R4, R6, R7
	ADD  R4, R7, R8
	ADD  R4, R8, R9
	ADD  R4, R9, R10
	ADD  R4, R10, R11
	ADD  R4, R11, R12
	ADD  R4, R12, R13
	ADD  R14, R0, R1
	CMP  $2, R3
	BEQ  radix4
	BLT  radix2

radix8:
	FMOVQ   (R6), F0
	FMOVQ   (R7), F1
	FMOVQ   (R8), F2
	FMOVQ   (R9), F3
	FMOVQ   (R10), F4
	FMOVQ   (R11), F5
	FMOVQ   (R12), F6
	FMOVQ   (R13), F7
	RADIX8
	FMOVQ.P F0, 16(R6)
	FMOVQ.P F16, 16(R7)
	FMOVQ.P F1, 16(R8)
	FMOVQ.P F3, 16(R9)
	FMOVQ.P F2, 16(R10)
	FMOVQ.P F17, 16(R11)
	FMOVQ.P F6, 16(R12)
	FMOVQ.P F19, 16(R13)
	CMP     R1, R6
	BNE     radix8
	B       runDone

radix4:
	FMOVQ   (R6), F0
	FMOVQ   (R7), F1
	FMOVQ   (R8), F2
	FMOVQ   (R9), F3
	RADIX4
	FMOVQ.P F0, 16(R6)
	FMOVQ.P F16, 16(R7)
	FMOVQ.P F1, 16(R8)
	FMOVQ.P F3, 16(R9)
	CMP     R1, R6
	BNE     radix4
	B       runDone

radix2:
	FMOVQ   (R6), F0
	FMOVQ   (R7), F1
	BF(0, 1, 16)
	FMOVQ.P F0, 16(R6)
	FMOVQ.P F16, 16(R7)
	CMP     R1, R6
	BNE     radix2

runDone:
	ADD  R5, R0, R0
	SUBS $1, R2, R2
	BNE  nextRun
	RET
