// bitAddNEON and bitAdd32NEON, with elements of 1 << LOG bytes.

	MOVD c+0(FP), R0
	MOVD ldc+8(FP), R1
	MOVD bits+16(FP), R2
	MOVD rows+24(FP), R3
	MOVD table+32(FP), R4
	MOVD vecs+40(FP), R5
	LSL  $LOG, R1
	MOVD R4, R6
	CMP  $3, R5
	BEQ  add3
	BLT  add12

add4:
	MOVWU (R2), R5
	ADD   $8, R2
	GET4
	EIGHT(0, 8, LOAD4, ADD4)
	PUT4
	NEXT
	BNE   add4
	RET

add3:
	MOVWU (R2), R5
	ADD   $8, R2
	GET3
	EIGHT(0, 8, LOAD3, ADD3)
	PUT3
	NEXT
	BNE   add3
	RET

add12:
	CMP $1, R5
	BEQ add1

add2:
	MOVD.P 8(R2), R5
	GET2
	EIGHT(0, 7, LOAD2, ADD2)
	EIGHT(32, 7, LOAD2, ADD2)
	PUT2
	NEXT
	BNE    add2
	RET

add1:
	MOVD.P 8(R2), R5
	GET1
	EIGHT(0, 6, LOAD1, ADD1)
	EIGHT(32, 6, LOAD1, ADD1)
	PUT1
	NEXT
	BNE    add1
	RET
