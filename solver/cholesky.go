package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	cholBlock = 128 // columns of an outer block
	cholDepth = 256 // inner length of one update: a packed panel of it stays in L1
	cholRows  = 96  // rows of a task: 96 × 256 of them stay in L2
)

// Cholesky is the factor L of A + cI = L·Lᵀ, A symmetric positive definite.
//
// It is a Preconditioner (the exact inverse) and a Factor (R = Lᵀ). Solves may
// run concurrently; Factor may not run beside anything.
type Cholesky struct {
	n, ld int
	l     []float64 // lower triangle, row stride ld; the rest of a diagonal block is scratch
	ok    bool
	team  *asm.Team

	rows []float64 // the rows of L beside the current block, packed, negated
	tri  []float64 // the current diagonal block in packed panels of 8 columns, negated
	inv  [cholBlock]float64

	// The block in hand, read by the tasks.
	a                         []float64
	ridge                     float64
	j0, j1                    int
	doPack, doUpdate, doSolve func(worker, task int)
}

// CholeskyOptions configures NewCholesky. nil means the zero value.
type CholeskyOptions struct {
	Ridge   float64 // c ≥ 0, added to the diagonal
	Workers int     // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.
}

// NewCholesky factors a + Ridge·I for a symmetric n × n matrix a, row-major, of
// which only the lower triangle is read. a is not kept and not changed. See
// Factor for cost and errors; 8n² bytes and a little more are held.
func NewCholesky(ctx context.Context, a []float64, n int, opts *CholeskyOptions) (*Cholesky, error) {
	var o CholeskyOptions
	if opts != nil {
		o = *opts
	}
	if err := checkMatrix("Cholesky", a, n, n); err != nil {
		return nil, err
	}
	ld := rowStride(n)
	c := &Cholesky{
		n: n, ld: ld,
		l:    make([]float64, n*ld),
		rows: make([]float64, cholBlock*n),
		tri:  make([]float64, cholBlock*cholBlock/2),
		team: asm.NewTeam(o.Workers),
	}
	c.doPack, c.doUpdate, c.doSolve = c.packTask, c.updateTask, c.solveTask
	if err := c.Factor(ctx, a, o.Ridge); err != nil {
		return nil, err
	}
	return c, nil
}

// Factor replaces the factor by that of a + ridge·I, a as in NewCholesky and of
// the same order. It allocates nothing.
//
// n³/3 flops in a left-looking order by blocks of 128 columns (Golub and Van
// Loan, algorithm 4.2.4); every element is one chain of fused multiply-adds in
// index order, so the bits depend on a and ridge alone.
//
// A pivot that is not positive gives ErrNotPositiveDefinite with its column and
// value, a NaN or Inf in the lower triangle ErrNotFinite. ctx is asked every
// few milliseconds; its cause is returned. After an error there is no factor.
func (c *Cholesky) Factor(ctx context.Context, a []float64, ridge float64) error {
	c.ok = false
	if err := checkMatrix("Cholesky", a, c.n, c.n); err != nil {
		return err
	}
	if err := checkRidge("Cholesky", ridge); err != nil {
		return err
	}
	c.team.Bind(ctx)
	c.a, c.ridge = a, ridge
	err := c.factor(ctx)
	c.a = nil
	c.team.Bind(nil)
	c.ok = err == nil
	return err
}

func (c *Cholesky) factor(ctx context.Context) error {
	for c.j0 = 0; c.j0 < c.n; c.j0 = c.j1 {
		c.j1 = min(c.j0+cholBlock, c.n)
		done := c.team.Do(ceil(c.j0, cholDepth), c.doPack) &&
			c.team.Do(ceil(c.n-c.j0, cholRows), c.doUpdate)
		if done {
			if err := c.factorBlock(); err != nil {
				return err
			}
			done = c.team.Do(ceil(c.n-c.j1, cholRows), c.doSolve)
		}
		if !done {
			return fmt.Errorf("solver: Cholesky stopped at column %d of %d: %w", c.j0, c.n, context.Cause(ctx))
		}
	}
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// packTask packs one length of the block's rows of L.
func (c *Cholesky) packTask(_, task int) {
	p, w := task*cholDepth, c.j1-c.j0
	k := min(cholDepth, c.j0-p)
	asm.PackRows(c.rows[p*cholBlock:], c.l[c.j0*c.ld+p:], c.ld, k, w, -1)
}

// updateTask brings up to 96 rows of the block: A less the product of the
// columns on the left.
func (c *Cholesky) updateTask(_, task int) {
	i0 := c.j0 + task*cholRows
	i1, w := min(i0+cholRows, c.n), c.j1-c.j0
	for i := i0; i < i1; i++ {
		row := c.l[i*c.ld+c.j0:][:w]
		clear(row[copy(row, c.a[i*c.n+c.j0:i*c.n+min(i+1, c.j1)]):])
		if i < c.j1 {
			row[i-c.j0] += c.ridge
		}
	}
	for p := 0; p < c.j0 && !c.team.Cancelled(); p += cholDepth {
		k := min(cholDepth, c.j0-p)
		asm.MulAdd(c.l[i0*c.ld+c.j0:], c.ld, c.l[i0*c.ld+p:], c.ld, 1, c.rows[p*cholBlock:], i1-i0, w, k)
	}
}

// factorBlock factors the diagonal block, panels of 8 columns from left to
// right, and leaves the packed panels in tri for the rows below.
func (c *Cholesky) factorBlock() error {
	for j := c.j0; j < c.j1; j += asm.TileCols {
		w := min(asm.TileCols, c.j1-j)
		if j > c.j0 {
			asm.PackRows(c.panel(j), c.l[j*c.ld+c.j0:], c.ld, j-c.j0, w, -1)
		}
		c.updatePanel(j, j, c.j1)
		for i := j; i < j+w; i++ {
			row := c.l[i*c.ld+j : i*c.ld+j+w]
			for q := j; q < i; q++ {
				left := c.l[q*c.ld+j:]
				v := row[q-j]
				for p := range q - j {
					v = math.FMA(-row[p], left[p], v)
				}
				row[q-j] = v * c.inv[q-c.j0]
			}
			d := row[i-j]
			for p := range i - j {
				d = math.FMA(-row[p], row[p], d)
			}
			if !(d > 0) || !finite(d) {
				return c.badPivot(i, d)
			}
			d = math.Sqrt(d)
			row[i-j] = d
			c.inv[i-c.j0] = 1 / d
		}
		c.solvePanel(j, j+w, c.j1)
	}
	return nil
}

func (c *Cholesky) badPivot(col int, d float64) error {
	if finite(d) {
		return fmt.Errorf("solver: Cholesky of order %d: pivot %g in column %d with ridge %g: %w", c.n, d, col, c.ridge, ErrNotPositiveDefinite)
	}
	for i := 0; i <= col; i++ {
		for j, v := range c.a[i*c.n : i*c.n+i+1] {
			if !finite(v) {
				return fmt.Errorf("solver: Cholesky of order %d: element (%d, %d) is %v: %w", c.n, i, j, v, ErrNotFinite)
			}
		}
	}
	return fmt.Errorf("solver: Cholesky of order %d: pivot %v in column %d: %w", c.n, d, col, ErrNotFinite)
}

// panel returns the packed columns j0 … j of rows j … j+7: before it lie
// panels of 0, 8, 16, … columns.
func (c *Cholesky) panel(j int) []float64 {
	k := j - c.j0
	return c.tri[k*(k-8)/2 : k*(k+8)/2]
}

// updatePanel subtracts the columns j0 … j of the block from columns j … j+7.
func (c *Cholesky) updatePanel(j, i0, i1 int) {
	if j == c.j0 || i0 == i1 {
		return
	}
	w := min(asm.TileCols, c.j1-j)
	asm.MulAdd(c.l[i0*c.ld+j:], c.ld, c.l[i0*c.ld+c.j0:], c.ld, 1, c.panel(j), i1-i0, w, j-c.j0)
}

// solveTask finishes up to 96 rows under the diagonal block.
func (c *Cholesky) solveTask(_, task int) {
	i0 := c.j1 + task*cholRows
	i1 := min(i0+cholRows, c.n)
	for j := c.j0; j < c.j1; j += asm.TileCols {
		c.updatePanel(j, i0, i1)
		c.solvePanel(j, i0, i1)
	}
}

// solvePanel solves x·Tᵀ = row for the lower triangle T of columns j … j+7.
func (c *Cholesky) solvePanel(j, i0, i1 int) {
	if i0 >= i1 {
		return // a narrow last panel has no rows below
	}
	t0 := c.inv[j-c.j0:][:8]
	t1 := c.l[(j+1)*c.ld+j:][:8]
	t2 := c.l[(j+2)*c.ld+j:][:8]
	t3 := c.l[(j+3)*c.ld+j:][:8]
	t4 := c.l[(j+4)*c.ld+j:][:8]
	t5 := c.l[(j+5)*c.ld+j:][:8]
	t6 := c.l[(j+6)*c.ld+j:][:8]
	t7 := c.l[(j+7)*c.ld+j:][:8]
	for i := i0; i < i1; i++ {
		x := (*[8]float64)(c.l[i*c.ld+j:])
		x0 := x[0] * t0[0]
		x1 := math.FMA(-x0, t1[0], x[1]) * t0[1]
		x2 := math.FMA(-x1, t2[1], math.FMA(-x0, t2[0], x[2])) * t0[2]
		x3 := math.FMA(-x2, t3[2], math.FMA(-x1, t3[1], math.FMA(-x0, t3[0], x[3]))) * t0[3]
		x4 := math.FMA(-x1, t4[1], math.FMA(-x0, t4[0], x[4]))
		x4 = math.FMA(-x3, t4[3], math.FMA(-x2, t4[2], x4)) * t0[4]
		x5 := math.FMA(-x1, t5[1], math.FMA(-x0, t5[0], x[5]))
		x5 = math.FMA(-x3, t5[3], math.FMA(-x2, t5[2], x5))
		x5 = math.FMA(-x4, t5[4], x5) * t0[5]
		x6 := math.FMA(-x1, t6[1], math.FMA(-x0, t6[0], x[6]))
		x6 = math.FMA(-x3, t6[3], math.FMA(-x2, t6[2], x6))
		x6 = math.FMA(-x5, t6[5], math.FMA(-x4, t6[4], x6)) * t0[6]
		x7 := math.FMA(-x1, t7[1], math.FMA(-x0, t7[0], x[7]))
		x7 = math.FMA(-x3, t7[3], math.FMA(-x2, t7[2], x7))
		x7 = math.FMA(-x5, t7[5], math.FMA(-x4, t7[4], x7))
		x7 = math.FMA(-x6, t7[6], x7) * t0[7]
		*x = [8]float64{x0, x1, x2, x3, x4, x5, x6, x7}
	}
}

// N returns the order n.
func (c *Cholesky) N() int { return c.n }

// Diag copies the n diagonal entries of L to dst: log det(A + cI) is twice the
// sum of their logarithms, and the square of their ratio, largest to smallest,
// is a lower bound of the condition number.
func (c *Cholesky) Diag(dst []float64) {
	c.ready("Diag", dst, dst)
	for i := range dst {
		dst[i] = c.l[i*c.ld+i]
	}
}

// L copies the factor to dst, n × n row-major, zeros above the diagonal.
func (c *Cholesky) L(dst []float64) {
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
// wrong length, or if the last Factor failed.
func (c *Cholesky) SolveVec(dst, r []float64) {
	c.ready("SolveVec", dst, r)
	copy(dst, r)
	solveLower(dst, c.l, c.ld)
	solveLowerTrans(dst, c.l, c.ld)
}

// SolveR sets dst = L⁻ᵀ·v, R being Lᵀ; n² flops, rules of SolveVec.
func (c *Cholesky) SolveR(dst, v []float64) {
	c.ready("SolveR", dst, v)
	copy(dst, v)
	solveLowerTrans(dst, c.l, c.ld)
}

// SolveRTrans sets dst = L⁻¹·v; n² flops, rules of SolveVec.
func (c *Cholesky) SolveRTrans(dst, v []float64) {
	c.ready("SolveRTrans", dst, v)
	copy(dst, v)
	solveLower(dst, c.l, c.ld)
}

func (c *Cholesky) ready(where string, dst, v []float64) {
	if len(dst) != c.n || len(v) != c.n || !c.ok {
		panic(fmt.Sprintf("solver: Cholesky.%s of order %d with vectors of %d and %d, factored: %t", where, c.n, len(dst), len(v), c.ok))
	}
}
