//go:build amd64 && !purego && !noasm

#include "textflag.h"
#include "paley_amd64.h"
#include "paley_rows_amd64.h"
#include "paley_z_amd64.h"

// The transforms of orders 12, 20 and 28 for AVX-512: the steps of paley_amd64.h
// with thirty-two registers.
//
// Additions bound a step, see paley_amd64.s, at two in a cycle where a
// processor has two pipes of 64 bytes that add, and at one where it has one. The
// Xeon of bench/RESULTS.md has two, and takes 35, 75 and 127 cycles.

DATA paleyTwo64<>+0(SB)/8, $2.0
GLOBL paleyTwo64<>(SB), RODATA|NOPTR, $8
DATA paleyTwo32<>+0(SB)/4, $0x40000000
GLOBL paleyTwo32<>(SB), RODATA|NOPTR, $4

// Signs of the stages inside a register: + where an element is the first of its pair.
DATA paleySigns64h1<>+0(SB)/8, $1.0
DATA paleySigns64h1<>+8(SB)/8, $-1.0
DATA paleySigns64h1<>+16(SB)/8, $1.0
DATA paleySigns64h1<>+24(SB)/8, $-1.0
DATA paleySigns64h1<>+32(SB)/8, $1.0
DATA paleySigns64h1<>+40(SB)/8, $-1.0
DATA paleySigns64h1<>+48(SB)/8, $1.0
DATA paleySigns64h1<>+56(SB)/8, $-1.0
GLOBL paleySigns64h1<>(SB), RODATA|NOPTR, $64

DATA paleySigns64h2<>+0(SB)/8, $1.0
DATA paleySigns64h2<>+8(SB)/8, $1.0
DATA paleySigns64h2<>+16(SB)/8, $-1.0
DATA paleySigns64h2<>+24(SB)/8, $-1.0
DATA paleySigns64h2<>+32(SB)/8, $1.0
DATA paleySigns64h2<>+40(SB)/8, $1.0
DATA paleySigns64h2<>+48(SB)/8, $-1.0
DATA paleySigns64h2<>+56(SB)/8, $-1.0
GLOBL paleySigns64h2<>(SB), RODATA|NOPTR, $64

DATA paleySigns64h4<>+0(SB)/8, $1.0
DATA paleySigns64h4<>+8(SB)/8, $1.0
DATA paleySigns64h4<>+16(SB)/8, $1.0
DATA paleySigns64h4<>+24(SB)/8, $1.0
DATA paleySigns64h4<>+32(SB)/8, $-1.0
DATA paleySigns64h4<>+40(SB)/8, $-1.0
DATA paleySigns64h4<>+48(SB)/8, $-1.0
DATA paleySigns64h4<>+56(SB)/8, $-1.0
GLOBL paleySigns64h4<>(SB), RODATA|NOPTR, $64

DATA paleySigns32h1<>+0(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+8(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+16(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+24(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+32(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+40(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+48(SB)/8, $0xbf8000003f800000
DATA paleySigns32h1<>+56(SB)/8, $0xbf8000003f800000
GLOBL paleySigns32h1<>(SB), RODATA|NOPTR, $64

DATA paleySigns32h2<>+0(SB)/8, $0x3f8000003f800000
DATA paleySigns32h2<>+8(SB)/8, $0xbf800000bf800000
DATA paleySigns32h2<>+16(SB)/8, $0x3f8000003f800000
DATA paleySigns32h2<>+24(SB)/8, $0xbf800000bf800000
DATA paleySigns32h2<>+32(SB)/8, $0x3f8000003f800000
DATA paleySigns32h2<>+40(SB)/8, $0xbf800000bf800000
DATA paleySigns32h2<>+48(SB)/8, $0x3f8000003f800000
DATA paleySigns32h2<>+56(SB)/8, $0xbf800000bf800000
GLOBL paleySigns32h2<>(SB), RODATA|NOPTR, $64

DATA paleySigns32h4<>+0(SB)/8, $0x3f8000003f800000
DATA paleySigns32h4<>+8(SB)/8, $0x3f8000003f800000
DATA paleySigns32h4<>+16(SB)/8, $0xbf800000bf800000
DATA paleySigns32h4<>+24(SB)/8, $0xbf800000bf800000
DATA paleySigns32h4<>+32(SB)/8, $0x3f8000003f800000
DATA paleySigns32h4<>+40(SB)/8, $0x3f8000003f800000
DATA paleySigns32h4<>+48(SB)/8, $0xbf800000bf800000
DATA paleySigns32h4<>+56(SB)/8, $0xbf800000bf800000
GLOBL paleySigns32h4<>(SB), RODATA|NOPTR, $64

DATA paleySigns32h8<>+0(SB)/8, $0x3f8000003f800000
DATA paleySigns32h8<>+8(SB)/8, $0x3f8000003f800000
DATA paleySigns32h8<>+16(SB)/8, $0x3f8000003f800000
DATA paleySigns32h8<>+24(SB)/8, $0x3f8000003f800000
DATA paleySigns32h8<>+32(SB)/8, $0xbf800000bf800000
DATA paleySigns32h8<>+40(SB)/8, $0xbf800000bf800000
DATA paleySigns32h8<>+48(SB)/8, $0xbf800000bf800000
DATA paleySigns32h8<>+56(SB)/8, $0xbf800000bf800000
GLOBL paleySigns32h8<>(SB), RODATA|NOPTR, $64

// ---- float64 ----

#define PLUS VADDPD
#define MINUS VSUBPD
#define FNMADD VFNMADD213PD
#define FMADD VFMADD213PD
#define MOVE VMOVUPD
#define SIZE 8
#define INSIDE(at, v, w) \
	MOVE at, v \
	VPERMILPD $0x55, v, w \
	VFMADD132PD SIGN1, w, v \
	VPERMPD $0x4E, v, w \
	VFMADD132PD SIGN2, w, v \
	VSHUFF64X2 $0x4E, v, v, w \
	VFMADD132PD SIGN4, w, v

#define STEP STEP12
// func paley12x64AVX512(x *float64, run, count, row, step int)
TEXT ·paley12x64AVX512(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Z15
	MOVQ         run+8(FP), R15
#include "paley_loop_avx512_amd64.h"

#define SIGN1 Z31
#define SIGN2 Z30
#define SIGN4 Z29
// func paleyWhole12x64AVX512(x *float64, count, step int)
TEXT ·paleyWhole12x64AVX512(SB), NOSPLIT, $0-24
	MOVQ         x+0(FP), DI
	MOVQ         count+8(FP), AX
	MOVQ         step+16(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Z15
	VMOVUPD      paleySigns64h1<>(SB), SIGN1
	VMOVUPD      paleySigns64h2<>(SB), SIGN2
	VMOVUPD      paleySigns64h4<>(SB), SIGN4
#include "paley_whole_avx512_amd64.h"
#undef SIGN1
#undef SIGN2
#undef SIGN4
#undef STEP

#define STEP STEP20
// func paley20x64AVX512(x *float64, run, count, row, step int)
TEXT ·paley20x64AVX512(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Z15
	MOVQ         run+8(FP), R15
#include "paley_loop_avx512_amd64.h"

#define SIGN1 Z31
#define SIGN2 Z30
#define SIGN4 Z29
// func paleyWhole20x64AVX512(x *float64, count, step int)
TEXT ·paleyWhole20x64AVX512(SB), NOSPLIT, $0-24
	MOVQ         x+0(FP), DI
	MOVQ         count+8(FP), AX
	MOVQ         step+16(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Z15
	VMOVUPD      paleySigns64h1<>(SB), SIGN1
	VMOVUPD      paleySigns64h2<>(SB), SIGN2
	VMOVUPD      paleySigns64h4<>(SB), SIGN4
#include "paley_whole_avx512_amd64.h"
#undef SIGN1
#undef SIGN2
#undef SIGN4
#undef STEP

#define STEP STEP28
// func paley28x64AVX512(x *float64, run, count, row, step int)
TEXT ·paley28x64AVX512(SB), 0, $1024-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Z15
	MOVQ         run+8(FP), R15
	LEAQ         scratch-1024(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
#include "paley_loop_avx512_amd64.h"

#define SIGN1 Z31
#define SIGN2 Z30
#define SIGN4 paleySigns64h4<>(SB)
// func paleyWhole28x64AVX512(x *float64, count, step int)
TEXT ·paleyWhole28x64AVX512(SB), 0, $1024-24
	MOVQ         x+0(FP), DI
	MOVQ         count+8(FP), AX
	MOVQ         step+16(FP), R14
	VBROADCASTSD paleyTwo64<>(SB), Z15
	LEAQ         scratch-1024(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VMOVUPD      paleySigns64h1<>(SB), SIGN1
	VMOVUPD      paleySigns64h2<>(SB), SIGN2
#include "paley_whole_avx512_amd64.h"
#undef SIGN1
#undef SIGN2
#undef SIGN4
#undef STEP

#undef PLUS
#undef MINUS
#undef FNMADD
#undef FMADD
#undef MOVE
#undef SIZE
#undef INSIDE

// ---- float32 ----

#define PLUS VADDPS
#define MINUS VSUBPS
#define FNMADD VFNMADD213PS
#define FMADD VFMADD213PS
#define MOVE VMOVUPS
#define SIZE 4
#define INSIDE(at, v, w) \
	VMOVSLDUP at, w \
	VMOVSHDUP at, v \
	VFMADD132PS SIGN1, w, v \
	VPERMILPS $0x4E, v, w \
	VFMADD132PS SIGN2, w, v \
	VPERMPD $0x4E, v, w \
	VFMADD132PS SIGN4, w, v \
	VSHUFF64X2 $0x4E, v, v, w \
	VFMADD132PS SIGN8, w, v

#define STEP STEP12
// func paley12x32AVX512(x *float32, run, count, row, step int)
TEXT ·paley12x32AVX512(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Z15
	MOVQ         run+8(FP), R15
#include "paley_loop_avx512_amd64.h"

#define SIGN1 Z31
#define SIGN2 Z30
#define SIGN4 Z29
#define SIGN8 Z28
// func paleyWhole12x32AVX512(x *float32, count, step int)
TEXT ·paleyWhole12x32AVX512(SB), NOSPLIT, $0-24
	MOVQ         x+0(FP), DI
	MOVQ         count+8(FP), AX
	MOVQ         step+16(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Z15
	VMOVUPD      paleySigns32h1<>(SB), SIGN1
	VMOVUPD      paleySigns32h2<>(SB), SIGN2
	VMOVUPD      paleySigns32h4<>(SB), SIGN4
	VMOVUPD      paleySigns32h8<>(SB), SIGN8
#include "paley_whole_avx512_amd64.h"
#undef SIGN1
#undef SIGN2
#undef SIGN4
#undef SIGN8
#undef STEP

#define STEP STEP20
// func paley20x32AVX512(x *float32, run, count, row, step int)
TEXT ·paley20x32AVX512(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Z15
	MOVQ         run+8(FP), R15
#include "paley_loop_avx512_amd64.h"

#define SIGN1 Z31
#define SIGN2 Z30
#define SIGN4 Z29
#define SIGN8 Z28
// func paleyWhole20x32AVX512(x *float32, count, step int)
TEXT ·paleyWhole20x32AVX512(SB), NOSPLIT, $0-24
	MOVQ         x+0(FP), DI
	MOVQ         count+8(FP), AX
	MOVQ         step+16(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Z15
	VMOVUPD      paleySigns32h1<>(SB), SIGN1
	VMOVUPD      paleySigns32h2<>(SB), SIGN2
	VMOVUPD      paleySigns32h4<>(SB), SIGN4
	VMOVUPD      paleySigns32h8<>(SB), SIGN8
#include "paley_whole_avx512_amd64.h"
#undef SIGN1
#undef SIGN2
#undef SIGN4
#undef SIGN8
#undef STEP

#define STEP STEP28
// func paley28x32AVX512(x *float32, run, count, row, step int)
TEXT ·paley28x32AVX512(SB), 0, $1024-40
	MOVQ         x+0(FP), SI
	MOVQ         count+16(FP), AX
	MOVQ         row+24(FP), R8
	MOVQ         step+32(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Z15
	MOVQ         run+8(FP), R15
	LEAQ         scratch-1024(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
#include "paley_loop_avx512_amd64.h"

#define SIGN1 Z31
#define SIGN2 Z30
#define SIGN4 paleySigns32h4<>(SB)
#define SIGN8 paleySigns32h8<>(SB)
// func paleyWhole28x32AVX512(x *float32, count, step int)
TEXT ·paleyWhole28x32AVX512(SB), 0, $1024-24
	MOVQ         x+0(FP), DI
	MOVQ         count+8(FP), AX
	MOVQ         step+16(FP), R14
	VBROADCASTSS paleyTwo32<>(SB), Z15
	LEAQ         scratch-1024(SP), DX
	ADDQ         $63, DX
	ANDQ         $~63, DX
	VMOVUPD      paleySigns32h1<>(SB), SIGN1
	VMOVUPD      paleySigns32h2<>(SB), SIGN2
#include "paley_whole_avx512_amd64.h"
#undef SIGN1
#undef SIGN2
#undef SIGN4
#undef SIGN8
#undef STEP

#undef PLUS
#undef MINUS
#undef FNMADD
#undef FMADD
#undef MOVE
#undef SIZE
#undef INSIDE
