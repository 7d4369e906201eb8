package asm

import "math/bits"

// The transform of n = 2ᵏ elements is k stages of additions,
//
//	for h := 1; h < n; h *= 2 {
//		for i := 0; i < n; i += 2 * h {
//			for j := i; j < i+h; j++ {
//				x[j], x[j+h] = x[j]+x[j+h], x[j]-x[j+h]
//			}
//		}
//	}
//
// each sum rounded to the element type. That is the specification of all
// kernels of this family: an element passes through the stages in ascending
// order of h, whatever the order in which elements are visited. The code below
// visits eight at a time and runs three stages on them.

// fwhtBlockGeneric transforms each run of n ≥ 2 elements of x.
func fwhtBlockGeneric[T Float](x []T, n int) {
	var h int
	switch n {
	case 2:
		for i := 0; i+1 < len(x); i += 2 {
			x[i], x[i+1] = x[i]+x[i+1], x[i]-x[i+1]
		}
		return
	case 4:
		for i := 0; i+3 < len(x); i += 4 {
			v := (*[4]T)(x[i:])
			v[0], v[1], v[2], v[3] = fwht4(v[0], v[1], v[2], v[3])
		}
		return
	default:
		for i := 0; i+7 < len(x); i += 8 {
			v := (*[8]T)(x[i:])
			a0, a1, a2, a3 := fwht4(v[0], v[1], v[2], v[3])
			a4, a5, a6, a7 := fwht4(v[4], v[5], v[6], v[7])
			v[0], v[4] = a0+a4, a0-a4
			v[1], v[5] = a1+a5, a1-a5
			v[2], v[6] = a2+a6, a2-a6
			v[3], v[7] = a3+a7, a3-a7
		}
		h = 8
	}
	for plan := fwhtPlans[bits.Len(uint(n/h))-1]; plan != 0; plan >>= 3 {
		r := int(plan & 7)
		fwhtPassGeneric(x, h, len(x)/h>>r, r, h, h<<r)
		h <<= r
	}
}

// fwhtProductGeneric transforms each run of n ≥ 2 of the products x[i]·y[i].
func fwhtProductGeneric[T Float](dst, x, y []T, n int) {
	mulRowsGeneric(dst, x, y, 1, len(y))
	fwhtBlockGeneric(dst, n)
}

func fwht4[T Float](a0, a1, a2, a3 T) (T, T, T, T) {
	b0, b1, b2, b3 := a0+a1, a0-a1, a2+a3, a2-a3
	return b0 + b2, b1 + b3, b0 - b2, b1 - b3
}

// fwhtPassGeneric runs r stages, 1 to 3: for i < count and c < run it
// transforms the 2ʳ elements of x at i·step + q·row + c, q < 2ʳ. They are
// distinct for distinct (i, c).
func fwhtPassGeneric[T Float](x []T, run, count, r, row, step int) {
	for i := 0; i < count; i++ {
		switch v := x[i*step:]; r {
		case 1:
			fwhtRadix2(v[:run], v[row:])
		case 2:
			fwhtRadix4(v[:run], v[row:], v[2*row:], v[3*row:])
		case 3:
			fwhtRadix8(v[:run], v[row:], v[2*row:], v[3*row:], v[4*row:], v[5*row:], v[6*row:], v[7*row:])
		}
	}
}

func fwhtRadix2[T Float](x0, x1 []T) {
	x1 = x1[:len(x0)]
	for c, a0 := range x0 {
		a1 := x1[c]
		x0[c], x1[c] = a0+a1, a0-a1
	}
}

func fwhtRadix4[T Float](x0, x1, x2, x3 []T) {
	x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
	for c := range x0 {
		x0[c], x1[c], x2[c], x3[c] = fwht4(x0[c], x1[c], x2[c], x3[c])
	}
}

func fwhtRadix8[T Float](x0, x1, x2, x3, x4, x5, x6, x7 []T) {
	n := len(x0)
	x1, x2, x3, x4, x5, x6, x7 = x1[:n], x2[:n], x3[:n], x4[:n], x5[:n], x6[:n], x7[:n]
	for c := range x0 {
		a0, a1, a2, a3 := fwht4(x0[c], x1[c], x2[c], x3[c])
		a4, a5, a6, a7 := fwht4(x4[c], x5[c], x6[c], x7[c])
		x0[c], x4[c] = a0+a4, a0-a4
		x1[c], x5[c] = a1+a5, a1-a5
		x2[c], x6[c] = a2+a6, a2-a6
		x3[c], x7[c] = a3+a7, a3-a7
	}
}
