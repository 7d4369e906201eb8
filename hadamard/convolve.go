package hadamard

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// XorConvolve replaces x by the dyadic (XOR) convolution of x and y,
//
//	x[k] = Σ_i x[i]·y[i ^ k]
//
// and y by H·y, its transform, which is what XorConvolveBy takes to convolve
// more vectors with the same y. The lengths must be the same power of two and
// the slices must not overlap; XorConvolve panics on other lengths. It is
// H⁻¹·((H·x) ∘ (H·y)): three transforms and n products, in n·log₂n time where
// the sum takes n². It allocates nothing.
//
// The product of the transforms is scaled by 1/n, exactly, before it is
// transformed back, so that a result that fits T does not overflow on the way
// if the product does not. Errors are those of the transforms: a few roundings
// of ‖x‖·‖y‖, not of each sum.
func XorConvolve[T Float](x, y []T) {
	if len(x) != len(y) {
		panic(fmt.Sprintf("hadamard: XorConvolve of lengths %d and %d", len(x), len(y)))
	}
	checkLen("length", len(y))
	asm.FWHT(y, len(y))
	XorConvolveBy(x, y)
}

// XorConvolveBy replaces x by the dyadic convolution of x and y, where spectrum
// is H·y and is left as it is; see [XorConvolve], which it agrees with to the
// bit. The lengths must be the same power of two and the slices must not
// overlap; it panics on other lengths. It allocates nothing.
func XorConvolveBy[T Float](x, spectrum []T) {
	if len(x) != len(spectrum) {
		panic(fmt.Sprintf("hadamard: XorConvolveBy of lengths %d and %d", len(x), len(spectrum)))
	}
	checkLen("length", len(x))
	asm.FWHT(x, len(x))
	scale := 1 / T(len(x))
	spectrum = spectrum[:len(x)]
	for i, v := range x {
		x[i] = v * spectrum[i] * scale
	}
	asm.FWHT(x, len(x))
}

// XorCorrelate replaces x by its dyadic autocorrelation,
//
//	x[k] = Σ_i x[i]·x[i ^ k]
//
// whose first element is ‖x‖²: [XorConvolve] of x with itself, to the bit, by
// two transforms. len(x) must be a power of two; it panics otherwise. It
// allocates nothing.
func XorCorrelate[T Float](x []T) {
	checkLen("length", len(x))
	asm.FWHT(x, len(x))
	scale := 1 / T(len(x))
	for i, v := range x {
		x[i] = v * v * scale
	}
	asm.FWHT(x, len(x))
}
