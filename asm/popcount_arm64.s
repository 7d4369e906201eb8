//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func andCountNEON(dst *int64, x *uint64, xs, ni int, y *uint64, ys, words int)
//
// R0  the tile's row of dst      R4, R7  xs and ys in bytes    R6  words left
// R1, R3  columns of x and of y  R8, R9  the same, word by word
// R2  y                          R5  words
// R10 columns of x left, four at a time    R11 column of y, eight at a time
// R12 a row of dst, 512 bytes each
// V0–V15   counts by bytes of four columns of x, eight of y: at most 8 a word,
//          so that 31 words fit
// V16–V19  words of y    V20–V23  a word of x in both lanes    V24–V27  common
//          bits, then sums of dst
//
// For each word of a tile 3 loads, 16 ANDs, 16 counts, 16 additions, and 4
// instructions within the load that spreads four words: the vector pipes bound
// it at 26 cycles for 32 sums. What follows a tile weighs as much as 1.3 words.

#define COUNT(x, c0, c1, c2, c3) \
	VAND V16.B16, x.B16, V24.B16   \
	VAND V17.B16, x.B16, V25.B16   \
	VAND V18.B16, x.B16, V26.B16   \
	VAND V19.B16, x.B16, V27.B16   \
	VCNT V24.B16, V24.B16          \
	VCNT V25.B16, V25.B16          \
	VCNT V26.B16, V26.B16          \
	VCNT V27.B16, V27.B16          \
	VADD V24.B16, c0.B16, c0.B16   \
	VADD V25.B16, c1.B16, c1.B16   \
	VADD V26.B16, c2.B16, c2.B16   \
	VADD V27.B16, c3.B16, c3.B16

#define SUM(c) \
	UADDLP16B(c, c) \
	UADDLP8H(c, c)

// FOLD: the counts of a column of x go to its row of dst
#define FOLD(c0, c1, c2, c3) \
	SUM(c0)                     \
	SUM(c1)                     \
	SUM(c2)                     \
	SUM(c3)                     \
	FLDPQ (R12), (F24, F25)     \
	FLDPQ 32(R12), (F26, F27)   \
	UADALP4S(24, c0)            \
	UADALP4S(25, c1)            \
	UADALP4S(26, c2)            \
	UADALP4S(27, c3)            \
	FSTPQ (F24, F25), (R12)     \
	FSTPQ (F26, F27), 32(R12)   \
	ADD   $512, R12

TEXT ·andCountNEON(SB), NOSPLIT, $0-56
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD xs+16(FP), R4
	MOVD ni+24(FP), R10
	MOVD y+32(FP), R2
	MOVD ys+40(FP), R7
	MOVD words+48(FP), R5
	LSL  $3, R4
	LSL  $3, R7

rows:
	MOVD R2, R3
	MOVD $8, R11

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
	MOVD R1, R8
	MOVD R3, R9
	MOVD R5, R6

word:
	VLD4R.P (R8)(R4), [V20.D2, V21.D2, V22.D2, V23.D2]
	FLDPQ (R9), (F16, F17)
	FLDPQ 32(R9), (F18, F19)
	ADD   R7, R9
	COUNT(V20, V0, V1, V2, V3)
	COUNT(V21, V4, V5, V6, V7)
	COUNT(V22, V8, V9, V10, V11)
	COUNT(V23, V12, V13, V14, V15)
	SUBS  $1, R6
	BNE   word
	MOVD  R0, R12
	FOLD(0, 1, 2, 3)
	FOLD(4, 5, 6, 7)
	FOLD(8, 9, 10, 11)
	FOLD(12, 13, 14, 15)
	ADD  $64, R0
	ADD  $64, R3
	SUBS $1, R11
	BNE  tile
	ADD  $1536, R0 // four rows of 512 bytes, of which one is done
	ADD  $32, R1
	SUBS $4, R10
	BGT  rows
	RET
