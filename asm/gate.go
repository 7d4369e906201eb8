package asm

import "fmt"

// GateWidth is the number of samples one word of gate bits covers.
const GateWidth = 64

// ReluGate adds a·max(0, z[i]) to acc[i] for the 64 samples of one neuron and
// returns their gates: bit i is set when z[i] ≥ 0. a must be +1 or -1, so that
// the fused and the rounded product agree.
func ReluGate(acc, z *[GateWidth]float64, a float64) uint64 {
	return reluGate(acc, z, a)
}

// MaskAdd adds a·z[i] to acc[i] where bit i of gates is set. a must be ±1.
func MaskAdd(acc, z *[GateWidth]float64, a float64, gates uint64) {
	maskAdd(acc, z, a, gates)
}

// MaskPanel writes the operand of Jᵀu for eight neurons: for every sample
// i < len(u), dst[8i+l] is u[i] if bit l of byte col of the sample's row of
// gates is set and +0 otherwise. Row i of gates starts at word i·stride; byte c
// of a row is bits 8c to 8c+7, counted from the least significant bit of its
// first word. It panics if a slice is too short.
func MaskPanel(dst, u []float64, gates []uint64, stride, col int) {
	n := len(u)
	if n == 0 {
		return
	}
	if len(dst)/TileCols < n || col < 0 || !reaches(len(gates), n, stride, col/8+1) {
		panic(fmt.Sprintf("asm: MaskPanel n=%d stride=%d col=%d with lengths dst=%d gates=%d", n, stride, col, len(dst), len(gates)))
	}
	const chunk = 1024 // below 100 µs where every byte of gates misses all caches
	for len(u) > chunk {
		maskPanel(dst, u[:chunk], gates, stride, col)
		dst, u, gates = dst[chunk*TileCols:], u[chunk:], gates[chunk*stride:]
	}
	maskPanel(dst, u, gates, stride, col)
}

// Transpose64 transposes a 64 × 64 matrix of bits in place: bit j of word i
// becomes bit i of word j. Six rounds exchange halves, quarters, … (Warren,
// Hacker's Delight, section 7-3).
func Transpose64(a *[64]uint64) {
	mask := uint64(1<<32 - 1)
	for j := 32; j != 0; j >>= 1 {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (a[k]>>j ^ a[k+j]) & mask
			a[k] ^= t << j
			a[k+j] ^= t
		}
		mask ^= mask << (j >> 1)
	}
}
