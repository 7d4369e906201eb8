package jacobian

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// sketchColumns is the number of columns of S·Jᵀ a task forms: one cache line
// of a row of the result.
const sketchColumns = 8

// Sketch is a random map S from vectors of length m·d to S() values, either a
// *hadamard.SRHT of length m·d or a *hadamard.KroneckerSRHT of m and d.
type Sketch interface {
	S() int
}

// columnSketch is a sketch bound to one operator: it writes S·(row i of J) to
// dst, scaled.
type columnSketch interface {
	column(op *Operator, ws *workspace, dst []float64, i int)
}

// Sketch writes S·Jᵀ to dst, row-major with s.S() rows and n columns, so that
// the R of its QR factorisation preconditions JJᵀ (van den Brand, Peng, Song,
// Weinstein 2021, by way of Rokhlin and Tygert 2008). J is never formed: every
// column is generated from its gates, transformed and sampled in scratch that
// the worker keeps.
//
// With the full SRHT a column costs N·log2 N additions, N the power of two that
// holds m·d. With the Kronecker SRHT (Jin, Kolda, Ward 2019) the transform of
// (a∘b_i) ⊗ x_i is the product of two short ones, m·log2 m + d·log2 d additions,
// and nothing of length m·d appears.
//
// It returns ErrShape if the sketch does not fit the operator or dst is not
// S()·n long.
func (op *Operator) Sketch(dst []float64, s Sketch) error {
	var c columnSketch
	var long, left, right int
	switch s := s.(type) {
	case *hadamard.SRHT:
		if s.N() != op.m*op.d {
			return fmt.Errorf("jacobian: sketch of vectors of length %d for m·d = %d·%d: %w", s.N(), op.m, op.d, ErrShape)
		}
		c, long = fullSketch{s}, s.PaddedLen()
	case *hadamard.KroneckerSRHT:
		if s.M() != op.m || s.D() != op.d {
			return fmt.Errorf("jacobian: sketch of %d ⊗ %d for %d neurons ⊗ %d features: %w", s.M(), s.D(), op.m, op.d, ErrShape)
		}
		c, left, right = kroneckerSketch{s}, s.LeftLen(), s.RightLen()
	default:
		return fmt.Errorf("jacobian: unknown sketch %T: %w", s, ErrShape)
	}
	if len(dst) != s.S()*op.n {
		return fmt.Errorf("jacobian: sketch of %d rows and %d columns into %d values: %w", s.S(), op.n, len(dst), ErrShape)
	}
	for w := range op.work {
		ws := &op.work[w]
		ws.cols = grow(ws.cols, sketchColumns*s.S())
		ws.long, ws.left, ws.right = grow(ws.long, long), grow(ws.left, left), grow(ws.right, right)
	}
	op.dst, op.sketch = dst, c
	op.team.Do(ceil(op.n, sketchColumns), op.doSketch)
	op.dst, op.sketch = nil, nil
	return nil
}

// sketchTask forms eight columns and writes them row by row.
func (op *Operator) sketchTask(worker, task int) {
	ws := &op.work[worker]
	i0 := task * sketchColumns
	c := min(sketchColumns, op.n-i0)
	s := len(op.dst) / op.n
	for q := 0; q < c; q++ {
		if op.team.Cancelled() {
			return
		}
		op.sketch.column(op, ws, ws.cols[q*s:(q+1)*s], i0+q)
	}
	for j := 0; j < s; j++ {
		row := op.dst[j*op.n+i0:][:c]
		for q := range row {
			row[q] = ws.cols[q*s+j]
		}
	}
}

type fullSketch struct{ s *hadamard.SRHT }

func (f fullSketch) column(op *Operator, ws *workspace, dst []float64, i int) {
	op.fillRow(ws.long, i)
	f.s.ApplyInPlace(dst, ws.long[:f.s.PaddedLen()])
}

type kroneckerSketch struct{ s *hadamard.KroneckerSRHT }

func (k kroneckerSketch) column(op *Operator, ws *workspace, dst []float64, i int) {
	left, right := ws.left[:k.s.LeftLen()], ws.right[:k.s.RightLen()]
	for r, a := range op.net.A {
		left[r] = 0
		if op.gate(r, i) {
			left[r] = a
		}
	}
	clear(left[op.m:])
	clear(right[copy(right, op.x[i*op.d:(i+1)*op.d]):])
	k.s.TransformLeft(left)
	k.s.TransformRight(right)
	k.s.Sample(dst, left, right)
	asm.Scale(dst, op.scale, dst)
}

func grow(x []float64, n int) []float64 {
	if len(x) < n {
		return make([]float64, n)
	}
	return x
}
