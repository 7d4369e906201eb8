//go:build amd64 && !purego && !noasm

package asm

// signedBitsAVX2 sets 64 elements for each of words ≥ 1 words.
//
//go:noescape
func signedBitsAVX2(dst *float32, bits, signs *uint64, words int)

func signedBits(dst []float32, bits, signs []uint64) {
	if words := len(dst) / 64; useAVX2 && words > 0 {
		signedBitsAVX2(&dst[0], &bits[0], &signs[0], words)
		dst, bits, signs = dst[64*words:], bits[words:], signs[words:]
	}
	signedBitsGeneric(dst, bits, signs)
}
