//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func forwardNEON(acc *float64, gates *byte, w, a, xp *float64, rows, d int)
//
// R0  acc, 8 sums       R1   the byte of a neuron's gates, 8 bytes a neuron
// R3  signs             R4   xp
// R5  neurons left      R6   d, and the length of a row of w, in bytes
// R8–R13  weights of the neurons of a tile; R8 is the first of w to come
// R14 feature, in bytes      R15  its row of xp, 64 bytes each
// V0–V23  z of six neurons, four vectors each     V24–V27  row of xp, then acc
// F28–F31 weights; then V28 what each lane of eight counts, V29–V31 which z >= 0
//
// Tiles of six neurons: a step is 24 FMA, 8 loads and 3 scalar instructions; the
// FMA bound it at 12 cycles. What follows a tile, 17 instructions on vectors and
// a store of a byte for each neuron, weighs as much as 4 features. The neurons
// left over go one at a time, bound by the latency of their four FMA.

#define ROW \
	FLDPQ (R15), (F24, F25)   \
	FLDPQ 32(R15), (F26, F27) \
	ADD   $64, R15

// TIMES: z += weight f of a neuron times the row
#define TIMES(at, F, f, z0, z1, z2, z3) \
	FMOVD (at)(R14), F \
	FMLA2D0(z0, 24, f) \
	FMLA2D0(z1, 25, f) \
	FMLA2D0(z2, 26, f) \
	FMLA2D0(z3, 27, f)

#define LOADACC \
	VMOVQ $0x0008000400020001, $0x0080004000200010, V28 \
	FLDPQ (R0), (F24, F25)   \
	FLDPQ 32(R0), (F26, F27)

#define STOREACC \
	FSTPQ (F24, F25), (R0)   \
	FSTPQ (F26, F27), 32(R0)

// OPEN: which = where z >= 0, ordered; z = 0 elsewhere
#define OPEN(z, Z, which, WHICH) \
	FCMGE2D(which, z) \
	VAND WHICH.B16, Z.B16, Z.B16

// GATES: the gates of the next neuron, and acc += a*z where they are open. The
// four masks become one of eight lanes of 16 bits, whose sum is the byte.
#define GATES(z0, z1, z2, z3, Z0, Z1, Z2, Z3) \
	OPEN(z0, Z0, 29, V29)           \
	OPEN(z1, Z1, 30, V30)           \
	VUZP1   V30.S4, V29.S4, V29.S4  \
	OPEN(z2, Z2, 30, V30)           \
	OPEN(z3, Z3, 31, V31)           \
	VUZP1   V31.S4, V30.S4, V30.S4  \
	VUZP1   V30.H8, V29.H8, V29.H8  \
	VAND    V28.B16, V29.B16, V29.B16 \
	VADDV   V29.H8, V29             \
	FMOVD.P 8(R3), F31              \
	FMLA2D0(24, z0, 31)             \
	FMLA2D0(25, z1, 31)             \
	FMLA2D0(26, z2, 31)             \
	FMLA2D0(27, z3, 31)             \
	VST1    V29.B[0], (R1)          \
	ADD     $8, R1

TEXT ·forwardNEON(SB), NOSPLIT, $0-56
	MOVD acc+0(FP), R0
	MOVD gates+8(FP), R1
	MOVD w+16(FP), R8
	MOVD a+24(FP), R3
	MOVD xp+32(FP), R4
	MOVD rows+40(FP), R5
	MOVD d+48(FP), R6
	LSL  $3, R6, R6
	SUBS $6, R5
	BLT  rest

tile:
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	VEOR V8.B16, V8.B16, V8.B16
	VEOR V9.B16, V9.B16, V9.B16
	VEOR V10.B16, V10.B16, V10.B16
	VEOR V11.B16, V11.B16, V11.B16
	VEOR V12.B16, V12.B16, V12.B16
	VEOR V13.B16, V13.B16, V13.B16
	VEOR V14.B16, V14.B16, V14.B16
	VEOR V15.B16, V15.B16, V15.B16
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	VEOR V18.B16, V18.B16, V18.B16
	VEOR V19.B16, V19.B16, V19.B16
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16
	ADD  R6, R8, R9
	ADD  R6, R9, R10
	ADD  R6, R10, R11
	ADD  R6, R11, R12
	ADD  R6, R12, R13
	MOVD R4, R15
	MOVD $0, R14

feature:
	ROW
	TIMES(R8, F28, 28, 0, 1, 2, 3)
	TIMES(R9, F29, 29, 4, 5, 6, 7)
	TIMES(R10, F30, 30, 8, 9, 10, 11)
	TIMES(R11, F31, 31, 12, 13, 14, 15)
	TIMES(R12, F28, 28, 16, 17, 18, 19)
	TIMES(R13, F29, 29, 20, 21, 22, 23)
	ADD  $8, R14
	CMP  R6, R14
	BNE  feature
	LOADACC
	GATES(0, 1, 2, 3, V0, V1, V2, V3)
	GATES(4, 5, 6, 7, V4, V5, V6, V7)
	GATES(8, 9, 10, 11, V8, V9, V10, V11)
	GATES(12, 13, 14, 15, V12, V13, V14, V15)
	GATES(16, 17, 18, 19, V16, V17, V18, V19)
	GATES(20, 21, 22, 23, V20, V21, V22, V23)
	STOREACC
	ADD  R6, R13, R8
	SUBS $6, R5
	BGE  tile

rest:
	ADDS $6, R5
	BEQ  done

one:
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	MOVD R4, R15
	MOVD $0, R14

oneFeature:
	ROW
	TIMES(R8, F28, 28, 0, 1, 2, 3)
	ADD  $8, R14
	CMP  R6, R14
	BNE  oneFeature
	LOADACC
	GATES(0, 1, 2, 3, V0, V1, V2, V3)
	STOREACC
	ADD  R6, R8
	SUBS $1, R5
	BNE  one

done:
	RET

// func transpose64NEON(dst, src *[64]uint64)
//
// R0, R1   a place in dst and in src    R2  turns left
// First half:  V0–V15, V16–V31 pairs of words of every four, by turns
// Second half: V0–V3 pairs of words    V4–V7 temporary
//              V28  the upper two bits of four
//              V29, V30  the upper bits of two for the first word of a pair, the
//              lower ones for the second; shifts left by one, right by one
//
// The rounds of transpose64Generic. The first four exchange parts of vectors,
// whole bytes in the first three of them, on the pairs of words 4i and 4i + 1 of
// src and then on the others. The last two work on dst, on words next to each
// other: vectors of a pair, and at last the words of a vector. Instructions on
// vectors bound it, 144 in the first half and 160 in the second, for 32 loads
// and 32 stores each.

// SWAP32, SWAP16, SWAP8: c, d = a, b with the upper half of each part of a and
// the lower of b exchanged
#define SWAP32(a, b, c, d) \
	VTRN1 b.S4, a.S4, c.S4 \
	VTRN2 b.S4, a.S4, d.S4

#define SWAP16(a, b, c, d) \
	VTRN1 b.H8, a.H8, c.H8 \
	VTRN2 b.H8, a.H8, d.H8

#define SWAP8(a, b, c, d) \
	VTRN1 b.B16, a.B16, c.B16 \
	VTRN2 b.B16, a.B16, d.B16

// SWAP4: c, b = a, b the same way for the halves of bytes
#define SWAP4(a, b, c) \
	VMOV a.B16, c.B16     \
	VSLI $4, b.B16, c.B16 \
	VSRI $4, a.B16, b.B16

// SWAP2: in place, pairs of bits
#define SWAP2(a, b, t, u) \
	VSHL  $2, b.B16, t.B16      \
	VUSHR $2, a.B16, u.B16      \
	VBIT  V28.B16, t.B16, a.B16 \
	VBIF  V28.B16, u.B16, b.B16

// SWAP1: in place, the bits of the two words of A
#define SWAP1(A, n, N) \
	VEXT $8, A.B16, A.B16, N.B16 \
	USHL16B(n, n, 30)            \
	VBIT V29.B16, N.B16, A.B16

TEXT ·transpose64NEON(SB), NOSPLIT, $0-16
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD $2, R2

first:
	FMOVQ (R1), F0
	FMOVQ 32(R1), F1
	FMOVQ 64(R1), F2
	FMOVQ 96(R1), F3
	FMOVQ 128(R1), F4
	FMOVQ 160(R1), F5
	FMOVQ 192(R1), F6
	FMOVQ 224(R1), F7
	FMOVQ 256(R1), F8
	FMOVQ 288(R1), F9
	FMOVQ 320(R1), F10
	FMOVQ 352(R1), F11
	FMOVQ 384(R1), F12
	FMOVQ 416(R1), F13
	FMOVQ 448(R1), F14
	FMOVQ 480(R1), F15
	SWAP32(V0, V8, V16, V24)
	SWAP32(V1, V9, V17, V25)
	SWAP32(V2, V10, V18, V26)
	SWAP32(V3, V11, V19, V27)
	SWAP32(V4, V12, V20, V28)
	SWAP32(V5, V13, V21, V29)
	SWAP32(V6, V14, V22, V30)
	SWAP32(V7, V15, V23, V31)
	SWAP16(V16, V20, V0, V4)
	SWAP16(V17, V21, V1, V5)
	SWAP16(V18, V22, V2, V6)
	SWAP16(V19, V23, V3, V7)
	SWAP16(V24, V28, V8, V12)
	SWAP16(V25, V29, V9, V13)
	SWAP16(V26, V30, V10, V14)
	SWAP16(V27, V31, V11, V15)
	SWAP8(V0, V2, V16, V18)
	SWAP8(V1, V3, V17, V19)
	SWAP8(V4, V6, V20, V22)
	SWAP8(V5, V7, V21, V23)
	SWAP8(V8, V10, V24, V26)
	SWAP8(V9, V11, V25, V27)
	SWAP8(V12, V14, V28, V30)
	SWAP8(V13, V15, V29, V31)
	SWAP4(V16, V17, V0)
	SWAP4(V18, V19, V2)
	SWAP4(V20, V21, V4)
	SWAP4(V22, V23, V6)
	SWAP4(V24, V25, V8)
	SWAP4(V26, V27, V10)
	SWAP4(V28, V29, V12)
	SWAP4(V30, V31, V14)
	FMOVQ F0, (R0)
	FMOVQ F17, 32(R0)
	FMOVQ F2, 64(R0)
	FMOVQ F19, 96(R0)
	FMOVQ F4, 128(R0)
	FMOVQ F21, 160(R0)
	FMOVQ F6, 192(R0)
	FMOVQ F23, 224(R0)
	FMOVQ F8, 256(R0)
	FMOVQ F25, 288(R0)
	FMOVQ F10, 320(R0)
	FMOVQ F27, 352(R0)
	FMOVQ F12, 384(R0)
	FMOVQ F29, 416(R0)
	FMOVQ F14, 448(R0)
	FMOVQ F31, 480(R0)
	ADD  $16, R1
	ADD  $16, R0
	SUBS $1, R2
	BNE  first

	SUB   $32, R0
	VMOVI $0xCC, V28.B16
	VMOVQ $0xAAAAAAAAAAAAAAAA, $0x5555555555555555, V29
	VMOVQ $0x0101010101010101, $0xFFFFFFFFFFFFFFFF, V30
	MOVD  $8, R2

second:
	FLDPQ (R0), (F0, F1)
	FLDPQ 32(R0), (F2, F3)
	SWAP2(V0, V1, V4, V5)
	SWAP2(V2, V3, V6, V7)
	SWAP1(V0, 4, V4)
	SWAP1(V1, 5, V5)
	SWAP1(V2, 6, V6)
	SWAP1(V3, 7, V7)
	FSTPQ (F0, F1), (R0)
	FSTPQ (F2, F3), 32(R0)
	ADD   $64, R0
	SUBS  $1, R2
	BNE   second
	RET
