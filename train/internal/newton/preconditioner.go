package newton

import (
	"context"
	"errors"
	"math"
	"runtime"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/phase"
)

// preconditioner is a solver.Preconditioner of JJᵀ + cI that is kept from step
// to step.
type preconditioner interface {
	solver.Preconditioner
	// make makes it anew at the gates of the last Linearize, of which initial says that
	// a target begins with them. After an error it is of no use until the next make.
	make(ctx context.Context, c float64, initial bool, t *Trace) error
	// shift moves it to another c, and returns how many times as many
	// iterations that may cost.
	shift(ctx context.Context, c float64, t *Trace) (float64, error)
	// madeFor returns the c for which make would give it back as it is.
	madeFor() float64
	// size returns the rows or columns it is made of.
	size() int
	// reuse takes the one of the gates with which a target begins again, where it is kept.
	reuse(c float64) error
	// optional tells whether a system of which none can be made is solved without.
	optional() bool
	// restart forgets the one of the last gates.
	restart()
}

// sketchPre is the R of a sketch of Jᵀ, both in float32: it is conjugate gradients
// that bring the digits. Without damping R must tell apart what rounding to
// float32 makes equal, such as near-duplicates, and both are in float64. The rows are
// four or six for each of n, with which a bad draw takes a few iterations more; they
// are not added to, as solver.LeastSquares does from fewer.
type sketchPre struct {
	*solver.SketchQR
	lin     jacobian.Linearization
	workers int
	sketch  jacobian.Sketch
	sj      []float32 // S·Jᵀ, s × n …
	sjWide  []float64 // … or in float64, and sj is nil
	ridge   float64   // in R
}

// staleRidge is the factor by which c moves before R is made anew from the same
// sketch, at about n³ flops: the iterations grow with its root at most.
const staleRidge = 8

func newSketchPre(lin jacobian.Linearization, s jacobian.Sketch, damped bool, workers int) *sketchPre {
	p := &sketchPre{lin: lin, workers: workers, sketch: s}
	if damped {
		p.sj = make([]float32, s.S()*lin.Samples())
	} else {
		p.sjWide = make([]float64, s.S()*lin.Samples())
	}
	return p
}

func (p *sketchPre) optional() bool { return false }

func (p *sketchPre) restart() {}

func (p *sketchPre) reuse(float64) error { panic("newton: no sketch is kept") }

func (p *sketchPre) size() int { return p.sketch.S() }

func (p *sketchPre) madeFor() float64 { return p.ridge }

func (p *sketchPre) make(ctx context.Context, c float64, _ bool, t *Trace) error {
	done := phase.Clock(ctx, &t.Gram, phase.Gram)
	var err error
	if p.sjWide != nil {
		err = p.lin.Sketch(p.sjWide, p.sketch)
	} else {
		err = p.lin.Sketch32(p.sj, p.sketch)
	}
	done.Stop()
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	defer phase.Clock(ctx, &t.Factor, phase.Factor).Stop()
	n := p.lin.Samples()
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

func (p *sketchPre) shift(ctx context.Context, c float64, t *Trace) (float64, error) {
	if c <= staleRidge*p.ridge && p.ridge <= staleRidge*c {
		return 1, nil
	}
	defer phase.Clock(ctx, &t.Factor, phase.Factor).Stop()
	p.ridge = c
	return 1, p.SetRidge(ctx, c)
}

// LowRank says which low-rank preconditioner a system may make: randomly pivoted
// Cholesky of JJᵀ by Rank columns, 0 for none, whose pivots the seed draws. With Again
// the one of the initial gates is kept for other targets, which begin there too.
type LowRank struct {
	Rank  int
	Seed  uint64
	Again bool
}

// preconditioner returns nil for rank 0.
func (l LowRank) preconditioner(g solver.Columns, n, workers int) preconditioner {
	if l.Rank == 0 {
		return nil
	}
	return &lowRankPre{spec: l, g: g, n: n, workers: workers}
}

// lowRankPre needs k columns by population counts and nothing of order n², and is
// in float32.
type lowRankPre struct {
	*solver.RPCholesky
	spec    LowRank
	g       solver.Columns
	n       int
	workers int
	left    float64            // added to c
	ridge   float64            // c
	first   *solver.RPCholesky // made at the initial gates, if spec.Again
}

func (p *lowRankPre) optional() bool { return true }

func (p *lowRankPre) restart() { p.RPCholesky = nil }

// BigGarbage is the size from which a factor that is replaced is collected
// first: the plan counts one, and the collector would wait for the heap to double.
const BigGarbage = 32 << 20

func (p *lowRankPre) size() int {
	if p.RPCholesky == nil {
		return p.spec.Rank
	}
	return p.RPCholesky.Rank()
}

func (p *lowRankPre) madeFor() float64 { return p.ridge }

// make chooses pivots. What the factor leaves of the trace, spread over the
// order, is added to c: where c is less than that it says nothing about the
// space outside the factor, and c = 0 would make the preconditioner singular.
func (p *lowRankPre) make(ctx context.Context, c float64, initial bool, t *Trace) error {
	defer phase.Clock(ctx, &t.Factor, phase.Factor).Stop()
	if p.RPCholesky != nil {
		p.RPCholesky = nil
		if 4*p.n*p.spec.Rank >= BigGarbage {
			runtime.GC()
		}
	}
	pre := p.first
	if pre == nil || !initial {
		var err error
		pre, err = solver.NewRPCholesky(ctx, p.g, p.n, &solver.RPCholeskyOptions{Ridge: 1, Rank: p.spec.Rank, Seed: p.spec.Seed, Workers: p.workers, Float32: true})
		if err != nil {
			return err
		}
	}
	if p.spec.Again && initial {
		p.first = pre
	}
	return p.use(pre, c)
}

func (p *lowRankPre) reuse(c float64) error { return p.use(p.first, c) }

func (p *lowRankPre) use(pre *solver.RPCholesky, c float64) error {
	left, total := pre.Trace()
	p.RPCholesky, p.left, p.ridge = pre, (left+float64(0x1p-45*total))/float64(p.n), c
	return p.SetRidge(c + p.left)
}

// shift takes O(k) flops. The iterations grow as c^-½, see iterations.
func (p *lowRankPre) shift(_ context.Context, c float64, _ *Trace) (float64, error) {
	grown := 1.0
	if c < p.ridge {
		grown = math.Sqrt(p.ridge / max(c, 0x1p-20*p.ridge))
	}
	return grown, p.SetRidge(c + p.left)
}
