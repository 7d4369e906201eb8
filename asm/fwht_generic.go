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
	for plan := fwhtRadices[bits.Len(uint(n/h))-1]; plan != 0; plan >>= 2 {
		r := int(plan & 3)
		fwhtPassGeneric(x, x, h, len(x)/h>>r, r, fwhtStrides{h, h << r, h, h << r})
		h <<= r
	}
}

func fwht4[T Float](a0, a1, a2, a3 T) (T, T, T, T) {
	b0, b1, b2, b3 := a0+a1, a0-a1, a2+a3, a2-a3
	return b0 + b2, b1 + b3, b0 - b2, b1 - b3
}

// fwhtPassGeneric runs r stages, 1 to 3: for i < count and c < run it replaces
// the 2ʳ elements of src at i·srcStep + q·srcRow + c, q < 2ʳ, by their
// transform, at i·dstStep + q·dstRow + c of dst. dst and src are the same
// memory, with the same strides, or do not overlap.
func fwhtPassGeneric[T Float](dst, src []T, run, count, r int, p fwhtStrides) {
	for i := 0; i < count; i++ {
		d, s := dst[i*p.dstStep:], src[i*p.srcStep:]
		switch r {
		case 1:
			fwhtRadix2(d, s, run, p.dstRow, p.srcRow)
		case 2:
			fwhtRadix4(d, s, run, p.dstRow, p.srcRow)
		case 3:
			fwhtRadix8(d, s, run, p.dstRow, p.srcRow)
		}
	}
}

func fwhtRadix2[T Float](dst, src []T, run, dr, sr int) {
	s0, s1 := src[:run], src[sr:][:run]
	d0, d1 := dst[:run], dst[dr:][:run]
	for c, a0 := range s0 {
		a1 := s1[c]
		d0[c], d1[c] = a0+a1, a0-a1
	}
}

func fwhtRadix4[T Float](dst, src []T, run, dr, sr int) {
	s0, s1, s2, s3 := src[:run], src[sr:][:run], src[2*sr:][:run], src[3*sr:][:run]
	d0, d1, d2, d3 := dst[:run], dst[dr:][:run], dst[2*dr:][:run], dst[3*dr:][:run]
	for c := range s0 {
		d0[c], d1[c], d2[c], d3[c] = fwht4(s0[c], s1[c], s2[c], s3[c])
	}
}

func fwhtRadix8[T Float](dst, src []T, run, dr, sr int) {
	s0, s1, s2, s3 := src[:run], src[sr:][:run], src[2*sr:][:run], src[3*sr:][:run]
	s4, s5, s6, s7 := src[4*sr:][:run], src[5*sr:][:run], src[6*sr:][:run], src[7*sr:][:run]
	d0, d1, d2, d3 := dst[:run], dst[dr:][:run], dst[2*dr:][:run], dst[3*dr:][:run]
	d4, d5, d6, d7 := dst[4*dr:][:run], dst[5*dr:][:run], dst[6*dr:][:run], dst[7*dr:][:run]
	for c := range s0 {
		a0, a1, a2, a3 := fwht4(s0[c], s1[c], s2[c], s3[c])
		a4, a5, a6, a7 := fwht4(s4[c], s5[c], s6[c], s7[c])
		d0[c], d4[c] = a0+a4, a0-a4
		d1[c], d5[c] = a1+a5, a1-a5
		d2[c], d6[c] = a2+a6, a2-a6
		d3[c], d7[c] = a3+a7, a3-a7
	}
}
