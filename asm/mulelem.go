package asm

import "fmt"

// MulElem sets dst[i] = x[i]·y[i]. The slices must have one length, and dst must be
// x or y or overlap neither; it panics if lengths differ. A load and a store a
// vector beside the load that the product takes along: the store bounds it.
func MulElem[T Float](dst, x, y []T) {
	if len(dst) != len(x) || len(dst) != len(y) {
		panic(fmt.Sprintf("asm: MulElem with lengths dst=%d x=%d y=%d", len(dst), len(x), len(y)))
	}
	const chunk = 1 << 14
	for len(dst) > chunk {
		mulElem(dst[:chunk], x[:chunk], y[:chunk])
		dst, x, y = dst[chunk:], x[chunk:], y[chunk:]
	}
	if len(dst) > 0 {
		mulElem(dst, x, y)
	}
}
