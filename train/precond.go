package train

import (
	"context"
	"errors"
	"math"
	"runtime"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// preconditioner is a solver.Preconditioner of JJᵀ + cI that is kept from step
// to step.
type preconditioner interface {
	solver.Preconditioner
	// make makes it anew at the gates of the last Linearize. After an error it
	// is of no use until the next make.
	make(ctx context.Context, c float64, s *Step) error
	// shift moves it to another c, and returns how many times as many
	// iterations that may cost.
	shift(ctx context.Context, c float64, s *Step) (float64, error)
	// madeFor returns the c for which make would give it back as it is.
	madeFor() float64
	// size returns the rows or columns it is made of.
	size() int
}

// sketchPre is the R of a sketch of Jᵀ, both in float32: it is conjugate gradients
// that bring the digits. Without damping R must tell apart what rounding to
// float32 makes equal, such as near-duplicates, and both are in float64. The rows are
// four or six for each of n, with which a bad draw takes a few iterations more; they
// are not added to, as solver.LeastSquares does from fewer.
type sketchPre struct {
	*solver.SketchQR
	op      *jacobian.Operator
	workers int
	sketch  jacobian.Sketch
	sj      []float32 // S·Jᵀ, s × n …
	sjWide  []float64 // … or in float64, and sj is nil
	ridge   float64   // in R
}

// staleRidge is the factor by which c moves before R is made anew from the same
// sketch, at about n³ flops: the iterations grow with its root at most.
const staleRidge = 8

func (p *sketchPre) size() int { return p.sketch.S() }

func (p *sketchPre) madeFor() float64 { return p.ridge }

func (p *sketchPre) make(ctx context.Context, c float64, s *Step) error {
	done := clock(ctx, &s.Phases.Gram, phaseGram)
	var err error
	if p.sjWide != nil {
		err = p.op.Sketch(p.sjWide, p.sketch)
	} else {
		err = p.op.Sketch32(p.sj, p.sketch)
	}
	done.stop()
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	defer clock(ctx, &s.Phases.Factor, phaseFactor).stop()
	n, _, _ := p.op.Dims()
	p.ridge = c
	o := &solver.SketchQROptions{Ridge: c, Workers: p.workers}
	switch made := p.SketchQR != nil; {
	case made && p.sjWide != nil:
		err = p.Factor(ctx, p.sjWide, c)
	case made:
		err = p.Factor32(ctx, p.sj, c)
	case p.sjWide != nil:
		p.SketchQR, err = solver.NewSketchQR(ctx, p.sjWide, p.sketch.S(), n, o)
	default:
		p.SketchQR, err = solver.NewSketchQR32(ctx, p.sj, p.sketch.S(), n, o)
	}
	return err
}

func (p *sketchPre) shift(ctx context.Context, c float64, s *Step) (float64, error) {
	if c <= staleRidge*p.ridge && p.ridge <= staleRidge*c {
		return 1, nil
	}
	defer clock(ctx, &s.Phases.Factor, phaseFactor).stop()
	p.ridge = c
	return 1, p.SetRidge(ctx, c)
}

// lowRankPre is randomly pivoted Cholesky of JJᵀ: k columns by population
// counts, nothing of order n², in float32.
type lowRankPre struct {
	*solver.RPCholesky
	g       solver.Columns
	n, rank int
	workers int
	seed    uint64
	rest    float64 // added to c
	ridge   float64 // c

	again   bool               // other targets will begin at the initial gates
	initial bool               // the gates are those
	first   *solver.RPCholesky // made at those, if again
}

// bigGarbage is the size from which a factor that is replaced is collected
// first: the plan counts one, and the collector would wait for the heap to double.
const bigGarbage = 32 << 20

func (p *lowRankPre) size() int {
	if p.RPCholesky == nil {
		return p.rank
	}
	return p.RPCholesky.Rank()
}

func (p *lowRankPre) madeFor() float64 { return p.ridge }

// make chooses pivots. What the factor leaves of the trace, spread over the
// order, is added to c: where c is less than that it says nothing about the
// space outside the factor, and c = 0 would make the preconditioner singular.
func (p *lowRankPre) make(ctx context.Context, c float64, s *Step) error {
	defer clock(ctx, &s.Phases.Factor, phaseFactor).stop()
	if p.RPCholesky != nil {
		p.RPCholesky = nil
		if 4*p.n*p.rank >= bigGarbage {
			runtime.GC()
		}
	}
	pre := p.first
	if pre == nil || !p.initial {
		var err error
		pre, err = solver.NewRPCholesky(ctx, p.g, p.n, &solver.RPCholeskyOptions{Ridge: 1, Rank: p.rank, Seed: p.seed, Workers: p.workers, Float32: true})
		if err != nil {
			return err
		}
	}
	if p.again && p.initial {
		p.first = pre
	}
	left, total := pre.Trace()
	p.RPCholesky, p.rest, p.ridge = pre, (left+float64(0x1p-45*total))/float64(p.n), c
	return p.SetRidge(c + p.rest)
}

// shift takes O(k) flops. The iterations grow as c^-½, see iterations.
func (p *lowRankPre) shift(_ context.Context, c float64, _ *Step) (float64, error) {
	grown := 1.0
	if c < p.ridge {
		grown = math.Sqrt(p.ridge / max(c, 0x1p-20*p.ridge))
	}
	return grown, p.SetRidge(c + p.rest)
}
