package solver

import (
	"context"
	"errors"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// MultiOperator is a linear map that is applied to several vectors at once, so
// that it need be read only once for all.
type MultiOperator interface {
	// MulVecs sets row j of dst to A times row j of x, for 0 ≤ j < k; dst and x
	// hold k rows each, one vector a row, one after the other. The rules of
	// MulVec hold. The bits of a row should depend on neither k nor the other
	// rows: then those of a solution do not either.
	MulVecs(dst, x []float64, k int)
}

// OneByOne makes a MultiOperator of an Operator, by one product after the other.
type OneByOne struct{ Operator Operator }

// MulVecs calls MulVec k times.
func (o OneByOne) MulVecs(dst, x []float64, k int) {
	for j := range k {
		o.Operator.MulVec(row(dst, j, k), row(x, j, k))
	}
}

// row returns row j of k.
func row(x []float64, j, k int) []float64 {
	n := len(x) / k
	return x[j*n : (j+1)*n : (j+1)*n]
}

// MulVecs sets row j of dst to A times row j of x, with the bits of MulVec; 2mnk
// flops. A row of A serves all vectors while it is in cache. It panics on a
// wrong length; dst and x must not overlap.
func (m *Matrix) MulVecs(dst, x []float64, k int) {
	mustLen("Matrix.MulVecs", dst, k*m.m)
	mustLen("Matrix.MulVecs", x, k*m.n)
	for i := range m.m {
		a := m.a[i*m.n : (i+1)*m.n]
		for j := range k {
			dst[j*m.m+i] = asm.Dot(a, x[j*m.n:(j+1)*m.n])
		}
	}
}

// CGMulti solves (A + λI)x = b for k = len(results) right-hand sides by CG on all
// of them in step: one MulVecs an iteration, for the columns still at work.
// Right-hand side j is row j of b, k × n row-major for vectors of length n =
// len(b)/k; its solution becomes row j of dst, of the same shape, and
// results[j] tells how it went. dst must not overlap b.
//
// Each column is CG on its own, with its own restarts and reason to stop, and
// leaves the product when it has one: its x is frozen. Given an operator whose
// rows do not depend on each other, x, Result but for Elapsed, and what the
// callback sees are those of CG alone, to the last bit.
//
// Options are those of CG for each column: MaxIter, Radius and the tolerances
// hold for each; X0 and Direction are k × n; a MultiPreconditioner is applied to
// all columns at once, another one to one vector at a time; to return false from
// the callback, which is called for the columns in order and told which, ends
// that column; History has row i for iteration i, of k columns. The context and
// TimeLimit end all.
//
// k times the memory of CG: 4n floats a column, 5n with a preconditioner, and
// more for a radius as stated there.
//
// The error joins those of the columns, each with its number: the others are
// not disturbed, so that a nil error says that none failed, and results[j] which
// one did. ErrShape, ErrOption and ErrOverlap concern all; so does the end of the context,
// of which one error tells.
func CGMulti(ctx context.Context, dst []float64, a MultiOperator, b []float64, results []Result, opts *Options) error {
	if opts == nil {
		opts = new(Options)
	}
	k := len(results)
	clear(results)
	if len(dst) != len(b) || k == 0 && len(b) > 0 || k > 0 && len(b)%k != 0 {
		return fmt.Errorf("solver: CGMulti of %d columns with dst of %d, b of %d: %w", k, len(dst), len(b), ErrShape)
	}
	if opts.X0 != nil && len(opts.X0) != len(b) {
		return fmt.Errorf("solver: CGMulti: X0 of %d for %d unknowns: %w", len(opts.X0), len(b), ErrShape)
	}
	if opts.Direction != nil && len(opts.Direction) != len(b) {
		return fmt.Errorf("solver: CGMulti: Direction of %d for %d unknowns: %w", len(opts.Direction), len(b), ErrShape)
	}
	if k == 0 {
		return nil
	}
	whole := monitor{Options: *opts, method: methodCGMulti}
	if err := whole.checkArguments(a, dst, b, len(b)/k, len(b)/k, len(b)/k); err != nil {
		return err
	}
	coarse, ok := opts.Coarse.(MultiOperator)
	if opts.Coarse != nil && !ok {
		return fmt.Errorf("solver: CGMulti: Coarse has no MulVecs: %w", ErrOption)
	}
	ws := opts.Workspace
	if ws == nil {
		ws = new(Workspace)
	}
	g := newCGGroup(ctx, ws, dst, b, k, opts)
	defer g.release()
	for g.active > 0 {
		g.multiply(a, coarse)
		for i := range g.active {
			c := &g.cols[g.slots[i]]
			c.live = c.solve.advance()
		}
		g.precondition(opts.Preconditioner)
		g.compact()
	}
	return g.results(results)
}

// cgColumn is one column of CGMulti.
type cgColumn struct {
	mon   monitor
	solve cgSolve
	live  bool
}

// cgGroup holds the columns of CGMulti. The directions of those at work are in
// the first rows of p, their products in those of q, in order of the columns; so are in z
// the residuals to be preconditioned, of the columns that wait for it.
type cgGroup struct {
	n, active int
	cols      []cgColumn
	slots     []int // column of row i
	p, q, z   []float64
}

func newCGGroup(ctx context.Context, ws *Workspace, dst, b []float64, k int, opts *Options) cgGroup {
	if cap(ws.cols) < k {
		ws.cols, ws.slots = make([]cgColumn, k), make([]int, k)
	}
	g := cgGroup{n: len(b) / k, cols: ws.cols[:k], slots: ws.slots[:k]}
	size := 0
	for j := range g.cols {
		c, o := &g.cols[j], *opts
		if o.X0 != nil {
			o.X0 = row(o.X0, j, k)
		}
		if o.Direction != nil {
			o.Direction = row(o.Direction, j, k)
		}
		x := row(dst, j, k)
		c.mon.init(ctx, methodCGMulti, &o, x)
		c.mon.column, c.mon.stride = j, k
		if c.live = c.solve.open(&c.mon, nil, x, row(b, j, k)); c.live {
			size += c.solve.size()
		}
	}
	zs := g.cols[0].mon.preconditioned(len(b))
	vs := ws.reserve(2*len(b) + zs + size)
	g.p, g.q, g.z = vs.take(len(b)), vs.take(len(b)), vs.take(zs)
	for j := range g.cols {
		if c := &g.cols[j]; c.live {
			g.slots[g.active] = j
			c.solve.init(&vs, g.row(g.p, g.active), g.row(g.q, g.active), g.z) // precondition gives out the rows of z
			g.active++
		}
	}
	for i := range g.active {
		c := &g.cols[g.slots[i]]
		c.live = c.solve.begin()
	}
	g.precondition(opts.Preconditioner)
	g.compact()
	return g
}

// multiply makes the products of the columns at work, runs of those that want the same operator
// at once.
func (g *cgGroup) multiply(a, coarse MultiOperator) {
	for from, to := 0, 0; from < g.active; from = to {
		kind := g.cols[g.slots[from]].solve.coarse()
		for to = from + 1; to < g.active && g.cols[g.slots[to]].solve.coarse() == kind; {
			to++
		}
		by := a
		if kind {
			by = coarse
		}
		by.MulVecs(g.q[from*g.n:to*g.n], g.p[from*g.n:to*g.n], to-from)
	}
}

// precondition makes z = M⁻¹r for the columns that wait for it, and has them go on.
func (g *cgGroup) precondition(m Preconditioner) {
	many, together := m.(MultiPreconditioner)
	waiting := 0
	for i := range g.active {
		c := &g.cols[g.slots[i]]
		if !c.live || !c.solve.pending {
			continue
		}
		c.solve.z = g.row(g.z, waiting)
		waiting++
		if together {
			copy(c.solve.z, c.solve.r)
		} else {
			m.SolveVec(c.solve.z, c.solve.r)
		}
	}
	if together && waiting > 0 {
		z := g.z[:waiting*g.n]
		many.SolveVecs(z, z, waiting)
	}
	for i := range g.active {
		if c := &g.cols[g.slots[i]]; c.live && c.solve.pending {
			c.live = c.solve.advance()
		}
	}
}

func (g *cgGroup) row(x []float64, i int) []float64 { return x[i*g.n : (i+1)*g.n : (i+1)*g.n] }

// compact drops the columns that have ended and moves the others up.
func (g *cgGroup) compact() {
	kept := 0
	for i := range g.active {
		c := &g.cols[g.slots[i]]
		if !c.live {
			continue
		}
		if i != kept {
			p := g.row(g.p, kept)
			copy(p, c.solve.p)
			c.solve.p, c.solve.q = p, g.row(g.q, kept)
			g.slots[kept] = g.slots[i]
		}
		kept++
	}
	g.active = kept
}

// results closes the books.
func (g *cgGroup) results(results []Result) error {
	var errs []error
	cancelled := false
	for j := range g.cols {
		c := &g.cols[j]
		var err error
		results[j], err = c.mon.close(c.solve.reason, c.solve.err)
		switch {
		case err == nil || results[j].Reason == Cancelled && cancelled:
		case errors.Is(err, ErrOption):
			return err // of all alike
		case results[j].Reason == Cancelled:
			cancelled = true
			errs = append(errs, err)
		default:
			errs = append(errs, fmt.Errorf("column %d: %w", j, err))
		}
	}
	return errors.Join(errs...)
}

// release lets go of what the workspace outlives.
func (g *cgGroup) release() { clear(g.cols) }
