package jacobian

import "github.com/nearlinear/nearlinear/asm"

// The gates are a matrix of bits B (m × n), and both products with J are
// products of B with a matrix of reals:
//
//	(J v)_i = m^-½ ⟨x_i, Σ_r b_ri a_r v_r⟩        Bᵀ · (a ∘ V), then row by row with X
//	(Jᵀu)_r = m^-½ a_r Σ_i b_ri u_i x_i            B · (u ∘ X)
//
// asm.MulAddBits forms them with an addition for every four terms, so that a
// product takes less time than its 2·mnd flops would at the FMA ports' peak.
// A task takes some rows of the product, as many for each worker, and a panel
// of features at a time, whose rows stay in L2. Sums run over all terms in
// order, those over neurons section by section: how rows are shared out changes
// no bit.

// chunkRows is the most rows of a task: 256 KiB in a panel.
const chunkRows = 1024

// share returns how many rows of a product a task takes.
func (op *Operator) share(rows int) int {
	tasks := ceil(rows, chunkRows*len(op.work)) * len(op.work)
	return ceil(ceil(rows, tasks), 8) * 8
}

// panelWidth returns the width of a panel of d features: equal panels of whole
// cache lines, of at most asm.BitsWidth. It is part of the definition of J·v.
func panelWidth(d int) int {
	lines := ceil(d, 8)
	return 8 * ceil(lines, ceil(lines, asm.BitsWidth/8))
}

// MulVec sets dst = J·v: n values from a vector of length m·d laid out as W.
// 2·mnd flops as such are counted, at one and a half to twice the FMA ports' peak where d is
// 16 or more.
// dst and v must not overlap; it panics on a wrong length. J·vec(W) = f up to
// rounding, because the network is homogeneous in W.
func (op *Operator) MulVec(dst, v []float64) { op.mulVecs("MulVec", dst, v, 1) }

func (op *Operator) mulVecs(name string, dst, v []float64, k int) {
	op.checkCount(name, k, len(dst)/op.n)
	op.check(name, dst, k*op.n)
	op.check(name, v, k*op.m*op.d)
	op.begin(dst)
	op.vec, op.chunk = v, op.share(op.n)
	op.team.Do(k*ceil(op.n, op.chunk), op.doVec)
	op.vec = nil
	op.finish()
}

// vecTask forms a run of elements of one of the products.
func (op *Operator) vecTask(worker, task int) {
	ws, d, tasks := &op.work[worker], op.d, ceil(op.n, op.chunk)
	q := task / tasks
	lo := task % tasks * op.chunk
	hi := min(lo+op.chunk, op.n)
	v, sums := op.vec[q*op.m*d:(q+1)*op.m*d], ws.sums[:hi-lo]
	for s := 0; s < op.m; s += op.section {
		clear(sums)
		for j, width := 0, panelWidth(d); j < d; j += width {
			w := min(width, d-j)
			rows, ok := op.gated(ws, v, lo, hi, j, width, s)
			if !ok {
				return
			}
			for i := range sums {
				sums[i] += asm.Dot(op.x[(lo+i)*d+j:][:w], rows[i*width:][:w])
			}
		}
		op.add(sums, q*op.n+lo, s)
	}
	op.settle(q*op.n+lo, q*op.n+hi)
}

// gated returns Σ_r a_r b_ri v_rj over the neurons of the section from s on, for the
// samples i from lo to hi, a row each, and the panel of features from j on; false
// if the team's context ended. The rows are valid until the next call.
func (op *Operator) gated(ws *workspace, v []float64, lo, hi, j, width, s int) ([]float64, bool) {
	rows := ws.rows[:(hi-lo)*width]
	return rows, op.sumOpen(ws, rows, width, v[j:], op.d, min(width, op.d-j), lo, hi, s)
}

// sumOpen sets the rows, so long, to Σ_r a_r b_ri v_r over the neurons of the section
// from s on, for the samples i from lo to hi; v_r are so many columns of a matrix with
// rows ldv apart. It returns false if the team's context ended.
func (op *Operator) sumOpen(ws *workspace, rows []float64, length int, v []float64, ldv, columns, lo, hi, s int) bool {
	clear(rows)
	for r := s; r < min(s+op.section, op.m); r += 64 {
		if op.team.Cancelled() {
			return false
		}
		bits := op.samples[r/64*op.sampleStride+lo:][:hi-lo]
		asm.MulAddBits(rows, length, bits, v[r*ldv:], ldv, op.net.A[r:min(r+64, op.m)], columns, ws.table)
	}
	return true
}

// MulTransVec sets dst = Jᵀ·u: a vector of length m·d laid out as W from n
// values. 2·mnd flops as such are counted, at the rate of [Operator.MulVec]. dst
// and u must not overlap; it panics on a wrong length.
func (op *Operator) MulTransVec(dst, u []float64) { op.mulTransVecs("MulTransVec", dst, u, 1) }

func (op *Operator) mulTransVecs(name string, dst, u []float64, k int) {
	op.checkCount(name, k, len(u)/op.n)
	op.check(name, dst, k*op.m*op.d)
	op.check(name, u, k*op.n)
	op.dst, op.vec, op.chunk = dst, u, op.share(op.m)
	op.team.Do(k*ceil(op.m, op.chunk), op.doTrans)
	op.dst, op.vec = nil, nil
}

// transTask forms the rows of a run of neurons of one of the products.
func (op *Operator) transTask(worker, task int) {
	ws, d, tasks := &op.work[worker], op.d, ceil(op.m, op.chunk)
	q := task / tasks
	lo := task % tasks * op.chunk
	hi := min(lo+op.chunk, op.m)
	u, dst := op.vec[q*op.n:(q+1)*op.n], op.dst[q*op.m*d:]
	for j, width := 0, panelWidth(d); j < d; j += width {
		w := min(width, d-j)
		rows := ws.rows[:(hi-lo)*width]
		clear(rows)
		for i := 0; i < op.n; i += wordSamples {
			if op.team.Cancelled() {
				return
			}
			bits := op.gates[i/wordSamples*op.neuronStride+lo:][:hi-lo]
			asm.MulAddBits(rows, width, bits, op.x[i*d+j:], d, u[i:min(i+wordSamples, op.n)], w, ws.table)
		}
		for r := lo; r < hi; r++ {
			asm.Scale(dst[r*d+j:][:w], op.net.A[r]*op.scale, rows[(r-lo)*width:][:w])
		}
	}
}

// MulGramVec sets dst = J·Jᵀ·u, both of length n; dst may be u. 4·mnd flops, at
// the rate of [Operator.MulVec].
func (op *Operator) MulGramVec(dst, u []float64) {
	op.check("MulGramVec", dst, op.n)
	op.mulTransVecs("MulGramVec", op.step, u, 1)
	op.mulVecs("MulGramVec", dst, op.step, 1)
}
