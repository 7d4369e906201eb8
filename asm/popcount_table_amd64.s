//go:build amd64 && !purego && !noasm

#include "textflag.h"

// The byte of four that each byte of eight lanes of four takes, and its bit.
DATA byteOfBit<>+0(SB)/8, $0x0000000000000000
DATA byteOfBit<>+8(SB)/8, $0x0101010101010101
DATA byteOfBit<>+16(SB)/8, $0x0202020202020202
DATA byteOfBit<>+24(SB)/8, $0x0303030303030303
GLOBL byteOfBit<>(SB), RODATA|NOPTR, $32

DATA bitOfByte<>+0(SB)/8, $0x8040201008040201
GLOBL bitOfByte<>(SB), RODATA|NOPTR, $8

// func countTableAVX2(table *[16384]uint8, y *[64]uint64)
//
// DI  table, and the half of its rows under way    SI  four words of y
// CX  tables left    Y14 byteOfBit    Y15 bitOfByte
// Y0–Y3  a byte for each of 32 bits of a word: 0 or -1
// Y4, Y5 sums of pairs    Y6 other sums    Y7 zero
//
// Row s of table t is, for each bit j, minus the number of words 4t+l that have
// bit j set, over the bits l of s. Half a table takes 4 loads, 23 other vector
// instructions and 16 stores.

#define SPREAD(at, y) \
	VPBROADCASTD at(SI), y \
	VPSHUFB  Y14, y, y \
	VPAND    Y15, y, y \
	VPCMPEQB Y15, y, y

#define PUTSUM(a, b, at) \
	VPADDB  b, a, Y6 \
	VMOVDQU Y6, at(DI)

#define HALF(from, at) \
	SPREAD(from, Y0) \
	SPREAD(from+8, Y1) \
	SPREAD(from+16, Y2) \
	SPREAD(from+24, Y3) \
	VPADDB  Y1, Y0, Y4 \
	VPADDB  Y3, Y2, Y5 \
	VMOVDQU Y7, at(DI) \
	VMOVDQU Y0, (at+64)(DI) \
	VMOVDQU Y1, (at+128)(DI) \
	VMOVDQU Y4, (at+192)(DI) \
	VMOVDQU Y2, (at+256)(DI) \
	PUTSUM(Y0, Y2, at+320) \
	PUTSUM(Y1, Y2, at+384) \
	PUTSUM(Y4, Y2, at+448) \
	VMOVDQU Y3, (at+512)(DI) \
	PUTSUM(Y0, Y3, at+576) \
	PUTSUM(Y1, Y3, at+640) \
	PUTSUM(Y4, Y3, at+704) \
	VMOVDQU Y5, (at+768)(DI) \
	PUTSUM(Y0, Y5, at+832) \
	PUTSUM(Y1, Y5, at+896) \
	PUTSUM(Y4, Y5, at+960)

TEXT ·countTableAVX2(SB), NOSPLIT, $0-16
	MOVQ         table+0(FP), DI
	MOVQ         y+8(FP), SI
	VMOVDQU      byteOfBit<>(SB), Y14
	VPBROADCASTQ bitOfByte<>(SB), Y15
	VPXOR        Y7, Y7, Y7
	MOVQ         $16, CX

fours:
	HALF(0, 0)
	HALF(4, 32)
	ADDQ $32, SI
	ADDQ $1024, DI
	DECQ CX
	JNE  fours
	VZEROUPPER
	RET

// func countAddAVX2(sums *uint8, x *uint64, rows int, table *[16384]uint8)
//
// DI  a row of 64 sums    R10  64, its bytes    SI  the word of x    CX  rows left
// R8  table      AX  the word            R9, R11–R13  places in the table
// Y0, Y1  the row of sums
//
// A row takes 35 loads, 32 subtractions, 2 stores and 51 scalar instructions: 18
// cycles on two load ports for 64 sums of a word.

#define ADD1(at, r) VPSUBB (at)(R8)(r*1), Y0, Y0; VPSUBB (at+32)(R8)(r*1), Y1, Y1

#include "bits_amd64.h"

TEXT ·countAddAVX2(SB), NOSPLIT, $0-32
	MOVQ sums+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ rows+16(FP), CX
	MOVQ table+24(FP), R8
	MOVQ $64, R10

add:
	MOVQ    (SI), AX
	VMOVDQU (DI), Y0
	VMOVDQU 32(DI), Y1
	SIXTEEN1
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	NEXT
	JNE     add
	VZEROUPPER
	RET

// func countFoldAVX2(wide *uint16, sums *uint8, rows int)
//
// DI, SI  wide, sums    CX  rows left    Y0–Y3  64 sums    Y4 zero
//
// Adds the sums, and sets them to zero.
TEXT ·countFoldAVX2(SB), NOSPLIT, $0-24
	MOVQ  wide+0(FP), DI
	MOVQ  sums+8(FP), SI
	MOVQ  rows+16(FP), CX
	VPXOR Y4, Y4, Y4

fold:
	VPMOVZXBW (SI), Y0
	VPMOVZXBW 16(SI), Y1
	VPMOVZXBW 32(SI), Y2
	VPMOVZXBW 48(SI), Y3
	VPADDW    (DI), Y0, Y0
	VPADDW    32(DI), Y1, Y1
	VPADDW    64(DI), Y2, Y2
	VPADDW    96(DI), Y3, Y3
	VMOVDQU   Y0, (DI)
	VMOVDQU   Y1, 32(DI)
	VMOVDQU   Y2, 64(DI)
	VMOVDQU   Y3, 96(DI)
	VMOVDQU   Y4, (SI)
	VMOVDQU   Y4, 32(SI)
	ADDQ      $128, DI
	ADDQ      $64, SI
	DECQ      CX
	JNE       fold
	VZEROUPPER
	RET

// func countWidenAVX2(dst *int64, wide *uint16, rows int)
//
// DI, SI  dst, wide    CX  sixteens of sums left    Y0–Y3  sixteen sums    Y4 zero
//
// Adds the sums, and sets them to zero.
TEXT ·countWidenAVX2(SB), NOSPLIT, $0-24
	MOVQ  dst+0(FP), DI
	MOVQ  wide+8(FP), SI
	MOVQ  rows+16(FP), CX
	SHLQ  $2, CX
	VPXOR Y4, Y4, Y4

widen:
	VPMOVZXWQ (SI), Y0
	VPMOVZXWQ 8(SI), Y1
	VPMOVZXWQ 16(SI), Y2
	VPMOVZXWQ 24(SI), Y3
	VPADDQ    (DI), Y0, Y0
	VPADDQ    32(DI), Y1, Y1
	VPADDQ    64(DI), Y2, Y2
	VPADDQ    96(DI), Y3, Y3
	VMOVDQU   Y0, (DI)
	VMOVDQU   Y1, 32(DI)
	VMOVDQU   Y2, 64(DI)
	VMOVDQU   Y3, 96(DI)
	VMOVDQU   Y4, (SI)
	ADDQ      $128, DI
	ADDQ      $32, SI
	DECQ      CX
	JNE       widen
	VZEROUPPER
	RET
