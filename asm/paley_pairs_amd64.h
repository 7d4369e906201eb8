// Beginning of the functions of paley_whole_amd64.s that have rows of two elements in 8
// bytes, which no instruction adds from memory: X15 takes what of a row is added, and
// two where it is needed. Other rows go on to paley_whole_amd64.h, which see.

	CMPQ  R8, $2
	JNE   others
	IMULQ $SIZE, R8
	IMULQ $SIZE, R14
	MULTIPLES
	MOVQ  SI, DI
	ROWS

#include "paley_x_amd64.h"
#define SPLIT(a, b, t, s, d) SPLITWHOLE(a, b, t, s, d)
#define INSIDE(at, v, w) INSIDE8(at, v, w)
#define PLUS PLUSV
#define MINUS MINUSV
#define LESSTWICE(k, t) VMOVUPS TWO, V15; FNMADDV k, V15, t
#define PLUSTWICE(k, t) VMOVUPS TWO, V15; FMADDV k, V15, t
#define LOAD(at, v) VMOVSD at, v
#define STORE(v, at) VMOVSD v, at
#define ADDM(at, a, d) VMOVSD at, V15; PLUSV V15, a, d
#define SUBM(at, a, d) VMOVSD at, V15; MINUSV V15, a, d
#define SAVE(v, at) VMOVUPS v, at
#define BACK(at, v) VMOVUPS at, v
rows8:
	STEP
	FORWARD(R14)
	DECQ AX
	JNE  rows8
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

others:
