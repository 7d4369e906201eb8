package solver

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// Options configures CG, LSQR and MinNorm. The zero value, and nil, take the
// defaults given here.
type Options struct {
	// RelTol and AbsTol: a residual is small enough once its norm is at most
	// max(RelTol·‖b‖, AbsTol). RelTol 0 means 1e-10; a negative one, none.
	RelTol, AbsTol float64

	// MaxIter bounds the iterations, restarts included; 0 means 10·k + 100 for
	// k unknowns or equations, whichever is fewer.
	MaxIter int

	// X0 is the start; nil means zero. It is not modified, but may be dst
	// itself.
	X0 []float64

	// Ridge is λ ≥ 0, not its square: CG solves (A + λI)x = b, LSQR minimises
	// ‖Ax − b‖² + λ‖x‖².
	Ridge float64

	// Preconditioner applies M⁻¹ for an M that resembles A + λI for CG,
	// AᵀA + λI for LSQR, JJᵀ + λI for MinNorm.
	Preconditioner Preconditioner

	// Callback is called before the first iteration and after each one; to
	// return false stops the solve.
	Callback func(Iteration) bool

	// TimeLimit stops the solve before the first iteration that would start
	// later; 0 means none.
	TimeLimit time.Duration

	// NoRestart ends the solve when the recurrence first claims convergence,
	// true or not: to observe both residuals.
	NoRestart bool

	// Workspace holds the vectors of the solve; with one that has served a
	// solve of the same shape before, nothing is allocated.
	Workspace *Workspace

	// History receives the residual norm of iteration k at History[k], as far
	// as it reaches.
	History []float64
}

// Iteration is what a callback sees. The vectors are the solver's own: not to
// be changed, not to be kept.
type Iteration struct {
	Iteration int     // 0 before the first
	Residual  float64 // norm, by the recurrence; what Result.Residual will be
	X         []float64
	R         []float64 // the residual vector; nil in LSQR, which has none
}

// StopReason tells why a solve ended.
type StopReason int

const (
	None          StopReason = iota // not run
	Converged                       // the true residual meets the tolerance
	ZeroRHS                         // b = 0, so x = 0
	MaxIterations                   // Options.MaxIter
	TimeLimit                       // Options.TimeLimit
	Callback                        // the callback returned false
	Cancelled                       // the context ended; the error is its cause
	Stagnated                       // the recurrence claimed convergence, the true residual refuted it, a restart did not help
	Indefinite                      // pᵀAp ≤ 0; the error is ErrIndefinite
	NotFinite                       // NaN or Inf; the error is ErrNotFinite
)

var reasons = [...]string{"none", "converged", "zero right-hand side", "iteration limit", "time limit", "callback", "cancelled", "stagnated", "indefinite", "not finite"}

// String returns a few words in lower case.
func (r StopReason) String() string {
	if r < 0 || int(r) >= len(reasons) {
		return fmt.Sprintf("StopReason(%d)", int(r))
	}
	return reasons[r]
}

// Result tells how a solve went. Norms are Euclidean and absolute.
type Result struct {
	Reason     StopReason
	Iterations int
	Restarts   int // times the recurrence started again from the true residual

	MulVecs       int // products A·x
	MulTransVecs  int // products Aᵀ·y
	PrecondSolves int // applications of M⁻¹

	RHSNorm float64 // ‖b‖

	// Residual is what the recurrence claims, TrueResidual the norm of
	// b − (A+λI)x computed anew from the x returned. LSQR means the damped
	// residual, √(‖b−Ax‖² + λ‖x‖²). After Cancelled, TrueResidual is NaN: the
	// product it would take might be cut short by the same context.
	Residual, TrueResidual float64

	// NormalResidual is ‖Aᵀ(b−Ax) − λx‖ in LSQR, computed anew; else NaN.
	NormalResidual float64

	Elapsed time.Duration
}

// Converged reports whether x solves the problem to the tolerance asked for.
func (r Result) Converged() bool { return r.Reason == Converged || r.Reason == ZeroRHS }

// RelResidual returns TrueResidual/RHSNorm, and 0 for a zero right-hand side.
func (r Result) RelResidual() float64 {
	if r.Reason == ZeroRHS {
		return 0
	}
	return r.TrueResidual / r.RHSNorm
}

// Workspace holds the vectors of a solve from one call to the next. Its zero
// value is ready. It serves one solve at a time, of any method and shape.
type Workspace struct {
	buf  []float64
	best []float64
	gram gramOperator
	mon  monitor // here, so that it is not allocated
}

// reserve makes room for n floats; take cuts vectors off the front of it.
func (w *Workspace) reserve(n int) vectors {
	if len(w.buf) < n {
		w.buf = make([]float64, n)
	}
	return vectors(w.buf)
}

type vectors []float64

func (v *vectors) take(n int) []float64 {
	x := (*v)[:n:n]
	*v = (*v)[n:]
	return x
}

// keep copies x to the workspace's best.
func (w *Workspace) keep(x []float64) {
	if cap(w.best) < len(x) {
		w.best = make([]float64, len(x))
	}
	w.best = w.best[:len(x)]
	copy(w.best, x)
}

// monitor is what the methods share: options with defaults, the books, and the
// reasons to stop.
type monitor struct {
	Options
	Result
	name  string
	ctx   context.Context
	start time.Time
	x     []float64 // as shown to the callback
}

// newMonitor opens the books of a solve in its workspace.
func newMonitor(ctx context.Context, name string, opts *Options, dst []float64) *monitor {
	if opts == nil {
		opts = new(Options)
	}
	ws := opts.Workspace
	if ws == nil {
		ws = new(Workspace)
	}
	m := &ws.mon
	*m = monitor{Options: *opts, name: name, ctx: ctx, start: time.Now(), x: dst}
	m.Workspace = ws
	m.TrueResidual, m.Residual, m.NormalResidual = math.NaN(), math.NaN(), math.NaN()
	return m
}

// open fills in the defaults, checks what does not depend on the method, and
// sets dst to the start.
func (m *monitor) open(dst, b []float64) error {
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
	if m.RelTol != m.RelTol || !(m.AbsTol >= 0) || m.MaxIter < 0 || m.TimeLimit < 0 {
		return fmt.Errorf("solver: %s: RelTol %v, AbsTol %v, MaxIter %d, TimeLimit %v: %w", name, m.RelTol, m.AbsTol, m.MaxIter, m.TimeLimit, ErrOption)
	}
	if err := checkRidge(name, m.Ridge); err != nil {
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
	if m.Iterations < len(m.History) {
		m.History[m.Iterations] = norm
	}
	return m.Callback == nil || m.Callback(Iteration{m.Iterations, norm, m.x, r})
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
