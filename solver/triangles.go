package solver

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/nearlinear/nearlinear/asm"
)

const triangleRows = 32 // vectors of a task

// TriangularOptions configures SolveTriangular. nil means the zero value.
type TriangularOptions struct {
	Upper bool // t is upper triangular: what lies below its diagonal is not read
	Trans bool // solves Tᵀ·x = b
	// Row strides of the arrays; 0 means no gap.
	StrideX, StrideT int
	Workers          int // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.
	// Workspace keeps scratch between calls, which then allocate nothing once it
	// has its size. It serves one call at a time.
	Workspace *TriangularWorkspace
}

// TriangularWorkspace is memory for SolveTriangular. The zero value is ready.
type TriangularWorkspace struct {
	f64 triangles[float64]
	f32 triangles[float32]
}

// SolveTriangular replaces the k rows of x, right-hand sides b of length n, by the
// solutions of T·x = b. T is n × n row-major and lower triangular, or upper with
// Upper; what lies on the other side of the diagonal is not read. Gaps between
// rows are left alone.
//
// n²k flops in matrix products by blocks of 96 columns. Every element is a chain
// of fused multiply-adds and a product by the inverse of the pivot; going down
// the chain runs through the columns in order, going up through the blocks of 96
// columns behind its own in order and through its own from the end. In float32
// sixteen columns at a time are multiplied by the inverse of their block instead.
// Where an inverse leaves the range of T, though the solution may not, the block
// is solved by substitution in float64, with quotients by its pivots. So the bits
// do not depend on k or workers.
//
// ErrShape for lengths or strides that do not fit, with x untouched;
// ErrRankDeficient with its column for a zero on the diagonal, likewise;
// ErrNotFinite, with the first place, if a solution overflows or b or T hold NaN
// or Inf that reach it, and x is then what came of it; the cause of ctx, asked for
// between blocks, and x is then incomplete.
func SolveTriangular[T float32 | float64](ctx context.Context, x, t []T, k, n int, opts *TriangularOptions) error {
	var o TriangularOptions
	if opts != nil {
		o = *opts
	}
	ldx, err := checkStride("SolveTriangular", "X", len(x), k, n, o.StrideX)
	if err != nil {
		return err
	}
	ldt, err := checkStride("SolveTriangular", "T", len(t), n, n, o.StrideT)
	if err != nil {
		return err
	}
	for i := range n {
		if t[i*ldt+i] == 0 {
			return fmt.Errorf("solver: SolveTriangular of order %d: diagonal entry %d is zero: %w", n, i, ErrRankDeficient)
		}
	}
	if o.Workspace == nil {
		o.Workspace = new(TriangularWorkspace)
	}
	var ws any = &o.Workspace.f64
	if isFloat32[T]() {
		ws = &o.Workspace.f32
	}
	v := ws.(*triangles[T])
	if workers := o.Workers; v.team == nil || workers > 0 && v.team.Workers() != workers || workers <= 0 && v.team.Workers() != runtime.GOMAXPROCS(0) {
		*v = *newTriangles[T](asm.NewTeam(workers))
	}
	v.packed = grow(v.packed, cholBlock*n)
	v.use(t, ldt, n, o.Upper, x, ldx, k)
	v.team.Bind(ctx)
	done := !v.team.Cancelled()
	if o.Upper == o.Trans {
		done = done && v.forward()
	} else {
		done = done && v.backward()
	}
	v.team.Bind(nil)
	v.l, v.x = nil, nil
	if !done {
		return fmt.Errorf("solver: SolveTriangular of order %d stopped: %w", n, context.Cause(ctx))
	}
	return v.checkSolutions("SolveTriangular", x, ldx, n, k)
}

// triangles solves with a triangle for several vectors, in blocks of 96 columns.
// Its scratch may be that of a Cholesky.
type triangles[T float32 | float64] struct {
	*kernels[T]
	team   *asm.Team
	packed []T // the rows or columns of the block, n × 96
	tri    []T
	square []T // the block itself, as a lower triangle
	inv    [cholBlock]float64
	work   [][]T // of each worker: scratch of solveRows, 16 rows of a block

	l              []T
	ld, n          int
	upper          bool // l holds the transpose of the lower triangle
	x              []T
	ldx, k         int
	j0, j1         int         // the block in hand
	back           bool        // X·L = Y, after Y·Lᵀ = R
	far            bool        // the inverse of a pivot of the block would lose digits
	lost           atomic.Bool // a solution has NaN or Inf
	doPack, doRows func(worker, task int)
}

func newTriangles[T float32 | float64](team *asm.Team) *triangles[T] {
	v := &triangles[T]{kernels: kernelsOf[T](), team: team}
	v.tri = make([]T, v.triangleLen(cholBlock))
	v.work = make([][]T, team.Workers())
	for w := range v.work {
		v.work[w] = make([]T, v.scratch+cholGroup*cholBlock)
	}
	return v
}

// use takes a triangle and k vectors.
func (v *triangles[T]) use(l []T, ld, n int, upper bool, x []T, ldx, k int) {
	if v.doPack == nil {
		v.square = make([]T, cholBlock*cholBlock)
		v.doPack, v.doRows = v.packTask, v.rowsTask
	}
	v.l, v.ld, v.n, v.upper, v.x, v.ldx, v.k = l, ld, n, upper, x, ldx, k
	v.lost.Store(false)
}

// checkSolutions returns ErrNotFinite with the first place where one of the k
// solutions of length n in x is not finite.
func (v *triangles[T]) checkSolutions(where string, x []T, ldx, n, k int) error {
	if !v.lost.Load() {
		return nil
	}
	for i := range k {
		for j, u := range x[i*ldx:][:n] {
			if !finite(float64(u)) {
				return fmt.Errorf("solver: %s of order %d: element %d of solution %d is %v: %w", where, n, j, i, u, ErrNotFinite)
			}
		}
	}
	return nil
}

// forward replaces the vectors by L⁻¹ times them, backward by L⁻ᵀ times them. They
// report false if the context ended.
func (v *triangles[T]) forward() bool {
	v.back = false
	done := true
	for v.j0 = 0; v.j0 < v.n && done; v.j0 = v.j1 {
		v.j1 = min(v.j0+cholBlock, v.n)
		done = v.step(v.j0)
	}
	return done
}

func (v *triangles[T]) backward() bool {
	v.back = true
	done := true
	for v.j1 = v.n; v.j1 > 0 && done; v.j1 = v.j0 {
		v.j0 = (v.j1 - 1) / cholBlock * cholBlock
		done = v.step(v.n - v.j1)
	}
	return done
}

// step solves for columns j0 … j1, with depth columns that are known.
func (v *triangles[T]) step(depth int) bool {
	return v.team.Do(1+ceil(depth, cholDepth), v.doPack) && v.team.Do(ceil(v.k, triangleRows), v.doRows)
}

// packTask packs the triangle of the block, or a part of what lies left of it
// (below it, on the way back).
func (v *triangles[T]) packTask(_, task int) {
	w := v.j1 - v.j0
	if task > 0 {
		p := (task - 1) * cholDepth
		from, depth := p, v.j0-p
		if v.back {
			from, depth = v.j1+p, v.n-v.j1-p
		}
		dst, depth := v.packed[p*cholBlock:], min(cholDepth, depth)
		if v.back == v.upper {
			v.packRows(dst, v.l[v.j0*v.ld+from:], v.ld, depth, w, -1)
		} else {
			v.packCols(dst, v.l[from*v.ld+v.j0:], v.ld, depth, w, -1)
		}
		return
	}
	// On the way back from the last column to the first; padded by the unit matrix.
	padded := v.padded(w)
	v.far = false
	for j := range padded {
		row := v.square[j*cholBlock:][:j+1]
		clear(row)
		row[j], v.inv[j] = 1, 0
		if j < w {
			for p := range row {
				row[p] = v.at(j, p)
			}
			v.inv[j] = 1 / float64(row[j])
			v.far = v.far || !invertible(row[j])
		}
	}
	for q := range padded / v.cols {
		v.packTriangle(v.tri, v.square, cholBlock, q)
	}
}

// invertible reports whether the inverse of a pivot is far from where T overflows
// or loses digits.
func invertible[T Float](pivot T) bool {
	a := math.Abs(float64(pivot))
	if isFloat32[T]() {
		return a > 0x1p-120 && a < 0x1p+120
	}
	return a > 0x1p-1000 && a < 0x1p+1000
}

// padded returns the width of a block in whole panels.
func (v *triangles[T]) padded(w int) int { return ceil(w, v.cols) * v.cols }

// at returns element (j, p), p ≤ j, of the triangle of the block, on the way back
// of its transpose with both orders reversed.
func (v *triangles[T]) at(j, p int) T {
	if v.back {
		j, p = v.j1-1-v.j0-p, v.j1-1-v.j0-j
	}
	if v.upper {
		j, p = p, j
	}
	return v.l[(v.j0+j)*v.ld+v.j0+p]
}

// rowsTask solves up to 32 vectors for the block, 16 at a time in scratch.
func (v *triangles[T]) rowsTask(worker, task int) {
	w := v.j1 - v.j0
	padded := v.padded(w)
	p0, p1 := 0, v.j0 // the columns that are known
	if v.back {
		p0, p1 = v.j1, v.n
	}
	for i0 := task * triangleRows; i0 < min((task+1)*triangleRows, v.k); i0 += cholGroup {
		rows := min(cholGroup, v.k-i0)
		x := v.x[i0*v.ldx:]
		for p := p0; p < p1; p += cholDepth {
			v.mulAdd(x[v.j0:], v.ldx, x[p:], v.ldx, 1, v.packed[(p-p0)*cholBlock:], rows, w, min(cholDepth, p1-p))
		}
		y := v.work[worker][v.scratch:]
		for i := range rows {
			from, to := x[i*v.ldx+v.j0:][:w], y[i*padded:][:padded]
			clear(to[w:])
			v.turn(to, from)
		}
		v.solveRows(y, padded, rows, v.tri, v.inv[:], padded, v.work[worker])
		for i := range rows {
			from, to := y[i*padded:][:w], x[i*v.ldx+v.j0:][:w]
			if v.far || !allFinite(from) {
				v.turn(from, to)
				v.substitute(from)
				if !allFinite(from) {
					v.lost.Store(true)
				}
			}
			v.turn(to, from)
		}
	}
}

// substitute solves for one vector by the definition: without inverses, which may
// overflow, as those of blocks of pivots that do not, and rounded once an element.
func (v *triangles[T]) substitute(y []T) {
	for j := range y {
		row := v.square[j*cholBlock:][:j+1]
		s := float64(y[j])
		for p, l := range row[:j] {
			s = math.FMA(-float64(l), float64(y[p]), s)
		}
		y[j] = T(s / float64(row[j]))
	}
}

func allFinite[T Float](x []T) bool {
	for _, u := range x {
		if u-u != 0 {
			return false
		}
	}
	return true
}

// turn copies src, on the way back from its end.
func (v *triangles[T]) turn(dst, src []T) {
	if !v.back {
		copy(dst, src)
		return
	}
	w := v.j1 - v.j0
	for i := range w {
		dst[i] = src[w-1-i]
	}
}
