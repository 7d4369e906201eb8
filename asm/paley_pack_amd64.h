// What the functions of paley_lanes_amd64.h have in common. Who includes it defines WIDTH,
// the bytes of a register, and LANES, how many times 16 that is.

#define ROW0 (0*WIDTH)(DI)
#define ROW1 (1*WIDTH)(DI)
#define ROW2 (2*WIDTH)(DI)
#define ROW3 (3*WIDTH)(DI)
#define ROW4 (4*WIDTH)(DI)
#define ROW5 (5*WIDTH)(DI)
#define ROW6 (6*WIDTH)(DI)
#define ROW7 (7*WIDTH)(DI)
#define ROW8 (8*WIDTH)(DI)
#define ROW9 (9*WIDTH)(DI)
#define ROW10 (10*WIDTH)(DI)
#define ROW11 (11*WIDTH)(DI)
#define ROW12 (12*WIDTH)(DI)
#define ROW13 (13*WIDTH)(DI)
#define ROW14 (14*WIDTH)(DI)
#define ROW15 (15*WIDTH)(DI)
#define ROW16 (16*WIDTH)(DI)
#define ROW17 (17*WIDTH)(DI)
#define ROW18 (18*WIDTH)(DI)
#define ROW19 (19*WIDTH)(DI)
#define ROW20 (20*WIDTH)(DI)
#define ROW21 (21*WIDTH)(DI)
#define ROW22 (22*WIDTH)(DI)
#define ROW23 (23*WIDTH)(DI)
#define ROW24 (24*WIDTH)(DI)
#define ROW25 (25*WIDTH)(DI)
#define ROW26 (26*WIDTH)(DI)
#define ROW27 (27*WIDTH)(DI)

// ROWSAT: where those rows are in scratch, behind what steps keep
#define ROWSAT 960

// VECTORS: the pointers of a group, and how many fours of rows it has
#define VECTORS \
	MOVQ SI, R10                \
	LEAQ (R10)(R14*LANES), BX   \
	LEAQ (BX)(R14*LANES), R12   \
	LEAQ (R12)(R14*LANES), R13  \
	MOVQ DI, R8                 \
	MOVQ $(ORDER/4), CX

// STORE4 and LOAD4 are for the next four rows.
#define STORE4(a, b, c, d) \
	VMOVUPS a, (R8)           \
	VMOVUPS b, WIDTH(R8)      \
	VMOVUPS c, (2*WIDTH)(R8)  \
	VMOVUPS d, (3*WIDTH)(R8)  \
	ADDQ    $(4*WIDTH), R8

#define LOAD4 \
	VMOVUPS (R8), V0          \
	VMOVUPS WIDTH(R8), V1     \
	VMOVUPS (2*WIDTH)(R8), V2 \
	VMOVUPS (3*WIDTH)(R8), V3 \
	ADDQ    $(4*WIDTH), R8

// TRANSPOSE4: the elements of V0–V3 within lanes of 16 bytes
#define TRANSPOSE4 \
	VPUNPCKLDQ  V1, V0, V4 \
	VPUNPCKHDQ  V1, V0, V5 \
	VPUNPCKLDQ  V3, V2, V6 \
	VPUNPCKHDQ  V3, V2, V7 \
	VPUNPCKLQDQ V6, V4, V0 \
	VPUNPCKHQDQ V6, V4, V1 \
	VPUNPCKLQDQ V7, V5, V2 \
	VPUNPCKHQDQ V7, V5, V3

// PACK4 and UNPACK4 are for rows of one element of float32.
#define PACK4 \
	CMPQ R15, $(4*LANES)   \
	JNE  more4             \
pack4: \
	GATHER(0, R10, V0)     \
	GATHER(0, BX, V1)      \
	GATHER(0, R12, V2)     \
	GATHER(0, R13, V3)     \
	TRANSPOSE4             \
	STORE4(V0, V1, V2, V3) \
	ADDQ $16, R10          \
	ADDQ $16, BX           \
	ADDQ $16, R12          \
	ADDQ $16, R13          \
	DECQ CX                \
	JNE  pack4             \
	JMP  packed            \
more4:

#define UNPACK4 \
	CMPQ R15, $(4*LANES)   \
	JNE  rest4             \
unpack4: \
	LOAD4                  \
	TRANSPOSE4             \
	SCATTER(V0, 0, R10)    \
	SCATTER(V1, 0, BX)     \
	SCATTER(V2, 0, R12)    \
	SCATTER(V3, 0, R13)    \
	ADDQ $16, R10          \
	ADDQ $16, BX           \
	ADDQ $16, R12          \
	ADDQ $16, R13          \
	DECQ CX                \
	JNE  unpack4           \
	JMP  unpacked          \
rest4:
