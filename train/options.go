package train

import (
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/table"
)

// NoRidge, NoBias, NoMomentum, NoPreconditioner and NoFolds switch off what a zero leaves
// at its default.
const (
	NoRidge          = -1.0
	NoMomentum       = -1.0
	NoBias           = -1.0
	NoPreconditioner = -1
	NoFolds          = -1
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

	// Balanced multiplies the weights so that each class of FitClasses weighs the same: by n/(k·n_c) for a
	// row of class c, n and n_c the weights of all rows and of the class, k the classes. They count wherever
	// weights do: in training, choice, calibration and errors, whose accuracy is then the balanced one. The probabilities are those of
	// rows of which every class has as many; where classes have not, multiply them by the shares
	// that the classes have, and divide by their sum. For classes told by another measure alone see Decide.
	Balanced bool

	// Decide, for FitClasses, chooses by rows out of fold what is added to the logits of the classes before the
	// largest is told, so that the metric of these rows is largest: of two classes the probability from which on
	// the second is told. See model.Calibration and Estimate.Decision. Probabilities stay as they are. MostProbable, the
	// zero, adds nothing. It needs an Estimate: where too few rows leave none, nothing is added either.
	Decide Metric

	// Loss is Squared, or Huber, for which a target that other rows contradict pulls no harder
	// than one that is 1.345 robust scales off: 1.4826 × the median absolute deviation of residuals
	// out of fold, of the linearised model on other rows. The fit is then one of weighted
	// squares, with Weights times min(1, c/|r|), r these residuals, after at most five rounds in
	// which they settle; targets more than 10 scales off count as if they were 1.345 scales off,
	// where they pull as hard. TrainRMSE is that of these rows; outliers held out are left out of
	// ValidRMSE and Estimate. Huber takes one target, no classes, LevenbergMarquardt with a
	// ridge, since without one every target is reached whatever its weight, and no Reducer. It
	// costs the choice of the ridge once more, and five factors of 820 rows a round for each 1024
	// rows.
	Loss Loss

	// Width is the number of neurons m; 0 means 4096, and where the ridge is chosen of many rows up to 16384 if
	// these cost little, 2048 or 1024 if a step would take longer than 200 s by the plan or more memory than there is. Other
	// values of Effort have other bounds.
	Width int
	Seed  uint64 // of the weights, the signs, the split and the sketch

	// Effort says how much time may be taken, where the ridge is chosen: UsualEffort, the zero, Quick or Thorough. It
	// decides what Width and Members leave open, and how many fits tell the error.
	Effort Effort

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

	// Ridge is μ in ½‖f−y‖² + ½μ‖W−W₀‖², in units of the standardised target. 0 chooses it,
	// with Bias, KeepSkew and KeepScale where they are zero, by rows out of fold: five fits of the
	// linearised model at the initial weights, on at most 1024 rows, which the seed draws, and
	// 4096 neurons, judge each shape of the rows (see Choice). The initial weights are then
	// as wide as the first step needs to do what that model promises. NoRidge means none.
	// GaussNewton has no ridge: a positive one is refused there.
	Ridge float64
	// Damping is λ of the first Levenberg–Marquardt step; 0 means 0.005, a
	// hundredth of the mean diagonal of JJᵀ at random weights, but up to 8192 rows no more than
	// a sixteenth of a ridge that was chosen. GaussNewton refuses it.
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

	// MaxSteps bounds the steps, accepted and rejected. 0 means as many as lower the error out of
	// fold, at most DefaultMaxSteps (all of these where Ridge is given), or DefaultGradientSteps
	// with GradientDescent and Adam.
	MaxSteps int
	// TargetRMSE ends training once the training error, in standard deviations of the target,
	// is this small.
	TargetRMSE float64
	// TimeLimit counts from the start of Fit, with the time of the runs that a checkpoint
	// continues. The targets share it; 0 means none.
	TimeLimit time.Duration

	// Validation is the fraction of rows held out to choose the best step; 0
	// holds out none, and the model is the one with the smallest objective.
	// Patience is the number of accepted steps without improvement on the rows
	// held out after which training stops; 0 means 5, or 100 with GradientDescent
	// and Adam.
	Validation float64
	Patience   int

	// Folds says whether Fit tells the error that its model has on new rows (see Report.Estimate):
	// 0 means where the ridge is chosen, NoFolds never. It costs two to three times as much as
	// the rest, up to 8192 rows, each fit with all Members, and little above.
	Folds int

	// Members bounds the networks whose predictions are averaged, each of a shape of its own, where the
	// ridge is chosen and rows out of fold say that their average errs less (see Choice): 0 means
	// 4, 1 a single network. It is single in any case where no rows out of fold tell the error, and above 8192 rows.
	Members int

	// Importance asks for Estimate.Importance: by how much the error on rows out of fold rises when a column is
	// permuted, and what predictions do along the first few. It takes some two seconds at most on two cores, by
	// fewer rows and columns where there are many, and 256 MB for networks, or those of two fits if that is more.
	// It changes nothing else.
	Importance bool
	// Encoder is what made the features, if one did: importance is told of its columns, and means of targets, learnt by
	// each fit from its own rows, stand in place of its indices (table.EncodedColumn.Indices, features.TargetMean). nil takes each feature
	// for a column; FitTable has its own.
	Encoder *table.Encoder

	// Bias is the constant appended to every standardised row before it is scaled to unit
	// length; 0 means 1, or 2 or 4 if rows out of fold prefer these where
	// Ridge is chosen, else 1; NoBias appends nothing. Unit rows keep the size of x only in the
	// angle to this constant: a larger one keeps more.
	Bias float64

	// KeepSkew leaves skewed features and targets as they are. By default a feature whose
	// skewness exceeds 1 goes through a logarithm fitted to it (see features.Skew), unless rows
	// out of fold prefer them all as they are. Where Ridge is chosen, a target that is positive
	// and of skewness above 1 is fitted in logarithms (see features.TargetLog) if rows out of
	// fold prefer it, by their squared error in the target's own units.
	KeepSkew bool

	// KeepScale leaves every feature at standard deviation 1. By default, where Ridge is chosen,
	// rows out of fold may prefer to divide all by the same deviation, as suits features of one
	// kind, such as pixels; and to scale each by the root of the root-mean-square slope of the
	// linearised fit along it, up to eight times over, or to map all by a metric of these slopes.
	KeepScale bool

	// NoPieces leaves each feature a single coordinate. By default, where Ridge is chosen,
	// features of more than two values are seen in pieces, too: up to eight coordinates between
	// quantiles (see features.Piece), unless rows out of fold prefer to do without. Above
	// 8192 rows they are left out, too, where there are more than four targets or too little memory for a second look
	// at the shapes, and where the plan says that they would take too long.
	NoPieces bool

	// Reducer, if set, joins several processes, each of which calls Fit with the
	// same data and options and trains its share of the neurons: see
	// jacobian.Shard, whose Fast is FastReduce. The model that a rank gets has
	// its own neurons alone; see Model.Share. Fit is then one collective call,
	// which a context, a time limit or Progress on any rank ends on all, but only
	// between products. A NaN that some ranks contribute to a sum and others do not ends
	// it too, with ErrNotFinite, the best model so far and the checkpoint before it.
	// Sketched takes the Kronecker form.
	Reducer    jacobian.Reducer
	FastReduce bool

	Workers int // goroutines; 0 means GOMAXPROCS. No result depends on it.
	// MemoryLimit is the number of bytes that Fit may take; 0 means what is left of the Go memory
	// limit or, on Linux, what the container or the machine leaves. Where the ridge is chosen and Method is Auto, in one process,
	// rows that it does not hold are left out, see Report.LeftOut; ErrMemory says that this does not help.
	MemoryLimit uint64

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

	// Progress, if set, is called after every step of the first member, rejected ones included, on
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

// Bounds of options that nothing sensible exceeds.
const (
	maxWorkers     = 1 << 12
	maxSketchRatio = 1000
)

// check returns ErrOption for the first option that is out of range, for n rows.
func (o *Options) check(n int) error {
	bad := func(name string, v any, want string) error {
		return fmt.Errorf("train: %s is %v, want %s: %w", name, v, want, ErrOption)
	}
	for _, v := range []struct {
		name string
		v    float64
	}{{"SketchRatio", o.SketchRatio}, {"Ridge", o.Ridge}, {"Damping", o.Damping}, {"LearningRate", o.LearningRate}, {"Momentum", o.Momentum}, {"InnerTol", o.InnerTol}, {"TargetRMSE", o.TargetRMSE}, {"Validation", o.Validation}, {"Bias", o.Bias}} {
		if v.v-v.v != 0 {
			return bad(v.name, v.v, "a finite value")
		}
	}
	first, held := o.Rule.FirstOrder(), math.Round(o.Validation*float64(n))
	for _, v := range []struct {
		wrong bool
		name  string
		value any
		want  string
	}{
		{o.Width < 0, "Width", o.Width, "at least 1"},
		{o.Method < Auto || o.Method > GramCG, "Method", o.Method, "Auto, Exact, Sketched, MatrixFree or GramCG"},
		{o.Sketch < AutoSketch || o.Sketch > FullSRHT, "Sketch", o.Sketch, "AutoSketch, KroneckerSRHT or FullSRHT"},
		{o.Rank < 0 && o.Rank != NoPreconditioner, "Rank", o.Rank, "a positive number, 0 or NoPreconditioner"},
		{o.Reducer != nil && o.Sketch == FullSRHT, "Sketch", o.Sketch, "KroneckerSRHT with a Reducer: the full one mixes the neurons of all ranks"},
		{o.Rule < LevenbergMarquardt || o.Rule > Adam, "Rule", o.Rule, "LevenbergMarquardt, GaussNewton, GradientDescent or Adam"},
		{first && o.Method != Auto && o.Method != MatrixFree, "Method", o.Method, "Auto or MatrixFree with a first-order rule, which solves no system"},
		{o.Effort < UsualEffort || o.Effort > Thorough, "Effort", int(o.Effort), "UsualEffort, Quick or Thorough"},
		{o.Decide < MostProbable || o.Decide > F1, "Decide", int(o.Decide), "MostProbable, Accuracy, BalancedAccuracy or F1"},
		{o.Loss < Squared || o.Loss > Huber, "Loss", o.Loss, "Squared or Huber"},
		{o.Loss == Huber && (o.Rule != LevenbergMarquardt || o.Ridge < 0), "Loss", o.Loss, "Squared, or the rule LevenbergMarquardt with a ridge: else every target is reached, or approached, whatever its weight"},
		{o.Loss == Huber && o.Reducer != nil, "Loss", o.Loss, "Squared with a Reducer"},
		{o.LearningRate < 0, "LearningRate", o.LearningRate, "at least 0"},
		{o.Momentum != NoMomentum && !(o.Momentum >= 0 && o.Momentum < 1), "Momentum", o.Momentum, "at least 0 and below 1, or NoMomentum"},
		{!first && (o.LearningRate > 0 || o.Momentum != 0), "Rule", o.Rule, "GradientDescent or Adam with a learning rate or momentum"},
		{o.Rule == GaussNewton && o.Ridge > 0, "Ridge", o.Ridge, "none with GaussNewton, which is undamped"},
		{o.Ridge < 0 && o.Ridge != NoRidge, "Ridge", o.Ridge, "a positive value, 0 or NoRidge"},
		{o.Damping < 0, "Damping", o.Damping, "at least 0"},
		{o.Rule != LevenbergMarquardt && o.Damping > 0, "Damping", o.Damping, "none with GaussNewton, GradientDescent or Adam"},
		{o.Workers < 0 || o.Workers > maxWorkers, "Workers", o.Workers, fmt.Sprintf("between 0 and %d", maxWorkers)},
		{o.InnerTol < 0 || o.InnerTol >= 1, "InnerTol", o.InnerTol, "between 0 and 1"},
		{o.SketchRatio != 0 && (o.SketchRatio < 1 || o.SketchRatio > maxSketchRatio), "SketchRatio", o.SketchRatio, fmt.Sprintf("between 1 and %d", maxSketchRatio)},
		{o.MaxSteps < 0, "MaxSteps", o.MaxSteps, "at least 0"},
		{o.TargetRMSE < 0, "TargetRMSE", o.TargetRMSE, "at least 0"},
		{o.TimeLimit < 0, "TimeLimit", o.TimeLimit, "at least 0"},
		{o.CheckpointSteps < 0, "CheckpointSteps", o.CheckpointSteps, "at least 0"},
		{o.CheckpointInterval < 0, "CheckpointInterval", o.CheckpointInterval, "at least 0"},
		{o.Folds != 0 && o.Folds != NoFolds, "Folds", o.Folds, "0 or NoFolds"},
		{o.Members < 0, "Members", o.Members, "at least 0"},
		{o.Patience < 0, "Patience", o.Patience, "at least 0"},
		{o.Validation < 0, "Validation", o.Validation, "between 0 and 1"},
		{o.Validation > 0 && (held < 1 || held > float64(n-1)), "Validation", o.Validation, fmt.Sprintf("a fraction that leaves rows on both sides of %d", n)},
		{o.Bias < 0 && o.Bias != NoBias, "Bias", o.Bias, "a positive value, 0 or NoBias"},
	} {
		if v.wrong {
			return bad(v.name, v.value, v.want)
		}
	}
	return nil
}
