// Body of fwhtBlock: transforms runs of contiguous elements that stay in L1.
// The first pass runs the stages inside vectors and those on 2^first vectors
// next to each other, first = 1…4; the passes after it run four stages each.
//
// SI, DX           start and end of x     CX  first, then bytes left of a run
// DI, BX, R11, R12 rows 0, 4, 8, 12       R13 from the end of a run to the next
// R8, R9           h and 3h in bytes      R10 passes left
//
// FIRST(off, v) loads the vector at DI + off: of x, or of the product that x is to
// be the transform of.
//
// First pass on 16 vectors: 16 loads, 48 shuffles (64 for float32), 112 (128)
// additions, 16 stores. Four pipes would take 80 (96) cycles; it takes 99, as
// shuffles do not always go where a pipe is free. A radix-16 step after it, on
// as many bytes, takes 48, see fwht_avx512_amd64.s.

#define BLEAD BF
	MOVQ SI, DI
	CMPQ CX, $3
	JEQ  first8
	JGT  first16
	CMPQ CX, $2
	JEQ  first4

first2:
	FIRST(0, Z0)
	FIRST(64, Z1)
	INSIDE(EACH2)
	BF(Z0, Z1, Z16)
	VMOVUPD Z16, (DI)
	VMOVUPD Z1, 64(DI)
	ADDQ    $128, DI
	CMPQ    DI, DX
	JNE     first2
	JMP     passes

first4:
	FIRST(0, Z0)
	FIRST(64, Z1)
	FIRST(128, Z2)
	FIRST(192, Z3)
	INSIDE(EACH4)
	RADIX4(Z0, Z1, Z2, Z3, Z16, Z17)
	VMOVUPD Z0, (DI)
	VMOVUPD Z2, 64(DI)
	VMOVUPD Z17, 128(DI)
	VMOVUPD Z3, 192(DI)
	ADDQ    $256, DI
	CMPQ    DI, DX
	JNE     first4
	JMP     passes

first8:
	FIRST(0, Z0)
	FIRST(64, Z1)
	FIRST(128, Z2)
	FIRST(192, Z3)
	FIRST(256, Z4)
	FIRST(320, Z5)
	FIRST(384, Z6)
	FIRST(448, Z7)
	INSIDE(EACH8)
	RADIX8(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z16, Z17, Z18, Z19)
	VMOVUPD Z16, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z18, 128(DI)
	VMOVUPD Z5, 192(DI)
	VMOVUPD Z4, 256(DI)
	VMOVUPD Z6, 320(DI)
	VMOVUPD Z19, 384(DI)
	VMOVUPD Z7, 448(DI)
	ADDQ    $512, DI
	CMPQ    DI, DX
	JNE     first8
	JMP     passes

first16:
	FIRST(0, Z0)
	FIRST(64, Z1)
	FIRST(128, Z2)
	FIRST(192, Z3)
	FIRST(256, Z4)
	FIRST(320, Z5)
	FIRST(384, Z6)
	FIRST(448, Z7)
	FIRST(512, Z8)
	FIRST(576, Z9)
	FIRST(640, Z10)
	FIRST(704, Z11)
	FIRST(768, Z12)
	FIRST(832, Z13)
	FIRST(896, Z14)
	FIRST(960, Z15)
	INSIDE(EACH8)
	INSIDE(UPPER8)
	RADIX16(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15, Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	VMOVUPD Z0, (DI)
	VMOVUPD Z2, 64(DI)
	VMOVUPD Z17, 128(DI)
	VMOVUPD Z3, 192(DI)
	VMOVUPD Z8, 256(DI)
	VMOVUPD Z10, 320(DI)
	VMOVUPD Z21, 384(DI)
	VMOVUPD Z11, 448(DI)
	VMOVUPD Z20, 512(DI)
	VMOVUPD Z9, 576(DI)
	VMOVUPD Z22, 640(DI)
	VMOVUPD Z13, 704(DI)
	VMOVUPD Z12, 768(DI)
	VMOVUPD Z14, 832(DI)
	VMOVUPD Z23, 896(DI)
	VMOVUPD Z15, 960(DI)
	ADDQ    $1024, DI
	CMPQ    DI, DX
	JNE     first16
#undef BLEAD
#define BLEAD BM

passes:
	MOVQ $64, R8
	SHLQ CX, R8               // h = 2^first vectors

nextPass:
	TESTQ R10, R10
	JEQ   done
	DECQ  R10
	LEAQ  (R8)(R8*2), R9
	MOVQ  SI, DI
	LEAQ  (SI)(R8*4), BX
	LEAQ  (SI)(R8*8), R11
	LEAQ  (BX)(R8*8), R12
	MOVQ  R8, R13
	SHLQ  $4, R13
	SUBQ  R8, R13             // 15h

radix16:
	MOVQ R8, CX

radix16Step:
	LOAD16(LOAD)
	STEP16(STORE)
	ADDQ $64, DI
	ADDQ $64, BX
	ADDQ $64, R11
	ADDQ $64, R12
	SUBQ $64, CX
	JNE  radix16Step
	ADDQ R13, DI
	ADDQ R13, BX
	ADDQ R13, R11
	ADDQ R13, R12
	CMPQ DI, DX
	JNE  radix16
	SHLQ $4, R8
	JMP  nextPass

done:
	VZEROUPPER
	RET
#undef BLEAD
