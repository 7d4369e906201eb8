package solver

import (
	"sync"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	thinRows  = 4096 // rows of a task
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
// A product with Q or Qᵀ reads V once, on several workers; sums over rows are
// taken in blocks of 4096 that are joined in order, so that no bit depends on
// workers.
type thinQ[T float32 | float64] struct {
	*kernels[T]
	n, k, ld int
	v        []T       // by columns, ones and zeros written out
	l        []float64 // lower triangle by rows, row stride lld
	lld      int
	team     *asm.Team

	busy           sync.Mutex // held by who uses what follows
	w, c           []float64
	part           []float64 // of Vᵀ·x, of each task
	dst, x         []float64
	s              float64
	doTrans, doMul func(worker, task int)
}

// newThinQ takes the reflectors of h, and its memory.
func newThinQ[T float32 | float64](h *householder[T]) *thinQ[T] {
	q := &thinQ[T]{kernels: h.kernels, n: h.rows, k: h.n, ld: h.ld, v: h.at, team: h.team}
	q.lld = rowStride[float64](q.k)
	q.l = make([]float64, q.k*q.lld)
	q.w, q.c = make([]float64, q.k), make([]float64, q.k)
	q.part = make([]float64, ceil(q.n, thinRows)*q.k)
	q.doTrans, q.doMul = q.transTask, q.mulTask
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

// apply sets dst = s·(x − Q·Qᵀ·x) + Q·f(Qᵀ·x), where f replaces its argument, of
// length k. dst may be x.
func (q *thinQ[T]) apply(dst, x []float64, s float64, f func(y []float64)) {
	q.busy.Lock()
	defer q.busy.Unlock()
	tasks := ceil(q.n, thinRows)
	q.dst, q.x, q.s = dst, x, s
	q.team.Do(tasks, q.doTrans)
	clear(q.w)
	for i := range tasks {
		asm.Axpy(q.w, 1, q.part[i*q.k:(i+1)*q.k])
	}
	// Qᵀx = x₁ − V₁·L⁻¹·Vᵀx
	solveLower(q.w, q.l, q.lld, asm.Dot)
	copy(q.c, x)
	for j, z := range q.w {
		q.axpyVec(q.c[j:], -z, q.column(j, j, q.k))
	}
	copy(q.w, q.c)
	f(q.c)
	asm.Axpy(q.c, -s, q.w)
	// Q·c = [c; 0] − V·L⁻ᵀ·V₁ᵀ·c
	for j := range q.w {
		q.w[j] = q.dotVec(q.column(j, j, q.k), q.c[j:])
	}
	solveLowerTrans(q.w, q.l, q.lld, asm.Axpy)
	q.team.Do(tasks, q.doMul)
	asm.Axpy(dst[:q.k], 1, q.c)
	q.dst, q.x = nil, nil
}

// transTask multiplies 4096 rows of Vᵀ by those of x.
func (q *thinQ[T]) transTask(_, task int) {
	i0 := task * thinRows
	i1 := min(i0+thinRows, q.n)
	part := q.part[task*q.k:][:q.k]
	clear(part)
	for j := range min(q.k, i1) {
		i := max(i0, j)
		part[j] = q.dotVec(q.column(j, i, i1), q.x[i:i1])
	}
}

// mulTask sets 4096 rows of dst to s·x − V·w.
func (q *thinQ[T]) mulTask(_, task int) {
	i0 := task * thinRows
	i1 := min(i0+thinRows, q.n)
	asm.Scale(q.dst[i0:i1], q.s, q.x[i0:i1])
	for j := range min(q.k, i1) {
		i := max(i0, j)
		q.axpyVec(q.dst[i:i1], -q.w[j], q.column(j, i, i1))
	}
}
