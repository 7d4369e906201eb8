// The loops of bitAdd for vectors of 64 bytes, with elements of 1 << LOG bytes: SUM adds
// lanes of float64 or of float32. See bits_avx512_amd64.s for the registers.

#define ADD1(at, r) SUM (at)(R8)(r*1), Z0, Z0
#define ADD2(at, r) ADD1(at, r); SUM (at+64)(R8)(r*1), Z1, Z1
#define ADD3(at, r) ADD2(at, r); SUM (at+128)(R8)(r*1), Z2, Z2
#define ADD4(at, r) ADD3(at, r); SUM (at+192)(R8)(r*1), Z3, Z3

	MOVQ c+0(FP), DI
	MOVQ ldc+8(FP), R10
	MOVQ bits+16(FP), SI
	MOVQ rows+24(FP), CX
	MOVQ table+32(FP), R8
	MOVQ vecs+40(FP), AX
	SHLQ $LOG, R10
	CMPQ AX, $3
	JEQ  add3
	JLT  add12

add4:
	MOVL    (SI), AX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	VMOVUPD 128(DI), Z2
	VMOVUPD 192(DI), Z3
	EIGHT(ADD4)
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, 128(DI)
	VMOVUPD Z3, 192(DI)
	NEXT
	JNE     add4
	VZEROUPPER
	RET

add3:
	MOVL    (SI), AX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	VMOVUPD 128(DI), Z2
	EIGHT(ADD3)
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	VMOVUPD Z2, 128(DI)
	NEXT
	JNE     add3
	VZEROUPPER
	RET

add12:
	CMPQ AX, $1
	JEQ  add1

add2:
	MOVQ    (SI), AX
	VMOVUPD (DI), Z0
	VMOVUPD 64(DI), Z1
	SIXTEEN2
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	NEXT
	JNE     add2
	VZEROUPPER
	RET

add1:
	MOVQ    (SI), AX
	VMOVUPD (DI), Z0
	SIXTEEN1
	VMOVUPD Z0, (DI)
	NEXT
	JNE     add1
	VZEROUPPER
	RET
