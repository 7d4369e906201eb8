//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func paley12x64AVX2(x *float64, run, count, row, step int)

//go:noescape
func paley20x64AVX2(x *float64, run, count, row, step int)

//go:noescape
func paley28x64AVX2(x *float64, run, count, row, step int)

//go:noescape
func paley12x32AVX2(x *float32, run, count, row, step int)

//go:noescape
func paley20x32AVX2(x *float32, run, count, row, step int)

//go:noescape
func paley28x32AVX2(x *float32, run, count, row, step int)

//go:noescape
func paley12x64AVX512(x *float64, run, count, row, step int)

//go:noescape
func paley20x64AVX512(x *float64, run, count, row, step int)

//go:noescape
func paley28x64AVX512(x *float64, run, count, row, step int)

//go:noescape
func paley12x32AVX512(x *float32, run, count, row, step int)

//go:noescape
func paley20x32AVX512(x *float32, run, count, row, step int)

//go:noescape
func paley28x32AVX512(x *float32, run, count, row, step int)

//go:noescape
func paleyWhole12x64AVX2(x *float64, pow, count, step int)

//go:noescape
func paleyWhole20x64AVX2(x *float64, pow, count, step int)

//go:noescape
func paleyWhole28x64AVX2(x *float64, pow, count, step int)

//go:noescape
func paleyWhole12x32AVX2(x *float32, pow, count, step int)

//go:noescape
func paleyWhole20x32AVX2(x *float32, pow, count, step int)

//go:noescape
func paleyWhole28x32AVX2(x *float32, pow, count, step int)

//go:noescape
func paleyWhole12x64AVX512(x *float64, count, step int)

//go:noescape
func paleyWhole20x64AVX512(x *float64, count, step int)

//go:noescape
func paleyWhole28x64AVX512(x *float64, count, step int)

//go:noescape
func paleyWhole12x32AVX512(x *float32, count, step int)

//go:noescape
func paleyWhole20x32AVX512(x *float32, count, step int)

//go:noescape
func paleyWhole28x32AVX512(x *float32, count, step int)

func paley[T Float](x []T, m, run, count, row, step int) {
	if !useAVX2 {
		paleyGeneric(x, m, run, count, row, step)
		return
	}
	half := 16 / int(unsafe.Sizeof(x[0]))
	if useAVX512 && (run >= 4*half || run > half && run%half != 0) {
		paleyVectors512(x, m, run, count, row, step) // the rest of a run goes under a mask
		return
	}
	whole := run &^ (half - 1)
	if whole > 0 {
		paleyVectors(x, m, whole, count, row, step)
	}
	if whole < run {
		paleyGeneric(x[whole:], m, run-whole, count, row, step)
	}
}

// paleyVectors is for runs of whole vectors of 16 bytes, at least one.
func paleyVectors[T Float](x []T, m, run, count, row, step int) {
	switch p := any(&x[0]).(type) {
	case *float64:
		switch m {
		case 12:
			paley12x64AVX2(p, run, count, row, step)
		case 20:
			paley20x64AVX2(p, run, count, row, step)
		case 28:
			paley28x64AVX2(p, run, count, row, step)
		}
	case *float32:
		switch m {
		case 12:
			paley12x32AVX2(p, run, count, row, step)
		case 20:
			paley20x32AVX2(p, run, count, row, step)
		case 28:
			paley28x32AVX2(p, run, count, row, step)
		}
	}
}

// paleyVectors512 is for runs of any length.
func paleyVectors512[T Float](x []T, m, run, count, row, step int) {
	switch p := any(&x[0]).(type) {
	case *float64:
		switch m {
		case 12:
			paley12x64AVX512(p, run, count, row, step)
		case 20:
			paley20x64AVX512(p, run, count, row, step)
		case 28:
			paley28x64AVX512(p, run, count, row, step)
		}
	case *float32:
		switch m {
		case 12:
			paley12x32AVX512(p, run, count, row, step)
		case 20:
			paley20x32AVX512(p, run, count, row, step)
		case 28:
			paley28x32AVX512(p, run, count, row, step)
		}
	}
}

// paleyWhole transforms count vectors by H_m ⊗ H_pow, if m is an order of Paley and
// rows of pow elements fit registers, and says if it did.
func paleyWhole[T Float](x []T, m, pow, count, step int) bool {
	switch size := pow * int(unsafe.Sizeof(x[0])); {
	case useAVX2 && size <= 32:
		if count > 1 { // so m is an order of Paley
			done := paleyLanes(x, m, pow, count, step)
			if count -= done; count == 0 {
				return true
			}
			x = x[done*step:]
		}
		switch p := any(&x[0]).(type) {
		case *float64:
			switch m {
			case 12:
				paleyWhole12x64AVX2(p, pow, count, step)
			case 20:
				paleyWhole20x64AVX2(p, pow, count, step)
			case 28:
				paleyWhole28x64AVX2(p, pow, count, step)
			default:
				return false
			}
		case *float32:
			switch m {
			case 12:
				paleyWhole12x32AVX2(p, pow, count, step)
			case 20:
				paleyWhole20x32AVX2(p, pow, count, step)
			case 28:
				paleyWhole28x32AVX2(p, pow, count, step)
			default:
				return false
			}
		}
	case useAVX512 && size == 64:
		switch p := any(&x[0]).(type) {
		case *float64:
			switch m {
			case 12:
				paleyWhole12x64AVX512(p, count, step)
			case 20:
				paleyWhole20x64AVX512(p, count, step)
			case 28:
				paleyWhole28x64AVX512(p, count, step)
			default:
				return false
			}
		case *float32:
			switch m {
			case 12:
				paleyWhole12x32AVX512(p, count, step)
			case 20:
				paleyWhole20x32AVX512(p, count, step)
			case 28:
				paleyWhole28x32AVX512(p, count, step)
			default:
				return false
			}
		}
	default:
		return false
	}
	return true
}
