//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Widening, the largest absolute value and int8, quantize_generic.go, for AVX2.
//
// DI, SI  dst, src    CX  elements left, a multiple of those of a step

// func widenBFloat16AVX2(dst *float32, src *uint16, n int)
//
// 8 elements a step: a load that widens, a shift, a store, which bounds it.
TEXT ·widenBFloat16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

bfloat:
	VPMOVZXWD (SI), Y0
	VPSLLD    $16, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	SUBQ      $8, CX
	JNE       bfloat
	VZEROUPPER
	RET

// constants of widenFloat16: 0x7fff, 113 in the exponent, 1 and 31 in it less one
DATA widen16<>+0(SB)/4, $0x7fff
DATA widen16<>+4(SB)/4, $0x38800000
DATA widen16<>+8(SB)/4, $0x00800000
DATA widen16<>+12(SB)/4, $0x0f7fffff
DATA widen16<>+16(SB)/4, $0x38000000
GLOBL widen16<>(SB), RODATA|NOPTR, $20

// func widenFloat16AVX2(dst *float32, src *uint16, n int)
//
// Y0 bits without sign, Y1 sign, Y2 the number if its exponent is the least, Y3
// masks; Y10–Y14 constants. 8 elements a step, 12 instructions on vectors on three
// pipes: 4 cycles.
TEXT ·widenFloat16AVX2(SB), NOSPLIT, $0-24
	MOVQ         dst+0(FP), DI
	MOVQ         src+8(FP), SI
	MOVQ         n+16(FP), CX
	VPBROADCASTD widen16<>+0(SB), Y10
	VPBROADCASTD widen16<>+4(SB), Y11
	VPBROADCASTD widen16<>+8(SB), Y12
	VPBROADCASTD widen16<>+12(SB), Y13
	VPBROADCASTD widen16<>+16(SB), Y14

float:
	VPMOVZXWD (SI), Y1
	VPAND     Y10, Y1, Y0
	VPXOR     Y0, Y1, Y1
	VPSLLD    $13, Y0, Y0
	VPSLLD    $16, Y1, Y1
	VPADDD    Y11, Y0, Y2
	VSUBPS    Y11, Y2, Y2     // without a leading one
	VPCMPGTD  Y0, Y12, Y3     // if bits < 1 in the exponent
	VPCMPGTD  Y13, Y0, Y4     // if bits ≥ 31
	VPADDD    Y14, Y0, Y0     // + 112
	VPAND     Y14, Y4, Y4     // + 112 again
	VPADDD    Y4, Y0, Y0
	VPBLENDVB Y3, Y2, Y0, Y0
	VPOR      Y1, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	SUBQ      $8, CX
	JNE       float
	VZEROUPPER
	RET

// func widenFloat16AVX512(dst *float32, src *uint16, n int)
//
// 16 elements a step, by the conversion that AVX-512 has; that of 256 bits belongs to
// F16C, of which x/sys/cpu does not tell. The store bounds it.
TEXT ·widenFloat16AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

convert:
	VCVTPH2PS (SI), Z0
	VMOVUPS   Z0, (DI)
	ADDQ      $32, SI
	ADDQ      $64, DI
	SUBQ      $16, CX
	JNE       convert
	VZEROUPPER
	RET

// func maxAbsAVX2(x *float32, n int) uint32
//
// Y0 the largest bits of each lane. 8 elements a step: a load, and three operations
// on integers, of which the last waits for that of the step before: 1 cycle.
TEXT ·maxAbsAVX2(SB), NOSPLIT, $0-20
	MOVQ     x+0(FP), SI
	MOVQ     n+8(FP), CX
	VPXOR    Y0, Y0, Y0
	VPCMPEQD Y2, Y2, Y2
	VPSRLD   $1, Y2, Y2

most:
	VPAND   (SI), Y2, Y1
	VPMAXSD Y1, Y0, Y0
	ADDQ    $32, SI
	SUBQ    $8, CX
	JNE     most
	VEXTRACTI128 $1, Y0, X1
	VPMAXSD X1, X0, X0
	VPSHUFD $0x4E, X0, X1
	VPMAXSD X1, X0, X0
	VPSHUFD $0xB1, X0, X1
	VPMAXSD X1, X0, X0
	VMOVD   X0, AX
	MOVL    AX, ret+16(FP)
	VZEROUPPER
	RET

DATA int8Bounds<>+0(SB)/4, $0x42fe0000 // 127
DATA int8Bounds<>+4(SB)/4, $0xc2fe0000 // -127
GLOBL int8Bounds<>(SB), RODATA|NOPTR, $8

// where packing within halves has put the fours of a vector
DATA int8Order<>+0(SB)/8, $0x0000000400000000
DATA int8Order<>+8(SB)/8, $0x0000000500000001
DATA int8Order<>+16(SB)/8, $0x0000000600000002
DATA int8Order<>+24(SB)/8, $0x0000000700000003
GLOBL int8Order<>(SB), RODATA|NOPTR, $32

// INT8: v = the integers of 8 elements at SI + off; of a bound and NaN VMINPS
// returns what comes first here, the bound.
#define INT8(off, v) \
	VMULPS    off(SI), Y10, v \
	VMINPS    Y11, v, v       \
	VMAXPS    Y12, v, v       \
	VCVTPS2DQ v, v

// func quantizeInt8AVX2(dst *int8, x *float32, n int, by float32)
//
// Y10 by, Y11 and Y12 the bounds, Y13 the order. 32 elements a step: 16 operations
// on floats and 4 that move integers: two pipes bound it at 8 cycles.
TEXT ·quantizeInt8AVX2(SB), NOSPLIT, $0-28
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS by+24(FP), Y10
	VBROADCASTSS int8Bounds<>+0(SB), Y11
	VBROADCASTSS int8Bounds<>+4(SB), Y12
	VMOVDQU      int8Order<>(SB), Y13

quantize:
	INT8(0, Y0)
	INT8(32, Y1)
	INT8(64, Y2)
	INT8(96, Y3)
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKSSWB Y2, Y0, Y0
	VPERMD    Y0, Y13, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $128, SI
	ADDQ      $32, DI
	SUBQ      $32, CX
	JNE       quantize
	VZEROUPPER
	RET
