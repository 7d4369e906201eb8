package asm

// reluGateGeneric defines ReluGate. A NaN closes its gate, minus zero opens it,
// and a closed gate adds a·0.
func reluGateGeneric(acc, z *[GateWidth]float64, a float64) uint64 {
	var gates uint64
	for i, v := range z {
		if v >= 0 {
			gates |= 1 << i
		} else {
			v = 0
		}
		acc[i] += float64(a * v)
	}
	return gates
}

// maskAddGeneric defines MaskAdd; a closed gate adds a·0.
func maskAddGeneric(acc, z *[GateWidth]float64, a float64, gates uint64) {
	for i, v := range z {
		if gates>>i&1 == 0 {
			v = 0
		}
		acc[i] += float64(a * v)
	}
}

// maskPanelGeneric defines MaskPanel.
func maskPanelGeneric(dst, u []float64, gates []uint64, stride, col int) {
	for i, v := range u {
		b := gates[i*stride+col/8] >> (col % 8 * 8)
		out := (*[TileCols]float64)(dst[i*TileCols:])
		for l := range out {
			out[l] = 0
			if b>>l&1 != 0 {
				out[l] = v
			}
		}
	}
}
