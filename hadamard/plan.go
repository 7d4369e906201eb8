package hadamard

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/nearlinear/nearlinear/asm"
)

// ErrOption is wrapped by the errors for options that have no meaning.
var ErrOption = errors.New("hadamard: invalid option")

// Scale names the factor of a transform of length n.
type Scale uint8

const (
	Unscaled    Scale = iota // 1: H·H = n·I
	Orthonormal              // 1/√n: keeps the Euclidean norm and is its own inverse
	Inverted                 // 1/n: the inverse of Unscaled
)

// Options select a transform. The zero value is what [Transform] computes, on
// GOMAXPROCS workers.
type Options struct {
	Order  Order   // order of the outputs
	Scale  Scale   // factor of the outputs, by the length n of the transform
	Factor float64 // a further factor; 0 means 1

	// Stride is the distance between the first elements of consecutive rows of
	// a matrix; 0 means the number of columns. What lies between the rows is
	// neither read nor written.
	Stride int

	// Workers bounds the goroutines of a call, the caller's included; 0 means
	// GOMAXPROCS. The result does not depend on it.
	Workers int
}

// Plan applies one choice of options to vectors, rows and columns. It owns
// what several workers need, so its methods allocate nothing. A Plan serves
// one call at a time.
type Plan[T Float] struct {
	opts Options
	team *asm.Team // nil for one worker

	// The call under way, for the bodies of the parallel loops.
	x                  []T
	rows, cols, stride int
	grain              int
	rowsBody, colsBody func(worker, task int)
	headBody, tailBody func(worker, task int)
}

// parallelMin is the least number of elements worth several goroutines, and
// the size of one's task: about ten microseconds of work.
const parallelMin = 1 << 15

// NewPlan returns a plan for the options. The error, if any, wraps
// [ErrOption].
func NewPlan[T Float](opts Options) (*Plan[T], error) {
	switch {
	case opts.Order > Dyadic:
		return nil, fmt.Errorf("%w: Order %d", ErrOption, opts.Order)
	case opts.Scale > Inverted:
		return nil, fmt.Errorf("%w: Scale %d", ErrOption, opts.Scale)
	case math.IsNaN(opts.Factor) || math.IsInf(opts.Factor, 0):
		return nil, fmt.Errorf("%w: Factor %v", ErrOption, opts.Factor)
	case opts.Stride < 0:
		return nil, fmt.Errorf("%w: Stride %d", ErrOption, opts.Stride)
	}
	p := &Plan[T]{opts: opts}
	if opts.Workers != 1 {
		if t := asm.NewTeam(opts.Workers); t.Workers() > 1 {
			p.team = t
			p.rowsBody = func(_, i int) { p.someRows(i*p.grain, min((i+1)*p.grain, p.rows)) }
			p.colsBody = func(_, i int) { p.someCols(i*p.grain, min((i+1)*p.grain, p.cols)) }
			p.headBody = func(_, i int) { fwht(p.x[i*p.stride:][:p.stride], p.stride) }
			p.tailBody = func(_, i int) {
				c := i * p.grain
				asm.FWHTCols(p.x[c:], p.rows, min(p.grain, p.cols-c), p.stride)
			}
		}
	}
	return p, nil
}

// factor returns the factor of a transform of length n.
func (p *Plan[T]) factor(n int) float64 {
	f := p.opts.Factor
	if f == 0 {
		f = 1
	}
	switch p.opts.Scale {
	case Orthonormal:
		f *= math.Sqrt(1 / float64(n))
	case Inverted:
		f /= float64(n)
	}
	return f
}

// Transform transforms the vector x in place. len(x) must be a power of two;
// Transform panics otherwise.
func (p *Plan[T]) Transform(x []T) {
	checkLen("Transform", len(x))
	p.vector(x)
}

// Rows transforms each row of a rows × cols matrix in place: row r is the cols
// elements of x from r·stride on. cols must be a power of two. It panics if it
// is not, or if x is too short or the stride is less than cols.
func (p *Plan[T]) Rows(x []T, rows, cols int) {
	checkLen("Rows with rows", cols)
	stride := p.check("Rows", x, rows, cols)
	if rows == 0 {
		return
	}
	p.x, p.rows, p.cols, p.stride = x, rows, cols, stride
	defer p.forget()
	switch {
	case p.team == nil || rows*cols < 2*parallelMin:
		p.someRows(0, rows)
	case cols < 8*parallelMin || rows >= 4*p.team.Workers():
		p.grain = max(1, parallelMin/cols)
		p.team.Do((rows+p.grain-1)/p.grain, p.rowsBody)
	default:
		for r := range rows {
			p.vector(x[r*stride:][:cols])
		}
	}
}

// Cols transforms each column of a rows × cols matrix in place, stored as for
// [Plan.Rows]. rows must be a power of two. It panics if it is not, or if x is
// too short or the stride is less than cols.
func (p *Plan[T]) Cols(x []T, rows, cols int) {
	checkLen("Cols with columns", rows)
	stride := p.check("Cols", x, rows, cols)
	if cols == 0 {
		return
	}
	p.x, p.rows, p.cols, p.stride = x, rows, cols, stride
	defer p.forget()
	if p.team == nil || cols < 16 || rows*cols < 2*parallelMin {
		p.someCols(0, cols)
		return
	}
	p.setStrips()
	p.team.Do((cols+p.grain-1)/p.grain, p.colsBody)
}

// TransformRows transforms each row of the rows × cols matrix x in place, as
// [Plan.Rows] does; nil options are the zero value. It makes a plan for the
// call, which allocates if there are several workers; keep a [Plan] to repeat
// it for nothing. It panics where [NewPlan] returns an error.
func TransformRows[T Float](x []T, rows, cols int, opts *Options) {
	oneShot[T](opts).Rows(x, rows, cols)
}

// TransformCols transforms each column of the rows × cols matrix x in place,
// as [Plan.Cols] does; see [TransformRows] for options and allocation.
func TransformCols[T Float](x []T, rows, cols int, opts *Options) {
	oneShot[T](opts).Cols(x, rows, cols)
}

func oneShot[T Float](opts *Options) *Plan[T] {
	if opts == nil {
		opts = new(Options)
	}
	p, err := NewPlan[T](*opts)
	if err != nil {
		panic(err.Error())
	}
	return p
}

// check returns the stride after panicking on a matrix that does not fit.
func (p *Plan[T]) check(what string, x []T, rows, cols int) int {
	stride := p.opts.Stride
	if stride == 0 {
		stride = max(cols, 1)
	}
	if rows < 0 || cols < 0 || stride < cols ||
		rows > 0 && (len(x) < cols || (len(x)-cols)/stride < rows-1) {
		panic(fmt.Sprintf("hadamard: %s of a %d × %d matrix with stride %d in length %d", what, rows, cols, stride, len(x)))
	}
	return stride
}

func (p *Plan[T]) forget() { p.x = nil }

// setStrips chooses the columns of one task: whole cache lines, and enough
// tasks to even out.
func (p *Plan[T]) setStrips() {
	share := p.cols / (4 * p.team.Workers())
	p.grain = min(max(share&^15, 16), 512)
}

// someRows transforms rows lo to hi-1.
func (p *Plan[T]) someRows(lo, hi int) {
	f := p.factor(p.cols)
	if p.stride == p.cols {
		x := p.x[lo*p.cols : hi*p.cols]
		fwht(x, p.cols)
		if p.opts.Order != Natural {
			for r := 0; r < len(x); r += p.cols {
				arrange(x[r:][:p.cols], p.opts.Order)
			}
		}
		scale(x, f)
		return
	}
	for r := lo; r < hi; r++ {
		row := p.x[r*p.stride:][:p.cols]
		fwht(row, p.cols)
		arrange(row, p.opts.Order)
		scale(row, f)
	}
}

// someCols transforms columns lo to hi-1.
func (p *Plan[T]) someCols(lo, hi int) {
	x := p.x[lo:]
	asm.FWHTCols(x, p.rows, hi-lo, p.stride)
	arrangeRows(x, p.rows, hi-lo, p.stride, p.opts.Order)
	if f := p.factor(p.rows); f != 1 {
		for r := range p.rows {
			scale(x[r*p.stride:][:hi-lo], f)
		}
	}
}

// vector transforms one vector on all workers. Seen as a matrix of rows × cols
// elements H is H_rows ⊗ H_cols, so rows go first, then columns.
func (p *Plan[T]) vector(x []T) {
	n := len(x)
	if p.team == nil || n < 4*parallelMin {
		fwht(x, n)
	} else {
		p.x, p.rows = x, 1<<min(max(bits.Len(uint(n))-17, 4), 6)
		p.cols = n / p.rows
		p.stride = p.cols
		p.team.Do(p.rows, p.headBody)
		p.setStrips()
		p.team.Do((p.cols+p.grain-1)/p.grain, p.tailBody)
		p.x = nil
	}
	arrange(x, p.opts.Order)
	scale(x, p.factor(n))
}
