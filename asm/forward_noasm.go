//go:build (!amd64 && !arm64) || purego || noasm

package asm

func forwardSamples() int { return 8 }

func forward(acc *[GateWidth]float64, gates []uint64, w, a, xp []float64, d int) {
	forwardGeneric(acc, gates, w, a, xp, d, 8)
}

func transpose64(dst, src *[64]uint64) { transpose64Generic(dst, src) }
