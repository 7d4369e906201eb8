package jacobian

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// Linearize runs the network at its current weights: predictions into f (n
// values), gates into the operator, and counts the gates that changed. 2·mnd
// flops; the FMA ports bound it from d ≈ 32 on, the gates' own work below.
//
// A tile of 6 neurons × 64 samples of W·Xᵀ is formed in cache, turned into
// gates and partial sums, and is gone. It panics if len(f) is not n.
func (op *Operator) Linearize(f []float64) {
	op.check("Linearize", f, op.n)
	op.flips.Store(0)
	if op.team.Do(op.words*op.blocks, op.doForward) {
		op.fresh = false
	}
	op.reduce(f)
}

// forwardTask runs one block of neurons on 64 samples.
func (op *Operator) forwardTask(worker, task int) {
	w, b := task/op.blocks, task%op.blocks
	ws := &op.work[worker]
	clear(ws.acc[:])
	valid := ^uint64(0)
	if rest := op.n - w*wordSamples; rest < wordSamples {
		valid = 1<<rest - 1
	}
	lo, hi := b*blockNeurons, min((b+1)*blockNeurons, op.m)
	gates := op.gates[w*op.m+lo : w*op.m+hi]
	var flips int
	forwardBlock(&ws.acc, ws.z, op.net, op.xp[w*wordSamples*op.d:], lo, hi, ws.words[:])
	for r := range gates {
		g := ws.words[r] & valid
		flips += popcount(g ^ gates[r])
		gates[r] = g
	}
	copy(op.part[(b*op.words+w)*wordSamples:], ws.acc[:])
	if !op.fresh {
		op.flips.Add(int64(flips))
	}
	for r := 0; r < hi-lo; r += 64 {
		clear(ws.bits[copy(ws.bits[:], gates[r:]):])
		asm.Transpose64(&ws.bits)
		for i, g := range ws.bits {
			op.rows[(w*wordSamples+i)*op.stride+(lo+r)/64] = g
		}
	}
}

// forwardBlock adds Σ a_r max(0, ⟨w_r, x_i⟩) over the neurons [lo, hi) to acc,
// for the 64 samples packed in xp, and stores their gates, neuron by neuron.
func forwardBlock(acc *[wordSamples]float64, z []float64, net *Network, xp []float64, lo, hi int, gates []uint64) {
	d := net.D
	for r := lo; r < hi; r += asm.TileRows {
		rows := min(asm.TileRows, hi-r)
		tile(z, net.W[r*d:], xp, rows, d)
		for q := 0; q < rows; q++ {
			gates[r-lo+q] = asm.ReluGate(acc, (*[wordSamples]float64)(z[q*wordSamples:]), net.A[r+q])
		}
	}
}

// tile computes rows of W·Xᵀ for 64 packed samples into z, 64 values a row.
func tile(z, w, xp []float64, rows, d int) {
	clear(z[:rows*wordSamples])
	asm.MulAdd(z, wordSamples, w, d, 1, xp, rows, wordSamples, d)
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
		xp, z []float64
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
			s = &state{xp: make([]float64, asm.PanelLen(net.D, wordSamples)), z: make([]float64, asm.TileRows*wordSamples)}
			states[worker] = s
		}
		lo, hi := w*wordSamples, min((w+1)*wordSamples, n)
		asm.PackRows(s.xp, x[lo*net.D:], net.D, net.D, hi-lo, 1)
		clear(s.xp[asm.PanelLen(net.D, hi-lo):])
		out := dst[lo:hi]
		clear(out)
		for r := 0; r < net.M && !team.Cancelled(); r += blockNeurons {
			clear(s.acc[:])
			forwardBlock(&s.acc, s.z, net, s.xp, r, min(r+blockNeurons, net.M), s.gates[:])
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
