// The steps of the transforms of orders 12, 20 and 28, paley_generic.go, as
// macros that serve all vector widths and element types. A step takes one vector
// of each row of x and puts one back. Who expands them defines
//
//	V0–V15            registers; V15 has 2 in all lanes
//	E0–E10            registers or scratch, and KE, what outputs begin with: order 20
//	D0–D14, U0–U12    the same: order 28
//	ADD(b, a, d)      d = a + b
//	SUB(b, a, d)      d = a - b
//	LESSTWICE(k, t)   t = k - 2t, fused; k may be scratch
//	PLUSTWICE(k, t)   t = k + 2t
//	SPLIT             SPLITROWS, or SPLITWHOLE with INSIDE(at, v, w)
//	INSIDE(at, v, w)  v = the transform of a row by FWHT, by way of w
//	LOAD STORE        between a row and a register
//	ADDM SUBM         ADD and SUB of a row, in place of b
//	SAVE BACK ADDS    STORE, LOAD and ADDM for registers or scratch
//	ROW0–ROW27        where they are: paley_rows_amd64.h or paley_pack_amd64.h

// SPLITROWS: s = a + b, d = a - b of rows a, b, by way of t
#define SPLITROWS(a, b, t, s, d) \
	LOAD(a, t)    \
	ADDM(b, t, s) \
	SUBM(b, t, d)

// SPLITWHOLE: the same of rows that FWHT is to transform first, which go back
#define SPLITWHOLE(a, b, t, s, d) \
	INSIDE(a, t, d) \
	INSIDE(b, s, d) \
	STORE(t, a)     \
	STORE(s, b)     \
	SUB(s, t, d)    \
	ADD(s, t, s)

// PAIRS5: v0…v4 -> their sum, pairs 0 to 3; pair 4 in t. Pair e is e and e+1.
#define PAIRS5(v0, v1, v2, v3, v4, t) \
	ADD(v0, v4, t)  \
	ADD(v4, v3, v4) \
	ADD(v3, v2, v3) \
	ADD(v2, v1, v2) \
	ADD(v1, v0, v1) \
	ADD(v2, v0, v0) \
	ADD(v4, v0, v0)

// OUT12: the output of pair u; b is in the row
#define OUT12(b, u) \
	ADDM(b, u, u)  \
	LESSTWICE(V14, u)

// TOP20: v = s of an element -> the output that replaces a, by its diagonals p, r
#define TOP20(a, v, p, r) \
	ADDM(a, v, v)    \
	SUB(v, p, v)     \
	ADD(r, v, v)     \
	LESSTWICE(KE, v) \
	STORE(v, a)

// BOTTOM20: v = d of an element -> the output that replaces b
#define BOTTOM20(b, v, p, r) \
	SUBM(b, v, v)    \
	SUB(v, p, v)     \
	ADD(r, v, v)     \
	LESSTWICE(KE, v) \
	STORE(v, b)

// PAIR: u = v + w, by way of t
#define PAIR(v, w, t, u) \
	ADD(w, v, t) \
	SAVE(t, u)

// TOP28: the output that replaces a, of v, w and pairs y, z
#define TOP28(a, v, w, y, z, t) \
	ADD(w, v, t)      \
	ADDS(y, t, t)     \
	ADDS(z, t, t)     \
	ADDM(a, t, t)     \
	PLUSTWICE(V14, t) \
	STORE(t, a)

// BOTTOM28: the output that replaces b
#define BOTTOM28(b, v, w, y, z, t) \
	ADD(w, v, t)      \
	ADDS(y, t, t)     \
	ADDS(z, t, t)     \
	SUBM(b, t, t)     \
	PLUSTWICE(V14, t) \
	STORE(t, b)

// PAIRS13: U0–U12 = pairs of V0–V12, V13 = their sum
#define PAIRS13 \
	PAIR(V0, V6, V13, U0)   \
	PAIR(V1, V7, V14, U1)   \
	PAIR(V2, V8, V13, U2)   \
	PAIR(V3, V9, V14, U3)   \
	PAIR(V4, V10, V13, U4)  \
	PAIR(V5, V11, V14, U5)  \
	PAIR(V6, V12, V13, U6)  \
	PAIR(V7, V0, V14, U7)   \
	PAIR(V8, V1, V13, U8)   \
	PAIR(V9, V2, V14, U9)   \
	PAIR(V10, V3, V13, U10) \
	PAIR(V11, V4, V14, U11) \
	PAIR(V12, V5, V13, U12) \
	ADDS(U0, V7, V13)       \
	BACK(U12, V14)          \
	ADDS(U11, V14, V14)     \
	ADD(V14, V13, V13)      \
	BACK(U10, V14)          \
	ADDS(U9, V14, V14)      \
	ADDS(U8, V14, V14)      \
	ADD(V14, V13, V13)

// SUMP: V9–V11 = sums of V0–V8 along f - g, V12 = the sum of all
#define SUMP \
	ADD(V4, V0, V9)    \
	ADD(V5, V1, V10)   \
	ADD(V3, V2, V11)   \
	ADD(V8, V9, V9)    \
	ADD(V6, V10, V10)  \
	ADD(V7, V11, V11)  \
	ADD(V10, V9, V12)  \
	ADD(V11, V12, V12)

// SUMR: V12–V14 = sums of V0–V8 along f + g
#define SUMR \
	ADD(V5, V0, V12)  \
	ADD(V3, V1, V13)  \
	ADD(V4, V2, V14)  \
	ADD(V7, V12, V12) \
	ADD(V8, V13, V13) \
	ADD(V6, V14, V14)

// STEP12: V0 and V1–V5 are s₀ and s, V6 and V7–V11 d₀ and d; then sums of pairs
// and outputs. V14 is what outputs begin with.
#define STEP12 \
	SPLIT(ROW0, ROW1, V12, V6, V0)    \
	SPLIT(ROW2, ROW3, V13, V1, V7)    \
	SPLIT(ROW4, ROW5, V14, V2, V8)    \
	SPLIT(ROW6, ROW7, V12, V3, V9)    \
	SPLIT(ROW8, ROW9, V13, V4, V10)   \
	SPLIT(ROW10, ROW11, V14, V5, V11) \
	PAIRS5(V1, V2, V3, V4, V5, V12)   \
	ADD(V6, V1, V13)                  \
	STORE(V13, ROW0)                  \
	ADD(V1, V0, V14)                  \
	OUT12(ROW3, V4)                   \
	OUT12(ROW5, V5)                   \
	OUT12(ROW7, V12)                  \
	OUT12(ROW9, V2)                   \
	OUT12(ROW11, V3)                  \
	PAIRS5(V7, V8, V9, V10, V11, V13) \
	SUB(V7, V0, V0)                   \
	STORE(V0, ROW1)                   \
	ADD(V7, V6, V14)                  \
	OUT12(ROW2, V10)                  \
	OUT12(ROW4, V11)                  \
	OUT12(ROW6, V13)                  \
	OUT12(ROW8, V8)                   \
	OUT12(ROW10, V9)                  \
	STORE(V4, ROW2)                   \
	STORE(V10, ROW3)                  \
	STORE(V5, ROW4)                   \
	STORE(V11, ROW5)                  \
	STORE(V12, ROW6)                  \
	STORE(V13, ROW7)                  \
	STORE(V2, ROW8)                   \
	STORE(V8, ROW9)                   \
	STORE(V3, ROW10)                  \
	STORE(V9, ROW11)

// STEP20: V0–V8 are s, and after its outputs d, which waits in E0–E8; V9–V11 and
// V12–V14 the sums of the two kinds of diagonals. E9, E10 are d₀, s₀.
#define STEP20 \
	SPLIT(ROW0, ROW1, V9, V10, V11)   \
	SAVE(V10, E9)                     \
	SAVE(V11, E10)                    \
	SPLIT(ROW2, ROW3, V9, V0, V10)    \
	SAVE(V10, E0)                     \
	SPLIT(ROW4, ROW5, V11, V1, V12)   \
	SAVE(V12, E1)                     \
	SPLIT(ROW6, ROW7, V13, V2, V14)   \
	SAVE(V14, E2)                     \
	SPLIT(ROW8, ROW9, V9, V3, V10)    \
	SAVE(V10, E3)                     \
	SPLIT(ROW10, ROW11, V11, V4, V12) \
	SAVE(V12, E4)                     \
	SPLIT(ROW12, ROW13, V13, V5, V14) \
	SAVE(V14, E5)                     \
	SPLIT(ROW14, ROW15, V9, V6, V10)  \
	SAVE(V10, E6)                     \
	SPLIT(ROW16, ROW17, V11, V7, V12) \
	SAVE(V12, E7)                     \
	SPLIT(ROW18, ROW19, V13, V8, V14) \
	SAVE(V14, E8)                     \
	SUMP                              \
	ADDS(E9, V12, V13)                \
	STORE(V13, ROW0)                  \
	ADDS(E10, V12, V12)               \
	SAVE(V12, KE)                     \
	SUMR                              \
	TOP20(ROW2, V0, V9, V12)          \
	TOP20(ROW4, V1, V10, V13)         \
	TOP20(ROW6, V2, V11, V14)         \
	TOP20(ROW8, V3, V11, V13)         \
	TOP20(ROW10, V4, V9, V14)         \
	TOP20(ROW12, V5, V10, V12)        \
	TOP20(ROW14, V6, V10, V14)        \
	TOP20(ROW16, V7, V11, V12)        \
	TOP20(ROW18, V8, V9, V13)         \
	BACK(E0, V0)                      \
	BACK(E1, V1)                      \
	BACK(E2, V2)                      \
	BACK(E3, V3)                      \
	BACK(E4, V4)                      \
	BACK(E5, V5)                      \
	BACK(E6, V6)                      \
	BACK(E7, V7)                      \
	BACK(E8, V8)                      \
	SUMP                              \
	BACK(E10, V13)                    \
	SUB(V12, V13, V13)                \
	STORE(V13, ROW1)                  \
	ADDS(E9, V12, V12)                \
	SAVE(V12, KE)                     \
	SUMR                              \
	BOTTOM20(ROW3, V0, V9, V12)       \
	BOTTOM20(ROW5, V1, V10, V13)      \
	BOTTOM20(ROW7, V2, V11, V14)      \
	BOTTOM20(ROW9, V3, V11, V13)      \
	BOTTOM20(ROW11, V4, V9, V14)      \
	BOTTOM20(ROW13, V5, V10, V12)     \
	BOTTOM20(ROW15, V6, V10, V14)     \
	BOTTOM20(ROW17, V7, V11, V12)     \
	BOTTOM20(ROW19, V8, V9, V13)

// STEP28: V0–V12 are s, and after its outputs d, which waits in D0–D12; U0–U12
// the pairs, V13 other sums, V14 what outputs begin with. D13, D14 are d₀, s₀.
#define STEP28 \
	SPLIT(ROW0, ROW1, V12, V13, V14)       \
	SAVE(V13, D13)                         \
	SAVE(V14, D14)                         \
	SPLIT(ROW2, ROW3, V13, V0, V14)        \
	SAVE(V14, D0)                          \
	SPLIT(ROW4, ROW5, V13, V1, V14)        \
	SAVE(V14, D1)                          \
	SPLIT(ROW6, ROW7, V13, V2, V14)        \
	SAVE(V14, D2)                          \
	SPLIT(ROW8, ROW9, V13, V3, V14)        \
	SAVE(V14, D3)                          \
	SPLIT(ROW10, ROW11, V13, V4, V14)      \
	SAVE(V14, D4)                          \
	SPLIT(ROW12, ROW13, V13, V5, V14)      \
	SAVE(V14, D5)                          \
	SPLIT(ROW14, ROW15, V13, V6, V14)      \
	SAVE(V14, D6)                          \
	SPLIT(ROW16, ROW17, V13, V7, V14)      \
	SAVE(V14, D7)                          \
	SPLIT(ROW18, ROW19, V13, V8, V14)      \
	SAVE(V14, D8)                          \
	SPLIT(ROW20, ROW21, V13, V9, V14)      \
	SAVE(V14, D9)                          \
	SPLIT(ROW22, ROW23, V13, V10, V14)     \
	SAVE(V14, D10)                         \
	SPLIT(ROW24, ROW25, V13, V11, V14)     \
	SAVE(V14, D11)                         \
	SPLIT(ROW26, ROW27, V13, V12, V14)     \
	SAVE(V14, D12)                         \
	PAIRS13                                \
	ADDS(D13, V13, V14)                    \
	STORE(V14, ROW0)                       \
	BACK(D14, V14)                         \
	SUB(V13, V14, V14)                     \
	TOP28(ROW2, V12, V1, U3, U4, V13)      \
	TOP28(ROW4, V0, V2, U4, U5, V13)       \
	TOP28(ROW6, V1, V3, U5, U6, V13)       \
	TOP28(ROW8, V2, V4, U6, U7, V13)       \
	TOP28(ROW10, V3, V5, U7, U8, V13)      \
	TOP28(ROW12, V4, V6, U8, U9, V13)      \
	TOP28(ROW14, V5, V7, U9, U10, V13)     \
	TOP28(ROW16, V6, V8, U10, U11, V13)    \
	TOP28(ROW18, V7, V9, U11, U12, V13)    \
	TOP28(ROW20, V8, V10, U12, U0, V13)    \
	TOP28(ROW22, V9, V11, U0, U1, V13)     \
	TOP28(ROW24, V10, V12, U1, U2, V13)    \
	TOP28(ROW26, V11, V0, U2, U3, V13)     \
	BACK(D0, V0)                           \
	BACK(D1, V1)                           \
	BACK(D2, V2)                           \
	BACK(D3, V3)                           \
	BACK(D4, V4)                           \
	BACK(D5, V5)                           \
	BACK(D6, V6)                           \
	BACK(D7, V7)                           \
	BACK(D8, V8)                           \
	BACK(D9, V9)                           \
	BACK(D10, V10)                         \
	BACK(D11, V11)                         \
	BACK(D12, V12)                         \
	PAIRS13                                \
	BACK(D14, V14)                         \
	SUB(V13, V14, V14)                     \
	STORE(V14, ROW1)                       \
	BACK(D13, V14)                         \
	SUB(V13, V14, V14)                     \
	BOTTOM28(ROW3, V12, V1, U3, U4, V13)   \
	BOTTOM28(ROW5, V0, V2, U4, U5, V13)    \
	BOTTOM28(ROW7, V1, V3, U5, U6, V13)    \
	BOTTOM28(ROW9, V2, V4, U6, U7, V13)    \
	BOTTOM28(ROW11, V3, V5, U7, U8, V13)   \
	BOTTOM28(ROW13, V4, V6, U8, U9, V13)   \
	BOTTOM28(ROW15, V5, V7, U9, U10, V13)  \
	BOTTOM28(ROW17, V6, V8, U10, U11, V13) \
	BOTTOM28(ROW19, V7, V9, U11, U12, V13) \
	BOTTOM28(ROW21, V8, V10, U12, U0, V13) \
	BOTTOM28(ROW23, V9, V11, U0, U1, V13)  \
	BOTTOM28(ROW25, V10, V12, U1, U2, V13) \
	BOTTOM28(ROW27, V11, V0, U2, U3, V13)
