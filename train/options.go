package train

import (
	"fmt"
	"time"
)

// Method says how a step's linear system (JJᵀ + cI)u = rhs is solved.
type Method int

const (
	// Auto picks Exact while the Gram matrix stays small (n ≤ 12000) and
	// MatrixFree above. The choice depends on the problem's sizes alone, so
	// that it is the same on every machine; the report gives the reason.
	Auto Method = iota
	// Exact forms the Gram matrix from population counts of the gates and
	// factors it: n²m/128 word operations, n³/3 flops, 16n² bytes.
	Exact
	// Sketched is the paper's path: J stays implicit, S·Jᵀ is factored and
	// preconditions conjugate gradients. Õ(mnd + n³), 8(s+2n)n bytes.
	Sketched
	// MatrixFree is conjugate gradients on implicit products, without a
	// preconditioner: no n² memory at all.
	MatrixFree
)

// String returns the name the command uses.
func (m Method) String() string {
	switch m {
	case Auto:
		return "auto"
	case Exact:
		return "exact"
	case Sketched:
		return "sketched"
	case MatrixFree:
		return "matrix-free"
	}
	return fmt.Sprintf("Method(%d)", int(m))
}

// ParseMethod is the inverse of String. It returns ErrOption for other text.
func ParseMethod(s string) (Method, error) {
	for m := Auto; m <= MatrixFree; m++ {
		if m.String() == s {
			return m, nil
		}
	}
	return Auto, fmt.Errorf("train: method %q is none of auto, exact, sketched, matrix-free: %w", s, ErrOption)
}

// StepRule says how far a step goes.
type StepRule int

const (
	// LevenbergMarquardt damps each step, accepts only a decrease of the
	// objective ½‖f−y‖² + ½μ‖W−W₀‖², and adapts the damping to the gain ratio.
	LevenbergMarquardt StepRule = iota
	// GaussNewton is the paper's iteration, W ← W − Jᵀg with JJᵀg ≈ f − y: unit
	// steps, no damping, no ridge, no test. It converges on separated samples
	// and wide networks; elsewhere it may oscillate for ever, and the report
	// then says so.
	GaussNewton
)

// String returns the name the command uses.
func (r StepRule) String() string {
	switch r {
	case LevenbergMarquardt:
		return "lm"
	case GaussNewton:
		return "gn"
	}
	return fmt.Sprintf("StepRule(%d)", int(r))
}

// NoRidge and NoBias switch off what a zero leaves at its default.
const (
	NoRidge = -1.0
	NoBias  = -1.0
)

// DefaultRidge is μ when Options.Ridge is 0: a thousandth of the variance
// of the standardised target, which damps only directions that the samples
// barely determine and makes singular problems well posed. Noisy targets want
// more, or a validation split.
const DefaultRidge = 1e-3

// Options configures Fit. The zero value trains with the defaults given here.
type Options struct {
	Width int    // neurons m; 0 means 4096
	Seed  uint64 // of the weights, the signs, the split and the sketch

	Method Method
	Rule   StepRule

	// FullSketch takes the full SRHT of Jᵀ in place of the Kronecker SRHT when
	// the method is Sketched. SketchRatio is s/n, from 1 to
	// 1000; 0 means 4 for the full and 6 for the Kronecker form, less where there
	// are fewer weights.
	FullSketch  bool
	SketchRatio float64

	// Ridge is μ in ½‖f−y‖² + ½μ‖W−W₀‖², in units of the standardised target;
	// 0 means DefaultRidge, NoRidge none. GaussNewton has no ridge: a positive
	// one is refused there.
	Ridge float64
	// Damping is λ of the first Levenberg–Marquardt step; 0 means 0.005, a
	// hundredth of the mean diagonal of JJᵀ at random weights. GaussNewton
	// refuses it.
	Damping float64
	// InnerTol is the relative residual to which an iterative method solves a
	// step; 0 means 0.1 for GaussNewton (the forcing term ε₀ of the paper) and
	// 10⁻³ for LevenbergMarquardt, whose gain ratio it must not disturb. Exact
	// steps do not use it.
	InnerTol float64

	MaxSteps   int           // accepted and rejected; 0 means 60
	TargetRMSE float64       // stop once the training error, in standard deviations of the target, is this small
	TimeLimit  time.Duration // from the start of Fit; 0 means none

	// Validation is the fraction of rows held out to choose the best step; 0
	// holds out none, and the model is the one with the smallest objective.
	// Patience is the number of accepted steps without improvement on the rows
	// held out after which training stops; 0 means 5.
	Validation float64
	Patience   int

	// Bias is the constant appended to every standardised row before it is
	// scaled to unit length; 0 means 1, NoBias appends nothing. Unit rows keep
	// the size of x only in the angle to this constant: a larger one keeps more.
	Bias float64

	// KeepSkew leaves skewed features as they are. By default a feature whose
	// skewness exceeds 1 goes through a logarithm fitted to it (see Skew).
	KeepSkew bool

	Workers     int    // goroutines; 0 means GOMAXPROCS. No result depends on it.
	MemoryLimit uint64 // bytes that Fit may take; 0 means the Go memory limit or, on Linux, what the container or the machine leaves

	// Progress, if set, is called after every step, rejected ones included, on
	// the goroutine of Fit. Returning false stops training with the best model
	// so far.
	Progress func(Step) bool
}
