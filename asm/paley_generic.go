package asm

import "math"

// The Hadamard matrix of order m = 2(q+1) of Paley's second construction, over
// the field of q = 5, 9 or 13 elements, is
//
//	C ⊗ [1 1; 1 -1] + I ⊗ [1 -1; -1 -1],    C = [0 1ᵀ; 1 Q]
//
// where Q[e][f] is 0 if e = f, else 1 if e - f is a square and -1 if it is not.
// With the signs of row 1 and column 1 changed its first row and column are
// ones. Its inputs are x₀, x₁ and a pair a, b for each element e of the field,
// inputs 2e+2 and 2e+3; its outputs go by the same numbers. Let
//
//	s₀ = x₀ - x₁,  d₀ = x₀ + x₁,    s = a + b,  d = a - b  for each e
//
// Σv the sum of v over the field, and (Nv)(e) that of v(e+f) over those f that
// are no squares. Then Q·v = Σv - v - 2·Nv, and as d - s = -2b and d + s = 2a
//
//	output 0      Σs + d₀          output 1      s₀ - Σd
//	output 2e+2   (s₀ + Σs) - 2·(Ns + b)
//	output 2e+3   (d₀ + Σd) - 2·(Nd + a)
//
// or, with R the sum over those f that are squares, Q·v = 2·Rv + v - Σv and
//
//	output 2e+2   (s₀ - Σs) + 2·(Rs + a)
//	output 2e+3   (d₀ - Σd) + 2·(Rd - b)
//
// What the sums have in common is computed once, 50 additions for order 12, 124
// for 20 and 200 for 28, where the products with the matrix have 132, 380 and
// 756. The functions below say in which order; each sum is rounded to the element
// type, and the last of an output is fused with the exact product by 2. An
// infinity makes NaN of most outputs.

// paleyGeneric transforms m elements for each i < count and c < run; see Paley.
func paleyGeneric[T Float](x []T, m, run, count, row, step int) {
	for i := range count {
		for c := range run {
			switch v := x[i*step+c:]; m {
			case 12:
				paley12(v, row)
			case 20:
				paley20(v, row)
			case 28:
				paley28(v, row)
			}
		}
	}
}

// lessTwice returns k - 2t, rounded once. For float32 the sum in float64, of
// more than twice its bits, makes the second rounding harmless.
func lessTwice[T Float](k, t T) T { return T(math.FMA(-2, float64(t), float64(k))) }

// plusTwice returns k + 2t, rounded once as lessTwice is.
func plusTwice[T Float](k, t T) T { return T(math.FMA(2, float64(t), float64(k))) }

// paley12 is order 12. The non-squares modulo 5 are ±2, two that follow each
// other: N is a sum of neighbours.
func paley12[T Float](x []T, row int) {
	s0, d0 := x[0]-x[row], x[0]+x[row]
	var a, b, s, d [5]T
	for e := range a {
		a[e], b[e] = x[(2*e+2)*row], x[(2*e+3)*row]
		s[e], d[e] = a[e]+b[e], a[e]-b[e]
	}
	ns, sum := pairs5(&s)
	x[0] = sum + d0
	nd, diff := pairs5(&d)
	x[row] = s0 - diff
	for e := range a {
		x[(2*e+2)*row] = lessTwice(s0+sum, ns[(e+2)%5]+b[e])
		x[(2*e+3)*row] = lessTwice(d0+diff, nd[(e+2)%5]+a[e])
	}
}

// pairs5 returns the sums of elements e and e+1, and of all.
func pairs5[T Float](v *[5]T) (u [5]T, sum T) {
	for e := range u {
		u[e] = v[e] + v[(e+1)%5]
	}
	return u, v[0] + u[1] + u[3]
}

// paley20 is order 20. The field of 9 elements is f + g·i with f, g modulo 3
// and i² = -1, here numbered f + 3g; its non-squares are ±1±i, so N sums the
// two diagonals through an element, of three each, without the element itself:
//
//	Ns + b = p + r - 2s + b = p - (s + a) + r
//	Nd + a = p - (d - b) + r
func paley20[T Float](x []T, row int) {
	s0, d0 := x[0]-x[row], x[0]+x[row]
	var a, b, s, d [9]T
	for e := range a {
		a[e], b[e] = x[(2*e+2)*row], x[(2*e+3)*row]
		s[e], d[e] = a[e]+b[e], a[e]-b[e]
	}
	p, r, sum := diagonals(&s)
	x[0] = sum + d0
	for e := range a {
		x[(2*e+2)*row] = lessTwice(s0+sum, p[(e%3-e/3+3)%3]-(s[e]+a[e])+r[(e%3+e/3)%3])
	}
	p, r, sum = diagonals(&d)
	x[row] = s0 - sum
	for e := range a {
		x[(2*e+3)*row] = lessTwice(d0+sum, p[(e%3-e/3+3)%3]-(d[e]-b[e])+r[(e%3+e/3)%3])
	}
}

// diagonals returns the sums over f - g = k and over f + g = k, k < 3, and that
// of all.
func diagonals[T Float](v *[9]T) (p, r [3]T, sum T) {
	p = [3]T{v[0] + v[4] + v[8], v[1] + v[5] + v[6], v[2] + v[3] + v[7]}
	r = [3]T{v[0] + v[5] + v[7], v[1] + v[3] + v[8], v[2] + v[4] + v[6]}
	return p, r, p[0] + p[1] + p[2]
}

// paley28 is order 28. The squares modulo 13 are 1, 3, 4, 9, 10 and 12: two pairs
// that are 6 apart, which all elements share, and 12, 1. The outputs by R take of a
// and b each the one that they replace.
func paley28[T Float](x []T, row int) {
	s0, d0 := x[0]-x[row], x[0]+x[row]
	var a, b, s, d [13]T
	for e := range a {
		a[e], b[e] = x[(2*e+2)*row], x[(2*e+3)*row]
		s[e], d[e] = a[e]+b[e], a[e]-b[e]
	}
	u, sum := pairs13(&s)
	x[0] = sum + d0
	for e := range a {
		x[(2*e+2)*row] = plusTwice(s0-sum, s[(e+12)%13]+s[(e+1)%13]+u[(e+3)%13]+u[(e+4)%13]+a[e])
	}
	u, sum = pairs13(&d)
	x[row] = s0 - sum
	for e := range a {
		x[(2*e+3)*row] = plusTwice(d0-sum, d[(e+12)%13]+d[(e+1)%13]+u[(e+3)%13]+u[(e+4)%13]-b[e])
	}
}

// pairs13 returns the sums of elements e and e+6, and of all.
func pairs13[T Float](v *[13]T) (u [13]T, sum T) {
	for e := range u {
		u[e] = v[e] + v[(e+6)%13]
	}
	return u, ((v[7] + u[0]) + (u[12] + u[11])) + ((u[10] + u[9]) + u[8])
}
