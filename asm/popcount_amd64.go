//go:build amd64 && !purego && !noasm

package asm

// andCount4AVX2 counts 4·n words a row, n ≥ 1.
//
//go:noescape
func andCount4AVX2(dst *[4]int64, x, y *uint64, stride, n int)

func andCount4(dst *[4]int64, x, y []uint64, stride int) {
	if useAVX2 && len(x) >= 4 {
		n := len(x) / 4
		andCount4AVX2(dst, &x[0], &y[0], stride*8, n)
		x, y = x[4*n:], y[4*n:]
	}
	if len(x) > 0 {
		andCount4Generic(dst, x, y, stride)
	}
}
