//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Tiles of 8 rows by three or two packed panels of 8 columns.
//
// DI        c, row by row          AX    ldc in bytes
// R8, R9    column p of a: rows 0 and 4
// R12, R13  rs, 3·rs in bytes      DX    cs in bytes
// BX        row p of the first panel     R10  bytes from a panel to the next
// R14       the tile of c to come        CX   steps left
// Z0–Z23    c, three (two) registers a row
// Z24–Z26   row p of b             Z27–Z30  elements of a in all lanes
//
// k ≥ 1. A step of 8 × 24 is 24 FMA and 11 loads, of 8 × 16 16 FMA and 10 loads:
// on two ports each, the FMA bound it at 12 and at 8 cycles, and 24 and 16
// accumulators cover the latency of 4. While a of 8 rows stays in the first-level
// cache, b comes from the second at 16 bytes a cycle; c of the tile to come is
// fetched meanwhile, since its first FMA waits for it.

#define ARGS \
	MOVQ c+0(FP), DI     \
	MOVQ ldc+8(FP), AX   \
	MOVQ a+16(FP), R8    \
	MOVQ rs+24(FP), R12  \
	MOVQ cs+32(FP), DX   \
	MOVQ b+40(FP), BX    \
	MOVQ bs+48(FP), R10  \
	MOVQ k+56(FP), CX    \
	MOVQ next+64(FP), R14 \
	SHLQ $3, AX          \
	SHLQ $3, R12         \
	SHLQ $3, DX          \
	SHLQ $3, R10         \
	LEAQ (R12)(R12*2), R13 \
	LEAQ (R8)(R12*4), R9

#define LOAD3(x, y, z) \
	VMOVUPD (DI), x    \
	VMOVUPD 64(DI), y  \
	VMOVUPD 128(DI), z \
	PREFETCHT0 (R14)   \
	PREFETCHT0 64(R14) \
	PREFETCHT0 128(R14) \
	ADDQ AX, DI        \
	ADDQ AX, R14

#define STORE3(x, y, z) \
	SUBQ AX, DI        \
	VMOVUPD x, (DI)    \
	VMOVUPD y, 64(DI)  \
	VMOVUPD z, 128(DI)

#define LOAD2(x, y) \
	VMOVUPD (DI), x    \
	VMOVUPD 64(DI), y  \
	PREFETCHT0 (R14)   \
	PREFETCHT0 64(R14) \
	ADDQ AX, DI        \
	ADDQ AX, R14

#define STORE2(x, y) \
	SUBQ AX, DI        \
	VMOVUPD x, (DI)    \
	VMOVUPD y, 64(DI)

#define ROW3(mem, t, x, y, z) \
	VBROADCASTSD mem, t    \
	VFMADD231PD Z24, t, x  \
	VFMADD231PD Z25, t, y  \
	VFMADD231PD Z26, t, z

#define ROW2(mem, t, x, y) \
	VBROADCASTSD mem, t    \
	VFMADD231PD Z24, t, x  \
	VFMADD231PD Z25, t, y

#define NEXT \
	ADDQ DX, R8  \
	ADDQ DX, R9  \
	ADDQ $64, BX \
	DECQ CX

// func mulTile24AVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, bs, k int, next *float64)
TEXT ·mulTile24AVX512(SB), NOSPLIT, $0-72
	ARGS
	LOAD3(Z0, Z1, Z2)
	LOAD3(Z3, Z4, Z5)
	LOAD3(Z6, Z7, Z8)
	LOAD3(Z9, Z10, Z11)
	LOAD3(Z12, Z13, Z14)
	LOAD3(Z15, Z16, Z17)
	LOAD3(Z18, Z19, Z20)
	LOAD3(Z21, Z22, Z23)

step24:
	VMOVUPD (BX), Z24
	VMOVUPD (BX)(R10*1), Z25
	VMOVUPD (BX)(R10*2), Z26
	ROW3((R8), Z27, Z0, Z1, Z2)
	ROW3((R8)(R12*1), Z28, Z3, Z4, Z5)
	ROW3((R8)(R12*2), Z29, Z6, Z7, Z8)
	ROW3((R8)(R13*1), Z30, Z9, Z10, Z11)
	ROW3((R9), Z27, Z12, Z13, Z14)
	ROW3((R9)(R12*1), Z28, Z15, Z16, Z17)
	ROW3((R9)(R12*2), Z29, Z18, Z19, Z20)
	ROW3((R9)(R13*1), Z30, Z21, Z22, Z23)
	NEXT
	JNE step24

	STORE3(Z21, Z22, Z23)
	STORE3(Z18, Z19, Z20)
	STORE3(Z15, Z16, Z17)
	STORE3(Z12, Z13, Z14)
	STORE3(Z9, Z10, Z11)
	STORE3(Z6, Z7, Z8)
	STORE3(Z3, Z4, Z5)
	STORE3(Z0, Z1, Z2)
	VZEROUPPER
	RET

// func mulTile16AVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, bs, k int, next *float64)
TEXT ·mulTile16AVX512(SB), NOSPLIT, $0-72
	ARGS
	LOAD2(Z0, Z1)
	LOAD2(Z3, Z4)
	LOAD2(Z6, Z7)
	LOAD2(Z9, Z10)
	LOAD2(Z12, Z13)
	LOAD2(Z15, Z16)
	LOAD2(Z18, Z19)
	LOAD2(Z21, Z22)

step16:
	VMOVUPD (BX), Z24
	VMOVUPD (BX)(R10*1), Z25
	ROW2((R8), Z27, Z0, Z1)
	ROW2((R8)(R12*1), Z28, Z3, Z4)
	ROW2((R8)(R12*2), Z29, Z6, Z7)
	ROW2((R8)(R13*1), Z30, Z9, Z10)
	ROW2((R9), Z27, Z12, Z13)
	ROW2((R9)(R12*1), Z28, Z15, Z16)
	ROW2((R9)(R12*2), Z29, Z18, Z19)
	ROW2((R9)(R13*1), Z30, Z21, Z22)
	NEXT
	JNE step16

	STORE2(Z21, Z22)
	STORE2(Z18, Z19)
	STORE2(Z15, Z16)
	STORE2(Z12, Z13)
	STORE2(Z9, Z10)
	STORE2(Z6, Z7)
	STORE2(Z3, Z4)
	STORE2(Z0, Z1)
	VZEROUPPER
	RET
