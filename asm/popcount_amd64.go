//go:build amd64 && !purego && !noasm

package asm

// andCount4AVX2 counts 4·n words a row, n ≥ 1.
//
//go:noescape
func andCount4AVX2(dst *[4]int64, x, y *uint64, stride, n int)

// andCount4AVX512 counts 8·n words a row, n ≥ 1.
//
//go:noescape
func andCount4AVX512(dst *[4]int64, x, y *uint64, stride, n int)

func andCount4(dst *[4]int64, x, y []uint64, stride int) {
	if usePopcount512 && len(x) >= 8 {
		n := len(x) / 8
		andCount4AVX512(dst, &x[0], &y[0], stride*8, n)
		if x = x[8*n:]; len(x) == 0 {
			return
		}
		y = y[8*n:]
	}
	if useAVX2 && len(x) >= 4 {
		n := len(x) / 4
		andCount4AVX2(dst, &x[0], &y[0], stride*8, n)
		x, y = x[4*n:], y[4*n:]
	}
	if len(x) > 0 {
		andCount4Generic(dst, x, y, stride)
	}
}
