// Body of fwhtPass: count runs of steps, each on 2, 4 or 8 vectors one row
// apart. What is left of a run after whole vectors goes one element at a time,
// in lane 0 of the same registers.
//
// SI      start of the run             AX  runs left
// DI, BX  rows 0 and 4 of the step     CX  elements of the run left
// R8, R9  row and 3·row in bytes       DX  elements of a run
// R10     step in bytes
//
// Rows may be in L2 or beyond; then their transport bounds the loop.

	IMULQ $SIZE, R8
	IMULQ $SIZE, R10
	LEAQ  (R8)(R8*2), R9
	CMPQ  CX, $2
	JEQ   radix4
	JLT   radix2

radix8:
	MOVQ SI, DI
	LEAQ (SI)(R8*4), BX
	MOVQ DX, CX
	SUBQ $(32/SIZE), CX
	JLT  radix8Rest

radix8Vector:
	VMOVUPD (DI), Y0
	VMOVUPD (DI)(R8*1), Y1
	VMOVUPD (DI)(R8*2), Y2
	VMOVUPD (DI)(R9*1), Y3
	VMOVUPD (BX), Y4
	VMOVUPD (BX)(R8*1), Y5
	VMOVUPD (BX)(R8*2), Y6
	VMOVUPD (BX)(R9*1), Y7
	RADIX8
	VMOVUPD Y8, (DI)
	VMOVUPD Y1, (DI)(R8*1)
	VMOVUPD Y10, (DI)(R8*2)
	VMOVUPD Y5, (DI)(R9*1)
	VMOVUPD Y4, (BX)
	VMOVUPD Y6, (BX)(R8*1)
	VMOVUPD Y11, (BX)(R8*2)
	VMOVUPD Y7, (BX)(R9*1)
	ADDQ    $32, DI
	ADDQ    $32, BX
	SUBQ    $(32/SIZE), CX
	JGE     radix8Vector

radix8Rest:
	ADDQ $(32/SIZE), CX
	JEQ  radix8Next

radix8One:
	MOV1 (DI), X0
	MOV1 (DI)(R8*1), X1
	MOV1 (DI)(R8*2), X2
	MOV1 (DI)(R9*1), X3
	MOV1 (BX), X4
	MOV1 (BX)(R8*1), X5
	MOV1 (BX)(R8*2), X6
	MOV1 (BX)(R9*1), X7
	RADIX8
	MOV1 X8, (DI)
	MOV1 X1, (DI)(R8*1)
	MOV1 X10, (DI)(R8*2)
	MOV1 X5, (DI)(R9*1)
	MOV1 X4, (BX)
	MOV1 X6, (BX)(R8*1)
	MOV1 X11, (BX)(R8*2)
	MOV1 X7, (BX)(R9*1)
	ADDQ $SIZE, DI
	ADDQ $SIZE, BX
	DECQ CX
	JNE  radix8One

radix8Next:
	ADDQ R10, SI
	DECQ AX
	JNE  radix8
	VZEROUPPER
	RET

radix4:
	MOVQ SI, DI
	MOVQ DX, CX
	SUBQ $(32/SIZE), CX
	JLT  radix4Rest

radix4Vector:
	VMOVUPD (DI), Y0
	VMOVUPD (DI)(R8*1), Y1
	VMOVUPD (DI)(R8*2), Y2
	VMOVUPD (DI)(R9*1), Y3
	RADIX4
	VMOVUPD Y0, (DI)
	VMOVUPD Y2, (DI)(R8*1)
	VMOVUPD Y9, (DI)(R8*2)
	VMOVUPD Y3, (DI)(R9*1)
	ADDQ    $32, DI
	SUBQ    $(32/SIZE), CX
	JGE     radix4Vector

radix4Rest:
	ADDQ $(32/SIZE), CX
	JEQ  radix4Next

radix4One:
	MOV1 (DI), X0
	MOV1 (DI)(R8*1), X1
	MOV1 (DI)(R8*2), X2
	MOV1 (DI)(R9*1), X3
	RADIX4
	MOV1 X0, (DI)
	MOV1 X2, (DI)(R8*1)
	MOV1 X9, (DI)(R8*2)
	MOV1 X3, (DI)(R9*1)
	ADDQ $SIZE, DI
	DECQ CX
	JNE  radix4One

radix4Next:
	ADDQ R10, SI
	DECQ AX
	JNE  radix4
	VZEROUPPER
	RET

radix2:
	MOVQ SI, DI
	MOVQ DX, CX
	SUBQ $(32/SIZE), CX
	JLT  radix2Rest

radix2Vector:
	VMOVUPD (DI), Y0
	VMOVUPD (DI)(R8*1), Y1
	RADIX2
	VMOVUPD Y8, (DI)
	VMOVUPD Y1, (DI)(R8*1)
	ADDQ    $32, DI
	SUBQ    $(32/SIZE), CX
	JGE     radix2Vector

radix2Rest:
	ADDQ $(32/SIZE), CX
	JEQ  radix2Next

radix2One:
	MOV1 (DI), X0
	MOV1 (DI)(R8*1), X1
	RADIX2
	MOV1 X8, (DI)
	MOV1 X1, (DI)(R8*1)
	ADDQ $SIZE, DI
	DECQ CX
	JNE  radix2One

radix2Next:
	ADDQ R10, SI
	DECQ AX
	JNE  radix2
	VZEROUPPER
	RET
