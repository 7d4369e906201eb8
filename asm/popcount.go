package asm

import "fmt"

// AndCount4 adds to dst[q] the number of bits set in both x and row q of y,
// q < 4: row q is y[q·stride : q·stride+len(x)]. It panics if y is too short.
// Counts are exact integers. With AVX2, byte shuffles bound it; with
// AVX-512 VPOPCNTDQ, vector instructions do; see
// popcount_amd64.s and popcount_avx512_amd64.s.
func AndCount4(dst *[4]int64, x, y []uint64, stride int) {
	if len(x) == 0 {
		return
	}
	if !reaches(len(y), 4, stride, len(x)) {
		panic(fmt.Sprintf("asm: AndCount4 of %d words, stride %d, with %d words of y", len(x), stride, len(y)))
	}
	const chunk = 8192 // words: below 10 µs a call
	for len(x) > chunk {
		andCount4(dst, x[:chunk], y, stride)
		x, y = x[chunk:], y[chunk:]
	}
	andCount4(dst, x, y, stride)
}
