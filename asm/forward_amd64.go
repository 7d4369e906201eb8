//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

// The kernels of Forward take the part of acc, the byte of the first word of
// gates and the part of xp that belong to their samples, 32 and 8.

//go:noescape
func forwardAVX512(acc *float64, gates *byte, w, a, xp *float64, rows, d int)

//go:noescape
func forwardAVX2(acc *float64, gates *byte, w, a, xp *float64, rows, d int)

//go:noescape
func transpose64AVX2(dst, src *[64]uint64)

// forwardSamples is the number of samples that PackSamples puts side by side.
func forwardSamples() int {
	if useAVX512 {
		return 32
	}
	return 8
}

func forward(acc *[GateWidth]float64, gates []uint64, w, a, xp []float64, d int) {
	word := (*[8]byte)(unsafe.Pointer(&gates[0]))
	switch {
	case useAVX512:
		for i := 0; i < GateWidth; i += 32 {
			forwardAVX512(&acc[i], &word[i/8], &w[0], &a[0], &xp[i*d], len(a), d)
		}
	case useAVX2:
		for i := 0; i < GateWidth; i += 8 {
			forwardAVX2(&acc[i], &word[i/8], &w[0], &a[0], &xp[i*d], len(a), d)
		}
	default:
		forwardGeneric(acc, gates, w, a, xp, d, forwardSamples())
	}
}

func transpose64(dst, src *[64]uint64) {
	if useAVX2 {
		transpose64AVX2(dst, src)
		return
	}
	transpose64Generic(dst, src)
}
