//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Lane l of a vector looks at bit l of a byte.
DATA byteBits<>+0(SB)/8, $0x0000000200000001
DATA byteBits<>+8(SB)/8, $0x0000000800000004
DATA byteBits<>+16(SB)/8, $0x0000002000000010
DATA byteBits<>+24(SB)/8, $0x0000008000000040
GLOBL byteBits<>(SB), RODATA|NOPTR, $32

// func signedBitsAVX2(dst *float32, bits, signs *uint64, words int)
//
// DI, SI, R8  dst, bits, signs    CX  bytes left    AX, BX  a byte of each
// Y0  byteBits    Y1  one in all lanes    Y2  the top bit
//
// For eight elements: a byte in all lanes, twice, two ANDs and comparisons, the
// value and its sign; 12 instructions and a store.
TEXT ·signedBitsAVX2(SB), NOSPLIT, $0-32
	MOVQ     dst+0(FP), DI
	MOVQ     bits+8(FP), SI
	MOVQ     signs+16(FP), R8
	MOVQ     words+24(FP), CX
	SHLQ     $3, CX
	VMOVDQU  byteBits<>(SB), Y0
	VPCMPEQD Y2, Y2, Y2
	VPSRLD   $25, Y2, Y1
	VPSLLD   $23, Y1, Y1       // 127 in the exponent: 1.0
	VPSLLD   $31, Y2, Y2

bitsByte:
	MOVBLZX      (SI), AX
	MOVBLZX      (R8), BX
	VMOVD        AX, X3
	VMOVD        BX, X4
	VPBROADCASTD X3, Y3
	VPBROADCASTD X4, Y4
	VPAND        Y0, Y3, Y3
	VPAND        Y0, Y4, Y4
	VPCMPEQD     Y0, Y3, Y3
	VPCMPEQD     Y0, Y4, Y4
	VPAND        Y2, Y4, Y4
	VPOR         Y1, Y4, Y4    // ±1
	VPAND        Y3, Y4, Y4    // or +0
	VMOVDQU      Y4, (DI)
	INCQ         SI
	INCQ         R8
	ADDQ         $32, DI
	DECQ         CX
	JNE          bitsByte
	VZEROUPPER
	RET
