// Body of the functions of paley_amd64.s: count runs of steps on vectors of 32
// bytes, and one of 16 at the end of a run if there is one.
//
// SI  start of the run     AX  runs left        CX  elements of the run left
// R15 elements of a run    R14 step in bytes    DX  scratch; see paley_amd64.h

	IMULQ $SIZE, R8
	IMULQ $SIZE, R14
	MULTIPLES

nextRun:
	MOVQ SI, DI
	ROWS
	MOVQ R15, CX
	SUBQ $(32/SIZE), CX
	JLT  half

#include "paley_y_amd64.h"
vector:
	STEP
	FORWARD($32)
	SUBQ $(32/SIZE), CX
	JGE  vector
#include "paley_nov_amd64.h"

half:
	ADDQ $(32/SIZE), CX
	JEQ  runDone
#include "paley_x_amd64.h"
	STEP
#include "paley_nov_amd64.h"

runDone:
	ADDQ R14, SI
	DECQ AX
	JNE  nextRun
	VZEROUPPER
	RET
