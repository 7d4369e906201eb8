package solver

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// sketchTriangle is the R of SketchQR in the precision of T. In float32 it is that
// of the sketch times a diagonal matrix of powers of two, 2^exp, which brings the
// norms of its columns to [½, 1) and, with a ridge c, those of [S·A; √c·I] below
// √2: no data can then overflow, and what underflows is below rounding.
type sketchTriangle[T float32 | float64] struct {
	s, n, ld int
	h        *householder[T]
	r0, r1   []T // Rᵀ by rows: without ridge, and with the last one
	r        []T // the one in use; nil if none is usable
	ridge    float64
	have     bool // r0 holds a factor

	// Of float32.
	exp0, exp1 []int     // of the columns of r0 and r1
	d          []float64 // 2^exp of the columns of r

	root            float64 // √c of the set under way
	wide            []float64
	strip           [][]float64 // columns of wide, a worker
	doLoad, doStack func(worker, task int)
}

// faint is added to the diagonal of R in float32, beside the root of the ridge:
// less than the rounding of R, it keeps its diagonal from zero.
const faint = 0x1p-20

// stripCols is the number of columns of a sketch in float64 that are rounded at a
// time.
const stripCols = 8

func newSketchTriangle[T float32 | float64](ctx context.Context, s, n, workers int) *sketchTriangle[T] {
	ld := rowStride[T](n)
	p := &sketchTriangle[T]{
		s: s, n: n, ld: ld,
		h:  newHouseholder[T](ctx, max(s, 2*n), n, workers),
		r0: makeFloats[T](ctx, n*ld),
		r1: makeFloats[T](ctx, n*ld),
	}
	if isFloat32[T]() {
		p.exp0, p.exp1, p.d = make([]int, n), make([]int, n), make([]float64, n)
		p.strip = make([][]float64, p.h.team.Workers())
	}
	p.doLoad, p.doStack = p.loadTask, p.stackTask
	return p
}

// factor triangularises a sketch, either of T or in float64.
func (p *sketchTriangle[T]) factor(ctx context.Context, wide []float64, sa []T) error {
	p.have, p.r = false, nil
	h := p.h
	h.rows, h.stair, h.src, h.height, h.lds = max(p.s, p.n), 0, sa, p.s, p.n
	fill := h.doLoad
	if isFloat32[T]() {
		fill = p.doLoad
	}
	if wide != nil && p.strip[0] == nil {
		for w := range p.strip {
			p.strip[w] = make([]float64, stripCols*p.s)
		}
	}
	p.wide = wide
	err := h.factor(ctx, fill)
	p.wide, h.src = nil, nil
	if err != nil {
		return err
	}
	p.keep(p.r0)
	p.have = true
	return nil
}

// loadTask loads 32 columns and scales them.
func (p *sketchTriangle[T]) loadTask(worker, task int) {
	h, j0 := p.h, task*qrPanel
	j1 := min(j0+qrPanel, p.n)
	if p.wide == nil {
		h.loadTask(worker, task)
		for j := j0; j < j1 && !h.team.Cancelled(); j++ {
			col := h.at[j*h.ld : j*h.ld+p.s]
			p.exp0[j] = scaleOf(h.nrm2(col))
			h.scale(col, math.Ldexp(1, p.exp0[j]), col)
		}
		return
	}
	strip := p.strip[worker]
	for j := j0; j < j1; j += stripCols {
		cols := min(stripCols, j1-j)
		for i := 0; i < p.s && !h.team.Cancelled(); i += qrDepth {
			asm.Transpose(strip[i:], p.s, p.wide[i*p.n+j:], p.n, min(qrDepth, p.s-i), cols)
		}
		for q := range cols {
			from, col := strip[q*p.s:(q+1)*p.s], h.at[(j+q)*h.ld:][:h.rows]
			p.exp0[j+q] = scaleOf(asm.Nrm2(from))
			d := math.Ldexp(1, p.exp0[j+q])
			for i, v := range from {
				col[i] = T(d * v)
			}
			clear(col[p.s:])
		}
	}
}

// scaleOf returns the e for which norm·2^e is in [½, 1), within the range where
// neither 2^e nor its inverse leaves the doubles.
func scaleOf(norm float64) int {
	if norm == 0 || !finite(norm) {
		return 0
	}
	_, e := math.Frexp(norm)
	return min(max(-e, -1000), 1000)
}

// keep copies R out of the workspace, as the rows of its transpose.
func (p *sketchTriangle[T]) keep(r []T) {
	for j := range p.n {
		copy(r[j*p.ld:j*p.ld+j+1], p.h.at[j*p.h.ld:])
	}
}

// set makes R that of ridge c, or of a small one in its place where c = 0 is soft.
func (p *sketchTriangle[T]) set(ctx context.Context, c float64, soft bool) error {
	if c == 0 {
		p.r, p.ridge = nil, 0
		err := checkRank("SketchQR", p.r0, p.s, p.n, p.ld)
		switch _, high := p.diagRange(); {
		case err == nil:
			p.use(p.r0, p.exp0)
			return nil
		case !soft || high == 0:
			return err
		case !isFloat32[T]():
			if c = float64(0x1p-52*high) * high; c == 0 {
				return err
			}
		}
	}
	p.h.rows, p.h.stair, p.root = 2*p.n, 2, math.Sqrt(c)
	if p.exp1 != nil {
		_, e := math.Frexp(p.root)
		for j, exp := range p.exp0 {
			p.exp1[j] = exp
			if p.root > 0 {
				p.exp1[j] = min(exp, -e)
			}
		}
	}
	if err := p.h.factor(ctx, p.doStack); err != nil {
		return err
	}
	p.keep(p.r1)
	p.use(p.r1, p.exp1)
	p.ridge = c
	return nil
}

func (p *sketchTriangle[T]) use(r []T, exp []int) {
	p.r = r
	for j, e := range exp {
		p.d[j] = math.Ldexp(1, e)
	}
}

// stackTask writes 32 columns of [R₀; √c·I], rows in turn, as far down as the
// block of their reflectors reaches.
func (p *sketchTriangle[T]) stackTask(_, task int) {
	h, j0 := p.h, task*qrPanel
	j1 := min(j0+qrPanel, p.n)
	for j := j0; j < j1; j++ {
		col := h.at[j*h.ld : j*h.ld+2*j1]
		clear(col)
		row, root := p.r0[j*p.ld:j*p.ld+j+1], p.root
		if p.exp1 == nil {
			for i, v := range row {
				col[2*i] = v
			}
		} else {
			d := math.Ldexp(1, p.exp1[j]-p.exp0[j])
			for i, v := range row {
				col[2*i] = T(d * float64(v))
			}
			root = hypot(math.Ldexp(root, p.exp1[j]), faint)
		}
		col[2*j+1] = T(root)
	}
}

func (p *sketchTriangle[T]) factored() bool   { return p.have }
func (p *sketchTriangle[T]) usable() bool     { return p.r != nil }
func (p *sketchTriangle[T]) inForce() float64 { return p.ridge }

// diagRange returns the least and the largest |R_jj| of r0, in the units of A.
func (p *sketchTriangle[T]) diagRange() (low, high float64) {
	for j := range p.n {
		v := math.Abs(float64(p.r0[j*p.ld+j]))
		if p.exp0 != nil {
			v = math.Ldexp(v, -p.exp0[j])
		}
		if j == 0 || v < low {
			low = v
		}
		high = max(high, v)
	}
	return low, high
}

func (p *sketchTriangle[T]) copyR(dst []float64) {
	for i := range p.n {
		clear(dst[i*p.n : i*p.n+i])
		for j := i; j < p.n; j++ {
			dst[i*p.n+j] = float64(p.r[j*p.ld+i])
			if p.d != nil {
				dst[i*p.n+j] /= p.d[j]
			}
		}
	}
}

// solveR replaces x by R⁻¹·x, solveRTrans by R⁻ᵀ·x.
func (p *sketchTriangle[T]) solveR(x []float64) {
	solveLowerTrans(x, p.r, p.ld, p.h.axpyVec)
	for i, d := range p.d {
		x[i] *= d
	}
}

func (p *sketchTriangle[T]) solveRTrans(x []float64) {
	for i, d := range p.d {
		x[i] *= d
	}
	solveLower(x, p.r, p.ld, p.h.dotVec)
}
