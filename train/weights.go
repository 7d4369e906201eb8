package train

import (
	"math"
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
)

// Streams of the seed, one for each use, so that changing one leaves the
// others as they are.
const (
	streamWeights = 0x6e6561726c696e01 + iota
	streamSigns
	streamSplit
	streamSketch
	streamPower
	streamChoice
)

// newNetwork draws w_r ~ N(0, I) and a_r uniform on ±1, neuron by neuron: row r
// depends on the seed and r alone. Its m neurons are those from first on, a
// multiple of 64, of as wide a network as may be. It is incomplete if the
// context of the team ends.
func newNetwork(team *asm.Team, first, m, d int, seed uint64) *jacobian.Network {
	net := &jacobian.Network{M: m, D: d, W: make([]float64, m*d), A: make([]float64, m)}
	run := max(1, 16384/d) // neurons a task, below a millisecond
	team.Do((m+run-1)/run, func(_, task int) {
		src := rand.NewPCG(0, 0)
		for r := task * run; r < min((task+1)*run, m); r++ {
			src.Seed(seed, streamWeights+uint64(first+r)*0x9e3779b97f4a7c15)
			fillNormal(net.W[r*d:(r+1)*d], src)
		}
	})
	src := rand.NewPCG(seed, streamSigns)
	for range first / 64 {
		src.Uint64()
	}
	var word uint64
	for r := range net.A {
		if r%64 == 0 {
			word = src.Uint64()
		}
		net.A[r] = float64(1 - 2*int(word>>(r%64)&1))
	}
	return net
}

// pairScale is the standard deviation of the weights of newPairs. The larger it is,
// the fewer gates a step flips, and the closer training stays to the linearised
// model by which the ridge is chosen; neither J nor f₀ = 0 depends on it. On
// twenty tables 1, 2 and 4 gave geometric means of the test error of 0.405, 0.398
// and 0.392 of a standard deviation, most of it where steps at 1 had stalled.
const pairScale = 4

// newPairs draws the network that damped and first-order rules start from: neurons
// 2q and 2q+1 have the same weights, N(0, pairScale²), and opposite signs, so
// that it is zero everywhere (a last one without a partner aside). A network that
// is not starts with a random function, which the ridge then holds to.
func newPairs(team *asm.Team, first, m, d int, seed uint64) *jacobian.Network {
	net := newNetwork(team, first, m, d, seed)
	asm.Scale(net.W, pairScale, net.W)
	for r := 1; r < m; r += 2 {
		copy(net.W[r*d:(r+1)*d], net.W[(r-1)*d:r*d])
		net.A[r] = -net.A[r-1]
	}
	return net
}

// fillNormal fills dst with standard normal variates by Marsaglia's polar
// method (1964). Only IEEE operations and the logarithm below are used, so the
// bits are the same on every platform, which math.Log and the library's normal
// variates do not promise.
func fillNormal(dst []float64, src *rand.PCG) {
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
		s := math.Sqrt(-2 * logarithm(q) / q)
		dst[i] = u * s
		if i+1 < len(dst) {
			dst[i+1] = v * s
		}
	}
}

// logarithm returns ln(x) for a positive normal number, to about 1e-15
// relative, in an order of IEEE operations that no compiler may fuse: x =
// 2ᵏ·t with t in [√½, √2], and ln t = 2·artanh((t−1)/(t+1)) by its series.
func logarithm(x float64) float64 {
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

// split returns a seeded permutation of n rows, of which the first n-held are
// for training.
func split(n int, seed uint64) []int { return permutation(n, seed, streamSplit) }

// permutation returns one of n rows that a stream of the seed draws.
func permutation(n int, seed, stream uint64) []int {
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
