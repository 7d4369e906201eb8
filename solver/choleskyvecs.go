package solver

import (
	"context"
	"fmt"
)

// SolveVecs sets dst to the k solutions of (A + cI)·x = r, one after the other as
// the right-hand sides in r; dst may be r. Unlike SolveVec it works in the memory
// of the factor, so that it may not run beside another SolveVecs; it allocates
// nothing after its first call.
//
// 2n²k flops in matrix products, for k from about 16 on at the rate of Factor;
// below that, SolveVec is faster. The bits are those of [SolveTriangular] with L and
// then with Lᵀ: they do not depend on k or workers, but are not those of SolveVec.
// Wrong lengths give ErrShape; NaN or Inf in r, or a solution that overflows,
// ErrNotFinite with the place; the end of ctx, asked for between blocks, its cause.
// It panics if the last Factor failed.
func (c *Cholesky[T]) SolveVecs(ctx context.Context, dst, r []T, k int) error {
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
	v.use(c.l, c.ld, c.n, false, dst, c.n, k)
	c.team.Bind(ctx)
	done := !c.team.Cancelled() && v.forward() && v.backward()
	c.team.Bind(nil)
	if !done {
		return fmt.Errorf("solver: Cholesky.SolveVecs of order %d stopped: %w", c.n, context.Cause(ctx))
	}
	return v.checkSolutions("Cholesky.SolveVecs", dst, c.n, c.n, k)
}
