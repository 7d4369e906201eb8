package train

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
)

// Method says how a step's linear system (JJᵀ + cI)u = rhs is solved.
type Method int

const (
	// Auto takes the method with the least expected time a step among those
	// that fit into the memory. The expectation is a model of the sizes and
	// options, calibrated once and not on the machine at hand, so that the
	// choice, and with it every bit, is the same everywhere; only a memory
	// limit may rule methods out. The report gives choice, estimate and reason.
	Auto Method = iota
	// Exact forms the Gram matrix from population counts of the gates and
	// factors it: n²m/128 word operations, n³/3 flops, 16n² bytes.
	Exact
	// Sketched is the paper's path: J stays implicit, S·Jᵀ is factored and
	// preconditions conjugate gradients. Õ(mnd + n³), 8(s+2n)n bytes and more.
	Sketched
	// MatrixFree is conjugate gradients on implicit products, 4mnd flops each,
	// with a preconditioner of low rank where that pays (see Options.Rank): no
	// n² memory at all.
	MatrixFree
	// GramCG is conjugate gradients on the explicit Gram matrix, with the same
	// preconditioner: n²m/128 word operations and 8n² bytes, but not n³, and an
	// iteration reads 8n² bytes whatever the width.
	GramCG
)

var methodNames = [...]string{Auto: "auto", Exact: "exact", Sketched: "sketched", MatrixFree: "matrix-free", GramCG: "gram-cg"}

// String returns the name the command uses.
func (m Method) String() string {
	if m < 0 || int(m) >= len(methodNames) {
		return fmt.Sprintf("Method(%d)", int(m))
	}
	return methodNames[m]
}

// ParseMethod is the inverse of String. It returns ErrOption for other text.
func ParseMethod(s string) (Method, error) {
	for m, name := range methodNames {
		if s == name {
			return Method(m), nil
		}
	}
	return Auto, fmt.Errorf("train: method %q is none of %s: %w", s, strings.Join(methodNames[:], ", "), ErrOption)
}

// SketchKind says which sketch of Jᵀ the method Sketched takes.
type SketchKind int

const (
	AutoSketch    SketchKind = iota // the one that is expected to take less time
	KroneckerSRHT                   // n(m·log m + d·log d + s) operations; 6n rows by default
	FullSRHT                        // n·md·log md additions; 4n rows by default
)

var sketchNames = [...]string{AutoSketch: "auto", KroneckerSRHT: "kronecker", FullSRHT: "full"}

// String returns the name in lower case.
func (k SketchKind) String() string {
	if k < 0 || int(k) >= len(sketchNames) {
		return fmt.Sprintf("SketchKind(%d)", int(k))
	}
	return sketchNames[k]
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
	// GradientDescent and Adam follow the gradient of LevenbergMarquardt's
	// objective over all rows, with Options.LearningRate and Options.Momentum:
	// baselines to compare with. A step costs one Linearize and one Jᵀu, and is
	// taken whatever it does.
	GradientDescent
	Adam
)

var ruleNames = [...]string{LevenbergMarquardt: "lm", GaussNewton: "gn", GradientDescent: "gd", Adam: "adam"}

// String returns the name the command uses.
func (r StepRule) String() string {
	if r < 0 || int(r) >= len(ruleNames) {
		return fmt.Sprintf("StepRule(%d)", int(r))
	}
	return ruleNames[r]
}

// ParseRule is the inverse of String. It returns ErrOption for other text.
func ParseRule(s string) (StepRule, error) {
	for r, name := range ruleNames {
		if s == name {
			return StepRule(r), nil
		}
	}
	return LevenbergMarquardt, fmt.Errorf("train: rule %q is none of %s: %w", s, strings.Join(ruleNames[:], ", "), ErrOption)
}

// NoRidge, NoBias, NoMomentum and NoPreconditioner switch off what a zero leaves
// at its default.
const (
	NoRidge          = -1.0
	NoMomentum       = -1.0
	NoBias           = -1.0
	NoPreconditioner = -1
)

// DefaultMaxSteps and DefaultGradientSteps bound the steps when Options.MaxSteps
// is 0; the latter those of GradientDescent and Adam.
const (
	DefaultMaxSteps      = 60
	DefaultGradientSteps = 2000
)

// Options configures Fit. The zero value trains with the defaults given here.
type Options struct {
	// Weights are the weights w_i of the n rows, finite and not negative, in
	// ½Σ w_i(f_i−y_i)², in the errors reported, and in the means and deviations of
	// the scaling; nil means 1. Only their ratios count: they are scaled to a mean
	// of 1, over the rows trained on and over those held out. A row of weight 0 is
	// as if it were not there, one of weight 2 as if it were there twice, but for
	// the ridge, which is measured against as many rows of weight 1 as there are.
	Weights []float64

	Width int    // neurons m; 0 means 4096
	Seed  uint64 // of the weights, the signs, the split and the sketch

	Method Method
	Rule   StepRule

	// Sketch is the sketch of Jᵀ when the method is Sketched. SketchRatio is s/n,
	// from 1 to 1000; 0 means 4 for the full and 6 for the Kronecker form, less
	// where there are fewer weights.
	Sketch      SketchKind
	SketchRatio float64

	// Rank is the number k of columns of the Gram matrix, chosen by randomly
	// pivoted Cholesky, that precondition MatrixFree and GramCG: 8nk bytes. 0
	// takes the k of least expected time that fits, and makes the preconditioner
	// only once the iterations without one show that it pays; a positive one is
	// made at the first step; NoPreconditioner never makes any.
	Rank int

	// Ridge is μ in ½‖f−y‖² + ½μ‖W−W₀‖², in units of the standardised target.
	// 0 chooses it, with Bias, KeepSkew and KeepScale where they are zero, by
	// leave-one-out: of the linearised models at the initial weights that are
	// tried, the one with the smallest exact leave-one-out error over all targets,
	// on at most 1024 rows, which the seed draws, and 4096 neurons (see Choice).
	// NoRidge means none. GaussNewton has no ridge: a positive one is refused
	// there.
	Ridge float64
	// Damping is λ of the first Levenberg–Marquardt step; 0 means 0.005, a
	// hundredth of the mean diagonal of JJᵀ at random weights. GaussNewton
	// refuses it.
	Damping float64
	// InnerTol is the relative residual to which an iterative method solves a
	// step. 0 means 0.1 for GaussNewton (the forcing term ε₀ of the paper); for
	// LevenbergMarquardt, whose gain ratio it must not disturb, 10⁻³ of
	// the right-hand side or 0.03 of the linearised residual that the step
	// leaves, whichever is more. Exact steps
	// do not use it.
	InnerTol float64

	// LearningRate is η of GradientDescent, v ← βv − η·gradient, W ← W + v, and of
	// Adam. 0 means 1/(λ+μ) with GradientDescent, λ the largest eigenvalue of JJᵀ
	// at the initial weights, and 1/√Width with Adam. Momentum is β, or Adam's β₁;
	// 0 means 0.9, NoMomentum none. Other rules have neither and refuse them.
	LearningRate float64
	Momentum     float64

	MaxSteps   int           // accepted and rejected; 0 means DefaultMaxSteps, or DefaultGradientSteps with GradientDescent and Adam
	TargetRMSE float64       // stop once the training error, in standard deviations of the target, is this small
	TimeLimit  time.Duration // from the start of Fit, with that of the runs a checkpoint continues; shared among the targets; 0 means none

	// Validation is the fraction of rows held out to choose the best step; 0
	// holds out none, and the model is the one with the smallest objective.
	// Patience is the number of accepted steps without improvement on the rows
	// held out after which training stops; 0 means 5, or 100 with GradientDescent
	// and Adam.
	Validation float64
	Patience   int

	// Bias is the constant appended to every standardised row before it is
	// scaled to unit length; 0 means 1, 2 or 4 as leave-one-out has it where
	// Ridge is chosen, else 1; NoBias appends nothing. Unit rows keep
	// the size of x only in the angle to this constant: a larger one keeps more.
	Bias float64

	// KeepSkew leaves skewed features as they are. By default a feature whose
	// skewness exceeds 1 goes through a logarithm fitted to it (see Skew), unless
	// leave-one-out prefers them all as they are.
	KeepSkew bool

	// KeepScale leaves every feature at standard deviation 1. By default, where
	// Ridge is chosen, leave-one-out may prefer, by one percent or more, to divide
	// all by the same deviation, as suits features of one unit, such as pixels; and
	// then a feature is scaled by the root of the root-mean-square slope of the
	// linearised fit along it, up to four times over, as long as the leave-one-out
	// error falls.
	KeepScale bool

	// Reducer, if set, joins several processes, each of which calls Fit with the
	// same data and options and trains its share of the neurons: see
	// jacobian.Shard, whose Fast is FastReduce. The model that a rank gets has
	// its own neurons alone; see Model.Share. Fit is then one collective call,
	// which a context, a time limit or Progress on any rank ends on all, but only
	// between products. A NaN that some ranks bring to a sum and others do not ends
	// it too, with ErrNotFinite, the best model so far and the checkpoint before it.
	// Sketched takes the Kronecker form.
	Reducer    jacobian.Reducer
	FastReduce bool

	Workers     int    // goroutines; 0 means GOMAXPROCS. No result depends on it.
	MemoryLimit uint64 // bytes that Fit may take; 0 means what is left of the Go memory limit or, on Linux, what the container or the machine leaves

	// Checkpoint, if not empty, is the file in which Fit keeps its state from time
	// to time, so that a process that is killed loses little. A Fit with the same
	// data and options that finds the file goes on from there, and comes to the
	// same bits as one that was never killed; a file that is damaged or of another
	// fit is refused with ErrCheckpoint, which names the difference. MaxSteps,
	// TargetRMSE, Patience and TimeLimit may differ, and Workers and MemoryLimit as
	// long as the plan stays the same. The file is replaced as a whole or not at
	// all. It is left behind at the end, so that nothing is lost until the caller
	// has saved the model, and removes it.
	//
	// It is written between two steps once CheckpointSteps steps or
	// CheckpointInterval are over since the last time; 0 means no such number of
	// steps, and 10 seconds, or twenty times what the last writing took if that is
	// more. A writing that fails is told in the report, and does not end training.
	Checkpoint         string
	CheckpointSteps    int
	CheckpointInterval time.Duration

	shard      *jacobian.Shard // of Reducer, set by Fit; its Reducer is accord
	accord     *accord
	forcing    float64 // of iterative, set by resolve
	targets    int     // k, set by Fit
	choose     bool    // Ridge, and Bias with chooseBias, set by resolve
	chooseBias bool
	choice     *Choice // what came of it, set by prepare

	// Progress, if set, is called after every step, rejected ones included, on
	// the goroutine of Fit. Returning false stops training with the best model
	// so far.
	Progress func(Step) bool

	// Logger, if set, gets one record when training begins, with sizes, plan and
	// memory, and one when it ends, at slog.LevelInfo, the last at slog.LevelWarn if
	// it was cancelled or did not converge; and one a step at slog.LevelDebug.
	Logger *slog.Logger

	// ProfileLabels labels the goroutine of Fit and its workers for
	// runtime/pprof: the label "train.phase" is the part of a step that runs,
	// named as the fields of Phases in lower case. Afterwards the goroutine of
	// Fit has the labels of ctx, as after pprof.Do.
	ProfileLabels bool
}
