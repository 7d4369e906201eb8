// The look-ups of bitAdd, for any width of vector: ADD1 to ADD4 add the row of a
// table at a place, of one to four times 64 bytes. See bits_amd64.s and
// bits_avx512_amd64.s.
//
// AX  bits    R9, R11–R13  places in the tables

// LOW, HIGH: the place of a nibble of AX in its table.
#define LOW(shift, mask, r) \
	MOVQ AX, r       \
	SHLQ $shift, r   \
	ANDQ $mask, r

#define HIGH(shift, mask, r) \
	MOVQ AX, r       \
	SHRQ $shift, r   \
	ANDQ $mask, r

// EIGHT: one row of each of eight tables, their rows 256 bytes apart.
#define EIGHT(ADD) \
	LOW(8, 0xF00, R9)    \
	ADD(0, R9)           \
	LOW(4, 0xF00, R11)   \
	ADD(4096, R11)       \
	LOW(0, 0xF00, R12)   \
	ADD(8192, R12)       \
	HIGH(4, 0xF00, R13)  \
	ADD(12288, R13)      \
	HIGH(8, 0xF00, R9)   \
	ADD(16384, R9)       \
	HIGH(12, 0xF00, R11) \
	ADD(20480, R11)      \
	HIGH(16, 0xF00, R12) \
	ADD(24576, R12)      \
	HIGH(20, 0xF00, R13) \
	ADD(28672, R13)

// NEXT: to the next row, and whether there is one.
#define NEXT \
	ADDQ R10, DI \
	ADDQ $8, SI  \
	DECQ CX

// SIXTEEN2, SIXTEEN1: one row of each of sixteen tables, their rows 128 and 64
// bytes apart.
#define SIXTEEN2 \
	LOW(7, 0x780, R9) \
	ADD2(0, R9) \
	LOW(3, 0x780, R11) \
	ADD2(2048, R11) \
	HIGH(1, 0x780, R12) \
	ADD2(4096, R12) \
	HIGH(5, 0x780, R13) \
	ADD2(6144, R13) \
	HIGH(9, 0x780, R9) \
	ADD2(8192, R9) \
	HIGH(13, 0x780, R11) \
	ADD2(10240, R11) \
	HIGH(17, 0x780, R12) \
	ADD2(12288, R12) \
	HIGH(21, 0x780, R13) \
	ADD2(14336, R13) \
	HIGH(25, 0x780, R9) \
	ADD2(16384, R9) \
	HIGH(29, 0x780, R11) \
	ADD2(18432, R11) \
	HIGH(33, 0x780, R12) \
	ADD2(20480, R12) \
	HIGH(37, 0x780, R13) \
	ADD2(22528, R13) \
	HIGH(41, 0x780, R9) \
	ADD2(24576, R9) \
	HIGH(45, 0x780, R11) \
	ADD2(26624, R11) \
	HIGH(49, 0x780, R12) \
	ADD2(28672, R12) \
	HIGH(53, 0x780, R13) \
	ADD2(30720, R13)

#define SIXTEEN1 \
	LOW(6, 0x3C0, R9) \
	ADD1(0, R9) \
	LOW(2, 0x3C0, R11) \
	ADD1(1024, R11) \
	HIGH(2, 0x3C0, R12) \
	ADD1(2048, R12) \
	HIGH(6, 0x3C0, R13) \
	ADD1(3072, R13) \
	HIGH(10, 0x3C0, R9) \
	ADD1(4096, R9) \
	HIGH(14, 0x3C0, R11) \
	ADD1(5120, R11) \
	HIGH(18, 0x3C0, R12) \
	ADD1(6144, R12) \
	HIGH(22, 0x3C0, R13) \
	ADD1(7168, R13) \
	HIGH(26, 0x3C0, R9) \
	ADD1(8192, R9) \
	HIGH(30, 0x3C0, R11) \
	ADD1(9216, R11) \
	HIGH(34, 0x3C0, R12) \
	ADD1(10240, R12) \
	HIGH(38, 0x3C0, R13) \
	ADD1(11264, R13) \
	HIGH(42, 0x3C0, R9) \
	ADD1(12288, R9) \
	HIGH(46, 0x3C0, R11) \
	ADD1(13312, R11) \
	HIGH(50, 0x3C0, R12) \
	ADD1(14336, R12) \
	HIGH(54, 0x3C0, R13) \
	ADD1(15360, R13)
