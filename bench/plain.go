package bench

// PlainTransform is the Walsh–Hadamard transform in natural order, unscaled, in place, as it
// is usually written in Go: three loops. len(x) is a power of two.
func PlainTransform[T float32 | float64](x []T) {
	for h := 1; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			for j := i; j < i+h; j++ {
				x[j], x[j+h] = x[j]+x[j+h], x[j]-x[j+h]
			}
		}
	}
}
