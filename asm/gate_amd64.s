//go:build amd64 && !purego && !noasm

#include "textflag.h"

// Lane selectors of a nibble of gate bits: 1, 2, 4, 8 and 16, 32, 64, 128.
DATA nibble<>+0(SB)/8, $1
DATA nibble<>+8(SB)/8, $2
DATA nibble<>+16(SB)/8, $4
DATA nibble<>+24(SB)/8, $8
DATA nibble<>+32(SB)/8, $16
DATA nibble<>+40(SB)/8, $32
DATA nibble<>+48(SB)/8, $64
DATA nibble<>+56(SB)/8, $128
GLOBL nibble<>(SB), RODATA|NOPTR, $64

// func reluGateAVX2(acc, z *[64]float64, a float64) uint64
//
// DI, SI  acc, z    Y0  a    Y1  zero    AX  gates    R8  gates of 16 samples
// CX  turns of 16 samples    R9, R10, R11  gates of 4
//
// Per 4 samples: 2 loads, compare, mask, move to a general register, shift, or,
// FMA, store. About 9 instructions; against 4·d flops a core's FMA ports need,
// small from d = 16 on.
TEXT ·reluGateAVX2(SB), NOSPLIT, $0-32
	MOVQ         acc+0(FP), DI
	MOVQ         z+8(FP), SI
	VBROADCASTSD a+16(FP), Y0
	VXORPD       Y1, Y1, Y1
	XORQ         AX, AX
	MOVQ         $4, CX

reluSixteen:
	VMOVUPD     (SI), Y2
	VMOVUPD     32(SI), Y3
	VMOVUPD     64(SI), Y4
	VMOVUPD     96(SI), Y5
	VCMPPD      $13, Y1, Y2, Y6   // z >= 0, ordered
	VCMPPD      $13, Y1, Y3, Y7
	VCMPPD      $13, Y1, Y4, Y8
	VCMPPD      $13, Y1, Y5, Y9
	VMOVMSKPD   Y6, R8
	VMOVMSKPD   Y7, R9
	VMOVMSKPD   Y8, R10
	VMOVMSKPD   Y9, R11
	VANDPD      Y6, Y2, Y2        // z or +0
	VANDPD      Y7, Y3, Y3
	VANDPD      Y8, Y4, Y4
	VANDPD      Y9, Y5, Y5
	VMOVUPD     (DI), Y10
	VMOVUPD     32(DI), Y11
	VMOVUPD     64(DI), Y12
	VMOVUPD     96(DI), Y13
	VFMADD231PD Y0, Y2, Y10       // acc += a*z
	VFMADD231PD Y0, Y3, Y11
	VFMADD231PD Y0, Y4, Y12
	VFMADD231PD Y0, Y5, Y13
	VMOVUPD     Y10, (DI)
	VMOVUPD     Y11, 32(DI)
	VMOVUPD     Y12, 64(DI)
	VMOVUPD     Y13, 96(DI)
	SHLQ        $4, R9
	SHLQ        $8, R10
	SHLQ        $12, R11
	ORQ         R9, R8
	ORQ         R11, R10
	ORQ         R10, R8
	RORQ        $16, AX           // after four turns the first group is lowest
	ORQ         R8, AX
	ADDQ        $128, SI
	ADDQ        $128, DI
	DECQ        CX
	JNE         reluSixteen
	RORQ        $16, AX
	MOVQ        AX, ret+24(FP)
	VZEROUPPER
	RET

// func maskAddAVX2(acc, z *[64]float64, a float64, gates uint64)
//
// DI, SI  acc, z    Y0  a    Y1, Y3  lane selectors of the low, the high nibble
// Y2  gates, shifted so that the next eight are lowest    CX  turns of 8 samples
//
// Per 4 samples: and, compare, shift, mask, 2 loads, FMA, store.
TEXT ·maskAddAVX2(SB), NOSPLIT, $0-32
	MOVQ         acc+0(FP), DI
	MOVQ         z+8(FP), SI
	VBROADCASTSD a+16(FP), Y0
	VPBROADCASTQ gates+24(FP), Y2
	VMOVDQU      nibble<>+0(SB), Y1
	VMOVDQU      nibble<>+32(SB), Y3
	MOVQ         $8, CX

maskEight:
	VPAND       Y1, Y2, Y4
	VPAND       Y3, Y2, Y5
	VPCMPEQQ    Y1, Y4, Y4      // all ones where the bit is set
	VPCMPEQQ    Y3, Y5, Y5
	VPSRLQ      $8, Y2, Y2
	VANDPD      (SI), Y4, Y4    // z or +0
	VANDPD      32(SI), Y5, Y5
	VMOVUPD     (DI), Y6
	VMOVUPD     32(DI), Y7
	VFMADD231PD Y0, Y4, Y6      // acc += a*z
	VFMADD231PD Y0, Y5, Y7
	VMOVUPD     Y6, (DI)
	VMOVUPD     Y7, 32(DI)
	ADDQ        $64, SI
	ADDQ        $64, DI
	DECQ        CX
	JNE         maskEight
	VZEROUPPER
	RET

// func maskPanelAVX2(dst, u *float64, gates *uint64, offset, stride, n int)
//
// DI, SI  dst, u    R8  the sample's byte of gates    R9  stride    CX  samples
// Y1, Y2  lane selectors of the low and the high nibble
//
// Per sample (8 values): 2 broadcasts, 2 ands, 2 compares, 2 masks, 2 stores.
// The byte loads walk a column and miss L1 when the stride is a multiple of
// 4096; the caller pads it.
TEXT ·maskPanelAVX2(SB), NOSPLIT, $0-48
	MOVQ    dst+0(FP), DI
	MOVQ    u+8(FP), SI
	MOVQ    gates+16(FP), R8
	ADDQ    offset+24(FP), R8
	MOVQ    stride+32(FP), R9
	MOVQ    n+40(FP), CX
	VMOVDQU nibble<>+0(SB), Y1
	VMOVDQU nibble<>+32(SB), Y2

panelOne:
	MOVBLZX      (R8), AX
	VBROADCASTSD (SI), Y0
	VMOVQ        AX, X3
	VPBROADCASTQ X3, Y3
	VPAND        Y1, Y3, Y4
	VPAND        Y2, Y3, Y5
	VPCMPEQQ     Y1, Y4, Y4
	VPCMPEQQ     Y2, Y5, Y5
	VPAND        Y0, Y4, Y4     // u or +0
	VPAND        Y0, Y5, Y5
	VMOVDQU      Y4, (DI)
	VMOVDQU      Y5, 32(DI)
	ADDQ         R9, R8
	ADDQ         $8, SI
	ADDQ         $64, DI
	DECQ         CX
	JNE          panelOne
	VZEROUPPER
	RET
