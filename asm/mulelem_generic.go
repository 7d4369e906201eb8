package asm

// mulElemGeneric defines MulElem: one product an element.
func mulElemGeneric[T Float](dst, x, y []T) {
	for i, v := range x {
		dst[i] = v * y[i]
	}
}
