// The names of paley_amd64.h for AVX-512: all of order 20 stays in registers; of order
// 28 the differences wait in 15 vectors of scratch.

#define V0 Z0
#define V1 Z1
#define V2 Z2
#define V3 Z3
#define V4 Z4
#define V5 Z5
#define V6 Z6
#define V7 Z7
#define V8 Z8
#define V9 Z9
#define V10 Z10
#define V11 Z11
#define V12 Z12
#define V13 Z13
#define V14 Z14
#define V15 Z15

#define E0 Z16
#define E1 Z17
#define E2 Z18
#define E3 Z19
#define E4 Z20
#define E5 Z21
#define E6 Z22
#define E7 Z23
#define E8 Z24
#define E9 Z25
#define E10 Z26
#define KE Z27

#define U0 Z16
#define U1 Z17
#define U2 Z18
#define U3 Z19
#define U4 Z20
#define U5 Z21
#define U6 Z22
#define U7 Z23
#define U8 Z24
#define U9 Z25
#define U10 Z26
#define U11 Z27
#define U12 Z28
#define D0 (DX)
#define D1 64(DX)
#define D2 128(DX)
#define D3 192(DX)
#define D4 256(DX)
#define D5 320(DX)
#define D6 384(DX)
#define D7 448(DX)
#define D8 512(DX)
#define D9 576(DX)
#define D10 640(DX)
#define D11 704(DX)
#define D12 768(DX)
#define D13 832(DX)
#define D14 896(DX)

#define ADD(b, a, d) PLUS b, a, d
#define SUB(b, a, d) MINUS b, a, d
#define LESSTWICE(k, t) FNMADD k, V15, t
#define PLUSTWICE(k, t) FMADD k, V15, t
#define SAVE(v, at) MOVE v, at
#define BACK(at, v) MOVE at, v
#define ADDS(at, a, d) PLUS at, a, d
