package asm

// Info names the kernels in use: "avx512" (amd64 with AVX-512 F, DQ, BW and VL
// besides AVX2 and FMA), "avx2", "neon" (arm64) or "generic".
// GODEBUG=cpu.avx512f=off selects "avx2", GODEBUG=cpu.avx2=off "generic". All of
// them return the same bits.
func Info() string {
	switch {
	case useAVX512:
		return "avx512"
	case useAVX2:
		return "avx2"
	case useNEON:
		return "neon"
	}
	return "generic"
}
