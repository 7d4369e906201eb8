//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Bits set in a nibble.
DATA nibbleCount<>+0(SB)/8, $0x0302020102010100
DATA nibbleCount<>+8(SB)/8, $0x0403030203020201
DATA nibbleCount<>+16(SB)/8, $0x0302020102010100
DATA nibbleCount<>+24(SB)/8, $0x0403030203020201
GLOBL nibbleCount<>(SB), RODATA|NOPTR, $32

DATA nibbleMask<>+0(SB)/8, $0x0F0F0F0F0F0F0F0F
DATA nibbleMask<>+8(SB)/8, $0x0F0F0F0F0F0F0F0F
DATA nibbleMask<>+16(SB)/8, $0x0F0F0F0F0F0F0F0F
DATA nibbleMask<>+24(SB)/8, $0x0F0F0F0F0F0F0F0F
GLOBL nibbleMask<>(SB), RODATA|NOPTR, $32

// func andCountAVX2(dst *int64, x *uint64, xs, ni int, y *uint64, ys, words int)
//
// DI  the tile's row of dst      R10, R9  xs and ys in bytes    CX  words of a run left
// SI, R8  columns of x and of y  R11, R12  the same, word by word
// AX  columns of x left, two at a time      DX  column of y, eight at a time
// BX  words left after the run
// Y0–Y3    counts by bytes of two columns of x, eight of y: at most 8 a word,
//          so that runs of 31 words fit
// Y4, Y5   words of y    Y6, Y7  a word of x in all lanes    Y8–Y11  temporary
// Y13 zero    Y14 nibbleCount    Y15 nibbleMask
//
// A word of two columns by eight: 4 loads and 32 vector instructions, eight of
// them shuffles; 8 to 11 cycles on four pipes, three on older processors.

#define COUNT(x, y, c, t, u) \
	VPAND   x, y, t      \
	VPSRLW  $4, t, u     \
	VPAND   Y15, t, t    \
	VPAND   Y15, u, u    \
	VPSHUFB t, Y14, t    \
	VPSHUFB u, Y14, u    \
	VPADDB  t, c, c      \
	VPADDB  u, c, c

#define FOLD(c, at) \
	VPSADBW Y13, c, c        \
	VPADDQ  at(DI), c, c     \
	VMOVDQU c, at(DI)        \
	VPXOR   c, c, c

TEXT ·andCountAVX2(SB), NOSPLIT, $0-56
	MOVQ    dst+0(FP), DI
	MOVQ    x+8(FP), SI
	MOVQ    xs+16(FP), R10
	MOVQ    ys+40(FP), R9
	SHLQ    $3, R10
	SHLQ    $3, R9
	VPXOR   Y13, Y13, Y13
	VMOVDQU nibbleCount<>(SB), Y14
	VMOVDQU nibbleMask<>(SB), Y15
	VPXOR   Y0, Y0, Y0
	VPXOR   Y1, Y1, Y1
	VPXOR   Y2, Y2, Y2
	VPXOR   Y3, Y3, Y3
	MOVQ    ni+24(FP), AX

rows:
	MOVQ y+32(FP), R8
	MOVQ $8, DX

tile:
	MOVQ SI, R11
	MOVQ R8, R12
	MOVQ words+48(FP), BX

run:
	MOVQ $31, CX
	CMPQ BX, CX
	JGE  full
	MOVQ BX, CX

full:
	SUBQ CX, BX

word:
	VMOVDQU      (R12), Y4
	VMOVDQU      32(R12), Y5
	VPBROADCASTQ (R11), Y6
	VPBROADCASTQ 8(R11), Y7
	COUNT(Y6, Y4, Y0, Y8, Y9)
	COUNT(Y6, Y5, Y1, Y10, Y11)
	COUNT(Y7, Y4, Y2, Y8, Y9)
	COUNT(Y7, Y5, Y3, Y10, Y11)
	ADDQ         R10, R11
	ADDQ         R9, R12
	DECQ         CX
	JNE          word
	FOLD(Y0, 0)
	FOLD(Y1, 32)
	FOLD(Y2, 512)
	FOLD(Y3, 544)
	TESTQ BX, BX
	JNE   run
	ADDQ  $64, DI
	ADDQ  $64, R8
	DECQ  DX
	JNE   tile
	ADDQ  $512, DI
	ADDQ  $16, SI
	SUBQ  $2, AX
	JGT   rows
	VZEROUPPER
	RET

// func scaleCountsAVX2(dst *[4096]float64, counts *[4096]int64, alpha float64)
//
// DI, SI  dst, counts    CX  vectors left    Y0  alpha    Y1  2^52
//
// A count below 2^52 in the low bits of 2^52 is 2^52 + count; a load, a store
// and 5 other instructions a vector.
DATA two52<>+0(SB)/8, $4503599627370496.0
GLOBL two52<>(SB), RODATA|NOPTR, $8

TEXT ·scaleCountsAVX2(SB), NOSPLIT, $0-24
	MOVQ         dst+0(FP), DI
	MOVQ         counts+8(FP), SI
	VBROADCASTSD alpha+16(FP), Y0
	VBROADCASTSD two52<>(SB), Y1
	MOVQ         $1024, CX

scaleFour:
	VPOR    (SI), Y1, Y2
	VSUBPD  Y1, Y2, Y2
	VMULPD  Y0, Y2, Y2
	VMULPD  (DI), Y2, Y2
	VMOVUPD Y2, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	DECQ    CX
	JNE     scaleFour
	VZEROUPPER
	RET
