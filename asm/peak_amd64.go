//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func peakFMAAVX2(turns int)

//go:noescape
func peakFMAAVX512(turns int)

func peakFMA(turns int) float64 {
	if useAVX512 {
		peakFMAAVX512(turns)
		return float64(turns) * 12 * 8 * 2
	}
	if useAVX2 {
		peakFMAAVX2(turns)
		return float64(turns) * 12 * 4 * 2
	}
	return peakFMAGeneric(turns)
}
