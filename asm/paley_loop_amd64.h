// Body of the functions of paley_amd64.s: count runs of steps on vectors of 32
// bytes, and one of 16 at the end of a run if there is one.
//
// SI  start of the run     AX  runs left        CX  elements of the run left
// R15 elements of a run    R14 step in bytes    DX  scratch; see paley_amd64.h

	IMULQ $SIZE, R8
	IMULQ $SIZE, R14
	LEAQ  (R8)(R8*2), R9
	LEAQ  (R8)(R8*4), R10
	LEAQ  (R9)(R8*4), R11

nextRun:
	MOVQ SI, DI
	LEAQ (DI)(R8*8), BX
	LEAQ (BX)(R8*8), R12
	LEAQ (R12)(R8*8), R13
	MOVQ R15, CX
	SUBQ $(32/SIZE), CX
	JLT  half

#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V4 Y4
#define V5 Y5
#define V6 Y6
#define V7 Y7
#define V8 Y8
#define V9 Y9
#define V10 Y10
#define V11 Y11
#define V12 Y12
#define V13 Y13
#define V14 Y14
#define V15 Y15
vector:
	STEP
	ADDQ $32, DI
	ADDQ $32, BX
	ADDQ $32, R12
	ADDQ $32, R13
	SUBQ $(32/SIZE), CX
	JGE  vector
#undef V0
#undef V1
#undef V2
#undef V3
#undef V4
#undef V5
#undef V6
#undef V7
#undef V8
#undef V9
#undef V10
#undef V11
#undef V12
#undef V13
#undef V14
#undef V15

half:
	ADDQ $(32/SIZE), CX
	JEQ  runDone
#define V0 X0
#define V1 X1
#define V2 X2
#define V3 X3
#define V4 X4
#define V5 X5
#define V6 X6
#define V7 X7
#define V8 X8
#define V9 X9
#define V10 X10
#define V11 X11
#define V12 X12
#define V13 X13
#define V14 X14
#define V15 X15
	STEP
#undef V0
#undef V1
#undef V2
#undef V3
#undef V4
#undef V5
#undef V6
#undef V7
#undef V8
#undef V9
#undef V10
#undef V11
#undef V12
#undef V13
#undef V14
#undef V15

runDone:
	ADDQ R14, SI
	DECQ AX
	JNE  nextRun
	VZEROUPPER
	RET
