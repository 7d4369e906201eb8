// Body of fwhtPass: count runs of steps, each on 2, 4 or 8 vectors one row apart.
// What is left of a run after whole vectors goes under a mask.
//
// SI               start of the run       R13 runs left
// DI, BX           rows 0, 4              CX  elements of the run left
// R8, R9           row and 3·row in bytes DX  elements of a run
// R10              step in bytes          K1  the lanes left at the end of a run
//
// Rows may be in L2 or beyond; then their transport bounds the loop, and to ask
// for eight lines ahead helps where rows begin anywhere: columns of a 4096 × 1437
// matrix of float64 take a tenth less time on Zen 5; long transforms gain nothing.

#define BLEAD BM
	IMULQ $SIZE, R8
	IMULQ $SIZE, R10
	LEAQ  (R8)(R8*2), R9
	MOVQ  DX, CX
	ANDQ  $(64/SIZE-1), CX
	MOVQ  $1, BX
	SHLQ  CX, BX
	DECQ  BX
	KMOVW BX, K1
	CMPQ  AX, $2
	JEQ   radix4
	JLT   radix2
radix8:
	MOVQ SI, DI
	LEAQ (SI)(R8*4), BX
	MOVQ DX, CX
	SUBQ $(64/SIZE), CX
	JLT  radix8Rest

radix8Step:
	PREFETCHT0 512(DI)
	PREFETCHT0 512(DI)(R8*1)
	PREFETCHT0 512(DI)(R8*2)
	PREFETCHT0 512(DI)(R9*1)
	PREFETCHT0 512(BX)
	PREFETCHT0 512(BX)(R8*1)
	PREFETCHT0 512(BX)(R8*2)
	PREFETCHT0 512(BX)(R9*1)
	LOAD8(LOAD)
	STEP8(STORE)
	ADDQ $64, DI
	ADDQ $64, BX
	SUBQ $(64/SIZE), CX
	JGE  radix8Step

radix8Rest:
	ADDQ $(64/SIZE), CX
	JEQ  radix8Next
	LOAD8(LOADREST)
	STEP8(STOREREST)

radix8Next:
	ADDQ R10, SI
	DECQ R13
	JNE  radix8
	VZEROUPPER
	RET

radix4:
	MOVQ SI, DI
	MOVQ DX, CX
	SUBQ $(64/SIZE), CX
	JLT  radix4Rest

radix4Step:
	LOAD4(LOAD)
	STEP4(STORE)
	ADDQ $64, DI
	SUBQ $(64/SIZE), CX
	JGE  radix4Step

radix4Rest:
	ADDQ $(64/SIZE), CX
	JEQ  radix4Next
	LOAD4(LOADREST)
	STEP4(STOREREST)

radix4Next:
	ADDQ R10, SI
	DECQ R13
	JNE  radix4
	VZEROUPPER
	RET

radix2:
	MOVQ SI, DI
	MOVQ DX, CX
	SUBQ $(64/SIZE), CX
	JLT  radix2Rest

radix2Step:
	LOAD2(LOAD)
	STEP2(STORE)
	ADDQ $64, DI
	SUBQ $(64/SIZE), CX
	JGE  radix2Step

radix2Rest:
	ADDQ $(64/SIZE), CX
	JEQ  radix2Next
	LOAD2(LOADREST)
	STEP2(STOREREST)

radix2Next:
	ADDQ R10, SI
	DECQ R13
	JNE  radix2
	VZEROUPPER
	RET
#undef BLEAD
