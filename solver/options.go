package solver

import (
	"fmt"
	"time"
)

// Options configures the iterative methods: CG, CGMulti, CGLS, LSQR, MINRES and
// MinNorm. The zero value, and nil, take the defaults given here.
type Options struct {
	// RelTol and AbsTol: a residual is small enough once its norm is at most
	// max(RelTol·‖b‖, AbsTol). RelTol 0 means 1e-10; a negative one, none; NaN and Inf
	// are ErrOption.
	RelTol, AbsTol float64

	// MaxIter bounds the iterations, restarts included; 0 means 10·k + 100 for
	// k unknowns or equations, whichever is fewer.
	MaxIter int

	// X0 is the start; nil means zero. It is not modified, but may be dst
	// itself.
	X0 []float64

	// Ridge is λ ≥ 0, not its square: CG and MINRES solve (A + λI)x = b, CGLS
	// and LSQR minimise ‖Ax − b‖² + λ‖x‖². MINRES alone takes λ < 0: a shift.
	Ridge float64

	// Preconditioner applies M⁻¹ for a positive definite M that resembles
	// A + λI for CG, |A + λI| for MINRES, AᵀA + λI for CGLS and LSQR, JJᵀ + λI
	// for MinNorm.
	Preconditioner Preconditioner

	// Coarse, if set, makes the products of CG's recurrence in place of A: the same map to fewer
	// digits, as in float32, for less time. A itself makes those that residuals are computed anew from, one
	// at the end and one a restart, so that Converged and TrueResidual mean what they mean without it
	// (iterative refinement, Wilkinson 1963). CGMulti wants a MultiOperator; the
	// other methods refuse it.
	Coarse Operator

	// Radius Δ > 0 keeps CG within ‖x − X0‖ ≤ Δ; with a preconditioner the norm
	// is that of M, ‖s‖² = sᵀMs. 0 means no bound. The other methods refuse it.
	Radius float64

	// Direction, of the length of x, receives the direction of nonpositive
	// curvature that CG met, of Euclidean length 1; see Result.Curvature. It is
	// left alone if there is none, and by the other methods.
	Direction []float64

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

	// History receives the residual norm of iteration i at History[i], as far
	// as it reaches; that of column j of k at History[i·k + j].
	History []float64
}

// Iteration is what a callback sees. The vectors are the solver's own: not to
// be changed, not to be kept.
type Iteration struct {
	Iteration int     // 0 before the first
	Residual  float64 // norm, by the recurrence; what Result.Residual will be
	X         []float64
	R         []float64 // the residual vector b − (A+λI)x, in CGLS b − Ax; nil in LSQR, which has none
	Column    int       // of CGMulti; else 0
}

// StopReason tells why a solve ended.
type StopReason int

const (
	None              StopReason = iota // not run
	Converged                           // the true residual meets the tolerance; in LSQR and CGLS it or ‖Aᵀr‖, or that is rounding; in LeastSquares the backward error
	ZeroRHS                             // b = 0, so x = 0
	MaxIterations                       // Options.MaxIter
	TimeLimit                           // Options.TimeLimit
	Callback                            // the callback returned false
	Cancelled                           // the context ended; the error is its cause
	Stagnated                           // the recurrence claimed convergence, the true residual refuted it, a restart did not help or took no step
	Inconsistent                        // MINRES: the system has no solution to the tolerance; x is one of least squares
	Boundary                            // CG reached Options.Radius
	NegativeCurvature                   // CG met pᵀAp ≤ 0 and followed p to Options.Radius
	Indefinite                          // pᵀAp ≤ 0 or rᵀM⁻¹r ≤ 0; the error is ErrIndefinite
	NotFinite                           // NaN or Inf; the error is ErrNotFinite
	Asymmetric                          // CG: the products are not those of a symmetric matrix; the error is ErrAsymmetric
)

var reasons = [...]string{"none", "converged", "zero right-hand side", "iteration limit", "time limit", "callback", "cancelled", "stagnated", "inconsistent", "boundary", "negative curvature", "indefinite", "not finite", "asymmetric"}

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
	// b − (A+λI)x computed anew from the x returned. CGLS and LSQR mean the
	// damped residual, √(‖b−Ax‖² + λ‖x‖²). After Cancelled, TrueResidual is NaN:
	// the product it would take might be cut short by the same context.
	Residual, TrueResidual float64

	// NormalResidual, computed anew, is ‖Aᵀ(b−Ax) − λx‖ in CGLS and LSQR, and
	// ‖(A+λI)M⁻¹r‖ in MINRES: zero at least squares. Else NaN.
	NormalResidual float64

	// Curvature is pᵀ(A+λI)p ≤ 0 for the p of Options.Direction, if CG met one;
	// else NaN.
	Curvature float64

	Elapsed time.Duration
}

// Converged reports whether x solves the problem to the tolerance asked for; of
// least squares that does not bound TrueResidual: compare it with RHSNorm for that.
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
	buf    []float64
	best   []float64
	gram   gramOperator
	mon    monitor // here, as what follows, so that it is not allocated
	ls     lsRun
	minres minresRun
	cols   []cgColumn
	slots  []int
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
