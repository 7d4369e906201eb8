//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Products of elements, mulelem_generic.go, for AVX2 and AVX-512. A vector is two
// loads, one product and one store, which bounds the loop.
//
// DI, SI, DX  dst, x, y    CX  elements left    K1  the lanes left at the end

// n is a whole number of vectors, at least one.
#define MULELEM(MUL, SIZE) \
	MOVQ    dst+0(FP), DI      \
	MOVQ    x+8(FP), SI        \
	MOVQ    y+16(FP), DX       \
	MOVQ    n+24(FP), CX       \
	XORQ    AX, AX             \
vector:                            \
	VMOVUPD (SI)(AX*1), Y0     \
	MUL     (DX)(AX*1), Y0, Y0 \
	VMOVUPD Y0, (DI)(AX*1)     \
	ADDQ    $32, AX            \
	SUBQ    $(32/SIZE), CX     \
	JNE     vector             \
	VZEROUPPER                 \
	RET

// What is left after whole vectors goes under a mask.
#define MULELEM512(MUL, MOV, SIZE) \
	MOVQ  dst+0(FP), DI             \
	MOVQ  x+8(FP), SI               \
	MOVQ  y+16(FP), DX              \
	MOVQ  n+24(FP), CX              \
	XORQ  AX, AX                    \
	SUBQ  $(64/SIZE), CX            \
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
	JEQ   done                      \
	MOVQ  $1, BX                    \
	SHLQ  CX, BX                    \
	DECQ  BX                        \
	KMOVW BX, K1                    \
	MOV.Z (SI)(AX*1), K1, Z0        \
	MUL.Z (DX)(AX*1), Z0, K1, Z0    \
	MOV   Z0, K1, (DI)(AX*1)        \
done:                                   \
	VZEROUPPER                      \
	RET

// func mulElem64AVX2(dst, x, y *float64, n int)
TEXT ·mulElem64AVX2(SB), NOSPLIT, $0-32
	MULELEM(VMULPD, 8)

// func mulElem32AVX2(dst, x, y *float32, n int)
TEXT ·mulElem32AVX2(SB), NOSPLIT, $0-32
	MULELEM(VMULPS, 4)

// func mulElem64AVX512(dst, x, y *float64, n int)
TEXT ·mulElem64AVX512(SB), NOSPLIT, $0-32
	MULELEM512(VMULPD, VMOVUPD, 8)

// func mulElem32AVX512(dst, x, y *float32, n int)
TEXT ·mulElem32AVX512(SB), NOSPLIT, $0-32
	MULELEM512(VMULPS, VMOVUPS, 4)
