package jacobian

import "github.com/nearlinear/nearlinear/asm"

// Mark keeps the gates of the last Linearize for Recall, in place of those marked
// before. It allocates [MarkBytes] the first time, and copies as many.
func (op *Operator) Mark() {
	op.marked = append(op.marked[:0], op.gates...)
}

// Recall takes the gates that Mark kept for those of the operator: J is again what it
// was there, at the price of moving 3·m·n/8 bytes instead of a forward pass. The
// network's weights are the caller's to set back. Flips still tells of the last Linearize, and
// the next one counts the gates that differ from those recalled. Of a [Shard] it is local. It
// panics if there was no Mark.
func (op *Operator) Recall() {
	if op.marked == nil {
		panic("jacobian: Recall without Mark")
	}
	op.team.Do(op.words*op.blocks, op.doRecall)
}

// recallTask sets the gates of one block of neurons on 64 samples.
func (op *Operator) recallTask(worker, task int) {
	b, w := task/op.words, task%op.words
	lo, hi := b*blockNeurons, min((b+1)*blockNeurons, op.m)
	copy(op.gates[w*op.neuronStride+lo:w*op.neuronStride+hi], op.marked[w*op.neuronStride+lo:])
	op.transpose(&op.work[worker], w, lo, hi)
}

// transpose sets the second layout of the gates of the neurons [lo, hi) on word w of the samples
// from the first; lo is a multiple of 64.
func (op *Operator) transpose(ws *workspace, w, lo, hi int) {
	gates := op.gates[w*op.neuronStride+lo:][:hi-lo]
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

// MarkBytes returns the memory that Mark takes for n samples and m neurons.
func MarkBytes(n, m int) uint64 {
	return 8 * uint64(ceil(n, wordSamples)) * uint64(gateStride(m))
}
