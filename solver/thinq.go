package solver

import (
	"sync"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	thinRows  = 4096 // rows of a task
	thinBlock = 8    // columns that stay in the second-level cache for all vectors
	thinCols  = 32   // columns of VᵀV a task
	thinDepth = 256  // rows of one product
)

// thinQ is the n × k matrix Q with orthonormal columns that k reflectors make of
// the unit matrix, in the form that has no order among them:
//
//	Q = [I; 0] − V·T·V₁ᵀ,   T⁻¹ + T⁻ᵀ = VᵀV,   V₁ the upper k × k of V
//
// (Puglisi 1992; Joffrain et al. 2006). With L = T⁻ᵀ, half of VᵀV made in float64,
// it is orthonormal to the rounding of float64 whatever V was rounded to.
//
// A product with Q or Qᵀ reads V once for all vectors, on several workers; sums over
// rows are taken in blocks of 4096 that are joined in order, so that no bit depends on
// workers, or on the other vectors.
type thinQ[T float32 | float64] struct {
	*kernels[T]
	n, k, ld int
	v        []T       // by columns, ones and zeros written out
	l        []float64 // lower triangle by rows, row stride lld
	lld      int
	team     *asm.Team

	busy                   sync.Mutex // held by who uses what follows
	vecs                   int
	w, c                   []float64 // k of each vector
	part                   []float64 // of Vᵀ·x, k of each task and vector
	dst, x                 []float64
	s, unit                float64
	core                   func(y []float64)
	doTrans, doCore, doMul func(worker, task int)
}

// newThinQ takes the reflectors of h, and its memory.
func newThinQ[T float32 | float64](h *householder[T]) *thinQ[T] {
	q := &thinQ[T]{kernels: h.kernels, n: h.rows, k: h.n, ld: h.ld, v: h.at, team: h.team}
	q.lld = rowStride[float64](q.k)
	q.l = make([]float64, q.k*q.lld)
	q.reserve(1)
	q.doTrans, q.doCore, q.doMul = q.transTask, q.coreTask, q.mulTask
	for j := range q.k {
		clear(q.v[j*q.ld : j*q.ld+j])
		q.v[j*q.ld+j] = 1
		if h.tau[j] == 0 { // H = I
			clear(q.v[j*q.ld : j*q.ld+q.n])
		}
	}
	return q
}

// makeL sets L. It reports false if the context of the team ended.
func (q *thinQ[T]) makeL() bool {
	scratch := make([][3][]float64, q.team.Workers())
	for w := range scratch {
		scratch[w] = [3][]float64{make([]float64, thinCols*thinDepth), make([]float64, q.k*thinDepth), make([]float64, q.k*thinCols)}
	}
	if !q.team.Do(ceil(q.k, thinCols), func(worker, task int) {
		q.gramTask(task*thinCols, scratch[worker][0], scratch[worker][1], scratch[worker][2])
	}) {
		return false
	}
	for j := range q.k {
		if d := &q.l[j*q.lld+j]; *d == 0 {
			*d = 1
		} else {
			*d /= 2
		}
	}
	return true
}

// gramTask makes 32 columns of VᵀV below the diagonal, the sums of 256 rows added
// up in order.
func (q *thinQ[T]) gramTask(c0 int, pack, rows, sums []float64) {
	w := min(thinCols, q.k-c0)
	for p := 0; p < q.n && !q.team.Cancelled(); p += thinDepth {
		depth := min(thinDepth, q.n-p)
		for j := c0; j < q.k; j++ {
			row := rows[(j-c0)*thinDepth:][:depth]
			clear(row)
			q.axpyVec(row, 1, q.column(j, p, p+depth))
		}
		asm.PackRows(pack, rows, thinDepth, depth, w, 1)
		clear(sums)
		asm.MulAdd(sums, thinCols, rows, thinDepth, 1, pack, q.k-c0, w, depth)
		for j := c0; j < q.k; j++ {
			asm.Axpy(q.l[j*q.lld+c0:][:w], 1, sums[(j-c0)*thinCols:][:w])
		}
	}
}

// column returns rows i0 … i1 of column j of V.
func (q *thinQ[T]) column(j, i0, i1 int) []T { return q.v[j*q.ld+i0 : j*q.ld+i1] }

// reserve makes the scratch for so many vectors.
func (q *thinQ[T]) reserve(vecs int) {
	q.vecs = vecs
	q.w, q.c = grow(q.w, vecs*q.k), grow(q.c, vecs*q.k)
	q.part = grow(q.part, ceil(q.n, thinRows)*vecs*q.k)
}

// apply sets dst = unit·(s·(x − Q·Qᵀ·x) + Q·f(Qᵀ·x)) for each of so many vectors x, one after
// the other, where f replaces its argument, of length k, and may run for several at a time. dst
// may be x. It allocates for more vectors than ever before.
func (q *thinQ[T]) apply(dst, x []float64, vecs int, s, unit float64, f func(y []float64)) {
	q.busy.Lock()
	defer q.busy.Unlock()
	q.reserve(vecs)
	q.dst, q.x, q.s, q.unit, q.core = dst, x, s, unit, f
	tasks := ceil(q.n, thinRows)
	q.team.Do(tasks, q.doTrans)
	q.team.Do(vecs, q.doCore)
	q.team.Do(tasks, q.doMul)
	q.dst, q.x, q.core = nil, nil, nil
}

// transTask multiplies 4096 rows of Vᵀ by those of each x.
func (q *thinQ[T]) transTask(_, task int) {
	i0 := task * thinRows
	i1 := min(i0+thinRows, q.n)
	parts := q.part[task*q.vecs*q.k:][:q.vecs*q.k]
	clear(parts)
	for j0 := 0; j0 < min(q.k, i1); j0 += thinBlock {
		for v := range q.vecs {
			part, x := parts[v*q.k:(v+1)*q.k], q.x[v*q.n:(v+1)*q.n]
			for j := j0; j < min(j0+thinBlock, q.k, i1); j++ {
				i := max(i0, j)
				part[j] = q.dotVec(q.column(j, i, i1), x[i:i1])
			}
		}
	}
}

// coreTask makes the k numbers of one vector that mulTask multiplies V by, and those it adds.
func (q *thinQ[T]) coreTask(_, v int) {
	w, c := q.w[v*q.k:(v+1)*q.k], q.c[v*q.k:(v+1)*q.k]
	clear(w)
	for i := v * q.k; i < len(q.part); i += q.vecs * q.k {
		asm.Axpy(w, 1, q.part[i:i+q.k])
	}
	// Qᵀx = x₁ − V₁·L⁻¹·Vᵀx
	solveLower(w, q.l, q.lld, asm.Dot)
	copy(c, q.x[v*q.n:])
	for j, z := range w {
		q.axpyVec(c[j:], -z, q.column(j, j, q.k))
	}
	copy(w, c)
	q.core(c)
	asm.Axpy(c, -q.s, w)
	// Q·c = [c; 0] − V·L⁻ᵀ·V₁ᵀ·c
	for j := range w {
		w[j] = q.dotVec(q.column(j, j, q.k), c[j:])
	}
	solveLowerTrans(w, q.l, q.lld, asm.Axpy)
}

// mulTask sets 4096 rows of each dst to unit·(s·x + [c; 0] − V·w).
func (q *thinQ[T]) mulTask(_, task int) {
	i0 := task * thinRows
	i1 := min(i0+thinRows, q.n)
	for v := range q.vecs {
		asm.Scale(q.dst[v*q.n+i0:v*q.n+i1], q.s, q.x[v*q.n+i0:v*q.n+i1])
	}
	for j0 := 0; j0 < min(q.k, i1); j0 += thinBlock {
		for v := range q.vecs {
			dst, w := q.dst[v*q.n:(v+1)*q.n], q.w[v*q.k:(v+1)*q.k]
			for j := j0; j < min(j0+thinBlock, q.k, i1); j++ {
				i := max(i0, j)
				q.axpyVec(dst[i:i1], -w[j], q.column(j, i, i1))
			}
		}
	}
	for v := range q.vecs {
		dst := q.dst[v*q.n+i0 : v*q.n+i1]
		if i0 < q.k {
			c := q.c[v*q.k+i0 : v*q.k+min(i1, q.k)]
			asm.Axpy(dst[:len(c)], 1, c)
		}
		if q.unit != 1 {
			asm.Scale(dst, q.unit, dst)
		}
	}
}
