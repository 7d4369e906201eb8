package train

import (
	"fmt"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/model"
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
// deviations of the training target, or of its logarithm if that is fitted.
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
	LeftOut    int // rows that had no part, for want of memory: see Options.MemoryLimit
	D, Width   int // features with bias, neurons
	Method     Method
	Why        string // reason for the method
	Rule       StepRule
	Seed       uint64
	Sketch     SketchKind
	SketchRows int       // s, 0 unless Sketched
	Rank       int       // k of the low-rank preconditioner, if one is made; 0 if none may be
	Ridge      float64   // μ used
	Choice     *Choice   // by which Ridge was chosen; nil if it was given
	Estimate   *Estimate // of the error on new rows; nil if none was made
	Balanced   bool      // whether classes weigh the same
	Loss       Loss
	Outliers   *Outliers // nil if there are none, or with classes, and with Squared where no Estimate is made
	Kernels    string    // path of the assembly, asm.Info
	Bytes      uint64    // memory planned

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

	// Classes are those of FitClasses, as the model has them; nil of Fit.
	Classes []string
	// Of FitClasses the share of the rows, by weight, that the returned model
	// puts into their class; NaN of Fit, and without validation rows.
	TrainAccuracy, ValidAccuracy float64
}

// Unit says in words what the errors of steps and targets are in, TrainRMSE and ValidRMSE.
func (r *Report) Unit() string {
	if r.Choice == nil || r.Choice.LogTarget == nil {
		return "standard deviations of the target"
	}
	if k := count(r.Choice.LogTarget); k < len(r.Choice.LogTarget) {
		return fmt.Sprintf("standard deviations of the targets, of which %d in logarithms", k)
	}
	return "standard deviations of the logarithm of the target"
}

// Choice tells how the ridge and the shape of the rows were chosen: by rows out of fold.
type Choice struct {
	// Rows, Neurons and Folds are those that decided, with fewer than two folds none: there were too few rows.
	// Above 8192 rows they are those of the second look, if there was one, where one fold is judged by the other.
	Rows, Neurons, Folds int

	Shapes []ShapeError // all that was tried, in that order

	Ridge float64 // μ
	// RMSE is the error out of fold of what was chosen, in standard deviations of the target, over
	// all targets. It is the least of several: see Report.Estimate for one that judges no choice
	// by the rows that made it.
	RMSE        float64
	Bias        float64   // constant appended to the rows
	Logarithms  bool      // whether skewed features go through logarithms
	CommonScale bool      // whether all features are divided by the same deviation
	Rescaled    int       // rounds in which features were scaled by their slopes, or mapped
	Mapped      bool      // whether features are mapped by a metric instead, see features.Scaler.WithMetric
	LogTarget   []bool    // which targets are fitted in logarithms; nil if none is
	Scale       []float64 // of each feature, then of each piece, with features.Scaler.Shares for weights of mean square 1; nil if Rescaled is 0 or Mapped
	Pieces      bool      // whether piecewise linear coordinates stand beside the features
	Curve       []RidgeError

	// Members are the shapes whose networks are averaged, with their weights, of which the fields
	// above tell the first. One is no average.
	Members []Member

	members []member
}

// Member is one shape of an average.
type Member struct {
	Shape         string
	Ridge, Weight float64 // weights add up to 1
}

// ShapeError is what rows out of fold say of a shape.
type ShapeError struct {
	Shape           string
	Ridge, RMSE     float64
	Gain, GainError float64 // by which the mean squared error is less than that of the shape accepted before, and its standard error
	Accepted        bool
}

// RidgeError is the error out of fold at one ridge.
type RidgeError struct{ Ridge, RMSE float64 }

// String says in a line what was chosen, and by what.
func (c *Choice) String() string {
	text := fmt.Sprintf("error %.3g out of %d folds of the linearised model (%d rows, %d neurons, %d shapes): ", c.RMSE, c.Folds, c.Rows, c.Neurons, len(c.Shapes))
	for i, m := range c.Members {
		switch {
		case len(c.Members) == 1:
			return text + m.Shape
		case i > 0:
			text += "; "
		}
		text += fmt.Sprintf("%.3g × (%s)", m.Weight, m.Shape)
	}
	return text
}

// Estimate is the error of a fit on rows that had no part in what it judges: not in the
// weights, the scaling, the shape or the ridge; the number of steps comes from the other half of
// them. Equal rows are on one side of every split. It is that of fits on a tenth fewer rows, and
// so rather too large. With Huber outliers are left out of it, and of the deviation that is its
// unit.
type Estimate struct {
	Rows, Folds     int     // rows that were predicted, fits that predicted them
	RMSE, RMSEError float64 // in standard deviations of the target, over all targets, and its standard error
	R2              float64

	// Of classes, by weight; else NaN. The calibration of the probabilities comes from other rows than
	// those that it is judged by.
	Accuracy, AccuracyError float64 // of the class that is told
	LogLoss, LogLossError   float64 // mean of −ln p of the class of a row
	Brier, BrierError       float64 // mean over rows of the sum over classes of (p − 1)² or p²
	AUC                     float64 // of two classes: area under the curve of true against false positives
	// ECE is the expected calibration error of the probability of the class told: over 15 bins of equally many
	// rows in the order of that probability, the mean of what its mean in the bin is off the share of the rows
	// that were told right. ECEByChance is what it would be of true probabilities in as many rows.
	ECE, ECEByChance float64
	Reliability      []ReliabilityBin // by which it was told; nil without classes
	Confusion        Confusion        // nil without classes

	Decision *Decision // nil without Options.Decide

	// Of intervals of level 0.9, of each half of the rows by the residuals of the other: the share of targets
	// inside, by weight, and their mean width in standard deviations of the target. NaN where there are none.
	Coverage, CoverageError float64
	IntervalWidth           float64

	Importance *Importance // nil unless Options.Importance asked for it

	calibration *model.Calibration // of all rows
	intervals   []model.Interval   // as calibration
}

// newEstimate returns one that knows nothing of classes and intervals.
func newEstimate() *Estimate {
	none := math.NaN()
	return &Estimate{Accuracy: none, AccuracyError: none, LogLoss: none, LogLossError: none, Brier: none, BrierError: none, AUC: none, ECE: none, ECEByChance: none, Coverage: none, CoverageError: none, IntervalWidth: none}
}

// String tells the error, and how far it is known.
func (e *Estimate) String() string {
	text := fmt.Sprintf("%.3g ± %.2g standard deviations, R² %.3g", e.RMSE, e.RMSEError, e.R2)
	if e.Accuracy == e.Accuracy {
		text = fmt.Sprintf("accuracy %.2f ± %.2f %%, log-loss %.3g ± %.2g, calibration error %.3f (%.3f by chance)", 100*e.Accuracy, 100*e.AccuracyError, e.LogLoss, e.LogLossError, e.ECE, e.ECEByChance)
	}
	if e.Decision != nil {
		text += "; " + e.Decision.String()
	}
	if e.Coverage == e.Coverage {
		text += fmt.Sprintf("; intervals of level %g cover %.1f ± %.1f %%, %.3g standard deviations wide", toldLevel, 100*e.Coverage, 100*e.CoverageError, e.IntervalWidth)
	}
	return fmt.Sprintf("%s (%d rows, each out of its fit, %d fits)", text, e.Rows, e.Folds)
}
