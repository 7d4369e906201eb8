package asm

// Info names the kernels in use: "avx512" (amd64 with AVX-512 F, DQ, BW and VL
// besides AVX2 and FMA), "avx2" or "generic". GODEBUG=cpu.avx512f=off and
// GODEBUG=cpu.avx2=off turn the first and both of the former off. All of them
// return the same bits.
func Info() string {
	switch {
	case useAVX512:
		return "avx512"
	case useAVX2:
		return "avx2"
	}
	return "generic"
}
