//go:build amd64 && !purego && !noasm

package asm

import "unsafe"

//go:noescape
func paleyLanes12x64AVX2(x *float64, side, count, step int)

//go:noescape
func paleyLanes20x64AVX2(x *float64, side, count, step int)

//go:noescape
func paleyLanes28x64AVX2(x *float64, side, count, step int)

//go:noescape
func paleyLanes12x32AVX2(x *float32, side, count, step int)

//go:noescape
func paleyLanes20x32AVX2(x *float32, side, count, step int)

//go:noescape
func paleyLanes28x32AVX2(x *float32, side, count, step int)

//go:noescape
func paleyLanes12x64AVX512(x *float64, side, count, step int)

//go:noescape
func paleyLanes20x64AVX512(x *float64, side, count, step int)

//go:noescape
func paleyLanes28x64AVX512(x *float64, side, count, step int)

//go:noescape
func paleyLanes12x32AVX512(x *float32, side, count, step int)

//go:noescape
func paleyLanes20x32AVX512(x *float32, side, count, step int)

//go:noescape
func paleyLanes28x32AVX512(x *float32, side, count, step int)

// paleyLanes transforms as many of count vectors as fill registers with a row of each,
// and returns how many: m is an order of Paley, and a row of pow elements takes 32 bytes
// or less. Two vectors of order 12 take as long side by side as one after the other.
func paleyLanes[T Float](x []T, m, pow, count, step int) (done int) {
	size := pow * int(unsafe.Sizeof(x[0]))
	least := 2
	if m == 12 {
		least = 4
	}
	if side := 64 / size; useAVX512 && side >= least && count >= side {
		paleyLanes512(x, m, side, count/side, step)
		done = count / side * side
	}
	if side := 32 / size; side >= least && count-done >= side {
		paleyLanes256(x[done*step:], m, side, (count-done)/side, step)
		done += (count - done) / side * side
	}
	return done
}

// paleyLanes512 is for count groups of side vectors, rows of which have 64 bytes together.
func paleyLanes512[T Float](x []T, m, side, count, step int) {
	switch p := any(&x[0]).(type) {
	case *float64:
		switch m {
		case 12:
			paleyLanes12x64AVX512(p, side, count, step)
		case 20:
			paleyLanes20x64AVX512(p, side, count, step)
		case 28:
			paleyLanes28x64AVX512(p, side, count, step)
		}
	case *float32:
		switch m {
		case 12:
			paleyLanes12x32AVX512(p, side, count, step)
		case 20:
			paleyLanes20x32AVX512(p, side, count, step)
		case 28:
			paleyLanes28x32AVX512(p, side, count, step)
		}
	}
}

// paleyLanes256 is the same with 32 bytes.
func paleyLanes256[T Float](x []T, m, side, count, step int) {
	switch p := any(&x[0]).(type) {
	case *float64:
		switch m {
		case 12:
			paleyLanes12x64AVX2(p, side, count, step)
		case 20:
			paleyLanes20x64AVX2(p, side, count, step)
		case 28:
			paleyLanes28x64AVX2(p, side, count, step)
		}
	case *float32:
		switch m {
		case 12:
			paleyLanes12x32AVX2(p, side, count, step)
		case 20:
			paleyLanes20x32AVX2(p, side, count, step)
		case 28:
			paleyLanes28x32AVX2(p, side, count, step)
		}
	}
}
