package asm

import "math"

// peakSink keeps the compiler from dropping the loop below.
var peakSink float64

func peakFMAGeneric(turns int) float64 {
	var s [12]float64
	v, w := 0.5, 0.25
	for range turns {
		for i := range s {
			s[i] = math.FMA(v, w, s[i])
		}
	}
	for _, x := range s {
		v += x
	}
	if v < 0 { // never: reads the result without a race between callers
		peakSink = v
	}
	return float64(turns) * 24
}
