package jacobian

import "github.com/nearlinear/nearlinear/asm"

// MulVecs sets row q of dst to J·v_q for the k vectors v_q of length m·d that
// are the rows of v, with the bits of [Operator.MulVec]; dst is k × n. dst and v
// must not overlap; it panics on a wrong length.
//
// 2·mnd flops a vector are counted. Where d is no multiple of 8 several vectors
// take less time than as many calls, see packing: at d = 17 up to 1.4 times, at
// 9 up to 1.8. The scratch for that, [VecsBytes], is allocated when k is
// larger than ever before.
func (op *Operator) MulVecs(dst, v []float64, k int) {
	op.checkCount("MulVecs", k, len(dst)/op.n)
	op.check("MulVecs", dst, k*op.n)
	op.check("MulVecs", v, k*op.m*op.d)
	side := together(op.d, k)
	if side == 1 {
		op.mulVecs("MulVecs", dst, v, k)
		return
	}
	op.reserve(pack(op.d, side, 8))
	for q := 0; q < k; q += side {
		op.pack = pack(op.d, min(side, k-q), 8)
		op.vec = v[q*op.m*op.d:]
		op.team.Do(ceil(op.m, packRows), op.doPack)
		op.mulPacked(dst[q*op.n:])
	}
	op.vec = nil
}

// MulTransVecs sets row q of dst to Jᵀ·u_q for the k vectors u_q of length n
// that are the rows of u, with the bits of [Operator.MulTransVec]; dst is k × m·d.
// dst and u must not overlap; it panics on a wrong length. For time and scratch
// see [Operator.MulVecs].
func (op *Operator) MulTransVecs(dst, u []float64, k int) {
	op.checkCount("MulTransVecs", k, len(u)/op.n)
	op.check("MulTransVecs", dst, k*op.m*op.d)
	op.check("MulTransVecs", u, k*op.n)
	side := together(op.d, k)
	if side == 1 {
		op.mulTransVecs("MulTransVecs", dst, u, k)
		return
	}
	op.reserve(pack(op.d, side, 8))
	for q := 0; q < k; q += side {
		op.pack = pack(op.d, min(side, k-q), 8)
		op.transPacked(u[q*op.n:])
		op.dst = dst[q*op.m*op.d:]
		op.team.Do(ceil(op.m, packRows), op.doUnpack)
	}
	op.dst = nil
}

// MulGramVecs sets row q of dst to J·Jᵀ·u_q for the k vectors u_q of length n
// that are the rows of u, with the bits of [Operator.MulGramVec]; both are k × n,
// and dst may be u. It panics on a wrong length. For time and scratch see
// [Operator.MulVecs]; what lies between the two products is never unpacked.
func (op *Operator) MulGramVecs(dst, u []float64, k int) {
	op.checkCount("MulGramVecs", k, len(dst)/op.n)
	op.check("MulGramVecs", dst, k*op.n)
	op.check("MulGramVecs", u, k*op.n)
	side := together(op.d, k)
	if side == 1 {
		for q := range k {
			op.MulGramVec(dst[q*op.n:(q+1)*op.n], u[q*op.n:(q+1)*op.n])
		}
		return
	}
	op.reserve(pack(op.d, side, 8))
	for q := 0; q < k; q += side {
		op.pack = pack(op.d, min(side, k-q), 8)
		op.transPacked(u[q*op.n:])
		op.mulPacked(dst[q*op.n:])
	}
}

// VecsBytes returns the memory that products of k vectors take beside [Bytes],
// for m neurons and d features with the given number of workers.
func VecsBytes(m, d, k, workers int) uint64 {
	side := together(d, k)
	if side == 1 {
		return 0
	}
	p := pack(d, side, 8)
	each := chunkRows*p.padded() + wordSamples*(asm.BitsWidth+side)
	return 8 * (uint64(m)*uint64(p.padded()) + uint64(each)*uint64(max(workers, 1)))
}

// reserve makes the scratch of products with vectors packed like this.
func (op *Operator) reserve(p packing) {
	if need := op.m * p.padded(); len(op.packed) < need {
		op.packed = aligned[float64](need)
	}
	for w := range op.work {
		ws := &op.work[w]
		if need := chunkRows * p.padded(); len(ws.wide) < need {
			ws.wide = aligned[float64](need)
		}
		if ws.terms == nil {
			ws.terms = aligned[float64](wordSamples * asm.BitsWidth)
		}
		ws.dots = grow(ws.dots, p.vectors*wordSamples)
	}
}

// packRows is the number of neurons of a task that packs or unpacks.
const packRows = 256

// packTask packs rows of the vectors of a group, unpackTask is its inverse.
func (op *Operator) packTask(_, task int) {
	op.eachSegment(task, func(packed, vec []float64) { copy(packed, vec) }, op.vec)
}

func (op *Operator) unpackTask(_, task int) {
	op.eachSegment(task, func(packed, vec []float64) { copy(vec, packed) }, op.dst)
}

// eachSegment calls use with every piece of the rows of a task, in the packed
// matrix and in the vectors.
func (op *Operator) eachSegment(task int, use func(packed, vec []float64), vecs []float64) {
	p, d := &op.pack, op.d
	lo, hi := task*packRows, min((task+1)*packRows, op.m)
	var list [segmentsMost]segment
	for i := range p.panels {
		first, _, stride := p.panel(i)
		panel := op.packed[first*op.m:]
		for _, s := range p.segments(&list, i) {
			from := vecs[s.q*op.m*d+s.j:]
			for r := lo; r < hi; r++ {
				use(panel[r*stride+s.at:][:s.columns], from[r*d:][:s.columns])
			}
		}
	}
}

// mulPacked sets the first rows of dst to J times the packed vectors.
func (op *Operator) mulPacked(dst []float64) {
	op.begin(dst[:op.pack.vectors*op.n])
	op.chunk = op.share(op.n)
	op.team.Do(ceil(op.n, op.chunk), op.doWide)
	op.finish()
}

// wideTask forms a run of elements of the products of a group.
func (op *Operator) wideTask(worker, task int) {
	ws, p := &op.work[worker], &op.pack
	lo := task * op.chunk
	hi := min(lo+op.chunk, op.n)
	for s := 0; s < op.m; s += op.section {
		for i := range p.panels {
			first, columns, stride := p.panel(i)
			rows := ws.wide[first*(hi-lo):][:stride*(hi-lo)]
			if !op.sumOpen(ws, rows, stride, op.packed[first*op.m:], stride, columns, lo, hi, s) {
				return
			}
		}
		for i := lo; i < hi; i += wordSamples {
			n := min(wordSamples, hi-i)
			op.dots(ws, lo, hi, i, n)
			for q := range p.vectors {
				op.add(ws.dots[q*wordSamples:][:n], q*op.n+i, s)
			}
		}
	}
	for q := range p.vectors {
		op.settle(q*op.n+lo, q*op.n+hi)
	}
}

// dots sets element i of row q of ws.dots to the inner product of sample at+i with
// its row of ws.wide, which begins at sample lo, for all vectors q of the group. It
// is that of vecTask, a panel of d features after the other.
func (op *Operator) dots(ws *workspace, lo, hi, at, n int) {
	p, d, width := &op.pack, op.d, panelWidth(op.d)
	for i := at; i < at+n; i++ {
		row := ws.row[:]
		for k := range p.panels {
			first, _, stride := p.panel(k)
			copy(row[first:], ws.wide[first*(hi-lo)+(i-lo)*stride:][:stride])
		}
		x := op.x[i*d : (i+1)*d]
		for q := range p.vectors {
			var sum float64
			for j := 0; j < d; j += width {
				w := min(width, d-j)
				sum += asm.Dot(x[j:][:w], row[q*d+j:][:w])
			}
			ws.dots[q*wordSamples+i-at] = sum
		}
	}
}

// transPacked sets the packed vectors to Jᵀ times those of a group, the first rows
// of u.
func (op *Operator) transPacked(u []float64) {
	op.vec, op.chunk = u, op.share(op.m)
	op.team.Do(op.pack.panels*ceil(op.m, op.chunk), op.doTransWide)
	op.vec = nil
}

// unit is the diagonal of rows that have been multiplied already.
var unit = [wordSamples]float64{
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
}

// transWideTask forms a panel of the rows of a run of neurons.
func (op *Operator) transWideTask(worker, task int) {
	ws, p, runs := &op.work[worker], &op.pack, ceil(op.m, op.chunk)
	first, columns, stride := p.panel(task / runs)
	lo := task % runs * op.chunk
	hi := min(lo+op.chunk, op.m)
	rows := op.packed[first*op.m+lo*stride:][:(hi-lo)*stride]
	clear(rows)
	var list [segmentsMost]segment
	segments := p.segments(&list, task/runs)
	for i := 0; i < op.n; i += wordSamples {
		if op.team.Cancelled() {
			return
		}
		n := min(wordSamples, op.n-i)
		op.weigh(ws.terms, stride, segments, i, n)
		bits := op.gates[i/wordSamples*op.neuronStride+lo:][:hi-lo]
		asm.MulAddBits(rows, stride, bits, ws.terms, stride, unit[:n], columns, ws.table)
	}
	for r := lo; r < hi; r++ {
		row := rows[(r-lo)*stride:][:columns]
		asm.Scale(row, op.net.A[r]*op.scale, row)
	}
}

// weigh writes the rows of a panel of u_qi·x_ij for n samples from at on, stride
// apart. Pieces are short: a loop takes less time than calls of asm.Scale.
func (op *Operator) weigh(dst []float64, stride int, segments []segment, at, n int) {
	for _, s := range segments {
		u, x, out := op.vec[s.q*op.n+at:][:n], op.x[at*op.d+s.j:], dst[s.at:]
		for i, f := range u {
			to, from := out[i*stride:][:s.columns], x[i*op.d:][:s.columns]
			for j, v := range from {
				to[j] = f * v
			}
		}
	}
}
