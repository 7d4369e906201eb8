//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "paley_amd64.h"
#include "paley_rows_amd64.h"

// The transforms H_m ⊗ H_pow of whole vectors, m = 12, 20 and 28, where a row of pow
// elements is one register of AVX2 or less: the steps of paley_amd64.h, which run
// the stages of FWHT where they load rows. paley_whole_amd64.h has the loop.
//
// Such a vector is short. Order 12 with rows of 32 bytes of float32 takes 86
// additions, 43 cycles with two pipes that add; its longest chain is three stages,
// a difference, four sums and a fused one, 47 cycles from load to store, and a call
// waits for the stores of the one before where that wrote x. Orders 20 and 28 have 62
// and 100 cycles of additions, after the loads and before the stores of the chain. Rows
// narrower than a register leave lanes empty, and take as long: several such vectors at
// once go to paley_lanes_amd64.s. On the Xeon of bench/RESULTS.md, cycles of a call on
// what the call before has written, beside that of the power of two above,
//
//	bytes of a row        4 (float32)   8         16        32
//	order 12              50, 34        59, 47    63, 56    82, 79
//	order 20              78, 47        96, 57   104, 79   142, 129
//	order 28             123, 47       146, 57   158, 79   225, 129

#include "paley_scratch_amd64.h"

#define ADD(b, a, d) PLUS b, a, d
#define SUB(b, a, d) MINUS b, a, d
#define ADDS(at, a, d) PLUS at, a, d

// Signs of the stages inside a register, h = 1, 2, 4: + where an element is the first
// of its pair.
DATA paleySigns64h1<>+0(SB)/8, $1.0
DATA paleySigns64h1<>+8(SB)/8, $-1.0
DATA paleySigns64h1<>+16(SB)/8, $1.0
DATA paleySigns64h1<>+24(SB)/8, $-1.0
GLOBL paleySigns64h1<>(SB), RODATA|NOPTR, $32

DATA paleySigns64h2<>+0(SB)/8, $1.0
DATA paleySigns64h2<>+8(SB)/8, $1.0
DATA paleySigns64h2<>+16(SB)/8, $-1.0
DATA paleySigns64h2<>+24(SB)/8, $-1.0
GLOBL paleySigns64h2<>(SB), RODATA|NOPTR, $32

DATA paleySigns32h1<>+0(SB)/4, $0x3f800000
DATA paleySigns32h1<>+4(SB)/4, $0xbf800000
DATA paleySigns32h1<>+8(SB)/4, $0x3f800000
DATA paleySigns32h1<>+12(SB)/4, $0xbf800000
DATA paleySigns32h1<>+16(SB)/4, $0x3f800000
DATA paleySigns32h1<>+20(SB)/4, $0xbf800000
DATA paleySigns32h1<>+24(SB)/4, $0x3f800000
DATA paleySigns32h1<>+28(SB)/4, $0xbf800000
GLOBL paleySigns32h1<>(SB), RODATA|NOPTR, $32

DATA paleySigns32h2<>+0(SB)/4, $0x3f800000
DATA paleySigns32h2<>+4(SB)/4, $0x3f800000
DATA paleySigns32h2<>+8(SB)/4, $0xbf800000
DATA paleySigns32h2<>+12(SB)/4, $0xbf800000
DATA paleySigns32h2<>+16(SB)/4, $0x3f800000
DATA paleySigns32h2<>+20(SB)/4, $0x3f800000
DATA paleySigns32h2<>+24(SB)/4, $0xbf800000
DATA paleySigns32h2<>+28(SB)/4, $0xbf800000
GLOBL paleySigns32h2<>(SB), RODATA|NOPTR, $32

DATA paleySigns32h4<>+0(SB)/4, $0x3f800000
DATA paleySigns32h4<>+4(SB)/4, $0x3f800000
DATA paleySigns32h4<>+8(SB)/4, $0x3f800000
DATA paleySigns32h4<>+12(SB)/4, $0x3f800000
DATA paleySigns32h4<>+16(SB)/4, $0xbf800000
DATA paleySigns32h4<>+20(SB)/4, $0xbf800000
DATA paleySigns32h4<>+24(SB)/4, $0xbf800000
DATA paleySigns32h4<>+28(SB)/4, $0xbf800000
GLOBL paleySigns32h4<>(SB), RODATA|NOPTR, $32

DATA paleyTwo64<>+0(SB)/8, $2.0
DATA paleyTwo64<>+8(SB)/8, $2.0
GLOBL paleyTwo64<>(SB), RODATA|NOPTR, $16
DATA paleyTwo32<>+0(SB)/8, $0x4000000040000000
DATA paleyTwo32<>+8(SB)/8, $0x4000000040000000
GLOBL paleyTwo32<>(SB), RODATA|NOPTR, $16

// ---- float64 ----

#define PLUSV VADDPD
#define MINUSV VSUBPD
#define FNMADDV VFNMADD213PD
#define FMADDV VFMADD213PD
#define MOVEV VMOVUPD
#define PLUS1 VADDSD
#define MINUS1 VSUBSD
#define FNMADD1 VFNMADD213SD
#define FMADD1 VFMADD213SD
#define MOVE1 VMOVSD
#define SIZE 8
#define TWO paleyTwo64<>(SB)
#define BROADCAST VBROADCASTSD
#define INSIDE16(at, v, w) \
	VMOVUPD at, v \
	VSHUFPD $0x5, v, v, w \
	VFMADD132PD paleySigns64h1<>(SB), w, v
#define INSIDE32(at, v, w) \
	VMOVUPD at, v \
	VSHUFPD $0x5, v, v, w \
	VFMADD132PD paleySigns64h1<>(SB), w, v \
	VPERMPD $0x4E, v, w \
	VFMADD132PD paleySigns64h2<>(SB), w, v

#define STEP STEP12
// func paleyWhole12x64AVX2(x *float64, pow, count, step int)
TEXT ·paleyWhole12x64AVX2(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), SI
	MOVQ pow+8(FP), R8
	MOVQ count+16(FP), AX
	MOVQ step+24(FP), R14
#include "paley_whole_amd64.h"
#undef STEP

#define STEP STEP20
// func paleyWhole20x64AVX2(x *float64, pow, count, step int)
TEXT ·paleyWhole20x64AVX2(SB), 0, $992-32
	LEAQ scratch-992(SP), DX
	ADDQ $63, DX
	ANDQ $~63, DX
	MOVQ x+0(FP), SI
	MOVQ pow+8(FP), R8
	MOVQ count+16(FP), AX
	MOVQ step+24(FP), R14
#include "paley_whole_amd64.h"
#undef STEP

#define STEP STEP28
// func paleyWhole28x64AVX2(x *float64, pow, count, step int)
TEXT ·paleyWhole28x64AVX2(SB), 0, $992-32
	LEAQ scratch-992(SP), DX
	ADDQ $63, DX
	ANDQ $~63, DX
	MOVQ x+0(FP), SI
	MOVQ pow+8(FP), R8
	MOVQ count+16(FP), AX
	MOVQ step+24(FP), R14
#include "paley_whole_amd64.h"
#undef STEP

#undef PLUSV
#undef MINUSV
#undef FNMADDV
#undef FMADDV
#undef MOVEV
#undef PLUS1
#undef MINUS1
#undef FNMADD1
#undef FMADD1
#undef MOVE1
#undef SIZE
#undef TWO
#undef BROADCAST
#undef INSIDE16
#undef INSIDE32

// ---- float32 ----

#define PLUSV VADDPS
#define MINUSV VSUBPS
#define FNMADDV VFNMADD213PS
#define FMADDV VFMADD213PS
#define MOVEV VMOVUPS
#define PLUS1 VADDSS
#define MINUS1 VSUBSS
#define FNMADD1 VFNMADD213SS
#define FMADD1 VFMADD213SS
#define MOVE1 VMOVSS
#define SIZE 4
#define TWO paleyTwo32<>(SB)
#define BROADCAST VBROADCASTSS
#define INSIDE8(at, v, w) \
	VMOVSD at, v \
	VSHUFPS $0xB1, v, v, w \
	VFMADD132PS paleySigns32h1<>(SB), w, v
#define INSIDE16(at, v, w) \
	VMOVSLDUP at, w \
	VMOVSHDUP at, v \
	VFMADD132PS paleySigns32h1<>(SB), w, v \
	VSHUFPS $0x4E, v, v, w \
	VFMADD132PS paleySigns32h2<>(SB), w, v
#define INSIDE32(at, v, w) \
	VMOVSLDUP at, w \
	VMOVSHDUP at, v \
	VFMADD132PS paleySigns32h1<>(SB), w, v \
	VSHUFPS $0x4E, v, v, w \
	VFMADD132PS paleySigns32h2<>(SB), w, v \
	VPERMPD $0x4E, v, w \
	VFMADD132PS paleySigns32h4<>(SB), w, v

#define STEP STEP12
// func paleyWhole12x32AVX2(x *float32, pow, count, step int)
TEXT ·paleyWhole12x32AVX2(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), SI
	MOVQ pow+8(FP), R8
	MOVQ count+16(FP), AX
	MOVQ step+24(FP), R14
#include "paley_pairs_amd64.h"
#include "paley_whole_amd64.h"
#undef STEP

#define STEP STEP20
// func paleyWhole20x32AVX2(x *float32, pow, count, step int)
TEXT ·paleyWhole20x32AVX2(SB), 0, $992-32
	LEAQ scratch-992(SP), DX
	ADDQ $63, DX
	ANDQ $~63, DX
	MOVQ x+0(FP), SI
	MOVQ pow+8(FP), R8
	MOVQ count+16(FP), AX
	MOVQ step+24(FP), R14
#include "paley_pairs_amd64.h"
#include "paley_whole_amd64.h"
#undef STEP

#define STEP STEP28
// func paleyWhole28x32AVX2(x *float32, pow, count, step int)
TEXT ·paleyWhole28x32AVX2(SB), 0, $992-32
	LEAQ scratch-992(SP), DX
	ADDQ $63, DX
	ANDQ $~63, DX
	MOVQ x+0(FP), SI
	MOVQ pow+8(FP), R8
	MOVQ count+16(FP), AX
	MOVQ step+24(FP), R14
#include "paley_pairs_amd64.h"
#include "paley_whole_amd64.h"
#undef STEP

#undef PLUSV
#undef MINUSV
#undef FNMADDV
#undef FMADDV
#undef MOVEV
#undef PLUS1
#undef MINUS1
#undef FNMADD1
#undef FMADD1
#undef MOVE1
#undef SIZE
#undef TWO
#undef BROADCAST
#undef INSIDE8
#undef INSIDE16
#undef INSIDE32
