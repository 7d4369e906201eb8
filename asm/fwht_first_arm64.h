// Body of fwhtFirst: the stages inside vectors and those on 2^first vectors
// next to each other, first = 0…3, of contiguous elements.
//
// R0  vectors of the step    R1  end of x    R2  first

	LSL $SHIFT, R1, R1
	ADD R0, R1, R1
	CMP $2, R2
	BEQ first4
	BHI first8
	CBNZ R2, first2

first1:
	FMOVQ   (R0), F20
	INSIDE(V20, V0)
	FMOVQ.P F0, 16(R0)
	CMP     R1, R0
	BNE     first1
	RET

first2:
	FMOVQ   (R0), F20
	FMOVQ   16(R0), F21
	INSIDE(V20, V0)
	INSIDE(V21, V1)
	BF(0, 1, 16)
	FMOVQ   F16, 16(R0)
	FMOVQ.P F0, 32(R0)
	CMP     R1, R0
	BNE     first2
	RET

first4:
	FMOVQ   (R0), F20
	FMOVQ   16(R0), F21
	FMOVQ   32(R0), F22
	FMOVQ   48(R0), F23
	INSIDE(V20, V0)
	INSIDE(V21, V1)
	INSIDE(V22, V2)
	INSIDE(V23, V3)
	RADIX4
	FMOVQ   F16, 16(R0)
	FMOVQ   F1, 32(R0)
	FMOVQ   F3, 48(R0)
	FMOVQ.P F0, 64(R0)
	CMP     R1, R0
	BNE     first4
	RET

first8:
	FMOVQ   (R0), F20
	FMOVQ   16(R0), F21
	FMOVQ   32(R0), F22
	FMOVQ   48(R0), F23
	FMOVQ   64(R0), F24
	FMOVQ   80(R0), F25
	FMOVQ   96(R0), F26
	FMOVQ   112(R0), F27
	INSIDE(V20, V0)
	INSIDE(V21, V1)
	INSIDE(V22, V2)
	INSIDE(V23, V3)
	INSIDE(V24, V4)
	INSIDE(V25, V5)
	INSIDE(V26, V6)
	INSIDE(V27, V7)
	RADIX8
	FMOVQ   F16, 16(R0)
	FMOVQ   F1, 32(R0)
	FMOVQ   F3, 48(R0)
	FMOVQ   F2, 64(R0)
	FMOVQ   F17, 80(R0)
	FMOVQ   F6, 96(R0)
	FMOVQ   F19, 112(R0)
	FMOVQ.P F0, 128(R0)
	CMP     R1, R0
	BNE     first8
	RET
