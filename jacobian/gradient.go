package jacobian

// Gradients writes to row i of dst (n × d, row-major) the gradient of the function
// x ↦ m^-½ Σ_r a_r b_ri ⟨v_r, x⟩ with the gates b_ri of the last Linearize, for v of
// length m·d laid out as W:
//
//	m^-½ Σ_r a_r b_ri v_r
//
// With v = W and the gates of W it is the gradient of the network at x_i, and
// ⟨row i, x_i⟩ = (J·v)_i up to rounding. 2·mnd flops, at the rate of
// [Operator.MulVec]; it allocates a few words. dst and v must not overlap; it
// panics on a wrong length.
func (op *Operator) Gradients(dst, v []float64) {
	op.check("Gradients", dst, op.n*op.d)
	op.check("Gradients", v, op.m*op.d)
	chunk := op.share(op.n)
	op.begin(dst)
	op.team.Do(ceil(op.n, chunk), func(worker, task int) {
		ws, d := &op.work[worker], op.d
		lo := task * chunk
		hi := min(lo+chunk, op.n)
		for j, width := 0, panelWidth(d); j < d; j += width {
			w := min(width, d-j)
			for s := 0; s < op.m; s += op.section {
				rows, ok := op.gated(ws, v, lo, hi, j, width, s)
				if !ok {
					return
				}
				for i := range hi - lo {
					op.add(rows[i*width:][:w], (lo+i)*d+j, s)
				}
			}
		}
		op.settle(lo*d, hi*d)
	})
	op.finish()
}
