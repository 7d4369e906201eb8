//go:build arm64 && !purego && !noasm

package asm

//go:noescape
func peakFMANEON(turns int)

func peakFMA(turns int) float64 {
	peakFMANEON(turns)
	return float64(turns) * 24 * 2 * 2
}
