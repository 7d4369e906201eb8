// The loops of bitAdd for vectors of 32 bytes, behind the loading of the arguments: SUM adds
// lanes of float64 or of float32. See bits_amd64.s for the registers.

#define ADD1(at, r) SUM (at)(R8)(r*1), Y0, Y0; SUM (at+32)(R8)(r*1), Y1, Y1
#define ADD2(at, r) ADD1(at, r); SUM (at+64)(R8)(r*1), Y2, Y2; SUM (at+96)(R8)(r*1), Y3, Y3
#define ADD3(at, r) ADD2(at, r); SUM (at+128)(R8)(r*1), Y4, Y4; SUM (at+160)(R8)(r*1), Y5, Y5
#define ADD4(at, r) ADD3(at, r); SUM (at+192)(R8)(r*1), Y6, Y6; SUM (at+224)(R8)(r*1), Y7, Y7

	CMPQ AX, $3
	JEQ  add3
	JLT  add12

add4:
	MOVL    (SI), AX
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	VMOVUPD 128(DI), Y4
	VMOVUPD 160(DI), Y5
	VMOVUPD 192(DI), Y6
	VMOVUPD 224(DI), Y7
	EIGHT(ADD4)
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y5, 160(DI)
	VMOVUPD Y6, 192(DI)
	VMOVUPD Y7, 224(DI)
	NEXT
	JNE     add4
	VZEROUPPER
	RET

add3:
	MOVL    (SI), AX
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	VMOVUPD 128(DI), Y4
	VMOVUPD 160(DI), Y5
	EIGHT(ADD3)
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y5, 160(DI)
	NEXT
	JNE     add3
	VZEROUPPER
	RET

add12:
	CMPQ AX, $1
	JEQ  add1

add2:
	MOVQ    (SI), AX
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	SIXTEEN2
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	NEXT
	JNE     add2
	VZEROUPPER
	RET

add1:
	MOVQ    (SI), AX
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	SIXTEEN1
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	NEXT
	JNE     add1
	VZEROUPPER
	RET
