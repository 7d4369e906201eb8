package asm

import "math"

// forwardGeneric defines Forward, for samples packed by so many at a time: part
// p of them, feature k is xp[(p·d + k)·width:][:width].
func forwardGeneric(acc *[GateWidth]float64, gates []uint64, w, a, xp []float64, d, width int) {
	for r, sign := range a {
		row := w[r*d : (r+1)*d]
		gates[r] = 0
		for i := 0; i < GateWidth; i += 8 {
			var z [8]float64
			x := xp[i/width*width*d+i%width:]
			for k, v := range row {
				u := (*[8]float64)(x[k*width:])
				z[0] = math.FMA(v, u[0], z[0])
				z[1] = math.FMA(v, u[1], z[1])
				z[2] = math.FMA(v, u[2], z[2])
				z[3] = math.FMA(v, u[3], z[3])
				z[4] = math.FMA(v, u[4], z[4])
				z[5] = math.FMA(v, u[5], z[5])
				z[6] = math.FMA(v, u[6], z[6])
				z[7] = math.FMA(v, u[7], z[7])
			}
			for l, v := range z {
				if v >= 0 {
					gates[r] |= 1 << (i + l)
					acc[i+l] += float64(sign * v)
				}
			}
		}
	}
}

// transpose64Generic defines Transpose64: six rounds exchange halves, quarters,
// … (Warren, Hacker's Delight, section 7-3).
func transpose64Generic(dst, src *[64]uint64) {
	a := *src
	mask := uint64(1<<32 - 1)
	for j := 32; j != 0; j >>= 1 {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (a[k]>>j ^ a[k+j]) & mask
			a[k] ^= t << j
			a[k+j] ^= t
		}
		mask ^= mask << (j >> 1)
	}
	*dst = a
}
