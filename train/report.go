package train

import (
	"fmt"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// StopReason says why training ended.
type StopReason int

const (
	ReachedTarget   StopReason = iota + 1 // the training error is at TargetRMSE
	ReachedRounding                       // the training error is at the level of rounding
	Stagnated                             // steps no longer decrease the objective
	ReachedMaxSteps                       // MaxSteps
	EarlyStopped                          // the validation error has not improved for Patience steps
	TimedOut                              // TimeLimit
	StoppedByCaller                       // Progress returned false
	Cancelled                             // the context ended
	Diverged                              // an iteration without step control left the finite numbers or does not contract
)

var stopNames = [...]string{ReachedTarget: "target error reached", ReachedRounding: "error at rounding level", Stagnated: "no further decrease", ReachedMaxSteps: "step limit", EarlyStopped: "validation error no longer improves", TimedOut: "time limit", StoppedByCaller: "stopped by the caller", Cancelled: "cancelled", Diverged: "does not converge"}

// String describes the reason in a few words.
func (r StopReason) String() string {
	if r > 0 && int(r) < len(stopNames) {
		return stopNames[r]
	}
	return fmt.Sprintf("StopReason(%d)", int(r))
}

// early reports whether training was cut short from outside.
func (r StopReason) early() bool {
	return r == TimedOut || r == StoppedByCaller || r == Cancelled
}

// Phases is the time a step spent in each part.
type Phases struct {
	Forward  time.Duration // Linearize: predictions and gates
	Gram     time.Duration // Gram matrix, or sketch
	Factor   time.Duration // Cholesky, QR, or a low-rank preconditioner with its columns
	Solve    time.Duration // triangular solves, or conjugate gradients
	Update   time.Duration // Jᵀu and the new weights
	Validate time.Duration // validation error

	Checkpoint time.Duration // writing the state before this step, and after the last one
}

// Durations returns the times of the phases in the order of the fields.
func (p *Phases) Durations() [7]time.Duration {
	return [...]time.Duration{p.Forward, p.Gram, p.Factor, p.Solve, p.Update, p.Validate, p.Checkpoint}
}

// phasesOf is the inverse of list; what is missing is 0.
func phasesOf(d []time.Duration) (p Phases) {
	for i, to := range []*time.Duration{&p.Forward, &p.Gram, &p.Factor, &p.Solve, &p.Update, &p.Validate, &p.Checkpoint} {
		if i < len(d) {
			*to = d[i]
		}
	}
	return p
}

// add adds what a system took.
func (p *Phases) add(t *newton.Trace) {
	p.Gram += t.Gram
	p.Factor += t.Factor
	p.Solve += t.Solve
	p.Update += t.Update
}

// Step is one line of the history. Errors are root mean squares in standard
// deviations of the training target.
type Step struct {
	Target     int           // index
	Index      int           // 0 is the state before training
	Accepted   bool          // false: the step was tried and taken back
	Loss       float64       // ½‖f−y‖² + ½μ‖W−W₀‖² after the step (of the trial, if rejected; NaN if the system could not be solved)
	TrainRMSE  float64       // after the step, as Loss
	ValidRMSE  float64       // NaN without validation rows, and on rejected steps
	Ridge      float64       // μ
	Damping    float64       // λ used by the step
	GainRatio  float64       // decrease over predicted decrease; NaN at step 0 and unless LevenbergMarquardt
	StepNorm   float64       // ‖δ‖
	Flips      int64         // gates changed by the step
	FlipShare  float64       // of n·m
	InnerIters int           // conjugate-gradient iterations
	Rank       int           // columns or rows of the preconditioner they ended with, low-rank or sketched; 0 without one
	Renewed    bool          // it was made in this step
	InnerTrue  float64       // true relative residual of the inner solve; of an exact one, NaN
	InnerStop  string        // why the inner solve ended; empty for an exact one that succeeded
	Elapsed    time.Duration // of this step
	Phases     Phases
}

// trace takes over how the system of the step was solved.
func (s *Step) trace(t *newton.Trace) {
	s.InnerIters, s.InnerTrue, s.InnerStop = t.Iterations, t.Residual, t.Stop
	s.Rank, s.Renewed = t.Rank, t.Renewed
	s.Phases.add(t)
}

// TargetReport tells how the network of one target was trained.
type TargetReport struct {
	Steps     []Step // Steps[0] is the state before training
	Best      int    // index into Steps of the returned network
	Stop      StopReason
	Ridge     float64 // μ used
	TrainRMSE float64 // of the returned network
	ValidRMSE float64 // of the returned network, NaN without validation rows
}

// Report tells what Fit did.
type Report struct {
	N, NValid  int // rows trained on, rows held out
	D, Width   int // features with bias, neurons
	Method     Method
	Why        string // reason for the method
	Rule       StepRule
	Seed       uint64
	Sketch     SketchKind
	SketchRows int     // s, 0 unless Sketched
	Rank       int     // k of the low-rank preconditioner, if one is made; 0 if none may be
	Ridge      float64 // μ used
	Choice     *Choice // by which Ridge was chosen; nil if it was given
	Kernels    string  // path of the assembly, asm.Info
	Bytes      uint64  // memory planned

	// LearningRate and Momentum are η and β of GradientDescent and Adam, 0 with
	// other rules.
	LearningRate, Momentum float64

	// StepTime is the time of a step that the plan expects on two cores of the
	// machine it was calibrated on: it does not know the one at hand.
	StepTime time.Duration

	Resumed       int   // steps that came from a checkpoint, of all targets
	CheckpointErr error // of the last checkpoint, if it could not be written

	// Targets has one entry a target, in their order. What follows is the same
	// of a single target, and of several: all steps, target after target, the
	// best one of the last target, the reason of the last target or of the first
	// that was cut short, and root mean squares over the targets.
	Targets   []TargetReport
	Steps     []Step // Steps[0] is the state before training
	Best      int    // index into Steps of the returned model
	Stop      StopReason
	TrainRMSE float64 // of the returned model
	ValidRMSE float64 // of the returned model, NaN without validation rows
	Elapsed   time.Duration

	// Of FitClasses the share of the rows, by weight, that the returned model
	// puts into their class; NaN of Fit, and without validation rows.
	TrainAccuracy, ValidAccuracy float64
}

// Choice tells how the ridge and the shape of the rows were chosen.
type Choice struct {
	Rows, Neurons int       // that decided
	Shapes        int       // linearised models tried
	Ridge         float64   // μ
	RMSE          float64   // leave-one-out error at μ, in standard deviations of the target, over all targets
	Bias          float64   // constant appended to the rows
	Logarithms    bool      // whether skewed features go through logarithms
	CommonScale   bool      // whether all features are divided by the same deviation
	Rescaled      int       // rounds in which features were scaled by their slopes
	Scale         []float64 // of each feature, mean square 1; nil if Rescaled is 0
	Curve         []LeaveOneOut
}

// LeaveOneOut is the leave-one-out error of the linearised model at one ridge.
type LeaveOneOut struct{ Ridge, RMSE float64 }

// String says in a line what was chosen, and by what.
func (c *Choice) String() string {
	tails := "skewed features as they are"
	if c.Logarithms {
		tails = "logarithms of skewed features"
	}
	if c.CommonScale {
		tails = "a common scale for all features"
	}
	text := fmt.Sprintf("leave-one-out error %.3g of the linearised model (%d rows, %d neurons, %d shapes): bias %g, %s", c.RMSE, c.Rows, c.Neurons, c.Shapes, c.Bias, tails)
	if c.Rescaled > 0 {
		text += fmt.Sprintf(", features rescaled by their slopes %d times", c.Rescaled)
	}
	return text
}
