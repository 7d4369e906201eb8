//go:build amd64 && !purego && !noasm

package asm

//go:noescape
func reluGateAVX2(acc, z *[GateWidth]float64, a float64) uint64

//go:noescape
func maskAddAVX2(acc, z *[GateWidth]float64, a float64, gates uint64)

// maskPanelAVX2 takes the address of the first sample's byte, the distance of
// two samples' bytes, and n ≥ 1 samples.
//
//go:noescape
func maskPanelAVX2(dst, u *float64, gates *uint64, offset, stride, n int)

func reluGate(acc, z *[GateWidth]float64, a float64) uint64 {
	if useAVX2 {
		return reluGateAVX2(acc, z, a)
	}
	return reluGateGeneric(acc, z, a)
}

func maskAdd(acc, z *[GateWidth]float64, a float64, gates uint64) {
	if useAVX2 {
		maskAddAVX2(acc, z, a, gates)
		return
	}
	maskAddGeneric(acc, z, a, gates)
}

func maskPanel(dst, u []float64, gates []uint64, stride, col int) {
	if useAVX2 {
		maskPanelAVX2(&dst[0], &u[0], &gates[0], col, stride*8, len(u))
		return
	}
	maskPanelGeneric(dst, u, gates, stride, col)
}
