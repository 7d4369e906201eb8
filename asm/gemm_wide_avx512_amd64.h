// Tiles of 8 rows by three or two packed panels, whose rows are a vector of 64
// bytes: 8 columns of float64 or 16 of float32. What includes this defines MOVU,
// BCAST, FMA and SHIFT, the logarithm of the size of an element.
//
// DI        c, from its end        AX    ldc in bytes
// SI        from, row by row       R11   ldf in bytes
// R8, R9    column p of a: rows 0 and 4
// R12, R13  rs, 3·rs in bytes      DX    cs in bytes
// BX        row p of the first panel     R10  bytes from a panel to the next
// R14       the tile of c to come        CX   steps left
// Z0–Z23    c, three (two) registers a row
// Z24–Z26   row p of b             Z27–Z30  elements of a in all lanes
//
// k ≥ 1. A step of three panels is 24 FMA and 11 loads, of two 16 FMA and 10 loads:
// on two ports each, the FMA bound it at 12 and at 8 cycles, and 24 and 16
// accumulators cover the latency of 4. While a of 8 rows stays in the first-level
// cache, b comes from the second at 16 bytes a cycle; c of the tile to come is
// fetched meanwhile, since its first FMA, or its stores, wait for it.

#define ARGS \
	MOVQ c+0(FP), DI \
	MOVQ ldc+8(FP), AX \
	MOVQ a+16(FP), R8 \
	MOVQ rs+24(FP), R12 \
	MOVQ cs+32(FP), DX \
	MOVQ b+40(FP), BX \
	MOVQ bs+48(FP), R10 \
	MOVQ k+56(FP), CX \
	MOVQ next+64(FP), R14 \
	MOVQ from+72(FP), SI \
	MOVQ ldf+80(FP), R11 \
	SHLQ $SHIFT, AX \
	SHLQ $SHIFT, R12 \
	SHLQ $SHIFT, DX \
	SHLQ $SHIFT, R10 \
	SHLQ $SHIFT, R11 \
	LEAQ (DI)(AX*8), DI \
	LEAQ (R12)(R12*2), R13 \
	LEAQ (R8)(R12*4), R9

#define LOAD3(x, y, z) \
	MOVU (SI), x \
	MOVU 64(SI), y \
	MOVU 128(SI), z \
	PREFETCHT0 (R14) \
	PREFETCHT0 64(R14) \
	PREFETCHT0 128(R14) \
	ADDQ R11, SI \
	ADDQ AX, R14

#define STORE3(x, y, z) \
	SUBQ AX, DI \
	MOVU x, (DI) \
	MOVU y, 64(DI) \
	MOVU z, 128(DI)

#define LOAD2(x, y) \
	MOVU (SI), x \
	MOVU 64(SI), y \
	PREFETCHT0 (R14) \
	PREFETCHT0 64(R14) \
	ADDQ R11, SI \
	ADDQ AX, R14

#define STORE2(x, y) \
	SUBQ AX, DI \
	MOVU x, (DI) \
	MOVU y, 64(DI)

#define ROW3(mem, t, x, y, z) \
	BCAST mem, t \
	FMA Z24, t, x \
	FMA Z25, t, y \
	FMA Z26, t, z

#define ROW2(mem, t, x, y) \
	BCAST mem, t \
	FMA Z24, t, x \
	FMA Z25, t, y

#define NEXT \
	ADDQ DX, R8 \
	ADDQ DX, R9 \
	ADDQ $64, BX \
	DECQ CX
