package jacobian

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// Subset returns the operator of the samples at[0], at[1], … of op, in that
// order; an index may occur more than once. It has the gates of op's last
// Linearize, so that its rows of J are op's, and shares the network: a Linearize
// of its own moves its gates and no others. It copies samples and gates: [Bytes]
// tells how much. It returns ErrShape for no samples or an index that is none.
func (op *Operator) Subset(at []int, opts *Options) (*Operator, error) {
	if len(at) == 0 {
		return nil, fmt.Errorf("jacobian: subset of no samples: %w", ErrShape)
	}
	x := make([]float64, 0, len(at)*op.d)
	for _, i := range at {
		if i < 0 || i >= op.n {
			return nil, fmt.Errorf("jacobian: subset with sample %d of %d: %w", i, op.n, ErrShape)
		}
		x = append(x, op.x[i*op.d:(i+1)*op.d]...)
	}
	own := Options{Shard: op.shard}
	if opts != nil {
		own.Workers = opts.Workers
	}
	sub, err := New(op.net, x, &own)
	if err != nil {
		return nil, err
	}
	sub.fresh = op.fresh
	for v := range ceil(op.m, 64) {
		from, to := op.samples[v*op.sampleStride:], sub.samples[v*sub.sampleStride:]
		for q, i := range at {
			to[q] = from[i]
		}
		for w := range sub.words {
			var gates [64]uint64
			asm.Transpose64(&gates, (*[64]uint64)(to[w*wordSamples:]))
			copy(sub.gates[w*sub.neuronStride+64*v:][:min(64, op.m-64*v)], gates[:])
		}
	}
	return sub, nil
}
