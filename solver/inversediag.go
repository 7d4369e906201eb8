package solver

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// inverseRows is the number of columns of L⁻¹ of a task: their working set stays in the
// second-level cache up to n of some thousand.
const inverseRows = 32

// InverseDiag holds the memory in which the diagonal of an inverse is formed, for
// factors of one order: 4n² bytes, and 256n for each worker. It may not be used
// beside itself.
type InverseDiag struct {
	n, ld  int
	packed []float64 // rows of L left of each diagonal block, block after block
	tri    []float64 // the triangles of the diagonal blocks
	inv    []float64 // of the diagonal of L
	work   []inverseWork
	team   *asm.Team

	c               *Cholesky[float64]
	dst             []float64
	doPack, doPanel func(worker, task int)
}

type inverseWork struct{ x, scratch []float64 }

// NewInverseDiag returns the memory for factors of order n; 0 workers mean
// GOMAXPROCS. No bit of a result depends on them.
func NewInverseDiag(n, workers int) (*InverseDiag, error) {
	if n < 1 {
		return nil, fmt.Errorf("solver: InverseDiag of order %d: %w", n, ErrShape)
	}
	if err := checkOrder("InverseDiag", n); err != nil {
		return nil, err
	}
	blocks := ceil(n, cholBlock)
	d := &InverseDiag{n: n, ld: ceil(n, 8) * 8, team: asm.NewTeam(workers)}
	d.packed = make([]float64, packedBefore(blocks))
	d.tri = make([]float64, blocks*asm.TriangleLen(cholBlock))
	d.inv = make([]float64, blocks*cholBlock)
	d.work = make([]inverseWork, d.team.Workers())
	for w := range d.work {
		d.work[w] = inverseWork{make([]float64, inverseRows*d.ld), make([]float64, asm.SolveScratch(cholBlock))}
	}
	d.doPack, d.doPanel = d.packTask, d.panelTask
	return d, nil
}

// packedBefore returns where the rows of block b are packed.
func packedBefore(b int) int { return cholBlock * cholBlock * b * (b - 1) / 2 }

// Diag sets dst, of length n, to the diagonal of (A + cI)⁻¹: element i is the
// square of the length of column i of L⁻¹.
//
// n³/3 flops, as many as the factor took, and at its rate. Every element of L⁻¹ is one
// chain of fused multiply-adds in index order, so the bits depend on the factor alone. It
// allocates nothing, asks ctx between blocks and returns its cause, ErrShape for
// another order, and ErrNotFinite with the place for an element that overflows. It panics if the last Factor failed.
func (d *InverseDiag) Diag(ctx context.Context, dst []float64, c *Cholesky[float64]) error {
	if c.n != d.n || len(dst) != d.n {
		return fmt.Errorf("solver: InverseDiag of order %d into %d values, of a factor of order %d: %w", d.n, len(dst), c.n, ErrShape)
	}
	if !c.ok {
		panic("solver: InverseDiag without a factor")
	}
	d.c, d.dst = c, dst
	d.team.Bind(ctx)
	done := d.team.Do(ceil(d.n, cholBlock), d.doPack) && d.team.Do(ceil(d.n, inverseRows), d.doPanel)
	d.team.Bind(nil)
	d.c, d.dst = nil, nil
	if !done {
		return fmt.Errorf("solver: InverseDiag of order %d stopped: %w", d.n, context.Cause(ctx))
	}
	return checkFinite("InverseDiag", "dst", dst)
}

// packTask packs a block of rows of L: what lies left of its diagonal block, and
// the triangle, padded with zeros to a multiple of eight columns.
func (d *InverseDiag) packTask(_, b int) {
	c, j0 := d.c, b*cholBlock
	w := min(cholBlock, d.n-j0)
	rows := d.packed[packedBefore(b):]
	for p := 0; p < j0; p += cholDepth {
		asm.PackRows(rows[p*cholBlock:], c.l[j0*c.ld+p:], c.ld, min(cholDepth, j0-p), w, -1)
	}
	tri, inv := d.tri[b*asm.TriangleLen(cholBlock):], d.inv[j0:]
	for j := range ceil(w, 8) * 8 {
		inv[j] = 0
		if j < w {
			inv[j] = 1 / c.l[(j0+j)*c.ld+j0+j]
		}
		panel := tri[asm.TriangleLen(j/8*8):]
		for p := range j {
			panel[8*p+j%8] = 0
			if j < w {
				panel[8*p+j%8] = -c.l[(j0+j)*c.ld+j0+p]
			}
		}
	}
}

// panelTask solves L·x = e_i for a run of i, block by block from the one that
// holds the first: before it, x is zero.
func (d *InverseDiag) panelTask(worker, task int) {
	x, ld := d.work[worker].x, d.ld
	i0 := task * inverseRows
	rows := min(inverseRows, d.n-i0)
	clear(x[:rows*ld])
	for i := range rows {
		x[i*ld+i0+i] = 1
	}
	for b := i0 / cholBlock; b*cholBlock < d.n; b++ {
		if d.team.Cancelled() {
			return
		}
		j0 := b * cholBlock
		w := min(cholBlock, d.n-j0)
		for p := i0 / cholDepth * cholDepth; p < j0; p += cholDepth {
			asm.MulAdd(x[j0:], ld, x[p:], ld, 1, d.packed[packedBefore(b)+p*cholBlock:], rows, w, min(cholDepth, j0-p))
		}
		asm.SolveRows(x[j0:], ld, rows, d.tri[b*asm.TriangleLen(cholBlock):], d.inv[j0:], ceil(w, 8)*8, d.work[worker].scratch)
	}
	for i := range rows {
		column := x[i*ld+i0+i : (i+1)*ld]
		d.dst[i0+i] = asm.Dot(column, column)
	}
}
