// Body of the functions of paley_avx512_amd64.s: count runs of steps on vectors
// of 64 bytes; what is left of a run goes under a mask.
//
// SI  start of the run     AX  runs left        CX  elements of the run left
// R15 elements of a run    R14 step in bytes    K1  the lanes left at the end of a run
// DX  scratch; see paley_amd64.h

	IMULQ $SIZE, R8
	IMULQ $SIZE, R14
	MULTIPLES
	MOVQ  R15, CX
	ANDQ  $(64/SIZE-1), CX
	MOVQ  $1, BX
	SHLQ  CX, BX
	DECQ  BX
	KMOVW BX, K1

nextRun:
	MOVQ SI, DI
	ROWS
	MOVQ R15, CX
	SUBQ $(64/SIZE), CX
	JLT  rest

#define SPLIT(a, b, t, s, d) SPLITROWS(a, b, t, s, d)
#define LOAD(at, v) MOVE at, v
#define STORE(v, at) MOVE v, at
#define ADDM(at, a, d) PLUS at, a, d
#define SUBM(at, a, d) MINUS at, a, d
vector:
	STEP
	FORWARD($64)
	SUBQ $(64/SIZE), CX
	JGE  vector
#undef LOAD
#undef STORE
#undef ADDM
#undef SUBM

rest:
	ADDQ $(64/SIZE), CX
	JEQ  runDone
#define LOAD(at, v) MOVE.Z at, K1, v
#define STORE(v, at) MOVE v, K1, at
#define ADDM(at, a, d) PLUS.Z at, a, K1, d
#define SUBM(at, a, d) MINUS.Z at, a, K1, d
	STEP
#undef LOAD
#undef STORE
#undef ADDM
#undef SUBM

runDone:
	ADDQ R14, SI
	DECQ AX
	JNE  nextRun
	VZEROUPPER
	RET
#undef SPLIT
