// What the kernels for products with bits share: SUM adds the lanes of two registers, two of
// float64 or four of float32. See bits_arm64.s for the registers.

#define PUT(lo, hi) \
	FSTPQ (lo, hi), (R11) \
	ADD   R6, R11

#define PUTSUM(a0, a1, b0, b1) \
	SUM(24, a0, b0) \
	SUM(25, a1, b1) \
	PUT(F24, F25)

// SUBSETS: the sums of the subsets of four rows V0–V7, two registers each
#define SUBSETS \
	SUM(20, 0, 2) \
	SUM(21, 1, 3) \
	SUM(22, 4, 6) \
	SUM(23, 5, 7) \
	PUT(F31, F31) \
	PUT(F0, F1) \
	PUT(F2, F3) \
	PUT(F20, F21) \
	PUT(F4, F5) \
	PUTSUM(0, 1, 4, 5) \
	PUTSUM(2, 3, 4, 5) \
	PUTSUM(20, 21, 4, 5) \
	PUT(F6, F7) \
	PUTSUM(0, 1, 6, 7) \
	PUTSUM(2, 3, 6, 7) \
	PUTSUM(20, 21, 6, 7) \
	PUT(F22, F23) \
	PUTSUM(0, 1, 22, 23) \
	PUTSUM(2, 3, 22, 23) \
	PUTSUM(20, 21, 22, 23) 

#define LOAD1(r) FLDPQ (r), (F16, F17); FLDPQ 32(r), (F18, F19)
#define LOAD2(r) LOAD1(r); FLDPQ 64(r), (F20, F21); FLDPQ 96(r), (F22, F23)
#define LOAD3(r) LOAD2(r); FLDPQ 128(r), (F24, F25); FLDPQ 160(r), (F26, F27)
#define LOAD4(r) LOAD3(r); FLDPQ 192(r), (F28, F29); FLDPQ 224(r), (F30, F31)

#define ADD1 SUM(0, 0, 16); SUM(1, 1, 17); SUM(2, 2, 18); SUM(3, 3, 19)
#define ADD2 ADD1; SUM(4, 4, 20); SUM(5, 5, 21); SUM(6, 6, 22); SUM(7, 7, 23)
#define ADD3 ADD2; SUM(8, 8, 24); SUM(9, 9, 25); SUM(10, 10, 26); SUM(11, 11, 27)
#define ADD4 ADD3; SUM(12, 12, 28); SUM(13, 13, 29); SUM(14, 14, 30); SUM(15, 15, 31)

#define GET1 FLDPQ (R0), (F0, F1); FLDPQ 32(R0), (F2, F3)
#define GET2 GET1; FLDPQ 64(R0), (F4, F5); FLDPQ 96(R0), (F6, F7)
#define GET3 GET2; FLDPQ 128(R0), (F8, F9); FLDPQ 160(R0), (F10, F11)
#define GET4 GET3; FLDPQ 192(R0), (F12, F13); FLDPQ 224(R0), (F14, F15)

#define PUT1 FSTPQ (F0, F1), (R0); FSTPQ (F2, F3), 32(R0)
#define PUT2 PUT1; FSTPQ (F4, F5), 64(R0); FSTPQ (F6, F7), 96(R0)
#define PUT3 PUT2; FSTPQ (F8, F9), 128(R0); FSTPQ (F10, F11), 160(R0)
#define PUT4 PUT3; FSTPQ (F12, F13), 192(R0); FSTPQ (F14, F15), 224(R0)

// TABLE: the row that four bits from bit on select of a table of rows of 1 << log
// bytes; the next table
#define TABLE(bit, log, LOAD, SUM) \
	UBFX $bit, R5, $4, R7   \
	ADD  R7<<log, R6, R7    \
	ADD  $(16<<log), R6, R6 \
	LOAD(R7)                \
	SUM

#define EIGHT(bit, log, LOAD, SUM) \
	TABLE((bit), log, LOAD, SUM)    \
	TABLE((bit+4), log, LOAD, SUM)  \
	TABLE((bit+8), log, LOAD, SUM)  \
	TABLE((bit+12), log, LOAD, SUM) \
	TABLE((bit+16), log, LOAD, SUM) \
	TABLE((bit+20), log, LOAD, SUM) \
	TABLE((bit+24), log, LOAD, SUM) \
	TABLE((bit+28), log, LOAD, SUM)

#define NEXT \
	ADD  R1, R0     \
	MOVD R4, R6     \
	SUBS $1, R3, R3
