package asm

// mulRowsGeneric defines MulRows: one product an element.
func mulRowsGeneric[T Float](dst, x, y []T, rows, stride int) {
	for i := range rows {
		out, in := dst[i*stride:][:len(y)], x[i*stride:][:len(y)]
		for k, v := range in {
			out[k] = v * y[k]
		}
	}
}
