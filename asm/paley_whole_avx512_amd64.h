// Body of the functions of paley_avx512_amd64.s for whole vectors: count of them, with
// rows of 64 bytes.
//
// DI  the vector, then its rows 0 to 7; BX, R12, R13 the others
// AX  vectors left     R14 step in bytes     DX  scratch; see paley_amd64.h

	IMULQ $SIZE, R14
	MOVQ  $64, R8
	MULTIPLES
	ROWS

#define SPLIT(a, b, t, s, d) SPLITWHOLE(a, b, t, s, d)
#define LOAD(at, v) MOVE at, v
#define STORE(v, at) MOVE v, at
#define ADDM(at, a, d) PLUS at, a, d
#define SUBM(at, a, d) MINUS at, a, d
next:
	STEP
	FORWARD(R14)
	DECQ AX
	JNE  next
	VZEROUPPER
	RET
#undef SPLIT
#undef LOAD
#undef STORE
#undef ADDM
#undef SUBM
