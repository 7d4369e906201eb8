// Body of fwhtPass: count repetitions of a run of steps, each on 2, 4 or 8
// vectors one stride apart. What is left of a run after whole vectors goes one
// element at a time, in lane 0 of the same registers.
//
// SI, DI    src and dst of the repetition  AX  repetitions left
// R10, R11  src rows 0 and 4 of the step   R8, R9  srcRow and 3·srcRow in bytes
// R12, R13  dst rows 0 and 4 of the step   BX, DX  dstRow and 3·dstRow in bytes
// R14, R15  srcStep and dstStep in bytes   CX  elements of the run left
//
// Rows may be in L2 or beyond; then their transport bounds the loop.

	IMULQ $SIZE, BX
	IMULQ $SIZE, R15
	IMULQ $SIZE, R8
	IMULQ $SIZE, R14
	LEAQ  (R8)(R8*2), R9
	LEAQ  (BX)(BX*2), DX
	CMPQ  CX, $2
	JEQ   radix4
	JLT   radix2

radix8:
	MOVQ SI, R10
	MOVQ DI, R12
	LEAQ (SI)(R8*4), R11
	LEAQ (DI)(BX*4), R13
	MOVQ run+16(FP), CX
	SUBQ $(32/SIZE), CX
	JLT  radix8Rest

radix8Vector:
	VMOVUPD (R10), Y0
	VMOVUPD (R10)(R8*1), Y1
	VMOVUPD (R10)(R8*2), Y2
	VMOVUPD (R10)(R9*1), Y3
	VMOVUPD (R11), Y4
	VMOVUPD (R11)(R8*1), Y5
	VMOVUPD (R11)(R8*2), Y6
	VMOVUPD (R11)(R9*1), Y7
	RADIX8
	VMOVUPD Y8, (R12)
	VMOVUPD Y1, (R12)(BX*1)
	VMOVUPD Y10, (R12)(BX*2)
	VMOVUPD Y5, (R12)(DX*1)
	VMOVUPD Y4, (R13)
	VMOVUPD Y6, (R13)(BX*1)
	VMOVUPD Y11, (R13)(BX*2)
	VMOVUPD Y7, (R13)(DX*1)
	ADDQ    $32, R10
	ADDQ    $32, R11
	ADDQ    $32, R12
	ADDQ    $32, R13
	SUBQ    $(32/SIZE), CX
	JGE     radix8Vector

radix8Rest:
	ADDQ $(32/SIZE), CX
	JEQ  radix8Next

radix8One:
	MOV1 (R10), X0
	MOV1 (R10)(R8*1), X1
	MOV1 (R10)(R8*2), X2
	MOV1 (R10)(R9*1), X3
	MOV1 (R11), X4
	MOV1 (R11)(R8*1), X5
	MOV1 (R11)(R8*2), X6
	MOV1 (R11)(R9*1), X7
	RADIX8
	MOV1 X8, (R12)
	MOV1 X1, (R12)(BX*1)
	MOV1 X10, (R12)(BX*2)
	MOV1 X5, (R12)(DX*1)
	MOV1 X4, (R13)
	MOV1 X6, (R13)(BX*1)
	MOV1 X11, (R13)(BX*2)
	MOV1 X7, (R13)(DX*1)
	ADDQ $SIZE, R10
	ADDQ $SIZE, R11
	ADDQ $SIZE, R12
	ADDQ $SIZE, R13
	DECQ CX
	JNE  radix8One

radix8Next:
	ADDQ R14, SI
	ADDQ R15, DI
	DECQ AX
	JNE  radix8
	VZEROUPPER
	RET

radix4:
	MOVQ SI, R10
	MOVQ DI, R12
	MOVQ run+16(FP), CX
	SUBQ $(32/SIZE), CX
	JLT  radix4Rest

radix4Vector:
	VMOVUPD (R10), Y0
	VMOVUPD (R10)(R8*1), Y1
	VMOVUPD (R10)(R8*2), Y2
	VMOVUPD (R10)(R9*1), Y3
	RADIX4
	VMOVUPD Y0, (R12)
	VMOVUPD Y2, (R12)(BX*1)
	VMOVUPD Y9, (R12)(BX*2)
	VMOVUPD Y3, (R12)(DX*1)
	ADDQ    $32, R10
	ADDQ    $32, R12
	SUBQ    $(32/SIZE), CX
	JGE     radix4Vector

radix4Rest:
	ADDQ $(32/SIZE), CX
	JEQ  radix4Next

radix4One:
	MOV1 (R10), X0
	MOV1 (R10)(R8*1), X1
	MOV1 (R10)(R8*2), X2
	MOV1 (R10)(R9*1), X3
	RADIX4
	MOV1 X0, (R12)
	MOV1 X2, (R12)(BX*1)
	MOV1 X9, (R12)(BX*2)
	MOV1 X3, (R12)(DX*1)
	ADDQ $SIZE, R10
	ADDQ $SIZE, R12
	DECQ CX
	JNE  radix4One

radix4Next:
	ADDQ R14, SI
	ADDQ R15, DI
	DECQ AX
	JNE  radix4
	VZEROUPPER
	RET

radix2:
	MOVQ SI, R10
	MOVQ DI, R12
	MOVQ run+16(FP), CX
	SUBQ $(32/SIZE), CX
	JLT  radix2Rest

radix2Vector:
	VMOVUPD (R10), Y0
	VMOVUPD (R10)(R8*1), Y1
	RADIX2
	VMOVUPD Y8, (R12)
	VMOVUPD Y1, (R12)(BX*1)
	ADDQ    $32, R10
	ADDQ    $32, R12
	SUBQ    $(32/SIZE), CX
	JGE     radix2Vector

radix2Rest:
	ADDQ $(32/SIZE), CX
	JEQ  radix2Next

radix2One:
	MOV1 (R10), X0
	MOV1 (R10)(R8*1), X1
	RADIX2
	MOV1 X8, (R12)
	MOV1 X1, (R12)(BX*1)
	ADDQ $SIZE, R10
	ADDQ $SIZE, R12
	DECQ CX
	JNE  radix2One

radix2Next:
	ADDQ R14, SI
	ADDQ R15, DI
	DECQ AX
	JNE  radix2
	VZEROUPPER
	RET
