//go:build arm64 && !purego && !noasm

package asm

import "unsafe"

// The kernel of Forward takes the part of acc, the byte of the first word of
// gates and the part of xp that belong to its eight samples.
//
//go:noescape
func forwardNEON(acc *float64, gates *byte, w, a, xp *float64, rows, d int)

//go:noescape
func transpose64NEON(dst, src *[64]uint64)

// forwardSamples is the number of samples that PackSamples puts side by side.
func forwardSamples() int { return 8 }

func forward(acc *[GateWidth]float64, gates []uint64, w, a, xp []float64, d int) {
	word := (*[8]byte)(unsafe.Pointer(&gates[0]))
	for i := 0; i < GateWidth; i += 8 {
		forwardNEON(&acc[i], &word[i/8], &w[0], &a[0], &xp[i*d], len(a), d)
	}
}

func transpose64(dst, src *[64]uint64) { transpose64NEON(dst, src) }
