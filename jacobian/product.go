package jacobian

import (
	"math/bits"

	"github.com/nearlinear/nearlinear/asm"
)

func popcount(v uint64) int { return bits.OnesCount64(v) }

// MulVec sets dst = J·v: n values from a vector of length m·d laid out as W.
// 2·mnd flops, bounded as Linearize. dst and v must not overlap; it panics on a
// wrong length. J·vec(W) = f, because the network is homogeneous in W.
func (op *Operator) MulVec(dst, v []float64) {
	op.check("MulVec", dst, op.n)
	op.check("MulVec", v, op.m*op.d)
	op.vec = v
	op.team.Do(op.words*op.blocks, op.doVec)
	op.vec = nil
	op.reduce(dst)
}

// vecTask sums one block of neurons on 64 samples.
func (op *Operator) vecTask(worker, task int) {
	w, b := task/op.blocks, task%op.blocks
	ws := &op.work[worker]
	clear(ws.acc[:])
	xp := op.xp[w*wordSamples*op.d:]
	gates := op.gates[w*op.m : (w+1)*op.m]
	hi := min((b+1)*blockNeurons, op.m)
	for r := b * blockNeurons; r < hi; r += asm.TileRows {
		rows := min(asm.TileRows, hi-r)
		tile(ws.z, op.vec[r*op.d:], xp, rows, op.d)
		for q := 0; q < rows; q++ {
			asm.MaskAdd(&ws.acc, (*[wordSamples]float64)(ws.z[q*wordSamples:]), op.net.A[r+q], gates[r+q])
		}
	}
	copy(op.part[(b*op.words+w)*wordSamples:], ws.acc[:])
}

// MulTransVec sets dst = Jᵀ·u: a vector of length m·d laid out as W from n
// values. 2·mnd flops; the masked operand b_ri·u_i is made on the fly, eight
// neurons at a time. dst and u must not overlap; it panics on a wrong length.
func (op *Operator) MulTransVec(dst, u []float64) {
	op.check("MulTransVec", dst, op.m*op.d)
	op.check("MulTransVec", u, op.n)
	op.dst, op.vec = dst, u
	op.team.Do(ceil(op.m, groupNeurons), op.doTrans)
	op.dst, op.vec = nil, nil
}

// transTask forms the rows of one group of neurons. Vectors run over neurons,
// features are broadcast, samples are summed in order.
func (op *Operator) transTask(worker, group int) {
	ws, d := &op.work[worker], op.d
	lo, hi := group*groupNeurons, min((group+1)*groupNeurons, op.m)
	panels := ceil(hi-lo, asm.TileCols)
	clear(ws.sums[:panels*asm.TileCols*d])
	run := sampleRun(d)
	for i := 0; i < op.n; i += run {
		if op.team.Cancelled() {
			return
		}
		c := min(run, op.n-i)
		for p := 0; p < panels; p++ {
			asm.MaskPanel(ws.mask, op.vec[i:i+c], op.rows[i*op.stride:], op.stride, lo/asm.TileCols+p)
			asm.MulAdd(ws.sums[p*asm.TileCols*d:], asm.TileCols, op.x[i*d:], 1, d, ws.mask, d, asm.TileCols, c)
		}
	}
	for r := lo; r < hi; r++ {
		p, l := (r-lo)/asm.TileCols, (r-lo)%asm.TileCols
		sums := ws.sums[p*asm.TileCols*d:]
		s := op.net.A[r] * op.scale
		for k, out := 0, op.dst[r*d:(r+1)*d]; k < d; k++ {
			out[k] = s * sums[k*asm.TileCols+l]
		}
	}
}

// MulGramVec sets dst = J·Jᵀ·u, both of length n; dst may be u. 4·mnd flops.
func (op *Operator) MulGramVec(dst, u []float64) {
	op.MulTransVec(op.step, u)
	op.MulVec(dst, op.step)
}
