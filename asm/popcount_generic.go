package asm

import "math/bits"

// andCount4Generic defines AndCount4.
func andCount4Generic(dst *[4]int64, x, y []uint64, stride int) {
	for q := range dst {
		row := y[q*stride:][:len(x)]
		n := 0
		for i, v := range x {
			n += bits.OnesCount64(v & row[i])
		}
		dst[q] += int64(n)
	}
}
