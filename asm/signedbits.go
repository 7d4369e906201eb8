package asm

import "fmt"

// SignedBits sets dst[i] to 0, +1 or -1: 0 where bit i of bits is clear, else -1
// where bit i of signs is set and +1 where it is not; bits count from the least
// significant of the first word. It panics if bits or signs is too short for
// dst. Stores bound it, one a vector.
func SignedBits(dst []float32, bits, signs []uint64) {
	words := (len(dst) + 63) / 64
	if len(bits) < words || len(signs) < words {
		panic(fmt.Sprintf("asm: SignedBits with lengths dst=%d bits=%d signs=%d", len(dst), len(bits), len(signs)))
	}
	const chunk = 1 << 15
	for len(dst) > chunk {
		signedBits(dst[:chunk], bits, signs)
		dst, bits, signs = dst[chunk:], bits[chunk/64:], signs[chunk/64:]
	}
	signedBits(dst, bits, signs)
}
