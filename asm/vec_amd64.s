//go:build amd64 && !purego && !noasm

#include "textflag.h"

// func dotAVX2(x, y []float64) float64
//
// SI, DI  x, y      CX  elements left
// Y0–Y3   lanes 0–3, 4–7, 8–11, 12–15 of dotGeneric
//
// 16 elements a turn: 4 loads, 4 FMA with a memory operand; 8 loads on two
// ports bound it at 4 cycles, the latency of one FMA.
TEXT ·dotAVX2(SB), NOSPLIT, $0-56
	MOVQ   x_base+0(FP), SI
	MOVQ   x_len+8(FP), CX
	MOVQ   y_base+24(FP), DI
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	SUBQ   $16, CX
	JLT    dotFour

dotSixteen:
	VMOVUPD     (SI), Y4
	VMOVUPD     32(SI), Y5
	VMOVUPD     64(SI), Y6
	VMOVUPD     96(SI), Y7
	VFMADD231PD (DI), Y4, Y0   // lane += x*y
	VFMADD231PD 32(DI), Y5, Y1
	VFMADD231PD 64(DI), Y6, Y2
	VFMADD231PD 96(DI), Y7, Y3
	ADDQ        $128, SI
	ADDQ        $128, DI
	SUBQ        $16, CX
	JGE         dotSixteen

dotFour:
	ADDQ $12, CX              // left - 4
	JLT  dotJoin

dotFourLoop:
	VMOVUPD     (SI), Y4
	VFMADD231PD (DI), Y4, Y0
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $4, CX
	JGE         dotFourLoop

dotJoin:
	VADDPD       Y1, Y0, Y0     // l + (l+4)
	VADDPD       Y3, Y2, Y2     // (l+8) + (l+12)
	VADDPD       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0     // 0+2, 1+3
	VPERMILPD    $1, X0, X1
	VADDSD       X1, X0, X0     // (0+2) + (1+3)
	ADDQ         $4, CX
	JEQ          dotDone

dotOne:
	VMOVSD      (SI), X4
	VFMADD231SD (DI), X4, X0
	ADDQ        $8, SI
	ADDQ        $8, DI
	DECQ        CX
	JNE         dotOne

dotDone:
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET

// func axpyAVX2(dst []float64, alpha float64, x []float64)
//
// DI, SI  dst, x    CX  elements left    Y0  alpha in all lanes
//
// 16 elements a turn: 8 loads, 4 stores; the stores bound it (4 cycles).
TEXT ·axpyAVX2(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	VBROADCASTSD alpha+24(FP), Y0
	MOVQ         x_base+32(FP), SI
	MOVQ         x_len+40(FP), CX
	SUBQ         $16, CX
	JLT          axpyFour

axpySixteen:
	VMOVUPD     (DI), Y1
	VMOVUPD     32(DI), Y2
	VMOVUPD     64(DI), Y3
	VMOVUPD     96(DI), Y4
	VFMADD231PD (SI), Y0, Y1   // dst += alpha*x
	VFMADD231PD 32(SI), Y0, Y2
	VFMADD231PD 64(SI), Y0, Y3
	VFMADD231PD 96(SI), Y0, Y4
	VMOVUPD     Y1, (DI)
	VMOVUPD     Y2, 32(DI)
	VMOVUPD     Y3, 64(DI)
	VMOVUPD     Y4, 96(DI)
	ADDQ        $128, SI
	ADDQ        $128, DI
	SUBQ        $16, CX
	JGE         axpySixteen

axpyFour:
	ADDQ $12, CX
	JLT  axpyRest

axpyFourLoop:
	VMOVUPD     (DI), Y1
	VFMADD231PD (SI), Y0, Y1
	VMOVUPD     Y1, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $4, CX
	JGE         axpyFourLoop

axpyRest:
	ADDQ $4, CX
	JEQ  axpyDone

axpyOne:
	VMOVSD      (DI), X1
	VFMADD231SD (SI), X0, X1
	VMOVSD      X1, (DI)
	ADDQ        $8, SI
	ADDQ        $8, DI
	DECQ        CX
	JNE         axpyOne

axpyDone:
	VZEROUPPER
	RET

// func scaleAVX2(dst []float64, alpha float64, x []float64)
//
// DI, SI  dst, x    CX  elements left    Y0  alpha in all lanes
//
// 16 elements a turn: 4 loads, 4 stores; the stores bound it.
TEXT ·scaleAVX2(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	VBROADCASTSD alpha+24(FP), Y0
	MOVQ         x_base+32(FP), SI
	MOVQ         x_len+40(FP), CX
	SUBQ         $16, CX
	JLT          scaleFour

scaleSixteen:
	VMULPD  (SI), Y0, Y1        // alpha*x
	VMULPD  32(SI), Y0, Y2
	VMULPD  64(SI), Y0, Y3
	VMULPD  96(SI), Y0, Y4
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	VMOVUPD Y3, 64(DI)
	VMOVUPD Y4, 96(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	SUBQ    $16, CX
	JGE     scaleSixteen

scaleFour:
	ADDQ $12, CX
	JLT  scaleRest

scaleFourLoop:
	VMULPD  (SI), Y0, Y1
	VMOVUPD Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JGE     scaleFourLoop

scaleRest:
	ADDQ $4, CX
	JEQ  scaleDone

scaleOne:
	VMULSD (SI), X0, X1
	VMOVSD X1, (DI)
	ADDQ   $8, SI
	ADDQ   $8, DI
	DECQ   CX
	JNE    scaleOne

scaleDone:
	VZEROUPPER
	RET
