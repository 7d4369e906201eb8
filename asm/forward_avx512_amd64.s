//go:build amd64 && !purego && !noasm

#include "textflag.h"

// func forwardAVX512(acc *float64, gates *byte, w, a, xp *float64, rows, d int)
//
// DI  acc, 32 sums      DX   the bytes of a neuron's gates, 8 bytes a neuron
// SI  xp                BX   the row of xp of a feature, 256 bytes each
// R8, R11  weights of neurons 0 and 3 of a tile    R9, R10  d and 3·d in bytes
// R12 signs             AX   neurons left          CX  features left
// Z0–Z23   z of six neurons, four vectors each     Z24–Z27  row of xp, then acc
// Z28      weight, then sign                       Z31  zero
// K1–K4    gates of a neuron
//
// Tiles of six neurons: a step is 24 FMA, 10 loads and 4 scalar instructions;
// the FMA ports bound it at 12 cycles. The neurons left over go one at a time,
// bound by the latency of their four FMA.

#define TIMES(at, z0, z1, z2, z3) \
	VBROADCASTSD at, Z28       \
	VFMADD231PD  Z24, Z28, z0  \
	VFMADD231PD  Z25, Z28, z1  \
	VFMADD231PD  Z26, Z28, z2  \
	VFMADD231PD  Z27, Z28, z3

#define ROW \
	VMOVUPD (BX), Z24    \
	VMOVUPD 64(BX), Z25  \
	VMOVUPD 128(BX), Z26 \
	VMOVUPD 192(BX), Z27

// GATES: the gates of neuron q where z >= 0, ordered, and acc += a*z there.
#define GATES(q, z0, z1, z2, z3) \
	VBROADCASTSD (q*8)(R12), Z28       \
	VCMPPD       $13, Z31, z0, K1      \
	VCMPPD       $13, Z31, z1, K2      \
	VCMPPD       $13, Z31, z2, K3      \
	VCMPPD       $13, Z31, z3, K4      \
	KMOVB        K1, (q*8)(DX)         \
	KMOVB        K2, (q*8+1)(DX)       \
	KMOVB        K3, (q*8+2)(DX)       \
	KMOVB        K4, (q*8+3)(DX)       \
	VFMADD231PD  z0, Z28, K1, Z24      \
	VFMADD231PD  z1, Z28, K2, Z25      \
	VFMADD231PD  z2, Z28, K3, Z26      \
	VFMADD231PD  z3, Z28, K4, Z27

#define LOADACC \
	VMOVUPD (DI), Z24    \
	VMOVUPD 64(DI), Z25  \
	VMOVUPD 128(DI), Z26 \
	VMOVUPD 192(DI), Z27

#define STOREACC \
	VMOVUPD Z24, (DI)    \
	VMOVUPD Z25, 64(DI)  \
	VMOVUPD Z26, 128(DI) \
	VMOVUPD Z27, 192(DI)

TEXT ·forwardAVX512(SB), NOSPLIT, $0-56
	MOVQ   acc+0(FP), DI
	MOVQ   gates+8(FP), DX
	MOVQ   w+16(FP), R8
	MOVQ   a+24(FP), R12
	MOVQ   xp+32(FP), SI
	MOVQ   rows+40(FP), AX
	MOVQ   d+48(FP), R9
	SHLQ   $3, R9
	LEAQ   (R9)(R9*2), R10
	VPXORQ Z31, Z31, Z31
	SUBQ   $6, AX
	JLT    rest

tile:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	VPXORQ Z8, Z8, Z8
	VPXORQ Z9, Z9, Z9
	VPXORQ Z10, Z10, Z10
	VPXORQ Z11, Z11, Z11
	VPXORQ Z12, Z12, Z12
	VPXORQ Z13, Z13, Z13
	VPXORQ Z14, Z14, Z14
	VPXORQ Z15, Z15, Z15
	VPXORQ Z16, Z16, Z16
	VPXORQ Z17, Z17, Z17
	VPXORQ Z18, Z18, Z18
	VPXORQ Z19, Z19, Z19
	VPXORQ Z20, Z20, Z20
	VPXORQ Z21, Z21, Z21
	VPXORQ Z22, Z22, Z22
	VPXORQ Z23, Z23, Z23
	LEAQ (R8)(R10*1), R11
	MOVQ SI, BX
	MOVQ d+48(FP), CX

feature:
	ROW
	TIMES((R8), Z0, Z1, Z2, Z3)
	TIMES((R8)(R9*1), Z4, Z5, Z6, Z7)
	TIMES((R8)(R9*2), Z8, Z9, Z10, Z11)
	TIMES((R11), Z12, Z13, Z14, Z15)
	TIMES((R11)(R9*1), Z16, Z17, Z18, Z19)
	TIMES((R11)(R9*2), Z20, Z21, Z22, Z23)
	ADDQ $8, R8
	ADDQ $8, R11
	ADDQ $256, BX
	DECQ CX
	JNE  feature
	LOADACC
	GATES(0, Z0, Z1, Z2, Z3)
	GATES(1, Z4, Z5, Z6, Z7)
	GATES(2, Z8, Z9, Z10, Z11)
	GATES(3, Z12, Z13, Z14, Z15)
	GATES(4, Z16, Z17, Z18, Z19)
	GATES(5, Z20, Z21, Z22, Z23)
	STOREACC
	LEAQ (R11)(R9*2), R8
	ADDQ $48, DX
	ADDQ $48, R12
	SUBQ $6, AX
	JGE  tile

rest:
	ADDQ $6, AX
	JEQ  done

one:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	MOVQ SI, BX
	MOVQ d+48(FP), CX

oneFeature:
	ROW
	TIMES((R8), Z0, Z1, Z2, Z3)
	ADDQ $8, R8
	ADDQ $256, BX
	DECQ CX
	JNE  oneFeature
	LOADACC
	GATES(0, Z0, Z1, Z2, Z3)
	STOREACC
	ADDQ $8, DX
	ADDQ $8, R12
	DECQ AX
	JNE  one

done:
	VZEROUPPER
	RET
