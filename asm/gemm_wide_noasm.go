//go:build !amd64 || purego || noasm

package asm

func hasBlock() bool { return false }

func mulBlock[T Float](c []T, ldc int, a []T, rs, cs int, b []T, bs, n, k int, fresh bool) {
	panic("asm: no kernel for blocks of rows")
}

func solveBlock(x []float64, ldx int, tri, inv []float64, w int, xt []float64) {
	panic("asm: no kernel for blocks of rows")
}

func transpose8(dst []float64, ldd int, b []float64, ldb, k int, alpha float64) int { return 0 }

func packCols8(dst, b []float64, ldb, k int, alpha float64) bool { return false }

func transposeDown(dst []float64, ldd int, src []float64, lds, rows int) int { return 0 }
