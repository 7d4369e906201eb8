package jacobian

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// Linearize runs the network at its current weights: predictions into f (n
// values), gates into the operator, and counts the gates that changed. 2·mnd
// flops at the rate of the FMA ports: a tile of six neurons and 32 samples of
// W·Xᵀ lives in registers, becomes gate bits and a partial sum, and is gone;
// see asm.Forward. It panics if len(f) is not n.
func (op *Operator) Linearize(f []float64) {
	op.check("Linearize", f, op.n)
	op.check("Linearize: W", op.net.W, op.m*op.d)
	op.check("Linearize: A", op.net.A, op.m)
	op.flips.Store(0)
	if op.team.Do(op.words*op.blocks, op.doForward) {
		op.fresh = false
	}
	op.reduce(f)
}

// forwardTask runs one block of neurons on 64 samples. Consecutive tasks share
// the block, whose weights stay in a cache.
func (op *Operator) forwardTask(worker, task int) {
	b, w := task/op.words, task%op.words
	ws := &op.work[worker]
	clear(ws.acc[:])
	valid := ^uint64(0)
	if rest := op.n - w*wordSamples; rest < wordSamples {
		valid = 1<<rest - 1
	}
	lo, hi := b*blockNeurons, min((b+1)*blockNeurons, op.m)
	words := ws.words[:hi-lo]
	if !op.net.forward(op.team, &ws.acc, words, op.xp[w*wordSamples*op.d:], lo, hi) {
		return
	}
	gates := op.gates[w*op.neuronStride+lo:][:hi-lo]
	flips := asm.XorCount(gates, words, valid)
	copy(op.part[(b*op.words+w)*wordSamples:], ws.acc[:])
	if !op.fresh {
		op.flips.Add(int64(flips))
	}
	for r := 0; r < len(gates); r += 64 {
		src := &ws.last
		if len(gates)-r >= 64 {
			src = (*[64]uint64)(gates[r:])
		} else {
			clear(src[copy(src[:], gates[r:]):])
		}
		asm.Transpose64((*[64]uint64)(op.samples[(lo+r)/64*op.sampleStride+w*wordSamples:]), src)
	}
}

// forwardFlops bounds the work between two looks at the context: some 40 µs on
// kernels, 10 ms in generic Go.
const forwardFlops = 1 << 22

// forward adds what the neurons [lo, hi) give for 64 packed samples to acc, and
// sets their gates. It returns false early once the team's context is done.
func (net *Network) forward(team *asm.Team, acc *[wordSamples]float64, gates []uint64, xp []float64, lo, hi int) bool {
	d := net.D
	piece := max(forwardFlops/(2*wordSamples*d)/asm.TileRows, 1) * asm.TileRows
	for r := lo; r < hi; r += piece {
		if team.Cancelled() {
			return false
		}
		end := min(r+piece, hi)
		asm.Forward(acc, gates[r-lo:end-lo], net.W[r*d:end*d], net.A[r:end], xp, d)
	}
	return true
}

// reduce joins the partial sums of the blocks in index order into dst.
func (op *Operator) reduce(dst []float64) {
	op.dst = dst
	op.team.Do(op.words, op.doReduce)
	op.dst = nil
}

func (op *Operator) reduceTask(_, w int) {
	lo, hi := w*wordSamples, min((w+1)*wordSamples, op.n)
	out := op.dst[lo:hi]
	clear(out)
	for b := 0; b < op.blocks; b++ {
		for i, v := range op.part[b*op.words*wordSamples+lo:][:len(out)] {
			out[i] += v
		}
	}
	asm.Scale(out, op.scale, out)
}

// Predict writes the outputs of the network for the samples of x (row-major,
// n × net.D) to dst (n values): the same bits that Linearize gives, without
// gates, operator or a limit on n. workers ≤ 0 means GOMAXPROCS. Several calls
// may run at the same time. It returns ErrShape or ErrNotFinite, and then
// leaves dst alone, or the cause of ctx's end, within a few milliseconds, and
// then dst is incomplete. 2·mnd flops; the working memory is a few tiles a
// worker.
func (net *Network) Predict(ctx context.Context, dst, x []float64, workers int) error {
	if err := net.Check(); err != nil {
		return err
	}
	n, err := checkSamples(x, net.D)
	if err != nil {
		return err
	}
	if len(dst) != n {
		return fmt.Errorf("jacobian: %d predictions for %d samples: %w", len(dst), n, ErrShape)
	}
	type state struct {
		xp    []float64
		acc   [wordSamples]float64
		gates [blockNeurons]uint64
	}
	team := asm.NewTeam(workers)
	team.Bind(ctx)
	states := make([]*state, team.Workers())
	scale := 1 / math.Sqrt(float64(net.M))
	done := team.Do(ceil(n, wordSamples), func(worker, w int) {
		s := states[worker]
		if s == nil {
			s = &state{xp: alignedFloats(wordSamples * net.D)}
			states[worker] = s
		}
		lo, hi := w*wordSamples, min((w+1)*wordSamples, n)
		asm.PackSamples(s.xp, x[lo*net.D:hi*net.D], net.D)
		out := dst[lo:hi]
		clear(out)
		for r := 0; r < net.M && !team.Cancelled(); r += blockNeurons {
			clear(s.acc[:])
			net.forward(team, &s.acc, s.gates[:], s.xp, r, min(r+blockNeurons, net.M))
			for i := range out {
				out[i] += s.acc[i]
			}
		}
		asm.Scale(out, scale, out)
	})
	if !done {
		return fmt.Errorf("jacobian: Predict: %w", context.Cause(ctx))
	}
	return nil
}
