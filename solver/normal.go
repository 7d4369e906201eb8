package solver

import (
	"math"
	"math/rand/v2"
)

// Streams keep the randomness of different uses of one seed apart.
const (
	streamPivots = 0x736f6c766572_0001 + iota
	streamNystrom
	streamSparse
	streamGauss
)

// counter returns the generator of item i of a stream: what is drawn for an item
// depends on seed, stream and i alone, whichever worker draws it, and in
// whatever order. The multiplier is odd, so that no two items share a stream.
func counter(seed, stream, i uint64) rand.PCG {
	var src rand.PCG
	src.Seed(seed^stream, i*0x9e3779b97f4a7c15+stream)
	return src
}

// uniform returns a multiple of 2⁻⁵³ in [0, 1).
func uniform(src *rand.PCG) float64 { return float64(src.Uint64()>>11) * 0x1p-53 }

// gaussian fills dst with scale times standard normal variates, in pairs by the
// polar method (Marsaglia and Bray 1964). Square roots, quotients and the
// logarithm below are all it takes, each rounded as IEEE 754 says, so that the
// bits are the same on every platform.
func gaussian(dst []float64, src *rand.PCG, scale float64) {
	for len(dst) > 0 {
		x, y, q := 0.0, 0.0, 0.0
		for q == 0 || q >= 1 {
			x, y = 2*uniform(src)-1, 2*uniform(src)-1
			q = float64(x*x) + float64(y*y)
		}
		f := scale * math.Sqrt(-2*naturalLog(q)/q)
		dst[0] = x * f
		if len(dst) == 1 {
			return
		}
		dst[1] = y * f
		dst = dst[2:]
	}
}

// naturalLog returns ln x for a positive normal x, with an error of a few
// roundings. x = m·2ᵉ with m near 1, and with z = (m−1)/(m+1), |z| < 0.172,
//
//	ln m = 2·(z + z³/3 + z⁵/5 + …)
//
// by Horner's rule in fused multiply-adds; the first term left out is z²³/23.
func naturalLog(x float64) float64 {
	m, e := math.Frexp(x)
	if m < 0.7071 {
		m, e = 2*m, e-1
	}
	z := (m - 1) / (m + 1)
	w := float64(z * z)
	p := 1.0 / 21
	for _, c := range [...]float64{1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1} {
		p = math.FMA(p, w, c)
	}
	return math.FMA(float64(e), math.Ln2, float64(2*z*p))
}
