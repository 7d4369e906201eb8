//go:build !amd64 || purego || noasm

package asm

func reluGate(acc, z *[GateWidth]float64, a float64) uint64 { return reluGateGeneric(acc, z, a) }

func maskAdd(acc, z *[GateWidth]float64, a float64, gates uint64) {
	maskAddGeneric(acc, z, a, gates)
}

func maskPanel(dst, u []float64, gates []uint64, stride, col int) {
	maskPanelGeneric(dst, u, gates, stride, col)
}
