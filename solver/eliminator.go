package solver

import "github.com/nearlinear/nearlinear/asm"

// eliminator extends a factor F, held by columns, block after block: with C the
// columns of G that belong to a block of pivots, W the rows of F at those
// pivots and L the Cholesky factor of the block left of G − FFᵀ,
//
//	F_new = (C − F·Wᵀ)·L⁻ᵀ.
type eliminator[T float32 | float64] struct {
	*kernels[T]
	n, ld int
	f     []T // column q at f[q·ld : q·ld+n]
	w     []T // −W, one row a pivot, row stride wld
	wld   int
	l     []float64 // L, row stride lld
	lld   int
	pack  [][]T // a worker's packed part of F
	r, p  int   // columns done, and in this block
	team  *asm.Team
	doRun func(worker, task int)
}

const (
	elimPoints = 128 // rows of F a task
	elimDepth  = 256 // columns of F a product
)

func newEliminator[T float32 | float64](f []T, ld, n, block, rank int, team *asm.Team) *eliminator[T] {
	e := &eliminator[T]{kernels: kernelsOf[T](), n: n, ld: ld, f: f, wld: rank, lld: block, team: team}
	e.w, e.l = make([]T, block*rank), make([]float64, block*block)
	e.pack = make([][]T, team.Workers())
	for i := range e.pack {
		e.pack[i] = make([]T, elimPoints*elimDepth)
	}
	e.doRun = e.runTask
	return e
}

// run turns the p columns from r on, which hold C, to F_new. It reports false
// if the context of the team ended.
func (e *eliminator[T]) run(r, p int) bool {
	e.r, e.p = r, p
	return e.team.Do(ceil(e.n, elimPoints), e.doRun)
}

// runTask does 128 rows; every element is one chain in the order of columns.
func (e *eliminator[T]) runTask(worker, task int) {
	i0 := task * elimPoints
	w := min(elimPoints, e.n-i0)
	c := e.f[e.r*e.ld+i0:]
	for q := 0; q < e.r && !e.team.Cancelled(); q += elimDepth {
		depth := min(elimDepth, e.r-q)
		e.packCols(e.pack[worker], e.f[q*e.ld+i0:], e.ld, depth, w, 1)
		e.mulAdd(c, e.ld, e.w[q:], e.wld, 1, e.pack[worker], e.p, w, depth)
	}
	for q := range e.p {
		row := c[q*e.ld : q*e.ld+w]
		for t := range q {
			e.axpy(row, -e.l[q*e.lld+t], c[t*e.ld:t*e.ld+w])
		}
		e.scale(row, 1/e.l[q*e.lld+q], row)
	}
}
