package hadamard

import (
	"errors"
	"fmt"
	"math"

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

// Options select a transform. The zero value is what [TransformMixed] computes,
// on GOMAXPROCS workers.
type Options struct {
	Order  Order   // order of the outputs; other than Natural, one goroutine sorts
	Scale  Scale   // factor of the outputs, by the length n of the transform
	Factor float64 // a further factor, which T must hold; 0 means 1

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
	m, pow             int // the length of a transform is m·pow
	factor             float64
	groups, grain      int
	rowsBody           func(worker, task int) // grain rows, each transformed
	headBody           func(worker, task int) // a group of rows: columns of a part
	tailBody           func(worker, task int) // grain columns or rows of all groups
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
	case opts.Factor != 0 && (T(opts.Factor) == 0 || math.IsInf(float64(T(opts.Factor)), 0)):
		return nil, fmt.Errorf("%w: Factor %v is %v in %T", ErrOption, opts.Factor, T(opts.Factor), T(0))
	case opts.Stride < 0:
		return nil, fmt.Errorf("%w: Stride %d", ErrOption, opts.Stride)
	}
	p := &Plan[T]{opts: opts}
	if opts.Workers != 1 {
		if t := asm.NewTeam(opts.Workers); t.Workers() > 1 {
			p.team = t
			p.rowsBody = func(_, i int) { p.someRows(i*p.grain, min((i+1)*p.grain, p.rows)) }
			p.headBody = func(_, i int) {
				sub := p.rows / p.groups
				asm.FWHTCols(p.x[i*sub*p.stride:], sub, p.cols, p.stride)
			}
			p.tailBody = func(_, i int) { p.tail(i*p.grain, (i+1)*p.grain) }
		}
	}
	return p, nil
}

// Transform transforms the vector x in place. len(x) must be a power of two or
// another order of [TransformMixed]; Transform panics otherwise.
func (p *Plan[T]) Transform(x []T) {
	checkOrder("length", len(x))
	p.columns(x, len(x), 1, 1, len(x))
}

// Rows transforms each row of a rows × cols matrix in place: row r is the cols
// elements of x from r·stride on. cols must be an order of [TransformMixed]. It
// panics if it is not, or if x is too short or the stride is less than cols.
func (p *Plan[T]) Rows(x []T, rows, cols int) {
	checkOrder("row length", cols)
	stride := p.check("Rows", x, rows, cols)
	switch {
	case rows == 0:
	case p.team == nil || rows*cols < 2*parallelMin:
		p.start(x, rows, cols, stride, cols, cols)
		p.someRows(0, rows)
	case cols < 8*parallelMin || rows >= 4*p.team.Workers():
		p.start(x, rows, cols, stride, cols, cols)
		p.grain = max(1, parallelMin/cols)
		p.team.Do((rows+p.grain-1)/p.grain, p.rowsBody)
	default: // few rows, but long ones
		for r := range rows {
			p.columns(x[r*stride:][:cols], cols, 1, 1, cols)
		}
	}
	p.x = nil
}

// Cols transforms each column of a rows × cols matrix in place, stored as for
// [Plan.Rows]. rows must be an order of [TransformMixed]. It panics if it is
// not, or if x is too short or the stride is less than cols.
func (p *Plan[T]) Cols(x []T, rows, cols int) {
	checkOrder("column length", rows)
	if stride := p.check("Cols", x, rows, cols); cols > 0 {
		p.columns(x, rows, cols, stride, rows)
	}
}

// Transform2D transforms the rows of a rows × cols matrix in place, then its
// columns: X becomes H_rows·X·H_cols, stored as for [Plan.Rows]. Both lengths
// must be orders of [TransformMixed]. The order applies to rows and columns,
// each by its own length; the scale is that of length n = rows·cols and applied
// once, as the factor is. In natural order, and if cols is a power of two, it is
// the transform of the rows·cols elements as one vector, without their stride.
// It takes the additions of both, and panics where Rows or Cols would.
func (p *Plan[T]) Transform2D(x []T, rows, cols int) {
	m, _ := checkOrder("row length", cols)
	checkOrder("column length", rows)
	stride := p.check("Transform2D", x, rows, cols)
	if p.opts.Order == Natural && stride == cols && m == 1 {
		p.columns(x[:rows*cols], rows*cols, 1, 1, rows*cols)
		return
	}
	scale, factor := p.opts.Scale, p.opts.Factor
	p.opts.Scale, p.opts.Factor = Unscaled, 0
	p.Rows(x, rows, cols)
	p.opts.Scale, p.opts.Factor = scale, factor
	p.columns(x, rows, cols, stride, rows*cols)
}

// TransformRows transforms each row of the rows × cols matrix x in place, as
// [Plan.Rows] does; nil options are the zero value. It makes a plan for the
// call, which allocates; keep a [Plan] to repeat it for nothing. It panics
// where [NewPlan] returns an error.
func TransformRows[T Float](x []T, rows, cols int, opts *Options) {
	oneShot[T](opts, len(x)).Rows(x, rows, cols)
}

// TransformCols transforms each column of the rows × cols matrix x in place,
// as [Plan.Cols] does; see [TransformRows] for options and allocation.
func TransformCols[T Float](x []T, rows, cols int, opts *Options) {
	oneShot[T](opts, len(x)).Cols(x, rows, cols)
}

// Transform2D transforms the rows and the columns of the rows × cols matrix x
// in place, as [Plan.Transform2D] does; see [TransformRows] for options and
// allocation.
func Transform2D[T Float](x []T, rows, cols int, opts *Options) {
	oneShot[T](opts, len(x)).Transform2D(x, rows, cols)
}

func oneShot[T Float](opts *Options, size int) *Plan[T] {
	var o Options
	if opts != nil {
		o = *opts
	}
	if size < 2*parallelMin {
		o.Workers = 1
	}
	p, err := NewPlan[T](o)
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
		rows > 0 && cols > 0 && (len(x) < cols || (len(x)-cols)/stride < rows-1) {
		panic(fmt.Sprintf("hadamard: %s of a %d × %d matrix with stride %d in length %d", what, rows, cols, stride, len(x)))
	}
	return stride
}

// start notes the call under way, transforms of so many elements, and the factor
// for a scale by n. Where n is a power of two 1/n is exact, so that 1/√n is
// rounded once.
func (p *Plan[T]) start(x []T, rows, cols, stride, length, n int) {
	p.x, p.rows, p.cols, p.stride = x, rows, cols, stride
	p.m, p.pow, _ = splitOrder(length)
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
	p.factor = f
}

// someRows transforms rows lo to hi-1.
func (p *Plan[T]) someRows(lo, hi int) {
	mixedRows(p.x[lo*p.stride:], hi-lo, p.stride, p.m, p.pow, p.factor)
	if p.opts.Order == Natural {
		return
	}
	for r := lo; r < hi; r++ {
		row := p.x[r*p.stride:][:p.cols]
		for ; len(row) > 0; row = row[p.pow:] {
			arrange(row[:p.pow], p.opts.Order)
		}
	}
}

// columns transforms columns. Several workers cut the rows into groups that
// follow each other: H of order rows is H_groups ⊗ H_sub, so each group is
// transformed by itself first, then what has the same place in all of them.
// The scale is that of transforms of length n.
func (p *Plan[T]) columns(x []T, rows, cols, stride, n int) {
	p.start(x, rows, cols, stride, rows, n)
	if p.team == nil || rows*cols < 4*parallelMin {
		mixedCols(x, cols, stride, p.m, p.pow, p.factor)
	} else {
		switch {
		case p.m > 1:
			p.groups = p.m
		case p.team.Workers() > 4:
			p.groups = min(rows, 64)
		default:
			p.groups = min(rows, 8)
		}
		if rows > p.groups {
			p.team.Do(p.groups, p.headBody)
		}
		places, least := p.places()
		p.grain = max(least, places/(4*p.team.Workers()))
		p.team.Do((places+p.grain-1)/p.grain, p.tailBody)
	}
	for g := range p.m {
		if stride == 1 {
			arrange(x[g*p.pow:][:p.pow], p.opts.Order)
		} else {
			arrangeRows(x[g*p.pow*stride:], p.pow, cols, stride, p.opts.Order)
		}
	}
	p.x = nil
}

// places returns how many places a group has, and how many of them make a
// task worth its start: elements where the rows of a group are one run, whole
// rows otherwise.
func (p *Plan[T]) places() (n, least int) {
	sub := p.rows / p.groups
	if sub == 1 || p.stride == p.cols {
		return sub * p.cols, 1024
	}
	return sub, 1 + 1024/p.cols
}

// tail transforms across the groups for places lo to hi-1 of each.
func (p *Plan[T]) tail(lo, hi int) {
	n, _ := p.places()
	hi = min(hi, n)
	sub := p.rows / p.groups
	if sub == 1 || p.stride == p.cols {
		p.across(p.x[lo:], hi-lo, sub*p.stride)
		return
	}
	for i := lo; i < hi; i++ {
		p.across(p.x[i*p.stride:], p.cols, sub*p.stride)
	}
}

func (p *Plan[T]) across(x []T, cols, stride int) {
	if p.m > 1 {
		asm.Paley(x, p.m, cols, 1, stride, 0, p.factor)
		return
	}
	asm.FWHTColsScaled(x, p.groups, cols, stride, p.factor)
}
