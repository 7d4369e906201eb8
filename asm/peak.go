package asm

// PeakFMA runs turns rounds of independent fused multiply-adds in registers,
// twelve a round or, with NEON, 24, on the vectors that the product kernels use
// (512 bits with AVX-512, 256 with AVX2, 128 with NEON, scalars elsewhere), and
// returns the number of floating-point operations done. Timing it gives the
// limit that the product kernels are measured against. At most 10000 turns a
// call reach assembly, so that the scheduler is never held up.
func PeakFMA(turns int) float64 {
	var flops float64
	for turns > 0 {
		c := min(turns, 10000)
		flops += peakFMA(c)
		turns -= c
	}
	return flops
}
