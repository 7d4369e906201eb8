package jacobian

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// sketchColumns is the number of columns of S·Jᵀ a task forms: one cache line
// of a row of the result.
const sketchColumns = 8

// Sketch is a linear map S from vectors of N() values, one for each weight, to S()
// values. Those of package hadamard are; any other that several goroutines may apply
// at once will do. A *hadamard.KroneckerSRHT of m and d goes by the structure
// of the columns.
type Sketch interface {
	N() int
	S() int
	Apply(dst, x []float64)
}

// columnSketch is a sketch bound to one operator: it writes S·(row i of J) to
// dst, scaled.
type columnSketch interface {
	column(op *Operator, ws *workspace, dst []float64, i int)
}

// exact32 is the most neurons whose gates a transform in float32 sums exactly.
const exact32 = 1 << 24

// Sketch writes S·Jᵀ to dst, row-major with s.S() rows and n columns, so that
// the R of its QR factorisation preconditions JJᵀ (van den Brand, Peng, Song,
// Weinstein 2021, by way of Rokhlin and Tygert 2008). J is never formed: every
// column is generated from its gates, transformed and sampled in scratch that
// the worker keeps.
//
// With the full SRHT a column costs N·log2 N additions, N the power of two that
// holds m·d. With the Kronecker SRHT (Jin, Kolda, Ward 2019) the transform of
// (a∘b_i) ⊗ x_i is the product of two short ones, m·log2 m + d·log2 d additions,
// and nothing of length m·d appears. That of the gates runs in float32, which
// holds its integers exactly.
//
// It returns ErrShape if the sketch does not fit the operator or dst is not
// S()·n long.
func (op *Operator) Sketch(dst []float64, s Sketch) error {
	op.dst = dst
	defer func() { op.dst = nil }()
	return op.sketchInto(len(dst), s)
}

// Sketch32 is [Operator.Sketch] rounded to float32: half the memory, for a
// preconditioner that is factored in float32.
func (op *Operator) Sketch32(dst []float32, s Sketch) error {
	op.dst32 = dst
	defer func() { op.dst32 = nil }()
	return op.sketchInto(len(dst), s)
}

// NewKroneckerSketch returns a Kronecker SRHT of s rows for the whole network.
func (op *Operator) NewKroneckerSketch(s int, seed uint64) (Sketch, error) {
	return hadamard.NewKroneckerSRHT(op.width, op.d, s, seed)
}

func (op *Operator) sketchInto(size int, s Sketch) error {
	if s == nil {
		return fmt.Errorf("jacobian: no sketch: %w", ErrShape)
	}
	if s.N() != op.width*op.d {
		return fmt.Errorf("jacobian: sketch of vectors of length %d for m·d = %d·%d: %w", s.N(), op.width, op.d, ErrShape)
	}
	var c columnSketch
	var long, left, right int
	var signs []uint64
	if k, ok := s.(*hadamard.KroneckerSRHT); ok {
		if k.D() != op.d {
			return fmt.Errorf("jacobian: sketch of %d ⊗ %d for %d neurons ⊗ %d features: %w", k.M(), k.D(), op.width, op.d, ErrShape)
		}
		all := allGates{op.samples, op.sampleStride, op.net.A}
		if op.shard != nil {
			all = op.gatherGates()
		}
		left, right = k.LeftLen(), k.RightLen()
		if left <= exact32 {
			op.signs = grow(op.signs, ceil(op.width, 64))
			signs = op.signs[:ceil(op.width, 64)]
			clear(signs)
			for r, a := range all.a {
				if a*k.LeftSign(r) < 0 {
					signs[r/64] |= 1 << (r % 64)
				}
			}
		}
		op.kronecker = kroneckerSketch{k, all, signs}
		c = &op.kronecker
	} else {
		if op.shard != nil {
			return fmt.Errorf("jacobian: a sketch without structure mixes the neurons of all ranks: use the Kronecker form: %w", ErrShape)
		}
		c, long = fullSketch{s}, op.m*op.d
	}
	if size != s.S()*op.n {
		return fmt.Errorf("jacobian: sketch of %d rows and %d columns into %d values: %w", s.S(), op.n, size, ErrShape)
	}
	for w := range op.work {
		ws := &op.work[w]
		ws.cols = grow(ws.cols, sketchColumns*s.S())
		ws.long, ws.right = grow(ws.long, long), grow(ws.right, right)
		if signs != nil {
			ws.left32, ws.open = grow(ws.left32, left), grow(ws.open, len(signs))
		} else {
			ws.left = grow(ws.left, left)
		}
	}
	op.sketch = c
	op.firstColumns, op.lastColumns = 0, ceil(op.n, sketchColumns)
	if op.shard != nil {
		op.shareColumns()
	}
	op.team.Do(op.lastColumns-op.firstColumns, op.doSketch)
	op.sketch = nil
	if op.shard != nil {
		op.sumSketch()
	}
	return nil
}

// sketchTask forms eight columns and writes them row by row.
func (op *Operator) sketchTask(worker, task int) {
	ws := &op.work[worker]
	i0 := (op.firstColumns + task) * sketchColumns
	c := min(sketchColumns, op.n-i0)
	s := max(len(op.dst), len(op.dst32)) / op.n
	for q := 0; q < c; q++ {
		if op.team.Cancelled() {
			return
		}
		op.sketch.column(op, ws, ws.cols[q*s:(q+1)*s], i0+q)
	}
	if op.dst32 != nil {
		transposed(op.dst32[i0:], op.n, ws.cols, s, c)
		return
	}
	transposed(op.dst[i0:], op.n, ws.cols, s, c)
}

// transposed writes c columns of s values each to rows of dst.
func transposed[T float32 | float64](dst []T, stride int, cols []float64, s, c int) {
	for j := range s {
		row := dst[j*stride:][:c]
		for q := range row {
			row[q] = T(cols[q*s+j])
		}
	}
}

type fullSketch struct{ s Sketch }

func (f fullSketch) column(op *Operator, ws *workspace, dst []float64, i int) {
	row := ws.long[:op.m*op.d]
	op.fillRow(row, i)
	f.s.Apply(dst, row)
}

type kroneckerSketch struct {
	s     *hadamard.KroneckerSRHT
	all   allGates
	signs []uint64 // D_m·a as bits, set for -1; nil where float32 is not exact
}

// allGates are the gates of all neurons, as an Operator keeps them by samples,
// and their signs.
type allGates struct {
	samples []uint64
	stride  int
	a       []float64
}

func (k *kroneckerSketch) column(op *Operator, ws *workspace, dst []float64, i int) {
	right := ws.right[:k.s.RightLen()]
	clear(right[copy(right, op.x[i*op.d:(i+1)*op.d]):])
	k.s.TransformRight(right)
	if k.signs != nil {
		open := ws.open[:len(k.signs)]
		for v := range open {
			open[v] = k.all.samples[v*k.all.stride+i]
		}
		left := ws.left32[:k.s.LeftLen()]
		asm.SignedBits(left[:op.width], open, k.signs)
		clear(left[op.width:])
		hadamard.Transform(left)
		k.s.Sample32(dst, left, right)
	} else {
		left := ws.left[:k.s.LeftLen()]
		for r, a := range k.all.a {
			left[r] = 0
			if k.all.samples[r/64*k.all.stride+i]>>(r%64)&1 != 0 {
				left[r] = a
			}
		}
		clear(left[op.width:])
		k.s.TransformLeft(left)
		k.s.Sample(dst, left, right)
	}
	asm.Scale(dst, op.scale, dst)
}

func grow[T any](x []T, n int) []T {
	if len(x) < n {
		return make([]T, n)
	}
	return x
}
