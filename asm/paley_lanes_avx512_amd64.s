//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "paley_amd64.h"
#include "paley_z_amd64.h"

// The transforms H_m ⊗ H_pow of several vectors side by side, m = 12, 20 and 28, where a
// row of pow elements takes half a register of AVX-512 or less. paley_lanes_amd64.h has
// the loop.
//
// A register of a group takes seven insertions, shuffles and fused sums, and their pipes
// are the two that add: with the additions 134, 264 and 396 operations for orders 12, 20
// and 28, 67, 132 and 198 cycles. Of the seven three to five are shuffles, which only one
// of the two has; packing and unpacking wait for it, and all three parts
// add up as with AVX2. On the Xeon of bench/RESULTS.md the step takes 35, 75 or 127
// cycles and the rest 7 a register, 8 for rows of 4 bytes, which go back 16 bytes at a
// time:
//
//	order   bound   measured, cycles a group, by the bytes of its rows
//	                    4      8     16     32
//	  12      67      133    122    121    118
//	  20     132      228    208    206    205
//	  28     198      326    298    300    310
//
// A group is 64 bytes of rows: 16, 8, 4 and 2 vectors of float32.

#define WIDTH 64
#define LANES 4
#include "paley_pack_amd64.h"

#define GATHER(off, base, v) \
	VBROADCASTF32X4 off(base), v            \
	VBROADCASTF32X4 off(base)(R14*1), K1, v \
	VBROADCASTF32X4 off(base)(R14*2), K2, v \
	VBROADCASTF32X4 off(base)(R9*1), K3, v

#define SCATTER(v, off, base) \
	VEXTRACTF32X4 $0, v, off(base)        \
	VEXTRACTF32X4 $1, v, off(base)(R14*1) \
	VEXTRACTF32X4 $2, v, off(base)(R14*2) \
	VEXTRACTF32X4 $3, v, off(base)(R9*1)

// By 32 bytes of two vectors in a register, and from there.
#define GATHER2(off, base, v, w, t, u) \
	VBROADCASTF64X4 off(base), t               \
	VINSERTF64X4    $1, off(base)(R14*1), t, t \
	VBROADCASTF64X4 off(base)(R14*2), u        \
	VINSERTF64X4    $1, off(base)(R9*1), u, u  \
	VSHUFF64X2      $0x88, u, t, v             \
	VSHUFF64X2      $0xdd, u, t, w

#define SCATTER2(v, w, off, base, t) \
	VMOVUPS       v, t                    \
	VPERMT2PD     w, V13, v               \
	VPERMT2PD     w, V14, t               \
	VEXTRACTF64X4 $0, v, off(base)        \
	VEXTRACTF64X4 $1, v, off(base)(R14*1) \
	VEXTRACTF64X4 $0, t, off(base)(R14*2) \
	VEXTRACTF64X4 $1, t, off(base)(R9*1)

// Which halves of lanes go there: of the registers v, w those of vectors 0 and 1, then
// those of 2 and 3. Those of w are 8 to 15.
#define ZIPS \
	VPMOVZXBQ paleyZips<>+0(SB), V13 \
	VPMOVZXBQ paleyZips<>+8(SB), V14
DATA paleyZips<>+0(SB)/8, $0x0b0a030209080100
DATA paleyZips<>+8(SB)/8, $0x0f0e07060d0c0504
GLOBL paleyZips<>(SB), RODATA|NOPTR, $16

// Rows of 32 bytes, two vectors in a register
#define GATHER32(off, v) \
	VBROADCASTF64X4 off(R10), v               \
	VINSERTF64X4    $1, off(R10)(R14*1), v, v

#define SCATTER32(v, off) \
	VEXTRACTF64X4 $0, v, off(R10)        \
	VEXTRACTF64X4 $1, v, off(R10)(R14*1)

#define PACK32 \
	CMPQ R15, $2           \
	JNE  more32            \
pack32: \
	GATHER32(0, V0)        \
	GATHER32(32, V1)       \
	GATHER32(64, V2)       \
	GATHER32(96, V3)       \
	INSIDE32(V0, V4)       \
	INSIDE32(V1, V5)       \
	INSIDE32(V2, V6)       \
	INSIDE32(V3, V7)       \
	STORE4(V0, V1, V2, V3) \
	ADDQ $128, R10         \
	DECQ CX                \
	JNE  pack32            \
	JMP  packed            \
more32:

#define UNPACK32 \
	CMPQ R15, $2       \
	JNE  rest32        \
unpack32: \
	LOAD4              \
	SCATTER32(V0, 0)   \
	SCATTER32(V1, 32)  \
	SCATTER32(V2, 64)  \
	SCATTER32(V3, 96)  \
	ADDQ $128, R10     \
	DECQ CX            \
	JNE  unpack32      \
	JMP  unpacked      \
rest32:

#define SPLIT(a, b, t, s, d) SPLITROWS(a, b, t, s, d)
#define LOAD(at, v) MOVE at, v
#define STORE(v, at) MOVE v, at
#define ADDM(at, a, d) PLUS at, a, d
#define SUBM(at, a, d) MINUS at, a, d

DATA paleyTwo64<>+0(SB)/8, $2.0
GLOBL paleyTwo64<>(SB), RODATA|NOPTR, $8
DATA paleyTwo32<>+0(SB)/4, $0x40000000
GLOBL paleyTwo32<>(SB), RODATA|NOPTR, $4

DATA paleyHalves64<>+0(SB)/8, $1.0
DATA paleyHalves64<>+8(SB)/8, $1.0
DATA paleyHalves64<>+16(SB)/8, $1.0
DATA paleyHalves64<>+24(SB)/8, $1.0
DATA paleyHalves64<>+32(SB)/8, $-1.0
DATA paleyHalves64<>+40(SB)/8, $-1.0
DATA paleyHalves64<>+48(SB)/8, $-1.0
DATA paleyHalves64<>+56(SB)/8, $-1.0
GLOBL paleyHalves64<>(SB), RODATA|NOPTR, $64

DATA paleyHalves32<>+0(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+8(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+16(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+24(SB)/8, $0x3f8000003f800000
DATA paleyHalves32<>+32(SB)/8, $0xbf800000bf800000
DATA paleyHalves32<>+40(SB)/8, $0xbf800000bf800000
DATA paleyHalves32<>+48(SB)/8, $0xbf800000bf800000
DATA paleyHalves32<>+56(SB)/8, $0xbf800000bf800000
GLOBL paleyHalves32<>(SB), RODATA|NOPTR, $64

// ---- float64 ----

#define PLUS VADDPD
#define MINUS VSUBPD
#define FNMADD VFNMADD213PD
#define FMADD VFMADD213PD
#define MOVE VMOVUPD
#define SIZE 8
#define SIGNS \
	VBROADCASTF64X2 paleyHalves64<>+24(SB), V12 \
	VBROADCASTF64X4 paleyHalves64<>+16(SB), V13
#define INSIDE8(v, t)
#define INSIDE16(v, t) \
	VSHUFPD     $0x55, v, v, t \
	VFMADD213PD t, V12, v
#define INSIDE32(v, t) \
	INSIDE16(v, t)            \
	VPERMPD     $0x4E, v, t   \
	VFMADD213PD t, V13, v
#define PACKMORE PACK32
#define UNPACKMORE UNPACK32

#define STEP STEP12
#define ORDER 12
// func paleyLanes12x64AVX512(x *float64, side, count, step int)
TEXT ·paleyLanes12x64AVX512(SB), 0, $1792-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1792(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	MOVQ         $0x00F0, BX
	KMOVW        BX, K1
	MOVQ         $0x0F00, BX
	KMOVW        BX, K2
	MOVQ         $0xF000, BX
	KMOVW        BX, K3
	VBROADCASTSD paleyTwo64<>(SB), Z15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP20
#define ORDER 20
// func paleyLanes20x64AVX512(x *float64, side, count, step int)
TEXT ·paleyLanes20x64AVX512(SB), 0, $2304-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-2304(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	MOVQ         $0x00F0, BX
	KMOVW        BX, K1
	MOVQ         $0x0F00, BX
	KMOVW        BX, K2
	MOVQ         $0xF000, BX
	KMOVW        BX, K3
	VBROADCASTSD paleyTwo64<>(SB), Z15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP28
#define ORDER 28
// func paleyLanes28x64AVX512(x *float64, side, count, step int)
TEXT ·paleyLanes28x64AVX512(SB), 0, $2816-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-2816(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	MOVQ         $0x00F0, BX
	KMOVW        BX, K1
	MOVQ         $0x0F00, BX
	KMOVW        BX, K2
	MOVQ         $0xF000, BX
	KMOVW        BX, K3
	VBROADCASTSD paleyTwo64<>(SB), Z15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#undef PLUS
#undef MINUS
#undef FNMADD
#undef FMADD
#undef MOVE
#undef SIZE
#undef SIGNS
#undef INSIDE8
#undef INSIDE16
#undef PACKMORE
#undef UNPACKMORE
#undef INSIDE32

// ---- float32 ----

#define PLUS VADDPS
#define MINUS VSUBPS
#define FNMADD VFNMADD213PS
#define FMADD VFMADD213PS
#define MOVE VMOVUPS
#define SIZE 4
#define SIGNS \
	VBROADCASTSD    paleyHalves32<>+28(SB), V12 \
	VBROADCASTF64X2 paleyHalves32<>+24(SB), V13 \
	VBROADCASTF64X4 paleyHalves32<>+16(SB), V14
#define INSIDE8(v, t) \
	VSHUFPS     $0xB1, v, v, t \
	VFMADD213PS t, V12, v
#define INSIDE16(v, t) \
	INSIDE8(v, t)              \
	VSHUFPS     $0x4E, v, v, t \
	VFMADD213PS t, V13, v
#define INSIDE32(v, t) \
	INSIDE16(v, t)          \
	VPERMPD     $0x4E, v, t \
	VFMADD213PS t, V14, v
#define PACKMORE PACK4; PACK32
#define UNPACKMORE UNPACK4; UNPACK32

#define STEP STEP12
#define ORDER 12
// func paleyLanes12x32AVX512(x *float32, side, count, step int)
TEXT ·paleyLanes12x32AVX512(SB), 0, $1792-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-1792(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	MOVQ         $0x00F0, BX
	KMOVW        BX, K1
	MOVQ         $0x0F00, BX
	KMOVW        BX, K2
	MOVQ         $0xF000, BX
	KMOVW        BX, K3
	VBROADCASTSS paleyTwo32<>(SB), Z15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP20
#define ORDER 20
// func paleyLanes20x32AVX512(x *float32, side, count, step int)
TEXT ·paleyLanes20x32AVX512(SB), 0, $2304-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-2304(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	MOVQ         $0x00F0, BX
	KMOVW        BX, K1
	MOVQ         $0x0F00, BX
	KMOVW        BX, K2
	MOVQ         $0xF000, BX
	KMOVW        BX, K3
	VBROADCASTSS paleyTwo32<>(SB), Z15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER

#define STEP STEP28
#define ORDER 28
// func paleyLanes28x32AVX512(x *float32, side, count, step int)
TEXT ·paleyLanes28x32AVX512(SB), 0, $2816-32
	MOVQ         x+0(FP), SI
	MOVQ         side+8(FP), R15
	MOVQ         count+16(FP), AX
	MOVQ         step+24(FP), R14
	LEAQ         scratch-2816(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	MOVQ         $0x00F0, BX
	KMOVW        BX, K1
	MOVQ         $0x0F00, BX
	KMOVW        BX, K2
	MOVQ         $0xF000, BX
	KMOVW        BX, K3
	VBROADCASTSS paleyTwo32<>(SB), Z15
#include "paley_lanes_amd64.h"
#undef STEP
#undef ORDER
