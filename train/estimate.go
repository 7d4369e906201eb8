package train

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/folds"
	"github.com/nearlinear/nearlinear/train/model"
)

// The honest error of a fit, and the steps that pay.
//
// Rows are dealt to folds, and folds to two halves and four parts. What a fold is told about comes
// from a whole fit without it: scaling and weights are learnt from the other rows, shape and ridge
// were chosen on the other three parts alone, or of many rows the other half. The number of steps comes from the errors of the other
// half's folds, whose fits have trained on the rows judged, as a stopping rule shared by all
// folds would: one whole number, from a few, is all that these rows have a part in.
const (
	estimateFolds = 10      // each tenth of the rows is judged by a fit on the others
	estimateParts = 4       // of the folds
	estimateRows  = 1200    // where there are more, fewer folds are fitted, but one of each half
	estimateTime  = 0.5     // seconds that the plan expects of the steps after the first, over all folds
	estimateMost  = 8192    // from so many rows on, some are held out of training instead
	estimateHeld  = 16      // one in so many, …
	estimateLimit = 1 << 11 // … and no more than so many
)

// foldResult is what a fit without some rows says of them.
type foldResult struct {
	fold    int
	rows    []int           // of the training rows
	dropped []int           // rows of the fold that tell no error: outliers
	half    int             // that they are in
	steps   [][][]float64   // predictions by step, target and row, in standard deviations of the target; the last one stands for those after it
	truth   [][]float64     // targets in the same units
	root    []float64       // roots of the weights, nil for ones
	units   []float64       // that squared errors of the targets count
	model   *model.Model    // scaler of the fit
	members [][][][]float64 // predictions of each member, as targets are fitted
	weights []float64       // of the members
	keeps   int             // steps after which networks are kept; 0 for none
	kept    []keptMember    // of each member, if any
}

// at returns the predictions of a target after so many steps.
func (f *foldResult) at(step, target int) []float64 {
	return f.steps[min(step, len(f.steps)-1)][target]
}

// estimator judges a fit of raw rows.
type estimator struct {
	cfg     *config
	r       *rawRows
	group   []int
	groups  int
	results []*foldResult
	unit    float64               // variance that squared errors are told in
	by      [2]*model.Calibration // of each half by the other; nil without classes
}

// halfOf returns the half that row i of a fold is in.
func (e *estimator) halfOf(f *foldResult, i int) int {
	if len(e.results) == 1 { // the rows held out of a single fit
		return e.group[i] % 2
	}
	return f.half
}

// newEstimator returns one that has fitted nothing yet.
func newEstimator(r *rawRows, cfg *config) *estimator {
	e := &estimator{cfg: cfg, r: r}
	e.group, e.groups = folds.Groups(r.x, r.d)
	return e
}

// estimate fits without some rows, again and again, and returns what these say: the error,
// and how many steps pay, 0 if that was not to be found out. It is nil where there are too
// few rows. s is the scaler of all.
func (e *estimator) estimate(ctx context.Context, s *features.Scaler) (*Estimate, int, error) {
	r, cfg := e.r, e.cfg
	fold, count := folds.Split(e.group, e.groups, r.strata(), estimateFolds, cfg.Seed, streamEstimate)
	if count < 4 {
		return nil, 0, nil
	}
	fitted := count
	if n := r.n(); n > estimateRows {
		fitted = min(count, max(2, 2*((estimateFolds*estimateRows/n+1)/2)))
	}
	bounds := cfg.Effort.bounds()
	fitted = min(fitted, bounds.judges)
	parts := bounds.parts
	if r.n() >= choiceRows { // half of them are enough for a choice
		parts = 2
	}
	choices, err := e.choices(ctx, fold, parts)
	if err != nil {
		return nil, 0, err
	}
	e.results = make([]*foldResult, fitted)
	err = cfg.sideBySide(fitted, func(f int, own *config) (err error) {
		e.results[f], err = e.fit(ctx, fold, f, choices[f%parts], fitted, own)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	steps := [2]int{e.pays(1), e.pays(0)} // of a half by the other
	out, taken := e.tell(steps), e.pays(-1)
	out.Folds = fitted
	if err := e.tellIntervals(ctx, out, s, taken); err != nil {
		return nil, 0, err
	}
	if err := e.tellClasses(ctx, out, steps, taken); err != nil {
		return nil, 0, err
	}
	return out, taken, e.tellImportance(ctx, out, steps)
}

// choices returns what is chosen without the folds of each of so many parts.
func (e *estimator) choices(ctx context.Context, fold []int, parts int) ([]*Choice, error) {
	out := make([]*Choice, parts)
	return out, e.cfg.sideBySide(parts, func(part int, own *config) (err error) {
		var others []int
		for i, f := range fold {
			if f%parts != part {
				others = append(others, i)
			}
		}
		rows := e.r.subset(others)
		if own.Loss == Huber {
			_, _, out[part], err = own.robust(ctx, rows, choiceRows/2)
		} else {
			out[part], err = choose(ctx, rows, choiceRows/2, own)
		}
		return err
	})
}

// fit trains on all rows but those of a fold, and returns what it says of them after each step.
func (e *estimator) fit(ctx context.Context, fold []int, f int, c *Choice, fitted int, own *config) (*foldResult, error) {
	var in, out []int
	for i, of := range fold {
		if of == f {
			out = append(out, i)
		} else {
			in = append(in, i)
		}
	}
	out, dropped := e.cfg.kept(e.r, out)
	training, held := e.r.subset(in), e.r.subset(out)
	one := *own
	own = &one
	own.rows, own.held = len(in), 0
	if own.Loss == Huber {
		var err error
		if training, _, err = own.reweighted(ctx, training, training.limited(), c.members[0].shape, c.Ridge, robustRounds); err != nil {
			return nil, err
		}
	}
	r := &foldResult{fold: f, rows: out, dropped: dropped, half: f % 2}
	for _, m := range c.members {
		if err := r.add(ctx, training, held, m, own, fitted, len(c.members)); err != nil {
			return nil, err
		}
	}
	r.average()
	return r, nil
}

// add trains one of so many members without the rows held out, in no more time than one of so many fits is to
// take, and adds what it says of them after each step, by its weight.
func (f *foldResult) add(ctx context.Context, training, held *rawRows, m member, cfg *config, fits, members int) error {
	t, p, err := m.trainer(ctx, training, held, cfg)
	if err != nil {
		return err
	}
	if cfg.stepsChosen {
		t.cfg.MaxSteps = stepsTried(p.step, fits*members, cfg.targets)
	}
	if f.model == nil {
		if most, steps := keepsNets(cfg.Width*cfg.inputs(training.d)*members, cfg.targets); cfg.Importance && f.fold < most {
			f.keeps = steps
		}
		f.model, f.units = &model.Model{Scaler: *t.data.scaler}, held.units(t.data.scaler)
		if t.data.root != nil {
			f.root = t.data.root[training.n():]
		}
		for j := range cfg.targets {
			_, y := t.data.target(j)
			f.truth = append(f.truth, f.inDeviations(y, j))
		}
	}
	var steps [][][]float64
	kept := keptMember{scaler: t.data.scaler, weight: m.weight, nets: make([][]jacobian.Network, cfg.targets)}
	t.observe = func(target int) {
		step := len(t.history.Steps) - 1 // of the accepted ones; those taken back repeat what was before
		for len(steps) <= step {
			steps = append(steps, make([][]float64, cfg.targets))
		}
		steps[step][target] = slices.Clone(t.fValid)
		if step > 0 && step <= f.keeps {
			kept.nets[target] = append(kept.nets[target], t.net.With(slices.Clone(t.net.W)))
		}
	}
	if err := t.runTargets(ctx); err != nil {
		return stopped(ctx, err)
	}
	if ctx.Err() != nil { // targets that it has not come to have told nothing
		return fault.ErrStopped
	}
	if f.keeps > 0 {
		kept.complete(t.nets)
		f.kept = append(f.kept, kept)
	}
	f.members = append(f.members, steps)
	f.weights = append(f.weights, m.weight)
	return nil
}

// average sets the predictions to the average of those of the members, in standard deviations of
// the targets. What ended before others stays as it was.
func (f *foldResult) average() {
	longest := 0
	for _, steps := range f.members {
		longest = max(longest, len(steps))
		for s := 1; s < len(steps); s++ {
			for j, p := range steps[s] {
				if p == nil {
					steps[s][j] = steps[s-1][j]
				}
			}
		}
	}
	for s := range longest {
		f.steps = append(f.steps, nil)
		for j := range f.truth {
			mean := make([]float64, len(f.rows))
			for q, steps := range f.members {
				asm.Axpy(mean, f.weights[q], steps[min(s, len(steps)-1)][j])
			}
			f.steps[s] = append(f.steps[s], f.inDeviations(mean, j))
		}
	}
	f.members = nil
}

// inDeviations returns the standardised values v of a target, times the roots of the weights,
// in standard deviations of the target, which those of a target in logarithms are not.
func (f *foldResult) inDeviations(v []float64, target int) []float64 {
	out, s := append([]float64(nil), v...), &f.model.Scaler
	if !s.InLogarithms(target) {
		return out
	}
	for q, t := range out {
		switch {
		case f.root == nil:
			out[q] = s.Deviations(t, target)
		case f.root[q] > 0:
			out[q] = f.root[q] * s.Deviations(t/f.root[q], target)
		}
	}
	return out
}

// stepsTried bounds the steps of the fits that judge, each of so many expected seconds, of so
// many fits and targets.
func stepsTried(step float64, fits, targets int) int {
	more := estimateTime / (step * float64(fits*targets))
	if more < 2 {
		return 1
	}
	return int(min(1+more, DefaultMaxSteps))
}

// squares adds the squared errors of the rows of a half, -1 for both, after so many steps, by
// groups of equal rows: sums over the rows and targets of each, and their number.
func (e *estimator) squares(half, steps int) (sums, size []float64) {
	sums, size = make([]float64, e.groups), make([]float64, e.groups)
	for _, f := range e.results {
		if half >= 0 && f.half != half {
			continue
		}
		for j, truth := range f.truth {
			p := f.at(steps, j)
			for q, i := range f.rows {
				d := p[q] - truth[q]
				sums[e.group[i]] += float64(f.units[j] * float64(d*d))
				size[e.group[i]]++
			}
		}
	}
	return compact(sums, size)
}

// compact leaves out groups without members.
func compact(sums, size []float64) ([]float64, []float64) {
	k := 0
	for g, n := range size {
		if n > 0 {
			sums[k], size[k] = sums[g], n
			k++
		}
	}
	return sums[:k], size[:k]
}

// pays returns how many steps lower the error on the rows of a half, -1 for both: the best
// number, if it is better than one step by more than the standard error of the difference;
// else one.
func (e *estimator) pays(half int) int {
	if !e.cfg.stepsChosen {
		return e.cfg.MaxSteps
	}
	longest := 1
	for _, f := range e.results {
		longest = max(longest, len(f.steps)-1)
	}
	first, size := e.squares(half, 1)
	best, least := 1, sum(first)
	for s := 2; s <= longest; s++ {
		if sums, _ := e.squares(half, s); sum(sums) < least {
			best, least = s, sum(sums)
		}
	}
	sums, _ := e.squares(half, best)
	for g := range sums {
		sums[g] = first[g] - sums[g]
	}
	if gain, err := meanAndError(sums, size); gain > err {
		return best
	}
	return 1
}

// tell returns the errors of the rows of each half after the steps that the other half has
// found to pay.
func (e *estimator) tell(steps [2]int) *Estimate {
	out := newEstimate()
	sums, size := make([]float64, e.groups), make([]float64, e.groups)
	var truth, weights []float64
	for _, f := range e.results {
		out.Rows += len(f.rows)
		for j, y := range f.truth {
			p := f.at(steps[f.half], j)
			for q, i := range f.rows {
				d := p[q] - y[q]
				sums[e.group[i]] += float64(f.units[j] * float64(d*d))
				size[e.group[i]]++
				w := 1.0
				if f.root != nil {
					w = f.root[q]
				}
				if w > 0 {
					truth, weights = append(truth, y[q]/w), append(weights, w*w)
				}
			}
		}
	}
	sums, size = compact(sums, size)
	square, err := meanAndError(sums, size)
	spread := variance(truth, weights)
	out.R2 = 1 - square/spread
	if e.unit = 1; e.cfg.Loss == Huber { // whose unit is the deviation of weighted rows
		e.unit = spread
	}
	square, err = square/e.unit, err/e.unit
	out.RMSE = math.Sqrt(square)
	out.RMSEError = err / (2 * out.RMSE)
	return out
}

// tellClasses adds what the rows say of classes after the steps that each half takes, and the
// calibration of all of them after the steps that the model takes.
func (e *estimator) tellClasses(ctx context.Context, out *Estimate, steps [2]int, taken int) (err error) {
	if e.r.class == nil {
		return nil
	}
	told, all := e.classScores(steps), e.classScores([2]int{taken, taken})
	if !told.finite() || !all.finite() {
		return nil
	}
	if e.by, err = told.byOthers(ctx); err != nil {
		return err
	}
	out.tellClasses(told, e.by)
	out.calibration, err = all.calibrated(ctx)
	return err
}

// variance returns the weighted variance of y.
func variance(y, weights []float64) float64 {
	total := sum(weights)
	mean := asm.Dot(y, weights) / total
	v := 0.0
	for i, a := range y {
		v += float64(weights[i] * float64((a-mean)*(a-mean)))
	}
	return v / total
}
