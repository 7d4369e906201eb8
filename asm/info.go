package asm

// Info names the kernels in use: "avx2" (amd64 with AVX2 and FMA) or
// "generic". All of them return the same bits.
func Info() string {
	if useAVX2 {
		return "avx2"
	}
	return "generic"
}
