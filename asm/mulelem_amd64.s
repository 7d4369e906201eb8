//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Products of rows, mulelem_generic.go, for AVX2 and AVX-512. A vector is two
// loads, one product and one store, which bounds the loop.
//
// DI, SI, DX  rows of dst and x, y    R8   elements of a row     CX  those left
// R9          rows left               R10  stride in bytes
// K1          the lanes left at the end of a row

#define ARGS(SIZE) \
	MOVQ  dst+0(FP), DI     \
	MOVQ  x+8(FP), SI       \
	MOVQ  y+16(FP), DX      \
	MOVQ  n+24(FP), R8      \
	MOVQ  rows+32(FP), R9   \
	MOVQ  stride+40(FP), R10 \
	IMULQ $SIZE, R10

// n is a whole number of vectors, at least one.
#define MULROWS(MUL, SIZE) \
	ARGS(SIZE)                 \
row:                               \
	MOVQ    R8, CX             \
	XORQ    AX, AX             \
vector:                            \
	VMOVUPD (SI)(AX*1), Y0     \
	MUL     (DX)(AX*1), Y0, Y0 \
	VMOVUPD Y0, (DI)(AX*1)     \
	ADDQ    $32, AX            \
	SUBQ    $(32/SIZE), CX     \
	JNE     vector             \
	ADDQ    R10, DI            \
	ADDQ    R10, SI            \
	DECQ    R9                 \
	JNE     row                \
	VZEROUPPER                 \
	RET

// What is left of a row after whole vectors goes under a mask.
#define MULROWS512(MUL, MOV, SIZE) \
	ARGS(SIZE)                      \
	MOVQ  R8, CX                    \
	ANDQ  $(64/SIZE-1), CX          \
	MOVQ  $1, BX                    \
	SHLQ  CX, BX                    \
	DECQ  BX                        \
	KMOVW BX, K1                    \
row:                                    \
	MOVQ  R8, CX                    \
	XORQ  AX, AX                    \
	SUBQ  $(256/SIZE), CX           \
	JLT   few                       \
four:                                   \
	MOV   (SI)(AX*1), Z0            \
	MOV   64(SI)(AX*1), Z1          \
	MOV   128(SI)(AX*1), Z2         \
	MOV   192(SI)(AX*1), Z3         \
	MUL   (DX)(AX*1), Z0, Z0        \
	MUL   64(DX)(AX*1), Z1, Z1      \
	MUL   128(DX)(AX*1), Z2, Z2     \
	MUL   192(DX)(AX*1), Z3, Z3     \
	MOV   Z0, (DI)(AX*1)            \
	MOV   Z1, 64(DI)(AX*1)          \
	MOV   Z2, 128(DI)(AX*1)         \
	MOV   Z3, 192(DI)(AX*1)         \
	ADDQ  $256, AX                  \
	SUBQ  $(256/SIZE), CX           \
	JGE   four                      \
few:                                    \
	ADDQ  $(192/SIZE), CX           \
	JLT   rest                      \
vector:                                 \
	MOV   (SI)(AX*1), Z0            \
	MUL   (DX)(AX*1), Z0, Z0        \
	MOV   Z0, (DI)(AX*1)            \
	ADDQ  $64, AX                   \
	SUBQ  $(64/SIZE), CX            \
	JGE   vector                    \
rest:                                   \
	ADDQ  $(64/SIZE), CX            \
	JEQ   next                      \
	MOV.Z (SI)(AX*1), K1, Z0        \
	MUL.Z (DX)(AX*1), Z0, K1, Z0    \
	MOV   Z0, K1, (DI)(AX*1)        \
next:                                   \
	ADDQ  R10, DI                   \
	ADDQ  R10, SI                   \
	DECQ  R9                        \
	JNE   row                       \
	VZEROUPPER                      \
	RET

// func mulRows64AVX2(dst, x, y *float64, n, rows, stride int)
TEXT ·mulRows64AVX2(SB), NOSPLIT, $0-48
	MULROWS(VMULPD, 8)

// func mulRows32AVX2(dst, x, y *float32, n, rows, stride int)
TEXT ·mulRows32AVX2(SB), NOSPLIT, $0-48
	MULROWS(VMULPS, 4)

// func mulRows64AVX512(dst, x, y *float64, n, rows, stride int)
TEXT ·mulRows64AVX512(SB), NOSPLIT, $0-48
	MULROWS512(VMULPD, VMOVUPD, 8)

// func mulRows32AVX512(dst, x, y *float32, n, rows, stride int)
TEXT ·mulRows32AVX512(SB), NOSPLIT, $0-48
	MULROWS512(VMULPS, VMOVUPS, 4)
