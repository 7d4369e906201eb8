package solver

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

const cholVecRows = 32 // vectors of a task

// cholVecs is the block in hand of Cholesky.SolveVecs, read by its tasks.
type cholVecs struct {
	c              *Cholesky
	x              []float64
	k              int
	j0, j1         int
	back           bool // X·L = Y, after Y·Lᵀ = R
	doPack, doRows func(worker, task int)
}

// SolveVecs sets dst to the k solutions of (A + cI)·x = r, one after the other as
// the right-hand sides in r; dst may be r. Unlike SolveVec it works in the memory
// of the factor, so that it may not run beside another SolveVecs; it allocates
// nothing.
//
// 2n²k flops in matrix products by blocks of 96 columns, for k from about 16 on
// at the rate of Factor; below that, SolveVec is faster. Every element is a chain
// of fused multiply-adds and a product by the inverse of the pivot; with L the
// chain runs through the columns in order, with Lᵀ through the blocks of 96
// columns behind its own in order and through its own from the end. So the bits do
// not depend on k or workers, but are not those of SolveVec. Wrong lengths give ErrShape; the end of ctx, asked for between
// blocks, its cause. It panics if the last Factor failed.
func (c *Cholesky) SolveVecs(ctx context.Context, dst, r []float64, k int) error {
	if err := checkMatrix("Cholesky.SolveVecs", r, k, c.n); err != nil {
		return err
	}
	if err := checkMatrix("Cholesky.SolveVecs", dst, k, c.n); err != nil {
		return err
	}
	if !c.ok {
		panic("solver: Cholesky.SolveVecs without a factor")
	}
	copy(dst, r)
	v := &c.vecs
	v.x, v.k = dst, k
	c.team.Bind(ctx)
	done := !c.team.Cancelled()
	v.back = false
	for v.j0 = 0; v.j0 < c.n && done; v.j0 = v.j1 {
		v.j1 = min(v.j0+cholBlock, c.n)
		done = v.step(v.j0)
	}
	v.back = true
	for v.j1 = c.n; v.j1 > 0 && done; v.j1 = v.j0 {
		v.j0 = (v.j1 - 1) / cholBlock * cholBlock
		done = v.step(c.n - v.j1)
	}
	c.team.Bind(nil)
	v.x = nil
	if !done {
		return fmt.Errorf("solver: Cholesky.SolveVecs of order %d stopped: %w", c.n, context.Cause(ctx))
	}
	return nil
}

// step solves for columns j0 … j1, with depth columns that are known.
func (v *cholVecs) step(depth int) bool {
	return v.c.team.Do(1+ceil(depth, cholDepth), v.doPack) && v.c.team.Do(ceil(v.k, cholVecRows), v.doRows)
}

// packTask packs the triangle of the block, or a part of what lies left of it
// (below it, on the way back).
func (v *cholVecs) packTask(_, task int) {
	c, w := v.c, v.j1-v.j0
	if task > 0 {
		if p := (task - 1) * cholDepth; v.back {
			asm.PackCols(c.early[p*cholBlock:], c.l[(v.j1+p)*c.ld+v.j0:], c.ld, min(cholDepth, c.n-v.j1-p), w, -1)
		} else {
			asm.PackRows(c.early[p*cholBlock:], c.l[v.j0*c.ld+p:], c.ld, min(cholDepth, v.j0-p), w, -1)
		}
		return
	}
	// On the way back from the last column to the first; padded with zeros.
	for j := range (w + 7) / 8 * 8 {
		c.inv[j] = 0
		if j < w {
			c.inv[j] = 1 / v.at(j, j)
		}
		panel := c.tri[asm.TriangleLen(j/8*8):]
		for p := range j {
			panel[8*p+j%8] = 0
			if j < w {
				panel[8*p+j%8] = -v.at(j, p)
			}
		}
	}
}

// at returns element (j, p), p ≤ j, of the triangle of the block, on the way back
// of its transpose with both orders reversed.
func (v *cholVecs) at(j, p int) float64 {
	if v.back {
		j, p = v.j1-1-v.j0-p, v.j1-1-v.j0-j
	}
	return v.c.l[(v.j0+j)*v.c.ld+v.j0+p]
}

// rowsTask solves up to 32 vectors for the block, 16 at a time in scratch.
func (v *cholVecs) rowsTask(worker, task int) {
	c, w := v.c, v.j1-v.j0
	padded := (w + 7) / 8 * 8
	p0, p1 := 0, v.j0 // the columns that are known
	if v.back {
		p0, p1 = v.j1, c.n
	}
	for i0 := task * cholVecRows; i0 < min((task+1)*cholVecRows, v.k); i0 += cholGroup {
		rows := min(cholGroup, v.k-i0)
		x := v.x[i0*c.n:]
		for p := p0; p < p1; p += cholDepth {
			asm.MulAdd(x[v.j0:], c.n, x[p:], c.n, 1, c.early[(p-p0)*cholBlock:], rows, w, min(cholDepth, p1-p))
		}
		y := c.work[worker][asm.SolveScratch(cholBlock):]
		for i := range rows {
			from, to := x[i*c.n+v.j0:][:w], y[i*padded:][:padded]
			clear(to[w:])
			v.turn(to, from)
		}
		asm.SolveRows(y, padded, rows, c.tri, c.inv[:], padded, c.work[worker])
		for i := range rows {
			v.turn(x[i*c.n+v.j0:][:w], y[i*padded:][:w])
		}
	}
}

// turn copies src, on the way back from its end.
func (v *cholVecs) turn(dst, src []float64) {
	if !v.back {
		copy(dst, src)
		return
	}
	w := v.j1 - v.j0
	for i := range w {
		dst[i] = src[w-1-i]
	}
}
