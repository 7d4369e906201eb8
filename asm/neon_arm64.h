// NEON instructions that the assembler does not know, as the words they are. A
// macro takes the numbers of registers, the result first, as the manual of the
// architecture does: FADD2D(2, 0, 1) is FADD V2.2D, V0.2D, V1.2D. Registers that
// both notations name are written V2 or F2 in the one, 2 in the other.
//
// All sums, differences and products that are rounded on their own go this way,
// and not as fused operations with ones or zeros: an addition has half of their
// latency, and none of the moves that a destructive operation wants.
//
// The bounds of loops are stated for a core that starts two operations on
// vectors, two loads and one store of 128 bits a cycle, and four instructions
// in all; wider ones have four, three and two.

// d = n op m, two lanes of float64 or four of float32
#define FADD2D(d, n, m) WORD $(0x4E60D400 | (m)<<16 | (n)<<5 | (d))
#define FSUB2D(d, n, m) WORD $(0x4EE0D400 | (m)<<16 | (n)<<5 | (d))
#define FMUL2D(d, n, m) WORD $(0x6E60DC00 | (m)<<16 | (n)<<5 | (d))
#define FADD4S(d, n, m) WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d))
#define FSUB4S(d, n, m) WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d))
#define FMUL4S(d, n, m) WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d))

// d += n*m and d -= n*m, fused; d = n, all bits
#define FMLA2D(d, n, m) WORD $(0x4E60CC00 | (m)<<16 | (n)<<5 | (d))
#define FMLA4S(d, n, m) WORD $(0x4E20CC00 | (m)<<16 | (n)<<5 | (d))
#define FMLS2D(d, n, m) WORD $(0x4EE0CC00 | (m)<<16 | (n)<<5 | (d))
#define FMLS4S(d, n, m) WORD $(0x4EA0CC00 | (m)<<16 | (n)<<5 | (d))
#define VCOPY(d, n) WORD $(0x4EA01C00 | (n)<<16 | (n)<<5 | (d))

// The same with lane 0 of m for both lanes of m: a scalar from memory, which a
// load leaves there, needs no instruction to spread it.
#define FMUL2D0(d, n, m) WORD $(0x4FC09000 | (m)<<16 | (n)<<5 | (d)) // d = n*m[0]
#define FMUL4S0(d, n, m) WORD $(0x4F809000 | (m)<<16 | (n)<<5 | (d)) // of float32
#define FMLA2D0(d, n, m) WORD $(0x4FC01000 | (m)<<16 | (n)<<5 | (d)) // d += n*m[0], fused
#define FMLA4S0(d, n, m) WORD $(0x4F801000 | (m)<<16 | (n)<<5 | (d)) // of float32

// d = all ones in the lanes where n >= 0, zeros elsewhere: -0 is, NaN is not
#define FCMGE2D(d, n) WORD $(0x6EE0C800 | (n)<<5 | (d))

// d = n[0] + n[1]
#define FADDP(d, n) WORD $(0x7E70D800 | (n)<<5 | (d))

// Bytes of n shifted left by those of m, right by negative ones
#define USHL16B(d, n, m) WORD $(0x6E204400 | (m)<<16 | (n)<<5 | (d))

// Sums of pairs of lanes, in lanes of twice their width
#define UADDLP16B(d, n) WORD $(0x6E202800 | (n)<<5 | (d))
#define UADDLP8H(d, n) WORD $(0x6E602800 | (n)<<5 | (d))
#define UADALP4S(d, n) WORD $(0x6EA06800 | (n)<<5 | (d)) // added to d

// Halves of n widened: to the upper halves of lanes, and from float16
#define SHLL4H(d, n) WORD $(0x2E613800 | (n)<<5 | (d))
#define SHLL8H(d, n) WORD $(0x6E613800 | (n)<<5 | (d)) // the upper half
#define FCVTL4H(d, n) WORD $(0x0E217800 | (n)<<5 | (d))
#define FCVTL8H(d, n) WORD $(0x4E217800 | (n)<<5 | (d)) // the upper half

// The larger signed integers, of lanes and of all lanes
#define SMAX4S(d, n, m) WORD $(0x4EA06400 | (m)<<16 | (n)<<5 | (d))
#define SMAXV4S(d, n) WORD $(0x4EB0A800 | (n)<<5 | (d))

// The smaller and the larger number, of a number and NaN the number; the nearest
// integer, the even one of two
#define FMINNM4S(d, n, m) WORD $(0x4EA0C400 | (m)<<16 | (n)<<5 | (d))
#define FMAXNM4S(d, n, m) WORD $(0x4E20C400 | (m)<<16 | (n)<<5 | (d))
#define FCVTNS4S(d, n) WORD $(0x4E21A800 | (n)<<5 | (d))

// Lanes of n as lanes of half their width, saturated, in the lower half of d and, 2,
// in the upper
#define SQXTN4S(d, n) WORD $(0x0E614800 | (n)<<5 | (d))
#define SQXTN4S2(d, n) WORD $(0x4E614800 | (n)<<5 | (d))
#define SQXTN8H(d, n) WORD $(0x0E214800 | (n)<<5 | (d))
#define SQXTN8H2(d, n) WORD $(0x4E214800 | (n)<<5 | (d))
