// Body of the functions of paley_lanes_amd64.s and paley_lanes_avx512_amd64.s: count
// groups of side vectors, the rows of which together fill a register. Packing brings what
// four rows have of each vector into four registers, with the stages of FWHT inside rows,
// and stores them in scratch; the step runs there; unpacking brings them back. Which lanes
// a vector has does not matter, and differs for rows of 4, 8 and 16 bytes.
//
// SI  the group           AX  groups left            CX  fours of rows left
// R14, R9  one and three steps in bytes              R15 side
// DX  scratch, see paley_amd64.h                     DI, R8  rows of the group in it
// R10, BX, R12, R13       vectors of the group, LANES apart
//
// The macros are in paley_pack_amd64.h, or depend on the width or the type:
//
//	GATHER(off, base, v)         v = the 16 bytes at off of LANES vectors
//	SCATTER(v, off, base)        the way back
//	GATHER2(off, base, v, w, …)  v, w = the 16 bytes at off and those after them
//	SCATTER2(v, w, off, base, t) the way back, with what ZIPS loads
//	INSIDE8 INSIDE16             the stages inside rows, with what SIGNS loads
//	PACKMORE UNPACKMORE          rows that only this width or type has

	IMULQ $SIZE, R14
	LEAQ  (R14)(R14*2), R9
	LEAQ  ROWSAT(DX), DI

nextGroup:
	VECTORS
	SIGNS
	CMPQ R15, $(2*LANES)
	JEQ  pack8
	CMPQ R15, $LANES
	JEQ  pack16
	PACKMORE

pack8:
	GATHER2(0, R10, V0, V2, V4, V5)
	GATHER2(0, BX, V1, V3, V6, V7)
	VPUNPCKLQDQ V1, V0, V4
	VPUNPCKHQDQ V1, V0, V5
	VPUNPCKLQDQ V3, V2, V6
	VPUNPCKHQDQ V3, V2, V7
	INSIDE8(V4, V0)
	INSIDE8(V5, V1)
	INSIDE8(V6, V2)
	INSIDE8(V7, V3)
	STORE4(V4, V5, V6, V7)
	ADDQ $32, R10
	ADDQ $32, BX
	DECQ CX
	JNE  pack8
	JMP  packed

pack16:
	GATHER2(0, R10, V0, V1, V4, V5)
	GATHER2(32, R10, V2, V3, V6, V7)
	INSIDE16(V0, V4)
	INSIDE16(V1, V5)
	INSIDE16(V2, V6)
	INSIDE16(V3, V7)
	STORE4(V0, V1, V2, V3)
	ADDQ $64, R10
	DECQ CX
	JNE  pack16

packed:
	STEP
	VECTORS
	ZIPS
	CMPQ R15, $(2*LANES)
	JEQ  unpack8
	CMPQ R15, $LANES
	JEQ  unpack16
	UNPACKMORE

unpack8:
	LOAD4
	VPUNPCKLQDQ V1, V0, V4
	VPUNPCKHQDQ V1, V0, V5
	VPUNPCKLQDQ V3, V2, V6
	VPUNPCKHQDQ V3, V2, V7
	SCATTER2(V4, V6, 0, R10, V0)
	SCATTER2(V5, V7, 0, BX, V1)
	ADDQ $32, R10
	ADDQ $32, BX
	DECQ CX
	JNE  unpack8
	JMP  unpacked

unpack16:
	LOAD4
	SCATTER2(V0, V1, 0, R10, V4)
	SCATTER2(V2, V3, 32, R10, V5)
	ADDQ $64, R10
	DECQ CX
	JNE  unpack16

unpacked:
	MOVQ  R14, R8
	IMULQ R15, R8
	ADDQ  R8, SI
	DECQ  AX
	JNE   nextGroup
	VZEROUPPER
	RET
