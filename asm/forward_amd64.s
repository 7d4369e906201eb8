//go:build amd64 && !purego && !noasm

#include "textflag.h"

// func forwardAVX2(acc *float64, gates *byte, w, a, xp *float64, rows, d int)
//
// DI  acc, 8 sums       DX   the byte of a neuron's gates, 8 bytes a neuron
// SI  xp                BX   the row of xp of a feature, 64 bytes each
// R8, R11  weights of neurons 0 and 3 of a tile    R9, R10  d and 3·d in bytes
// R12 signs             AX   neurons left          CX  features left
// R13, R15  gates of four samples
// Y0–Y11   z of six neurons, two vectors each      Y12, Y13  row of xp, then acc
// Y14      weight, then sign                       Y15  zero, then which z >= 0
//
// Tiles of six neurons: a step is 12 FMA, 8 loads and 4 scalar instructions; the
// FMA ports bound it at 6 cycles. The neurons left over go one at a time, bound
// by the latency of their two FMA.

#define TIMES(at, y0, y1) \
	VBROADCASTSD at, Y14      \
	VFMADD231PD  Y12, Y14, y0 \
	VFMADD231PD  Y13, Y14, y1

// GATES: the gates of neuron q where z >= 0, ordered, and acc += a*z there.
#define GATES(q, y0, y1) \
	VBROADCASTSD (q*8)(R12), Y14   \
	VXORPD       Y15, Y15, Y15     \
	VCMPPD       $13, Y15, y0, Y15 \
	VMOVMSKPD    Y15, R13          \
	VANDPD       Y15, y0, y0       \
	VXORPD       Y15, Y15, Y15     \
	VCMPPD       $13, Y15, y1, Y15 \
	VMOVMSKPD    Y15, R15          \
	VANDPD       Y15, y1, y1       \
	SHLQ         $4, R15           \
	ORQ          R15, R13          \
	MOVB         R13, (q*8)(DX)    \
	VFMADD231PD  y0, Y14, Y12      \
	VFMADD231PD  y1, Y14, Y13

TEXT ·forwardAVX2(SB), NOSPLIT, $0-56
	MOVQ acc+0(FP), DI
	MOVQ gates+8(FP), DX
	MOVQ w+16(FP), R8
	MOVQ a+24(FP), R12
	MOVQ xp+32(FP), SI
	MOVQ rows+40(FP), AX
	MOVQ d+48(FP), R9
	SHLQ $3, R9
	LEAQ (R9)(R9*2), R10
	SUBQ $6, AX
	JLT  rest

tile:
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	VXORPD Y8, Y8, Y8
	VXORPD Y9, Y9, Y9
	VXORPD Y10, Y10, Y10
	VXORPD Y11, Y11, Y11
	LEAQ (R8)(R10*1), R11
	MOVQ SI, BX
	MOVQ d+48(FP), CX

feature:
	VMOVUPD (BX), Y12
	VMOVUPD 32(BX), Y13
	TIMES((R8), Y0, Y1)
	TIMES((R8)(R9*1), Y2, Y3)
	TIMES((R8)(R9*2), Y4, Y5)
	TIMES((R11), Y6, Y7)
	TIMES((R11)(R9*1), Y8, Y9)
	TIMES((R11)(R9*2), Y10, Y11)
	ADDQ $8, R8
	ADDQ $8, R11
	ADDQ $64, BX
	DECQ CX
	JNE  feature
	VMOVUPD (DI), Y12
	VMOVUPD 32(DI), Y13
	GATES(0, Y0, Y1)
	GATES(1, Y2, Y3)
	GATES(2, Y4, Y5)
	GATES(3, Y6, Y7)
	GATES(4, Y8, Y9)
	GATES(5, Y10, Y11)
	VMOVUPD Y12, (DI)
	VMOVUPD Y13, 32(DI)
	LEAQ (R11)(R9*2), R8
	ADDQ $48, DX
	ADDQ $48, R12
	SUBQ $6, AX
	JGE  tile

rest:
	ADDQ $6, AX
	JEQ  done

one:
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	MOVQ SI, BX
	MOVQ d+48(FP), CX

oneFeature:
	VMOVUPD (BX), Y12
	VMOVUPD 32(BX), Y13
	TIMES((R8), Y0, Y1)
	ADDQ $8, R8
	ADDQ $64, BX
	DECQ CX
	JNE  oneFeature
	VMOVUPD (DI), Y12
	VMOVUPD 32(DI), Y13
	GATES(0, Y0, Y1)
	VMOVUPD Y12, (DI)
	VMOVUPD Y13, 32(DI)
	ADDQ $8, DX
	ADDQ $8, R12
	DECQ AX
	JNE  one

done:
	VZEROUPPER
	RET

// A lane of two words as eight pairs of bytes.
DATA bytePairs<>+0(SB)/8, $0x0B030A0209010800
DATA bytePairs<>+8(SB)/8, $0x0F070E060D050C04
DATA bytePairs<>+16(SB)/8, $0x0B030A0209010800
DATA bytePairs<>+24(SB)/8, $0x0F070E060D050C04
GLOBL bytePairs<>(SB), RODATA|NOPTR, $32

// func transpose64AVX2(dst, src *[64]uint64)
//
// SI  src: 32 words of it      DI  dst, or its upper halves
// Y0–Y7   two words of the lower 16 and of the upper 16 in their lanes, then
//         byte 0…7 of all 32, in order
// Y8–Y15  the same between the rounds
//
// Three rounds of unpacking transpose 8 × 8 pairs of bytes; the top bits of the
// 32 bytes of a vector are then one half of a word, and doubling the bytes
// brings up the next. For each of two halves 8 loads, 40 shuffles, 56 additions,
// 64 moves of a mask and 64 stores, which bound it.

// BITS: eight halves of words from the bytes of y.
#define BIT(at, y) \
	VPMOVMSKB y, AX    \
	MOVL      AX, at(DI)

#define BITS(at, y) \
	BIT((at+56), y)      \
	VPADDB    y, y, y  \
	BIT((at+48), y)      \
	VPADDB    y, y, y  \
	BIT((at+40), y)      \
	VPADDB    y, y, y  \
	BIT((at+32), y)      \
	VPADDB    y, y, y  \
	BIT((at+24), y)      \
	VPADDB    y, y, y  \
	BIT((at+16), y)      \
	VPADDB    y, y, y  \
	BIT((at+8), y)       \
	VPADDB    y, y, y  \
	BIT(at, y)

#define PAIRS(at, x, y) \
	VMOVDQU     at(SI), x            \
	VINSERTI128 $1, (at+128)(SI), y, y \
	VPSHUFB     Y15, y, y

TEXT ·transpose64AVX2(SB), NOSPLIT, $512-16
	MOVQ src+8(FP), SI
	LEAQ buf-512(SP), DI // dst may be src
	MOVQ $2, CX

half:
	VMOVDQU bytePairs<>(SB), Y15
	PAIRS(0, X0, Y0)
	PAIRS(16, X1, Y1)
	PAIRS(32, X2, Y2)
	PAIRS(48, X3, Y3)
	PAIRS(64, X4, Y4)
	PAIRS(80, X5, Y5)
	PAIRS(96, X6, Y6)
	PAIRS(112, X7, Y7)
	VPUNPCKLWD Y1, Y0, Y8   // bytes 0…3 of words 0…3
	VPUNPCKHWD Y1, Y0, Y9   // bytes 4…7
	VPUNPCKLWD Y3, Y2, Y10
	VPUNPCKHWD Y3, Y2, Y11
	VPUNPCKLWD Y5, Y4, Y12
	VPUNPCKHWD Y5, Y4, Y13
	VPUNPCKLWD Y7, Y6, Y14
	VPUNPCKHWD Y7, Y6, Y15
	VPUNPCKLDQ Y10, Y8, Y0  // bytes 0, 1 of words 0…7
	VPUNPCKHDQ Y10, Y8, Y1  // bytes 2, 3
	VPUNPCKLDQ Y11, Y9, Y2
	VPUNPCKHDQ Y11, Y9, Y3
	VPUNPCKLDQ Y14, Y12, Y4
	VPUNPCKHDQ Y14, Y12, Y5
	VPUNPCKLDQ Y15, Y13, Y6
	VPUNPCKHDQ Y15, Y13, Y7
	VPUNPCKLQDQ Y4, Y0, Y8  // byte 0 of words 0…15
	VPUNPCKHQDQ Y4, Y0, Y9
	VPUNPCKLQDQ Y5, Y1, Y10
	VPUNPCKHQDQ Y5, Y1, Y11
	VPUNPCKLQDQ Y6, Y2, Y12
	VPUNPCKHQDQ Y6, Y2, Y13
	VPUNPCKLQDQ Y7, Y3, Y14
	VPUNPCKHQDQ Y7, Y3, Y15
	BITS(0, Y8)
	BITS(64, Y9)
	BITS(128, Y10)
	BITS(192, Y11)
	BITS(256, Y12)
	BITS(320, Y13)
	BITS(384, Y14)
	BITS(448, Y15)
	ADDQ $256, SI
	ADDQ $4, DI
	DECQ CX
	JNE  half

	// The copy out: 16 vectors.
	MOVQ dst+0(FP), DI
	LEAQ buf-512(SP), SI
	MOVQ $16, CX

copyOut:
	VMOVDQU (SI), Y0
	VMOVDQU Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	DECQ    CX
	JNE     copyOut
	VZEROUPPER
	RET
