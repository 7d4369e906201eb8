// Body of fwhtBlock: transforms runs of contiguous elements that stay in L1.
// The first pass runs the stages inside vectors and those on 2^first vectors
// next to each other; the passes after it run three stages each.
//
// SI, DX  start and end of x      CX  first, then bytes left of a run
// DI, BX  vectors 0 and 4 of a step
// R8, R9  h and 3h in bytes       R10 passes left
// R12     7h: from the end of a run to the next one
//
// FIRST(off, v) loads the vector at DI + off: of x, or of the product that x is to
// be the transform of.
//
// First pass on 8 vectors: 8 loads, 16 shuffles (24 for float32), 40 (48)
// additions, 8 stores: four pipes bound it at 14 (18) cycles; on Zen 4 it takes
// 19. A radix-8 step after it takes 10, see fwht_amd64.s.

	MOVQ SI, DI
	CMPQ CX, $3
	JEQ  first8
	CMPQ CX, $2
	JEQ  first4
	CMPQ CX, $1
	JEQ  first2

first1:
	FIRST(0, Y0)
	INSIDE(Y0, Y8)
	VMOVUPD Y0, (DI)
	ADDQ    $32, DI
	CMPQ    DI, DX
	JNE     first1
	JMP     passes

first2:
	FIRST(0, Y0)
	FIRST(32, Y1)
	INSIDE(Y0, Y8)
	INSIDE(Y1, Y9)
	RADIX2
	VMOVUPD Y8, (DI)
	VMOVUPD Y1, 32(DI)
	ADDQ    $64, DI
	CMPQ    DI, DX
	JNE     first2
	JMP     passes

first4:
	FIRST(0, Y0)
	FIRST(32, Y1)
	FIRST(64, Y2)
	FIRST(96, Y3)
	INSIDE(Y0, Y8)
	INSIDE(Y1, Y9)
	INSIDE(Y2, Y10)
	INSIDE(Y3, Y11)
	RADIX4
	VMOVUPD Y0, (DI)
	VMOVUPD Y2, 32(DI)
	VMOVUPD Y9, 64(DI)
	VMOVUPD Y3, 96(DI)
	ADDQ    $128, DI
	CMPQ    DI, DX
	JNE     first4
	JMP     passes

first8:
	FIRST(0, Y0)
	FIRST(32, Y1)
	FIRST(64, Y2)
	FIRST(96, Y3)
	FIRST(128, Y4)
	FIRST(160, Y5)
	FIRST(192, Y6)
	FIRST(224, Y7)
	INSIDE(Y0, Y8)
	INSIDE(Y1, Y9)
	INSIDE(Y2, Y10)
	INSIDE(Y3, Y11)
	INSIDE(Y4, Y8)
	INSIDE(Y5, Y9)
	INSIDE(Y6, Y10)
	INSIDE(Y7, Y11)
	RADIX8
	VMOVUPD Y8, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y10, 64(DI)
	VMOVUPD Y5, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y6, 160(DI)
	VMOVUPD Y11, 192(DI)
	VMOVUPD Y7, 224(DI)
	ADDQ    $256, DI
	CMPQ    DI, DX
	JNE     first8

passes:
	MOVQ $32, R8
	SHLQ CX, R8               // h = 2^first vectors

nextPass:
	TESTQ R10, R10
	JEQ   done
	DECQ  R10
	LEAQ  (R8)(R8*2), R9
	MOVQ  SI, DI
	LEAQ  (SI)(R8*4), BX
	LEAQ  (R9)(R8*4), R12

radix8Run:
	MOVQ R8, CX

radix8Step:
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
	SUBQ    $32, CX
	JNE     radix8Step
	ADDQ    R12, DI
	ADDQ    R12, BX
	CMPQ    DI, DX
	JNE     radix8Run
	SHLQ    $3, R8
	JMP     nextPass

done:
	VZEROUPPER
	RET
