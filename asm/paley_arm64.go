//go:build arm64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func paley12x64NEON(x *float64, run, count, row, step int)

//go:noescape
func paley12x32NEON(x *float32, run, count, row, step int)

//go:noescape
func paley20x64NEON(x *float64, run, count, row, step int)

//go:noescape
func paley20x32NEON(x *float32, run, count, row, step int)

//go:noescape
func paley28x64NEON(x *float64, run, count, row, step int)

//go:noescape
func paley28x32NEON(x *float32, run, count, row, step int)

func paley[T Float](x []T, m, run, count, row, step int) {
	whole := run &^ (16/int(unsafe.Sizeof(x[0])) - 1) // in vectors
	if whole > 0 {
		paleyVectors(x, m, whole, count, row, step)
	}
	if whole < run {
		paleyGeneric(x[whole:], m, run-whole, count, row, step)
	}
}

// paleyVectors is for runs of whole vectors, at least one.
func paleyVectors[T Float](x []T, m, run, count, row, step int) {
	switch p := any(&x[0]).(type) {
	case *float64:
		switch m {
		case 12:
			paley12x64NEON(p, run, count, row, step)
		case 20:
			paley20x64NEON(p, run, count, row, step)
		case 28:
			paley28x64NEON(p, run, count, row, step)
		}
	case *float32:
		switch m {
		case 12:
			paley12x32NEON(p, run, count, row, step)
		case 20:
			paley20x32NEON(p, run, count, row, step)
		case 28:
			paley28x32NEON(p, run, count, row, step)
		}
	}
}

func paleyWhole[T Float]([]T, int, int, int, int) bool { return false }
