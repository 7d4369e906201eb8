//go:build amd64 && !purego && !noasm

#include "textflag.h"

// The kernels of vec_amd64.s on float32 in memory: a conversion is a load and a
// shuffle, so that the conversions bound them where memory does not.

// func dotWideAVX2(x []float32, y []float64) float64
//
// SI, DI  x, y      CX  elements left
// Y0–Y3   lanes 0–3, 4–7, 8–11, 12–15 of dotGeneric
TEXT ·dotWideAVX2(SB), NOSPLIT, $0-56
	MOVQ   x_base+0(FP), SI
	MOVQ   x_len+8(FP), CX
	MOVQ   y_base+24(FP), DI
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	SUBQ   $16, CX
	JLT    four

sixteen:
	VCVTPS2PD   (SI), Y4
	VCVTPS2PD   16(SI), Y5
	VCVTPS2PD   32(SI), Y6
	VCVTPS2PD   48(SI), Y7
	VFMADD231PD (DI), Y4, Y0
	VFMADD231PD 32(DI), Y5, Y1
	VFMADD231PD 64(DI), Y6, Y2
	VFMADD231PD 96(DI), Y7, Y3
	ADDQ        $64, SI
	ADDQ        $128, DI
	SUBQ        $16, CX
	JGE         sixteen

four:
	ADDQ $12, CX // left - 4
	JLT  join

fourLoop:
	VCVTPS2PD   (SI), Y4
	VFMADD231PD (DI), Y4, Y0
	ADDQ        $16, SI
	ADDQ        $32, DI
	SUBQ        $4, CX
	JGE         fourLoop

join:
	VADDPD       Y1, Y0, Y0 // l + (l+4)
	VADDPD       Y3, Y2, Y2 // (l+8) + (l+12)
	VADDPD       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0 // 0+2, 1+3
	VPERMILPD    $1, X0, X1
	VADDSD       X1, X0, X0 // (0+2) + (1+3)
	ADDQ         $4, CX
	JEQ          done

one:
	VMOVSS      (SI), X4
	VCVTSS2SD   X4, X4, X4
	VFMADD231SD (DI), X4, X0
	ADDQ        $4, SI
	ADDQ        $8, DI
	DECQ        CX
	JNE         one

done:
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET

// func dot32AVX2(x, y []float32) float64
//
// SI, DI  x, y      CX  elements left
// Y0–Y3   lanes 0–3, 4–7, 8–11, 12–15 of dotGeneric
TEXT ·dot32AVX2(SB), NOSPLIT, $0-56
	MOVQ   x_base+0(FP), SI
	MOVQ   x_len+8(FP), CX
	MOVQ   y_base+24(FP), DI
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	SUBQ   $16, CX
	JLT    four

sixteen:
	VCVTPS2PD   (SI), Y4
	VCVTPS2PD   16(SI), Y5
	VCVTPS2PD   32(SI), Y6
	VCVTPS2PD   48(SI), Y7
	VCVTPS2PD   (DI), Y8
	VCVTPS2PD   16(DI), Y9
	VCVTPS2PD   32(DI), Y10
	VCVTPS2PD   48(DI), Y11
	VFMADD231PD Y8, Y4, Y0
	VFMADD231PD Y9, Y5, Y1
	VFMADD231PD Y10, Y6, Y2
	VFMADD231PD Y11, Y7, Y3
	ADDQ        $64, SI
	ADDQ        $64, DI
	SUBQ        $16, CX
	JGE         sixteen

four:
	ADDQ $12, CX // left - 4
	JLT  join

fourLoop:
	VCVTPS2PD   (SI), Y4
	VCVTPS2PD   (DI), Y8
	VFMADD231PD Y8, Y4, Y0
	ADDQ        $16, SI
	ADDQ        $16, DI
	SUBQ        $4, CX
	JGE         fourLoop

join:
	VADDPD       Y1, Y0, Y0 // l + (l+4)
	VADDPD       Y3, Y2, Y2 // (l+8) + (l+12)
	VADDPD       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0 // 0+2, 1+3
	VPERMILPD    $1, X0, X1
	VADDSD       X1, X0, X0 // (0+2) + (1+3)
	ADDQ         $4, CX
	JEQ          done

one:
	VMOVSS      (SI), X4
	VCVTSS2SD   X4, X4, X4
	VMOVSS      (DI), X8
	VCVTSS2SD   X8, X8, X8
	VFMADD231SD X8, X4, X0
	ADDQ        $4, SI
	ADDQ        $4, DI
	DECQ        CX
	JNE         one

done:
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET

// func axpyWideAVX2(dst []float64, alpha float64, x []float32)
//
// DI, SI  dst, x    CX  elements left    Y0  alpha in all lanes
TEXT ·axpyWideAVX2(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	VBROADCASTSD alpha+24(FP), Y0
	MOVQ         x_base+32(FP), SI
	MOVQ         x_len+40(FP), CX
	SUBQ         $16, CX
	JLT          four

sixteen:
	VCVTPS2PD (SI), Y5
	VCVTPS2PD 16(SI), Y6
	VCVTPS2PD 32(SI), Y7
	VCVTPS2PD 48(SI), Y8
	VMOVUPD (DI), Y1
	VMOVUPD 32(DI), Y2
	VMOVUPD 64(DI), Y3
	VMOVUPD 96(DI), Y4
	VFMADD231PD Y5, Y0, Y1
	VFMADD231PD Y6, Y0, Y2
	VFMADD231PD Y7, Y0, Y3
	VFMADD231PD Y8, Y0, Y4
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	VMOVUPD Y3, 64(DI)
	VMOVUPD Y4, 96(DI)
	ADDQ $64, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JGE sixteen

four:
	ADDQ $12, CX
	JLT rest

fourLoop:
	VCVTPS2PD (SI), Y5
	VMOVUPD (DI), Y1
	VFMADD231PD Y5, Y0, Y1
	VMOVUPD Y1, (DI)
	ADDQ $16, SI
	ADDQ $32, DI
	SUBQ $4, CX
	JGE fourLoop

rest:
	ADDQ $4, CX
	JEQ done

one:
	VMOVSS (SI), X5
	VCVTSS2SD X5, X5, X5
	VMOVSD (DI), X1
	VFMADD231SD X5, X0, X1
	VMOVSD X1, (DI)
	ADDQ $8, DI
	ADDQ $4, SI
	DECQ CX
	JNE one

done:
	VZEROUPPER
	RET

// func axpy32AVX2(dst []float32, alpha float64, x []float32)
//
// DI, SI  dst, x    CX  elements left    Y0  alpha in all lanes
TEXT ·axpy32AVX2(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	VBROADCASTSD alpha+24(FP), Y0
	MOVQ         x_base+32(FP), SI
	MOVQ         x_len+40(FP), CX
	SUBQ         $16, CX
	JLT          four

sixteen:
	VCVTPS2PD (SI), Y5
	VCVTPS2PD 16(SI), Y6
	VCVTPS2PD 32(SI), Y7
	VCVTPS2PD 48(SI), Y8
	VCVTPS2PD (DI), Y1
	VCVTPS2PD 16(DI), Y2
	VCVTPS2PD 32(DI), Y3
	VCVTPS2PD 48(DI), Y4
	VFMADD231PD Y5, Y0, Y1
	VFMADD231PD Y6, Y0, Y2
	VFMADD231PD Y7, Y0, Y3
	VFMADD231PD Y8, Y0, Y4
	VCVTPD2PSY Y1, X1
	VCVTPD2PSY Y2, X2
	VCVTPD2PSY Y3, X3
	VCVTPD2PSY Y4, X4
	VMOVUPS X1, (DI)
	VMOVUPS X2, 16(DI)
	VMOVUPS X3, 32(DI)
	VMOVUPS X4, 48(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JGE sixteen

four:
	ADDQ $12, CX
	JLT rest

fourLoop:
	VCVTPS2PD (SI), Y5
	VCVTPS2PD (DI), Y1
	VFMADD231PD Y5, Y0, Y1
	VCVTPD2PSY Y1, X1
	VMOVUPS X1, (DI)
	ADDQ $16, SI
	ADDQ $16, DI
	SUBQ $4, CX
	JGE fourLoop

rest:
	ADDQ $4, CX
	JEQ done

one:
	VMOVSS (SI), X5
	VCVTSS2SD X5, X5, X5
	VMOVSS (DI), X1
	VCVTSS2SD X1, X1, X1
	VFMADD231SD X5, X0, X1
	VCVTSD2SS X1, X1, X1
	VMOVSS X1, (DI)
	ADDQ $4, DI
	ADDQ $4, SI
	DECQ CX
	JNE one

done:
	VZEROUPPER
	RET

// func scaleTwice32AVX2(dst []float32, alpha float64, x []float32)
//
// DI, SI  dst, x    CX  elements left    Y0  alpha in all lanes
TEXT ·scaleTwice32AVX2(SB), NOSPLIT, $0-56
	MOVQ         dst_base+0(FP), DI
	VBROADCASTSD alpha+24(FP), Y0
	MOVQ         x_base+32(FP), SI
	MOVQ         x_len+40(FP), CX
	SUBQ         $16, CX
	JLT          four

sixteen:
	VCVTPS2PD (SI), Y5
	VCVTPS2PD 16(SI), Y6
	VCVTPS2PD 32(SI), Y7
	VCVTPS2PD 48(SI), Y8
	VMULPD Y5, Y0, Y1
	VMULPD Y6, Y0, Y2
	VMULPD Y7, Y0, Y3
	VMULPD Y8, Y0, Y4
	VCVTPD2PSY Y1, X1
	VCVTPD2PSY Y2, X2
	VCVTPD2PSY Y3, X3
	VCVTPD2PSY Y4, X4
	VMOVUPS X1, (DI)
	VMOVUPS X2, 16(DI)
	VMOVUPS X3, 32(DI)
	VMOVUPS X4, 48(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JGE sixteen

four:
	ADDQ $12, CX
	JLT rest

fourLoop:
	VCVTPS2PD (SI), Y5
	VMULPD Y5, Y0, Y1
	VCVTPD2PSY Y1, X1
	VMOVUPS X1, (DI)
	ADDQ $16, SI
	ADDQ $16, DI
	SUBQ $4, CX
	JGE fourLoop

rest:
	ADDQ $4, CX
	JEQ done

one:
	VMOVSS (SI), X5
	VCVTSS2SD X5, X5, X5
	VMULSD X5, X0, X1
	VCVTSD2SS X1, X1, X1
	VMOVSS X1, (DI)
	ADDQ $4, DI
	ADDQ $4, SI
	DECQ CX
	JNE one

done:
	VZEROUPPER
	RET
