// The body for 24 rows and one panel, whose rows are a vector of 64 bytes. What
// includes this defines MOVU, FMA, FMAB and SHIFT.
//
// DI             c                       AX   ldc in bytes
// R8–R11         column p of a: rows 0, 6, 12, 18
// R12, R13, SI   rs, 3·rs, 5·rs in bytes DX   cs in bytes
// BX             row p of b              CX   steps left
// Z0–Z23         c, a register a row     Z24  row p of b
//
// 24 rows; k ≥ 1. A step is 24 FMA with an element of a from memory in all
// lanes, and a load: the FMA ports bound it at 12 cycles, and the load ports at
// 12.5.

	MOVQ c+0(FP), DI
	MOVQ ldc+8(FP), AX
	MOVQ a+16(FP), R8
	MOVQ rs+24(FP), R12
	MOVQ cs+32(FP), DX
	MOVQ b+40(FP), BX
	MOVQ k+48(FP), CX
	SHLQ $SHIFT, AX
	SHLQ $SHIFT, R12
	SHLQ $SHIFT, DX
	LEAQ (R12)(R12*2), R13
	LEAQ (R12)(R12*4), SI
	LEAQ (R8)(R13*2), R9
	LEAQ (R9)(R13*2), R10
	LEAQ (R10)(R13*2), R11

	MOVU (DI), Z0
	ADDQ AX, DI
	MOVU (DI), Z1
	ADDQ AX, DI
	MOVU (DI), Z2
	ADDQ AX, DI
	MOVU (DI), Z3
	ADDQ AX, DI
	MOVU (DI), Z4
	ADDQ AX, DI
	MOVU (DI), Z5
	ADDQ AX, DI
	MOVU (DI), Z6
	ADDQ AX, DI
	MOVU (DI), Z7
	ADDQ AX, DI
	MOVU (DI), Z8
	ADDQ AX, DI
	MOVU (DI), Z9
	ADDQ AX, DI
	MOVU (DI), Z10
	ADDQ AX, DI
	MOVU (DI), Z11
	ADDQ AX, DI
	MOVU (DI), Z12
	ADDQ AX, DI
	MOVU (DI), Z13
	ADDQ AX, DI
	MOVU (DI), Z14
	ADDQ AX, DI
	MOVU (DI), Z15
	ADDQ AX, DI
	MOVU (DI), Z16
	ADDQ AX, DI
	MOVU (DI), Z17
	ADDQ AX, DI
	MOVU (DI), Z18
	ADDQ AX, DI
	MOVU (DI), Z19
	ADDQ AX, DI
	MOVU (DI), Z20
	ADDQ AX, DI
	MOVU (DI), Z21
	ADDQ AX, DI
	MOVU (DI), Z22
	ADDQ AX, DI
	MOVU (DI), Z23

step:
	MOVU (BX), Z24
	FMAB (R8), Z24, Z0
	FMAB (R8)(R12*1), Z24, Z1
	FMAB (R8)(R12*2), Z24, Z2
	FMAB (R8)(R13*1), Z24, Z3
	FMAB (R8)(R12*4), Z24, Z4
	FMAB (R8)(SI*1), Z24, Z5
	FMAB (R9), Z24, Z6
	FMAB (R9)(R12*1), Z24, Z7
	FMAB (R9)(R12*2), Z24, Z8
	FMAB (R9)(R13*1), Z24, Z9
	FMAB (R9)(R12*4), Z24, Z10
	FMAB (R9)(SI*1), Z24, Z11
	FMAB (R10), Z24, Z12
	FMAB (R10)(R12*1), Z24, Z13
	FMAB (R10)(R12*2), Z24, Z14
	FMAB (R10)(R13*1), Z24, Z15
	FMAB (R10)(R12*4), Z24, Z16
	FMAB (R10)(SI*1), Z24, Z17
	FMAB (R11), Z24, Z18
	FMAB (R11)(R12*1), Z24, Z19
	FMAB (R11)(R12*2), Z24, Z20
	FMAB (R11)(R13*1), Z24, Z21
	FMAB (R11)(R12*4), Z24, Z22
	FMAB (R11)(SI*1), Z24, Z23
	ADDQ DX, R8
	ADDQ DX, R9
	ADDQ DX, R10
	ADDQ DX, R11
	ADDQ $64, BX
	DECQ CX
	JNE  step

	MOVU Z23, (DI)
	SUBQ AX, DI
	MOVU Z22, (DI)
	SUBQ AX, DI
	MOVU Z21, (DI)
	SUBQ AX, DI
	MOVU Z20, (DI)
	SUBQ AX, DI
	MOVU Z19, (DI)
	SUBQ AX, DI
	MOVU Z18, (DI)
	SUBQ AX, DI
	MOVU Z17, (DI)
	SUBQ AX, DI
	MOVU Z16, (DI)
	SUBQ AX, DI
	MOVU Z15, (DI)
	SUBQ AX, DI
	MOVU Z14, (DI)
	SUBQ AX, DI
	MOVU Z13, (DI)
	SUBQ AX, DI
	MOVU Z12, (DI)
	SUBQ AX, DI
	MOVU Z11, (DI)
	SUBQ AX, DI
	MOVU Z10, (DI)
	SUBQ AX, DI
	MOVU Z9, (DI)
	SUBQ AX, DI
	MOVU Z8, (DI)
	SUBQ AX, DI
	MOVU Z7, (DI)
	SUBQ AX, DI
	MOVU Z6, (DI)
	SUBQ AX, DI
	MOVU Z5, (DI)
	SUBQ AX, DI
	MOVU Z4, (DI)
	SUBQ AX, DI
	MOVU Z3, (DI)
	SUBQ AX, DI
	MOVU Z2, (DI)
	SUBQ AX, DI
	MOVU Z1, (DI)
	SUBQ AX, DI
	MOVU Z0, (DI)
	VZEROUPPER
	RET
