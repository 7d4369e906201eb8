// Body of the functions of paley_arm64.s: count runs of steps. A run is a whole
// number of vectors, at least one.
//
// R0  row 0 of the step    R1  bytes of a run           R2  runs left
// R3  end of the run       R4, R8  one and two rows     R5  from a run to the next
// R6  first row

	LSL $SHIFT, R1, R1
	LSL $SHIFT, R4, R4
	LSL $SHIFT, R5, R5
	ADD R4, R4, R8
	SUB R1, R5, R5

nextRun:
	ADD R1, R0, R3

vector:
	MOVD R0, R6
	STEP
	ADD  $16, R0, R0
	CMP  R3, R0
	BNE  vector
	ADD  R5, R0, R0
	SUBS $1, R2, R2
	BNE  nextRun
	RET
