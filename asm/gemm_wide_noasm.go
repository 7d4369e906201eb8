//go:build !amd64 || purego || noasm

package asm

func hasBlock() bool { return false }

func mulBlock(c []float64, ldc int, a []float64, rs, cs int, b []float64, bs, n, k int) {
	panic("asm: no kernel for blocks of rows")
}
