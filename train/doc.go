// Package train fits a wide two-layer ReLU network to tabular data by
// Gauss–Newton steps that cost a few gradient steps each.
//
// [Fit] takes rows and targets as they are: it standardises them, appends a
// constant, scales each row to unit length, draws the network, and improves its
// hidden weights W until a stopping rule holds. Ridge, constant and the scales of
// the features are chosen by rows out of fold unless they are given. What comes back is a model,
// which remembers all of that and predicts in the units of the target, and a
// [Report] with one line a step.
//
// # The iteration
//
// With residual r = f − y, Jacobian J (package jacobian) and G = JJᵀ, the paper
// (van den Brand, Peng, Song, Weinstein, ITCS 2021) takes
//
//	W ← W − Jᵀg,   G g ≈ r
//
// which is the rule [GaussNewton]. On wide networks and separated samples the
// error falls quadratically. Real tables have duplicate rows, G is then
// singular, and undamped steps oscillate, so the default is
// [LevenbergMarquardt]: it minimises
//
//	½‖f − y‖² + ½μ‖W − W₀‖²
//
// with ridge μ and damping λ. With c = μ + λ and Δ = W − W₀ a step solves
//
//	(G + cI) u = r − (μ/c) J Δ,   δ = −Jᵀu − (μ/c) Δ
//
// and is taken only if the objective falls; λ follows the ratio of the actual
// decrease to the predicted one. The linearised residual after the step is c·u
// up to the residual of the solve, so the prediction costs nothing. With μ = λ = 0 it is the
// paper's step.
//
// [GradientDescent], with momentum, and [Adam] lower the same objective by gradient steps
// over all rows, with default rates that are stable: baselines for a
// comparison with everything else, from data to report, the same.
//
// # The choice of the ridge
//
// At W₀ the network with its gates held is linear in W, and ridge regression on the rows of some
// folds predicts those of another. Where Options.Ridge is 0, Fit tries half decades of μ from
// 10⁻⁵ to 100, the constants 1, 2 and 4, skewed features with their logarithms and without,
// a common scale, and logarithms of positive skewed targets, judged in the targets' own units. It starts
// with features in pieces between quantiles beside the features, and tries to do without. Then it scales the features of that by the root of the root-mean-square slope of the fit along
// each, and maps those without pieces by the fourth root of the mean outer product of the gradients, up
// to eight times over. What looks less at the targets stands first, and another shape is taken if its mean squared error
// out of fold is less by more than the standard error of the difference. Slopes are learnt for
// each fold from the others. Which of several targets gain from logarithms is seen by all
// folds. Of the ridges within one per cent of the least error the largest is taken. 1024 rows
// at most, which the seed draws, and 4096 neurons at most decide; [Choice] tells what came of it.
//
// What helps where there are few rows need not help where there are many. Above 8192 rows, of four targets at most, these decide on
// constant, logarithms of features and common scale alone. All else and the ridge are decided at a second look: 2048
// rows predict 2048 others, by as many neurons as will be trained. Pieces come last then and have to win by more than the
// noise, scales learnt from slopes do not. Pieces are not tried where the plan says that a step with them would take two and a
// half times as long as one without and more than 0.6 ms a row.
//
// [Options.Effort] trades time for error: Quick takes a single network of at most 2048 neurons and four fits to tell its error,
// half the time of small tables and a fifth less of large ones, for about one per cent more error; Thorough takes up to 16384 neurons of more than 2048 rows whatever they cost, twice
// the time for one to three per cent less error of 20 000 rows and more.
//
// Where memory is too short for all rows, a part of them, drawn by the seed, is trained on, a power of two or three times one:
// half a million of a million rows within 4 GB had an error of 0.349, where all at one look, without pieces, had one of 0.427.
// Report.LeftOut counts the others. Of fewer than 32 768 rows none are left out: the first look decides then, without pieces.
//
// Networks that see the rows in other shapes err in other ways. So up to 8192 rows the model is an average of a
// few of these shapes, four at most: the one that was taken, and any whose
// weight lowers the error of the average out of fold by more than the standard error. Each is a fit of
// its own, with its ridge; Options.Members bounds their number.
//
// For the model that decides to be the one that is trained, every rule but GaussNewton
// starts from pairs of neurons with equal weights and opposite signs: f₀ = 0. Neither that nor
// J depends on how wide the weights are, but the wider, the fewer gates a step flips. They
// are N(0, 16) at first, and where the first step does less than nine tenths of what the linear
// model promises they are made wider, fourfold each time, until it does or they are 256 times
// as wide.
//
// # The error on new rows
//
// [Estimate] is the error on rows that had no part in what it judges. Of ten folds of the rows
// each is predicted by a whole fit on the other nine, but above 1200 rows fewer of the ten, down
// to two; shapes and ridges of each fit come from three quarters of the folds, above 1024 rows half, that the predicted one is
// not in, and the number of steps from the errors of the other half of the folds. So on noise it says that there is
// nothing to learn. The fit of all rows takes those steps after the first that lower these errors
// by more than the noise. Above
// 8192 rows a sixteenth of them, at most 2048, is held out of training instead, to tell the error
// and nothing else, and one step is taken unless Options.MaxSteps asks for more.
//
// # Probabilities
//
// FitClasses calibrates what its networks say of these rows: the logit of a class is a scale times
// the score, plus a shift, both the most likely ones under a prior that holds the classes
// together (vector scaling). The log-loss, Brier score and accuracy told of each half of the rows
// are by the calibration of the other half; the model gets that of all.
//
// Where classes are of unequal size there are two ways to do justice to the small ones. Options.Decide leaves
// fit and probabilities alone, and chooses by these rows how large the probability of a class must
// be for it to be told; Estimate.Decision judges each half by what the other half has chosen.
// Options.Balanced weighs the rows so that each class counts the same, and probabilities are then
// those of rows of which every class has as many.
//
// # Intervals
//
// Intervals for the targets of new rows are made of the residuals of these rows, by split conformal
// prediction: in the scale in which a target is fitted, divided by a spread of the row that is
// learnt from others, their order statistics are how far new targets lie from predictions. See
// model.Model.PredictInterval. The logarithm of the spread is a ridge regression on the row by 256 neurons at
// their initial weights; where that does not pay there is one spread for all rows.
// Coverage told of each half of the rows is by the residuals of the other half. It needs 20 rows.
//
// # Classes and columns
//
// Of classes [Estimate] has the confusions on these rows and how far probabilities are off, by bins of the
// probability of the class told, beside how far true ones would be by chance. With Options.Importance it tells what
// each column of the table is worth: by how much the error on rows out of fold rises if what the column says of a
// row is taken from another row, predicted by the fit that has not seen either. Columns that say nothing have a
// rise of 0 in the mean, whatever the fit made of them.
//
// # Outliers
//
// One target that is wrong by a factor of a million decides a sum of squares alone. [Outliers]
// names rows whose targets lie more than 10 robust scales off their predictions by other rows,
// and the loss [Huber] bounds how hard any row pulls, by what it is off those predictions: the
// fit is one of weighted squares, in at most five rounds.
//
// # The system
//
// [Method] says how the n × n system is solved: [Exact] forms G from population
// counts and factors it; [GramCG] forms it and iterates; [MatrixFree] runs
// conjugate gradients on implicit products, for n whose square does not fit or
// does not pay; [Sketched] is the paper's path, implicit products with a
// preconditioner from a randomized Hadamard sketch of Jᵀ. GramCG and MatrixFree
// precondition by low rank, columns of G that randomly pivoted Cholesky chooses,
// once the iterations show that it pays. A preconditioner is kept from step to
// step, follows the damping, and is made anew when the iterations that it has
// come to cost exceed what making it does.
//
// [Auto] compares what a step is expected to take. The expectation is a formula in
// the sizes, the damping and the tolerance, with rates that were measured once:
// nothing is timed, so that the same method is chosen, and the same bits come out,
// on every machine on which the method fits into the memory. As a rule, Exact
// wins below some thousand rows, MatrixFree above, GramCG in between on wide
// networks; small damping moves the borders up, a wide network too. The sketch
// takes 2sn² flops of QR, s ≥ 4n, and more memory than Exact: by time alone it is
// hardly ever chosen. It is for operators whose G is neither cheap nor of low rank.
//
// # Around it
//
// Package table reads CSV and NumPy arrays, decides what their columns hold, and makes numbers
// of categories, times and missing values: Fit takes finite numbers alone, FitTable such tables. Package features maps them
// to the rows of the network. What Fit returns is a model of package model, which
// a program that only predicts needs alone; package page writes a [Report] as a page of
// HTML. A model of FitTable predicts from tables and records by the names of their columns; after
// Fit that takes its Features, Targets and Encoder to be set.
//
// # Interruptions
//
// With [Options.Checkpoint] the state is written to a file between two steps from
// time to time, complete or not at all. Fit, called with the same data and
// options, resumes it; data, options or a plan that differ are refused with
// their name. Whatever happened in between, the result has the same bits, on
// another machine too. The file stays until the caller removes it, having saved the
// model. [Options.TimeLimit] counts the time of all runs, up to the checkpoint
// from which the next one went on.
//
// # Promises
//
// The result depends on the data, the options and the seed, not on the number
// of workers or the processor; with Auto and where Rank is chosen, also on a
// memory limit, if it rules out what would be faster or leaves out rows. Fit honours its context within
// milliseconds and then still returns the best model it has. Memory is planned before it is
// taken, and refused with the figure.
package train
