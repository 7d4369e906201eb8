// Package portable has what a model's bits rest on and the standard library does not
// promise to keep: logarithm and exponential, normal variates and permutations made
// of IEEE operations in a fixed order. The normal variates of package hadamard's
// sketches come from a generator of their own and have other bits: both stay as they
// are, since models and sketches depend on them.
package portable

import (
	"math"
	"math/rand/v2"
)

// Normals fills dst with standard normal variates by Marsaglia's polar method
// (1964). Only IEEE operations and Log are used, so the bits are the same on every
// platform, which math.Log and the library's normal variates do not promise.
func Normals(dst []float64, src *rand.PCG) {
	for i := 0; i < len(dst); i += 2 {
		var u, v, q float64
		for {
			u = float64(int64(src.Uint64())>>10) * 0x1p-53 // (-1, 1)
			v = float64(int64(src.Uint64())>>10) * 0x1p-53
			q = float64(u*u) + float64(v*v)
			if q > 0 && q < 1 {
				break
			}
		}
		s := math.Sqrt(-2 * Log(q) / q)
		dst[i] = u * s
		if i+1 < len(dst) {
			dst[i+1] = v * s
		}
	}
}

// Log returns ln(x) for a positive normal number, to about 1e-15 relative, in an
// order of IEEE operations that no compiler may fuse: x = 2ᵏ·t with t in [√½, √2],
// and ln t = 2·artanh((t−1)/(t+1)) by its series.
func Log(x float64) float64 {
	t, k := math.Frexp(x)
	if t < math.Sqrt2/2 {
		t *= 2
		k--
	}
	z := (t - 1) / (t + 1) // |z| ≤ 0.1716
	z2 := z * z
	sum := 0.0
	for i := 21; i >= 1; i -= 2 { // z²² / 23 < 1e-18
		sum = float64(sum*z2) + 1/float64(i)
	}
	return float64(2*z*sum) + float64(float64(k)*math.Ln2)
}

// Permutation returns a permutation of n rows that a stream of the seed draws.
func Permutation(n int, seed, stream uint64) []int {
	perm := make([]int, n)
	src := rand.NewPCG(seed, stream)
	for i := range perm {
		j := uniform(src, i+1)
		perm[i] = perm[j]
		perm[j] = i
	}
	return perm
}

// uniform returns an unbiased integer in [0, n).
func uniform(src *rand.PCG, n int) int {
	limit := math.MaxUint64 - math.MaxUint64%uint64(n)
	for {
		if v := src.Uint64(); v < limit {
			return int(v % uint64(n))
		}
	}
}
