// The tables of products with bits, for any width of vector and both types: SUM adds lanes,
// VADDPD or VADDPS.

// SUBSETS: the sums of the subsets of four rows a to d, to DX and R12 bytes further each; ab
// and cd are scratch, and become the sums of pairs, other is scratch, none is zero.
#define PUT(y) \
	VMOVUPD y, (DX) \
	ADDQ    R12, DX

#define PUTSUM(a, b, other) \
	SUM b, a, other \
	PUT(other)

#define SUBSETS(a, b, c, d, ab, cd, other, none) \
	SUM b, a, ab          \
	SUM d, c, cd          \
	PUT(none)             \
	PUT(a)                \
	PUT(b)                \
	PUT(ab)               \
	PUT(c)                \
	PUTSUM(a, c, other)   \
	PUTSUM(b, c, other)   \
	PUTSUM(ab, c, other)  \
	PUT(d)                \
	PUTSUM(a, d, other)   \
	PUTSUM(b, d, other)   \
	PUTSUM(ab, d, other)  \
	PUT(cd)               \
	PUTSUM(a, cd, other)  \
	PUTSUM(b, cd, other)  \
	PUTSUM(ab, cd, other)
