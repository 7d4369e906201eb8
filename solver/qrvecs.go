package solver

import (
	"context"
	"fmt"
)

// qrVecs is the memory of QR.SolveVecs.
type qrVecs[T float32 | float64] struct {
	y       []T // k × s, then the solutions in its first n columns
	tri     *triangles[T]
	doApply func(worker, task int)
}

// SolveVecs sets row i of dst, k × n, to the x that minimises ‖A·x − b‖ for row i
// of b, k × s and not changed. Blocks of 32 reflectors are applied at a time,
// and R is solved by [SolveTriangular]: 4snk − n²k flops in matrix products, for k
// from about 24 on at half the rate of Factor or more; below that, SolveVec is
// faster. The bits do not depend on k or workers, but are not those of SolveVec.
//
// It allocates where k is larger than ever before. Errors are those of SolveVec,
// and the cause of ctx, asked for between blocks; dst is then what it was.
func (q *QR[T]) SolveVecs(ctx context.Context, dst, b []T, k int) error {
	h := q.h
	n := h.n
	if err := checkMatrix("QR.SolveVecs", dst, k, n); err != nil {
		return err
	}
	if err := checkMatrix("QR.SolveVecs", b, k, q.s); err != nil {
		return err
	}
	if q.err != nil {
		return q.err
	}
	if q.rank != nil {
		return q.rank
	}
	for i := range k {
		if err := checkFinite("QR.SolveVecs", "a row of b", b[i*q.s:][:q.s]); err != nil {
			return err
		}
	}
	if q.vecs == nil {
		q.vecs = &qrVecs[T]{tri: newTriangles[T](h.team), doApply: q.applyTask}
		q.vecs.tri.packed = make([]T, cholBlock*n)
	}
	v := q.vecs
	v.y = grow(v.y, k*q.s)
	copy(v.y, b)
	h.team.Bind(ctx)
	defer h.team.Bind(nil)
	done := !h.team.Cancelled()
	h.cur = &h.blocks[0]
	for k0 := 0; k0 < n && done; k0 += qrPanel {
		h.cur.k0, h.cur.k1 = k0, min(k0+qrPanel, n)
		h.cur.m = h.bottom(h.cur.k1) - k0
		if h.cur.k1-k0 == qrPanel {
			h.pack(h.cur)
		}
		done = h.team.Do(ceil(k, qrCols), v.doApply)
	}
	v.tri.use(h.at, h.ld, n, false, v.y, q.s, k)
	if !done || !v.tri.backward() {
		return fmt.Errorf("solver: QR.SolveVecs of %d × %d stopped: %w", q.s, n, context.Cause(ctx))
	}
	if err := v.tri.checkSolutions("QR.SolveVecs", v.y, q.s, n, k); err != nil {
		return err
	}
	for i := range k {
		copy(dst[i*n:(i+1)*n], v.y[i*q.s:])
	}
	return nil
}

// applyTask applies the current block to up to 24 vectors; one that is not full,
// the last, reflector by reflector.
func (q *QR[T]) applyTask(worker, task int) {
	h, b, i0 := q.h, q.h.cur, task*qrCols
	y := q.vecs.y[i0*q.s:]
	rows := min(qrCols, len(y)/q.s)
	if b.k1-b.k0 == qrPanel {
		h.applyTo(worker, y[b.k0:], q.s, rows)
		return
	}
	for i := range rows {
		for j := b.k0; j < b.k1; j++ {
			h.reflect(y[i*q.s+j:(i+1)*q.s], h.at[j*h.ld+j:j*h.ld+q.s], h.tau[j])
		}
	}
}
