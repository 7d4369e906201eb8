package asm

// signedBitsGeneric defines SignedBits.
func signedBitsGeneric(dst []float32, bits, signs []uint64) {
	for i := range dst {
		v := float32(bits[i/64] >> (i % 64) & 1)
		if signs[i/64]>>(i%64)&1 != 0 && v != 0 {
			v = -v
		}
		dst[i] = v
	}
}
