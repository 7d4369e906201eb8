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
// see asm.Forward. With weights that are not finite all of f is NaN. It panics if
// len(f) is not n.
func (op *Operator) Linearize(f []float64) {
	op.check("Linearize", f, op.n)
	op.check("Linearize: W", op.net.W, op.m*op.d)
	op.check("Linearize: A", op.net.A, op.m)
	op.flips.Store(0)
	op.unsound.Store(false)
	if op.team.Do(op.words*op.blocks, op.doForward) {
		op.fresh = false
	}
	op.begin(f)
	op.team.Do(op.words, op.doReduce)
	last := len(op.joint) - 1
	if op.shard != nil {
		op.joint[last] = float64(op.flips.Load())
	}
	op.finish()
	if op.shard != nil {
		op.flips.Store(int64(op.joint[last]))
	}
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
	if w == 0 && !finite(op.net.W[lo*op.d:hi*op.d]) {
		op.unsound.Store(true) // a NaN closes its gate, and would not show
	}
	words := ws.words[:hi-lo]
	asm.PackSamples(ws.xp, op.x[w*wordSamples*op.d:], op.d)
	if !op.net.forward(op.team, &ws.acc, words, ws.xp, lo, hi) {
		return
	}
	gates := op.gates[w*op.neuronStride+lo:][:hi-lo]
	flips := asm.XorCount(gates, words, valid)
	copy(op.part[(b*op.words+w)*wordSamples:], ws.acc[:])
	if !op.fresh {
		op.flips.Add(int64(flips))
	}
	op.transpose(ws, w, lo, hi)
}

// finite tells whether all of x is, at the price of a dot product.
func finite(x []float64) bool {
	if s := asm.Dot(x, x); s-s == 0 {
		return true
	}
	for _, v := range x { // squares may overflow
		if v-v != 0 {
			return false
		}
	}
	return true
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

// reduceTask joins the sums of the blocks for 64 samples, in index order
// within each section.
func (op *Operator) reduceTask(worker, w int) {
	lo, hi := w*wordSamples, min((w+1)*wordSamples, op.n)
	sums := op.work[worker].sums[:hi-lo]
	for s := 0; s < op.m; s += op.section {
		clear(sums)
		for b := s / blockNeurons; b < ceil(min(s+op.section, op.m), blockNeurons); b++ {
			for i, v := range op.part[b*op.words*wordSamples+lo:][:len(sums)] {
				sums[i] += v
			}
		}
		if op.unsound.Load() {
			for i := range sums {
				sums[i] = math.NaN()
			}
		}
		op.add(sums, lo, s)
	}
	op.settle(lo, hi)
}

// Predict writes the outputs of the network for the samples of x (row-major,
// n × net.D) to dst (n values): the same bits that Linearize gives, without
// gates, operator or a limit on n. workers ≤ 0 means GOMAXPROCS. Several calls
// may run at the same time. It returns ErrShape or ErrNotFinite, and then
// leaves dst alone, or the cause of ctx's end, within a few milliseconds, and
// then dst is incomplete. 2·mnd flops; the working memory is a few tiles a
// worker.
func (net *Network) Predict(ctx context.Context, dst, x []float64, workers int) error {
	n, err := net.checkPredict(dst, x)
	if err != nil {
		return err
	}
	scale := 1 / math.Sqrt(float64(net.M))
	done := net.sections(ctx, x, n, Section(net.M), workers, func(w, s int, sums []float64) {
		out := dst[w*wordSamples:][:len(sums)]
		if s == 0 {
			clear(out)
		}
		for i, v := range sums {
			out[i] += v
		}
		if s+Section(net.M) >= net.M {
			asm.Scale(out, scale, out)
		}
	})
	if !done {
		return fmt.Errorf("jacobian: Predict: %w", context.Cause(ctx))
	}
	return nil
}

func (net *Network) checkPredict(dst, x []float64) (n int, err error) {
	if err := net.Check(); err != nil {
		return 0, err
	}
	if n, err = checkSamples(x, net.D); err != nil {
		return 0, err
	}
	if len(dst) != n {
		return 0, fmt.Errorf("jacobian: %d predictions for %d samples: %w", len(dst), n, ErrShape)
	}
	return n, nil
}

// sections calls use with what each section of neurons, s the first of it, adds
// to the samples of word w: the sections of a word in order, on one goroutine.
// It reports false if ctx ended before.
func (net *Network) sections(ctx context.Context, x []float64, n, section, workers int, use func(w, s int, sums []float64)) bool {
	type state struct {
		xp    []float64
		acc   [wordSamples]float64
		sums  [wordSamples]float64
		gates [blockNeurons]uint64
	}
	team := asm.NewTeam(workers)
	team.Bind(ctx)
	states := make([]*state, team.Workers())
	return team.Do(ceil(n, wordSamples), func(worker, w int) {
		s := states[worker]
		if s == nil {
			s = &state{xp: aligned[float64](wordSamples * net.D)}
			states[worker] = s
		}
		lo, hi := w*wordSamples, min((w+1)*wordSamples, n)
		asm.PackSamples(s.xp, x[lo*net.D:hi*net.D], net.D)
		for first := 0; first < net.M; first += section {
			clear(s.sums[:])
			last := min(first+section, net.M)
			for r := first; r < last && !team.Cancelled(); r += blockNeurons {
				clear(s.acc[:])
				net.forward(team, &s.acc, s.gates[:], s.xp, r, min(r+blockNeurons, last))
				for i, v := range s.acc {
					s.sums[i] += v
				}
			}
			use(w, first, s.sums[:hi-lo])
		}
	})
}
