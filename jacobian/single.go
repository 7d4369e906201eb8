package jacobian

import (
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// JJᵀU in float32, where twice as many features take the same loads and additions. What that
// costs in accuracy is held down where it would grow: Jᵀu is summed in parts of foldSamples
// samples, which are added up in float64, J·v section by section of neurons, and the features
// of a row by products and sums in float64. Vectors and samples are scaled by powers of two,
// so that none leaves the range.

const (
	singleLine  = 16  // elements of 64 bytes
	singleLanes = 256 // the most columns of a group of vectors, unless one has more
	foldSamples = 128 * wordSamples
)

// single is what products in float32 take, made by the first of them.
type single struct {
	pack   packing   // of the group under way
	x      []float32 // the samples times scale, rows of stride elements, zeros past d
	stride int
	scale  float64   // a power of two
	packed []float32 // Jᵀ times the group, as packing has it, without the signs a_r: a_r² = 1
	u      []float32 // the vectors of the group, times
	powers []float64 // powers of two
	work   []singleWork

	doTrans, doVec func(worker, task int)
}

// singleWork is what one worker needs.
type singleWork struct {
	rows  []float32 // of a panel, or of all panels of a run of samples
	sums  []float64 // of a panel
	terms []float32 // what the samples of a word add to a panel
	row   []float32 // the panels of a row side by side
	table []float32
	dots  []float64 // of the samples of a word, vector after vector
}

// singleSide returns how many of k vectors of d features are worked on side by side.
func singleSide(d, k int) int { return max(1, min(k, singleLanes/d, packedVectors)) }

// MulGramVecs32 is [Operator.MulGramVecs] in float32 arithmetic, in half to three quarters of the time: the
// error of a row of dst is about 10⁻⁷ times ‖J‖·‖Jᵀu‖, with the Frobenius norm of J, however many samples there are, and up to
// 10⁻⁶ times where the terms of Jᵀu cancel. It serves iterations that ask for a few digits, and whoever
// asks for more finds out by a product in float64. The bits of a row depend neither on the
// other rows nor on the number of workers. The first call allocates [SingleBytes]. It
// panics on a wrong length.
//
// Bound: one load of 64 bytes and one addition for sixteen features of four terms, 2·⌈kd/16⌉·nm/4
// of them, as for products in float64 with eight.
func (op *Operator) MulGramVecs32(dst, u []float64, k int) {
	op.checkCount("MulGramVecs32", k, len(dst)/op.n)
	op.check("MulGramVecs32", dst, k*op.n)
	op.check("MulGramVecs32", u, k*op.n)
	side := singleSide(op.d, k)
	if !op.reserveSingle(side) {
		return
	}
	s := op.single
	for q := 0; q < k; q += side {
		s.pack = pack(op.d, min(side, k-q), singleLine)
		s.take(u[q*op.n:(q+s.pack.vectors)*op.n], op.n)
		op.chunk = op.share(op.m)
		op.team.Do(s.pack.panels*ceil(op.m, op.chunk), s.doTrans)
		op.begin(dst[q*op.n : (q+s.pack.vectors)*op.n])
		op.chunk = op.share(op.n)
		op.team.Do(ceil(op.n, op.chunk), s.doVec)
		op.finish()
		for i, power := range s.powers[:s.pack.vectors] {
			row := dst[(q+i)*op.n:][:op.n]
			asm.Scale(row, 1/power/s.scale/s.scale, row)
		}
	}
}

// SingleBytes returns the memory that [Operator.MulGramVecs32] takes beside [Bytes], for k vectors.
func SingleBytes(n, m, d, k, workers int) uint64 {
	side := singleSide(d, k)
	p := pack(d, side, singleLine)
	padded := uint64(p.padded())
	each := uint64(chunkRows*p.padded() + 2*chunkRows*asm.BitsWidth32 + (wordSamples+1)*asm.BitsWidth32 + asm.BitsTable32)
	stride := uint64(ceil(d, singleLine) * singleLine)
	return 4 * (uint64(n)*stride + uint64(m)*padded + uint64(n*side) + (each+padded)*uint64(max(workers, 1)))
}

// reserveSingle makes what products of so many vectors side by side take. It returns false if the
// team's context ended.
func (op *Operator) reserveSingle(side int) bool {
	p := pack(op.d, side, singleLine)
	if op.single == nil {
		s := &single{stride: ceil(op.d, singleLine) * singleLine, work: make([]singleWork, len(op.work))}
		s.scale = powerFor(op.x)
		s.x = aligned[float32](op.n * s.stride)
		all := op.team.Do(ceil(op.n, chunkRows), func(_, task int) {
			for i := task * chunkRows; i < min((task+1)*chunkRows, op.n); i++ {
				row := s.x[i*s.stride:][:op.d]
				for j, v := range op.x[i*op.d:][:op.d] {
					row[j] = float32(v * s.scale)
				}
			}
		})
		if !all {
			return false
		}
		for w := range s.work {
			s.work[w] = singleWork{table: aligned[float32](asm.BitsTable32), sums: aligned[float64](chunkRows * asm.BitsWidth32), terms: aligned[float32](wordSamples * asm.BitsWidth32)}
		}
		s.doTrans, s.doVec = op.singleTransTask, op.singleVecTask
		op.single = s
	}
	s := op.single
	if len(s.packed) >= op.m*p.padded() && len(s.powers) >= side {
		return true
	}
	s.packed, s.u, s.powers = aligned[float32](op.m*p.padded()), make([]float32, side*op.n), make([]float64, side)
	for w := range s.work {
		ws := &s.work[w]
		ws.rows, ws.row, ws.dots = aligned[float32](chunkRows*p.padded()), aligned[float32](p.padded()), make([]float64, side*wordSamples)
	}
	return true
}

// take sets s.u to vectors of length n, each times a power of two.
func (s *single) take(u []float64, n int) {
	for q := range s.pack.vectors {
		from := u[q*n : (q+1)*n]
		s.powers[q] = powerFor(from)
		for i, v := range from {
			s.u[q*n+i] = float32(v * s.powers[q])
		}
	}
}

// powerFor returns the power of two by which the largest of some values comes to 1 to 2, 1 where
// there is none.
func powerFor(x []float64) float64 {
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	if !(most > 0) || math.IsInf(most, 0) {
		return 1
	}
	return math.Ldexp(1, min(-math.Ilogb(most), 1000))
}

// singleUnit is the diagonal of rows that have been multiplied already.
var singleUnit = func() (ones [wordSamples]float32) {
	for i := range ones {
		ones[i] = 1
	}
	return
}()

// singleTransTask forms a panel of Jᵀ times the group, for a run of neurons.
func (op *Operator) singleTransTask(worker, task int) {
	s, p, runs := op.single, &op.single.pack, ceil(op.m, op.chunk)
	ws := &s.work[worker]
	first, columns, stride := p.panel(task / runs)
	lo := task % runs * op.chunk
	hi := min(lo+op.chunk, op.m)
	rows, sums := ws.rows[:(hi-lo)*stride], ws.sums[:(hi-lo)*stride]
	clear(sums)
	var list [segmentsMost]segment
	segments := p.segments(&list, task/runs)
	for from := 0; from < op.n; from += foldSamples {
		clear(rows)
		for i := from; i < min(from+foldSamples, op.n); i += wordSamples {
			if op.team.Cancelled() {
				return
			}
			n := min(wordSamples, op.n-i)
			bits := op.gates[i/wordSamples*op.neuronStride+lo:][:hi-lo]
			if p.vectors == 1 {
				asm.MulAddBits32(rows, stride, bits, s.x[i*s.stride+first:], s.stride, s.u[i:i+n], stride, ws.table)
				continue
			}
			terms := ws.terms[:n*stride]
			s.weigh(terms, stride, columns, segments, op.n, i)
			asm.MulAddBits32(rows, stride, bits, terms, stride, singleUnit[:n], stride, ws.table)
		}
		asm.AxpyWide(sums, 1, rows)
	}
	out := s.packed[first*op.m+lo*stride:][:len(sums)]
	for j, v := range sums {
		out[j] = float32(op.scale * v)
	}
}

// weigh writes the rows of a panel of u_qi·x_ij for the samples from at on, zeros past its columns.
func (s *single) weigh(dst []float32, stride, columns int, segments []segment, n, at int) {
	for i := range len(dst) / stride {
		row, x := dst[i*stride:][:stride], s.x[(at+i)*s.stride:]
		clear(row[columns:])
		for _, g := range segments {
			f, to := s.u[g.q*n+at+i], row[g.at:][:g.columns]
			for j, v := range x[g.j:][:g.columns] {
				to[j] = f * v
			}
		}
	}
}

// singleVecTask forms a run of elements of J times what singleTransTask has made.
func (op *Operator) singleVecTask(worker, task int) {
	s, p := op.single, &op.single.pack
	ws := &s.work[worker]
	lo := task * op.chunk
	hi := min(lo+op.chunk, op.n)
	for at := 0; at < op.m; at += op.section {
		rows := ws.rows[:(hi-lo)*p.padded()]
		clear(rows)
		for i := range p.panels {
			first, _, stride := p.panel(i)
			for r := at; r < min(at+op.section, op.m); r += 64 {
				if op.team.Cancelled() {
					return
				}
				bits := op.samples[r/64*op.sampleStride+lo:][:hi-lo]
				asm.MulAddBits32(rows[first*(hi-lo):], stride, bits, s.packed[first*op.m+r*stride:], stride, singleUnit[:min(64, op.m-r)], stride, ws.table)
			}
		}
		for i := lo; i < hi; i += wordSamples {
			n := min(wordSamples, hi-i)
			op.singleDots(ws, lo, hi, i, n)
			for q := range p.vectors {
				op.add(ws.dots[q*wordSamples:][:n], q*op.n+i, at)
			}
		}
	}
	for q := range p.vectors {
		op.settle(q*op.n+lo, q*op.n+hi)
	}
}

// singleDots sets element i of row q of ws.dots to the inner product of sample at+i with its row of
// ws.rows, which begins at sample lo, for all vectors q of the group.
func (op *Operator) singleDots(ws *singleWork, lo, hi, at, n int) {
	s, p := op.single, &op.single.pack
	for i := at; i < at+n; i++ {
		for k := range p.panels {
			first, _, stride := p.panel(k)
			copy(ws.row[first:], ws.rows[first*(hi-lo)+(i-lo)*stride:][:stride])
		}
		x := s.x[i*s.stride:][:op.d]
		for q := range p.vectors {
			ws.dots[q*wordSamples+i-at] = asm.Dot32(x, ws.row[q*op.d:][:op.d])
		}
	}
}
