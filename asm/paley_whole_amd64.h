// Body of the functions of paley_whole_amd64.s: count vectors of rows of one element,
// 16 or 32 bytes.
//
// SI  the vector      AX  vectors left     R14 step in bytes
// R8–R13, BX, DI  rows; DX  scratch; see paley_amd64.h

	IMULQ $SIZE, R8
	IMULQ $SIZE, R14
	MULTIPLES
	MOVQ  SI, DI
	ROWS
	CMPQ  R8, $16
	JEQ   rows16
	JGT   rows32

#include "paley_x_amd64.h"
	VMOVUPS TWO, X15
#define SPLIT(a, b, t, s, d) SPLITROWS(a, b, t, s, d)
#define PLUS PLUS1
#define MINUS MINUS1
#define LESSTWICE(k, t) FNMADD1 k, V15, t
#define PLUSTWICE(k, t) FMADD1 k, V15, t
#define LOAD(at, v) MOVE1 at, v
#define STORE(v, at) MOVE1 v, at
#define ADDM(at, a, d) PLUS1 at, a, d
#define SUBM(at, a, d) MINUS1 at, a, d
#define SAVE(v, at) VMOVUPS v, at
#define BACK(at, v) VMOVUPS at, v
rows1:
	STEP
	FORWARD(R14)
	DECQ AX
	JNE  rows1
	VZEROUPPER
	RET
#undef SPLIT
#undef PLUS
#undef MINUS
#undef LESSTWICE
#undef PLUSTWICE
#undef LOAD
#undef STORE
#undef ADDM
#undef SUBM
#undef SAVE
#undef BACK

#define SPLIT(a, b, t, s, d) SPLITWHOLE(a, b, t, s, d)
#define PLUS PLUSV
#define MINUS MINUSV
#define LESSTWICE(k, t) FNMADDV k, V15, t
#define PLUSTWICE(k, t) FMADDV k, V15, t
#define LOAD(at, v) MOVEV at, v
#define STORE(v, at) MOVEV v, at
#define ADDM(at, a, d) PLUSV at, a, d
#define SUBM(at, a, d) MINUSV at, a, d
#define SAVE(v, at) MOVEV v, at
#define BACK(at, v) MOVEV at, v
#define INSIDE(at, v, w) INSIDE16(at, v, w)
rows16:
	VMOVUPS TWO, X15

next16:
	STEP
	FORWARD(R14)
	DECQ AX
	JNE  next16
	VZEROUPPER
	RET
#undef INSIDE
#include "paley_nov_amd64.h"

#include "paley_y_amd64.h"
#define INSIDE(at, v, w) INSIDE32(at, v, w)
rows32:
	BROADCAST TWO, Y15

next32:
	STEP
	FORWARD(R14)
	DECQ AX
	JNE  next32
	VZEROUPPER
	RET
#undef SPLIT
#undef INSIDE
#undef PLUS
#undef MINUS
#undef LESSTWICE
#undef PLUSTWICE
#undef LOAD
#undef STORE
#undef ADDM
#undef SUBM
#undef SAVE
#undef BACK
#include "paley_nov_amd64.h"
