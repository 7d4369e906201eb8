package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	cholBlock = 96  // columns of an outer block: four tiles of 24
	cholDepth = 192 // inner length of one update, two blocks
	cholGroup = 16  // rows of a diagonal block that are brought up together
)

// Cholesky is the factor L of A + cI = L·Lᵀ, A symmetric positive definite, in the
// precision of T.
//
// In float64 it is a Preconditioner (the exact inverse) and a Factor (R = Lᵀ);
// [MixedCholesky] is one in float32. Solves may run concurrently; Factor may not
// run beside anything.
type Cholesky[T float32 | float64] struct {
	*kernels[T]
	n, ld int
	step  int // rows of a task, a multiple of 16 that divides a block
	l     []T // lower triangle, row stride ld; the rest of a diagonal block is scratch
	ok    bool
	team  *asm.Team

	// Rows of L in packed panels, negated: those of the block to come, left of the
	// current block and in it, and the triangle of the current block.
	early, late, tri []T
	inv              [cholBlock]float64 // of the diagonal
	work             [][]T              // scratch of each worker

	// The block in hand, read by the tasks, and what came of its diagonal block.
	a                                   []T
	lda, stride                         int // stride is 0 if the slice has to be n² long
	ridge                               float64
	j0, j1, j2                          int // the block is j0 … j1, the next j1 … j2
	err                                 error
	doFactor, doSolve, doFinish, doLoad func(worker, task int)

	vecs triangles[T] // of SolveVecs
}

// CholeskyOptions configures NewCholesky. nil means the zero value.
type CholeskyOptions struct {
	Ridge   float64 // c ≥ 0, added to the diagonal
	Stride  int     // row stride of a; 0 means n
	Workers int     // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.
}

// NewCholesky factors a + Ridge·I for a symmetric n × n matrix a, row-major, of
// which only the lower triangle is read. a is not kept and not changed. See
// Factor for cost and errors; n(n + 96) numbers and a little more are held.
func NewCholesky[T float32 | float64](ctx context.Context, a []T, n int, opts *CholeskyOptions) (*Cholesky[T], error) {
	var o CholeskyOptions
	if opts != nil {
		o = *opts
	}
	lda, err := checkDense("Cholesky", a, n, n, o.Stride)
	if err != nil {
		return nil, err
	}
	ld := rowStride[T](n)
	c := &Cholesky[T]{
		kernels: kernelsOf[T](),
		n:       n, ld: ld, lda: lda, stride: o.Stride, step: cholStep(n),
		l:     makeFloats[T](ctx, n*ld),
		early: make([]T, cholBlock*n),
		late:  make([]T, cholBlock*cholBlock),
		team:  asm.NewTeam(o.Workers),
	}
	c.tri = make([]T, c.triangleLen(cholBlock))
	c.work = make([][]T, c.team.Workers())
	for w := range c.work {
		c.work[w] = make([]T, c.scratch+cholGroup*cholBlock)
	}
	c.vecs = triangles[T]{kernels: c.kernels, team: c.team, packed: c.early, tri: c.tri, work: c.work}
	c.doFactor, c.doSolve, c.doFinish, c.doLoad = c.factorTask, c.solveTask, c.finishTask, c.loadTask
	if err := c.Factor(ctx, a, o.Ridge); err != nil {
		return nil, err
	}
	return c, nil
}

// Factor replaces the factor by that of a + ridge·I, a as in NewCholesky, of the
// same order and row stride. It allocates nothing.
//
// n³/3 flops in a left-looking order by blocks of 96 columns (Golub and Van
// Loan, algorithm 4.2.4); every element is one chain of fused multiply-adds in
// index order, so the bits depend on a and ridge alone; in float32, where the
// corners of order 16 of a diagonal block are factored in float64, multiplied by
// the inverse of such a corner. While one worker factors
// a diagonal block, the others bring the next block of columns up to date with
// all that is known already.
//
// A pivot that is not positive gives ErrNotPositiveDefinite with its column and
// value, a NaN or Inf in the lower triangle ErrNotFinite. ctx is asked every
// few milliseconds; its cause is returned. After an error there is no factor.
func (c *Cholesky[T]) Factor(ctx context.Context, a []T, ridge float64) error {
	c.ok = false
	if _, err := checkDense("Cholesky", a, c.n, c.n, c.stride); err != nil {
		return err
	}
	if err := checkRidge("Cholesky", ridge); err != nil {
		return err
	}
	c.team.Bind(ctx)
	c.a, c.ridge = a, ridge
	err := c.factor(ctx)
	c.a, c.err = nil, nil
	c.team.Bind(nil)
	c.ok = err == nil
	return err
}

// cholStep returns the rows of a task: few, so that the workers finish together,
// but more where the packed rows have outgrown the second-level cache and are
// read once a task.
func cholStep(n int) int {
	switch {
	case n < 1600:
		return 32
	case n < 3000:
		return 48
	}
	return 96
}

func (c *Cholesky[T]) factor(ctx context.Context) error {
	c.j0, c.j1, c.j2, c.err = 0, 0, min(cholBlock, c.n), nil
	done := c.team.Do(ceil(c.n, c.step), c.doLoad)
	for c.j1 < c.n && done {
		c.j0, c.j1, c.j2 = c.j1, c.j2, min(c.j2+cholBlock, c.n)
		below := ceil(c.n-c.j1, c.step)
		done = c.team.Do(1+below, c.doFactor)
		if c.err != nil {
			return c.err
		}
		if c.j1 < c.n {
			done = done && c.team.Do(below, c.doSolve) && c.team.Do(below, c.doFinish)
		}
	}
	if !done {
		return fmt.Errorf("solver: Cholesky stopped at column %d of %d: %w", c.j0, c.n, context.Cause(ctx))
	}
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// factorTask factors the diagonal block, or brings rows of the next block of
// columns up to date with what lies left of the current one.
func (c *Cholesky[T]) factorTask(worker, task int) {
	if task == 0 {
		c.err = c.factorBlock(worker)
		return
	}
	c.load(c.j1, c.j2, c.j1+(task-1)*c.step)
	for p := 0; p < c.j0 && !c.team.Cancelled(); p += cholDepth {
		c.update(c.early[p*cholBlock:], p, min(p+cholDepth, c.j0), c.j1+(task-1)*c.step)
	}
}

// solveTask finishes rows under the diagonal block, and packs those of the next
// block.
func (c *Cholesky[T]) solveTask(worker, task int) {
	i0, w := c.j1+task*c.step, c.j1-c.j0
	i1 := min(i0+c.step, c.n)
	x := c.l[i0*c.ld+c.j0:]
	c.solveRows(x, c.ld, i1-i0, c.tri, c.inv[:], w, c.work[worker])
	if i0 < c.j2 {
		c.packRows(c.late[(i0-c.j1)*w:], x, c.ld, w, min(i1, c.j2)-i0, -1)
	}
}

// finishTask subtracts the current block from rows of the next, and packs its
// part of the rows of the block after that, up to the end of the current block.
func (c *Cholesky[T]) finishTask(_, task int) {
	c.update(c.late, c.j0, c.j1, c.j1+task*c.step)
	rows := min(c.j2+cholBlock, c.n) - c.j2
	if rows <= 0 {
		return
	}
	tasks, parts := ceil(c.n-c.j1, c.step), ceil(c.j1, cholDepth)
	for q := task * parts / tasks; q < (task+1)*parts/tasks; q++ {
		p := q * cholDepth
		c.packRows(c.early[p*cholBlock:], c.l[c.j2*c.ld+p:], c.ld, min(cholDepth, c.j1-p), rows, -1)
	}
}

// loadTask copies rows of the first block.
func (c *Cholesky[T]) loadTask(_, task int) { c.load(0, c.j2, task*c.step) }

// load copies a task's rows of columns j0 … j1 of the lower triangle of A + cI.
func (c *Cholesky[T]) load(j0, j1, i0 int) {
	for i := i0; i < min(i0+c.step, c.n); i++ {
		row := c.l[i*c.ld+j0:][:j1-j0]
		clear(row[copy(row, c.a[i*c.lda+j0:i*c.lda+min(i+1, j1)]):])
		if i < j1 {
			row[i-j0] = T(float64(row[i-j0]) + c.ridge)
		}
	}
}

// update subtracts columns p0 … p1 from a task's rows of the next block, whose
// rows are packed in bp. Beside the diagonal a stair of 16 rows is enough.
func (c *Cholesky[T]) update(bp []T, p0, p1, i0 int) {
	i1, w := min(i0+c.step, c.n), c.j2-c.j1
	for i0 < i1 {
		rows, cols := i1-i0, w
		if i0 < c.j2 {
			rows = min(cholGroup, rows)
			cols = min(w, i0+rows-c.j1)
		}
		c.mulAdd(c.l[i0*c.ld+c.j1:], c.ld, c.l[i0*c.ld+p0:], c.ld, 1, bp, rows, cols, p1-p0)
		i0 += rows
	}
}

// factorBlock factors the diagonal block, 16 rows at a time from above: solved
// with the triangle over them, which is packed in tri, they leave a corner of
// order 16.
func (c *Cholesky[T]) factorBlock(worker int) error {
	scratch, corner := c.work[worker], c.work[worker][c.scratch:]
	for i0 := c.j0; i0 < c.j1; i0 += cholGroup {
		i1, k := min(i0+cholGroup, c.j1), i0-c.j0
		if x := c.l[i0*c.ld+c.j0:]; k > 0 {
			c.solveRows(x, c.ld, i1-i0, c.tri, c.inv[:], k, scratch)
			c.packRows(corner, x, c.ld, k, i1-i0, -1)
			c.mulAdd(x[k:], c.ld, x, c.ld, 1, corner, i1-i0, i1-i0, k)
		}
		for i := i0; i < i1; i++ {
			row := c.l[i*c.ld+i0:][:i-i0+1]
			for q, u := range row[:i-i0] {
				v, left := float64(u), c.l[(i0+q)*c.ld+i0:][:q]
				for p, l := range left {
					v = math.FMA(-float64(row[p]), float64(l), v)
				}
				row[q] = T(v * c.inv[k+q])
			}
			d := float64(row[i-i0])
			for _, v := range row[:i-i0] {
				d = math.FMA(-float64(v), float64(v), d)
			}
			if !(d > 0) || !finite(d) {
				return c.badPivot(i, d)
			}
			root := T(math.Sqrt(d))
			row[i-i0] = root
			c.inv[i-c.j0] = 1 / float64(root)
		}
		for i := i0; i+c.cols <= i1; i += c.cols {
			c.packTriangle(c.tri, c.l[c.j0*c.ld+c.j0:], c.ld, (i-c.j0)/c.cols)
		}
	}
	return nil
}

func (c *Cholesky[T]) badPivot(col int, d float64) error {
	if finite(d) {
		return fmt.Errorf("solver: Cholesky of order %d: pivot %g in column %d with ridge %g: %w", c.n, d, col, c.ridge, ErrNotPositiveDefinite)
	}
	for i := 0; i <= col; i++ {
		for j, v := range c.a[i*c.lda : i*c.lda+i+1] {
			if !finite(float64(v)) {
				return fmt.Errorf("solver: Cholesky of order %d: element (%d, %d) is %v: %w", c.n, i, j, v, ErrNotFinite)
			}
		}
	}
	return fmt.Errorf("solver: Cholesky of order %d: pivot %v in column %d: %w", c.n, d, col, ErrNotFinite)
}

// N returns the order n.
func (c *Cholesky[T]) N() int { return c.n }

// Diag copies the n diagonal entries of L to dst: log det(A + cI) is twice the
// sum of their logarithms, and the square of their ratio, largest to smallest,
// is a lower bound of the condition number. It panics on another length, or if the last
// Factor failed.
func (c *Cholesky[T]) Diag(dst []T) {
	c.ready("Diag", dst, dst)
	for i := range dst {
		dst[i] = c.l[i*c.ld+i]
	}
}

// L copies the factor to dst, n × n row-major, zeros above the diagonal. It panics as
// Diag does.
func (c *Cholesky[T]) L(dst []T) {
	mustLen("Cholesky.L", dst, c.n*c.n)
	if !c.ok {
		panic("solver: Cholesky.L without a factor")
	}
	for i := range c.n {
		row := dst[i*c.n : (i+1)*c.n]
		clear(row[copy(row, c.l[i*c.ld:i*c.ld+i+1]):])
	}
}

// SolveVec sets dst = (A + cI)⁻¹·r; dst may be r. 2n² flops. It panics on a
// wrong length, or if the last Factor failed. Of a solution that overflows it tells
// nothing; SolveVecContext and SolveVecs do.
func (c *Cholesky[T]) SolveVec(dst, r []T) {
	c.ready("SolveVec", dst, r)
	copy(dst, r)
	solveLower(dst, c.l, c.ld, c.dot)
	solveLowerTrans(dst, c.l, c.ld, c.axpy)
}

// solveBytes is what a solve reads of the factor between two looks at its
// context: about a millisecond.
const solveBytes = 8 << 20

// SolveVecContext is SolveVec, with the same bits, but asks ctx every millisecond
// or so: of order 20 000 a solve takes a quarter of a second. When ctx ends it
// returns its cause, and dst is of no use; ErrNotFinite with the place for NaN or Inf
// in r, or a solution that overflows.
func (c *Cholesky[T]) SolveVecContext(ctx context.Context, dst, r []T) error {
	c.ready("SolveVecContext", dst, r)
	copy(dst, r)
	rows := max(1, solveBytes/(8*c.ld))
	ended := func() error {
		if ctx.Err() == nil {
			return nil
		}
		return fmt.Errorf("solver: Cholesky.SolveVecContext of order %d stopped: %w", c.n, context.Cause(ctx))
	}
	for i := 0; i < c.n; i += rows {
		if err := ended(); err != nil {
			return err
		}
		solveLowerRows(dst, c.l, c.ld, i, min(i+rows, c.n), c.dot)
	}
	for i := c.n; i > 0; i -= rows {
		if err := ended(); err != nil {
			return err
		}
		solveLowerTransRows(dst, c.l, c.ld, max(i-rows, 0), i, c.axpy)
	}
	return checkFinite("Cholesky.SolveVecContext", "the solution", dst)
}

// SolveR sets dst = L⁻ᵀ·v, R being Lᵀ; n² flops, rules of SolveVec.
func (c *Cholesky[T]) SolveR(dst, v []T) {
	c.ready("SolveR", dst, v)
	copy(dst, v)
	solveLowerTrans(dst, c.l, c.ld, c.axpy)
}

// SolveRTrans sets dst = L⁻¹·v; n² flops, rules of SolveVec.
func (c *Cholesky[T]) SolveRTrans(dst, v []T) {
	c.ready("SolveRTrans", dst, v)
	copy(dst, v)
	solveLower(dst, c.l, c.ld, c.dot)
}

func (c *Cholesky[T]) ready(where string, dst, v []T) {
	if len(dst) != c.n || len(v) != c.n || !c.ok {
		panic(fmt.Sprintf("solver: Cholesky.%s of order %d with vectors of %d and %d, factored: %t", where, c.n, len(dst), len(v), c.ok))
	}
}
