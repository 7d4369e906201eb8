package train

import (
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/portable"
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
	streamFolds
	streamEstimate
	streamSlopes     // and the next ones
	streamBlocks     = streamSlopes + slopeTargets
	streamSpread     = streamBlocks + 1
	streamImportance = streamSpread + 1
	streamMeans      = streamImportance + 1
	streamSample     = streamMeans + 1
)

// newNetwork draws w_r ~ N(0, I) and a_r uniform on ±1, neuron by neuron: row r
// depends on the seed and r alone. Its m neurons are those from first on, a
// multiple of 64, of as wide a network as may be. It is incomplete if the
// context of the team ends.
func newNetwork(team *asm.Team, first, m, d int, seed uint64) *jacobian.Network {
	return drawNetwork(team, first, m, d, seed, 1)
}

// drawNetwork is newNetwork with the weights of every step-th neuron alone; those of the others
// are zero.
func drawNetwork(team *asm.Team, first, m, d int, seed uint64, step int) *jacobian.Network {
	net := &jacobian.Network{M: m, D: d, W: make([]float64, m*d), A: make([]float64, m)}
	run := step * max(1, 16384/d) // neurons a task, below a millisecond
	team.Do((m+run-1)/run, func(_, task int) {
		src := rand.NewPCG(0, 0)
		for r := task * run; r < min((task+1)*run, m); r += step {
			src.Seed(seed, streamWeights+uint64(first+r)*0x9e3779b97f4a7c15)
			portable.Normals(net.W[r*d:(r+1)*d], src)
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
	net := drawNetwork(team, first, m, d, seed, 2)
	asm.Scale(net.W, pairScale, net.W)
	for r := 1; r < m; r += 2 {
		copy(net.W[r*d:(r+1)*d], net.W[(r-1)*d:r*d])
		net.A[r] = -net.A[r-1]
	}
	return net
}

// newHalves draws the first neuron of each pair of newPairs with m neurons.
func newHalves(team *asm.Team, m, d int, seed uint64) *jacobian.Network {
	pairs := newPairs(team, 0, m, d, seed)
	net := &jacobian.Network{M: (m + 1) / 2, D: d, W: pairs.W[:(m+1)/2*d], A: pairs.A[:(m+1)/2]}
	for q := range net.M {
		copy(net.W[q*d:(q+1)*d], pairs.W[2*q*d:(2*q+1)*d])
		net.A[q] = pairs.A[2*q]
	}
	return net
}

// initialNetwork draws the network of a fit, this rank's part of it, for rows of d
// inputs.
func initialNetwork(team *asm.Team, cfg *config, d int) (*jacobian.Network, error) {
	first, last := 0, cfg.Width
	if cfg.shard != nil {
		first, last, _ = cfg.shard.Share() // newConfig has seen to it
	}
	draw := newPairs
	if cfg.Rule == GaussNewton {
		draw = newNetwork
	}
	net := draw(team, first, last-first, d, cfg.Seed)
	if team.Cancelled() {
		return nil, fault.ErrStopped
	}
	return net, nil
}
