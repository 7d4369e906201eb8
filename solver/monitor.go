package solver

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// method is what the options may ask of a method.
type method struct {
	name   string
	trust  bool // has a trust region
	coarse bool // takes Options.Coarse
	shift  bool // takes a negative ridge
}

var (
	methodCG      = method{name: "CG", trust: true, coarse: true}
	methodCGMulti = method{name: "CGMulti", trust: true, coarse: true}
	methodCGLS    = method{name: "CGLS"}
	methodLSQR    = method{name: "LSQR"}
	methodMINRES  = method{name: "MINRES", shift: true}
	methodMinNorm = method{name: "MinNorm"}
)

// monitor is what the methods share: options with defaults, the books, and the
// reasons to stop.
type monitor struct {
	Options
	Result
	method
	ctx    context.Context
	start  time.Time
	x      []float64 // as shown to the callback
	column int       // of columns, in the callback and in History
	stride int
}

// newMonitor opens the books of a solve in its workspace.
func newMonitor(ctx context.Context, what method, opts *Options, dst []float64) *monitor {
	if opts == nil {
		opts = new(Options)
	}
	ws := opts.Workspace
	if ws == nil {
		ws = new(Workspace)
	}
	m := &ws.mon
	m.init(ctx, what, opts, dst)
	m.Workspace = ws
	return m
}

func (m *monitor) init(ctx context.Context, what method, opts *Options, dst []float64) {
	*m = monitor{Options: *opts, method: what, ctx: ctx, start: time.Now(), x: dst, stride: 1}
	m.TrueResidual, m.Residual, m.NormalResidual, m.Curvature = math.NaN(), math.NaN(), math.NaN(), math.NaN()
}

// open fills in the defaults, checks what does not depend on the method, and
// sets dst to the start. A preconditioner is of the given order.
func (m *monitor) open(a any, dst, b []float64, order int) error {
	name := m.name
	if m.RelTol == 0 {
		m.RelTol = 1e-10
	}
	if m.MaxIter == 0 {
		m.MaxIter = 10*min(len(dst), len(b)) + 100
	}
	if m.X0 != nil && len(m.X0) != len(dst) {
		return fmt.Errorf("solver: %s: X0 of %d for %d unknowns: %w", name, len(m.X0), len(dst), ErrShape)
	}
	if !finite(m.RelTol) || !(m.AbsTol >= 0) || m.MaxIter < 0 || m.TimeLimit < 0 {
		return fmt.Errorf("solver: %s: RelTol %v, AbsTol %v, MaxIter %d, TimeLimit %v: %w", name, m.RelTol, m.AbsTol, m.MaxIter, m.TimeLimit, ErrOption)
	}
	if !m.shift || !finite(m.Ridge) {
		if err := checkRidge(name, m.Ridge); err != nil {
			return err
		}
	}
	if !(m.Radius >= 0) || !finite(m.Radius) || m.Radius > 0 && !m.trust {
		return fmt.Errorf("solver: %s: Radius %v: %w", name, m.Radius, ErrOption)
	}
	if m.Coarse != nil && !m.coarse {
		return fmt.Errorf("solver: %s with Coarse: %w", name, ErrOption)
	}
	if !m.trust {
		m.Direction = nil
	}
	if m.Direction != nil && len(m.Direction) != len(dst) {
		return fmt.Errorf("solver: %s: Direction of %d for %d unknowns: %w", name, len(m.Direction), len(dst), ErrShape)
	}
	if err := m.checkArguments(a, dst, b, len(b), len(dst), order); err != nil {
		return err
	}
	m.RHSNorm = asm.Nrm2(b)
	if !finite(m.RHSNorm) {
		m.Reason = NotFinite
		if err := checkFinite(name, "b", b); err != nil {
			return err
		}
		return fmt.Errorf("solver: %s: the norm of b overflows: %w", name, ErrNotFinite)
	}
	if m.X0 == nil {
		clear(dst)
		return nil
	}
	if err := checkFinite(name, "X0", m.X0); err != nil {
		m.Reason = NotFinite
		return err
	}
	copy(dst, m.X0)
	return nil
}

// tolerance returns max(RelTol·‖b‖, AbsTol).
func (m *monitor) tolerance() float64 { return max(m.RelTol*m.RHSNorm, m.AbsTol) }

// preconditioned returns n, the length of M⁻¹r, or 0 without preconditioner.
func (m *monitor) preconditioned(n int) int {
	if m.Preconditioner == nil {
		return 0
	}
	return n
}

// halt returns a reason to stop before the next iteration, or None.
func (m *monitor) halt() StopReason {
	switch {
	case m.ctx.Err() != nil:
		return Cancelled
	case m.Iterations >= m.MaxIter:
		return MaxIterations
	case m.TimeLimit > 0 && time.Since(m.start) >= m.TimeLimit:
		return TimeLimit
	}
	return None
}

// report books a residual and shows it to the callback; false means stop.
func (m *monitor) report(norm float64, r []float64) bool {
	m.Residual = norm
	if i := m.Iterations*m.stride + m.column; i < len(m.History) {
		m.History[i] = norm
	}
	return m.Callback == nil || m.Callback(Iteration{m.Iterations, norm, m.x, r, m.column})
}

// close ends the books.
func (m *monitor) close(reason StopReason, err error) (Result, error) {
	m.Reason = reason
	m.Elapsed = time.Since(m.start)
	if reason == Cancelled {
		m.TrueResidual, m.NormalResidual = math.NaN(), math.NaN()
		err = fmt.Errorf("solver: %s cancelled after %d iterations: %w", m.name, m.Iterations, context.Cause(m.ctx))
	}
	res := m.Result
	*m = monitor{} // the workspace outlives the operator and the callback
	return res, err
}
