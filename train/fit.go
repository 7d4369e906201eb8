package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/pprof"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
)

// errTimeLimit is the cause of the context that Options.TimeLimit ends.
var errTimeLimit = fmt.Errorf("train: time limit: %w", context.DeadlineExceeded)

// Fit trains on n rows of d features, x row-major n × d with n = len(x)/d, and
// k targets a row, y row-major n × k with k = len(y)/n, neither of which it
// changes, and returns the model with the smallest validation error (without
// validation rows: the smallest objective) and a report of every step. opts may
// be nil.
//
// Each target gets a network of its own, from the same initial weights and
// signs, and the same bits as from a Fit of that target alone with the ridge, bias and
// scales of all: where these are chosen, they are chosen once, for the mean square
// error over all targets. One network with
// k outputs would not do: its output signs are fixed, and J is a different
// matrix for each output row of them, so that no Gram matrix could be shared.
// The targets are trained one after the other in the memory of one. What they
// have in common is done once: the scaling of x, the initial weights, and at
// these the factor (Exact) or the preconditioner (MatrixFree, GramCG).
//
// When ctx ends after the first evaluation, Fit returns the best model so far,
// of targets it has not come to the initial network, the report, and an error
// that wraps context.Cause(ctx). Other errors come
// without a model: ErrShape, ErrNotFinite (with row and column), ErrOption,
// ErrMemory (with the bytes it would take and what avoids them), or what the
// solver found, such as a singular Gram matrix under GaussNewton.
//
// One step costs one Linearize (2mnd flops), two to three further products of
// that size, and the solve: n²m/128 word operations and n³/3 flops when exact,
// 4mnd flops an inner iteration otherwise, or 8n² bytes read with GramCG. The result is the same for every
// number of workers and on every processor.
func Fit(ctx context.Context, x, y []float64, d int, opts *Options) (*Model, *Report, error) {
	return fit(ctx, x, y, d, opts, nil)
}

// fit is Fit, with the classes that the targets stand for, if they do.
func fit(ctx context.Context, x, y []float64, d int, opts *Options, c *classes) (*Model, *Report, error) {
	start := time.Now()
	all, err := checkData(x, y, d)
	if err != nil {
		return nil, nil, err
	}
	rows, _, err := opts.weighted(all)
	if err != nil {
		return nil, nil, err
	}
	n := len(rows)
	o, err := opts.resolve(n)
	if err != nil {
		return nil, nil, err
	}
	o.targets = len(y) / all
	held := 0
	if o.Validation > 0 {
		held = int(math.Round(o.Validation * float64(n)))
	}
	width := d
	if o.Bias > 0 {
		width++
	}
	if o.ProfileLabels {
		defer pprof.SetGoroutineLabels(ctx)
		ctx = withLabels(ctx)
	}
	own := ctx
	if o.Reducer != nil {
		o.accord = &accord{Reducer: o.Reducer}
		o.shard = &jacobian.Shard{Reducer: o.accord, Neurons: o.Width, Fast: o.FastReduce}
		if _, _, err := o.shard.Share(); err != nil {
			return nil, nil, fmt.Errorf("train: %w: %w", err, ErrOption)
		}
		ctx = o.accord.follow(own)
	}
	p, err := makePlan(o, n-held, held, width, o.Width)
	if err != nil {
		return nil, nil, err
	}
	// What comes before training counts too, but the end of the time that earlier
	// runs have used up does not keep a checkpoint from its model.
	early := ctx
	if o.Checkpoint == "" {
		limited, cancel := o.limited(own, start)
		defer cancel()
		if early = limited; o.accord != nil {
			early = o.accord.follow(limited)
		}
	}
	data, err := prepare(early, x, y, d, held, o)
	if err == nil && o.choice != nil {
		// The ridge counts: with it the same memory may do another method good.
		p, err = planWithin(o, n-held, held, data.scaler.Width(), o.Width, p.limit, p.source)
	}
	var points *checkpoints
	var saved *savedState
	if err == nil {
		points, saved, err = openCheckpoints(early, x, y, d, o, &p, data.scaler.Width())
	}
	if err == errStopped {
		return nil, nil, tooEarly(context.Cause(early))
	}
	if err != nil {
		return nil, nil, err
	}
	if saved != nil {
		start = start.Add(-saved.Elapsed)
	}
	before := early // earlier runs do not end what comes before training
	own, cancel := o.limited(own, start)
	defer cancel()
	if ctx = own; o.accord != nil {
		ctx = o.accord.follow(own)
	}
	if saved == nil {
		before = ctx
	}
	t, err := makeTrainer(before, data, o, p)
	if err == nil {
		t.began, t.points = start, points
		if it, ok := t.sys.(*iterative); ok && points != nil {
			it.w, it.at = t.net.W, make([]float64, len(t.net.W))
		}
		o.logStart(ctx, t.report)
		t.classify(c)
		if err = t.takeUp(before, saved); err == nil {
			err = t.runTargets(own)
		}
	}
	if err != nil {
		if !errors.Is(err, errStopped) {
			return nil, nil, err
		}
		return nil, nil, tooEarly(context.Cause(before))
	}
	model := t.finish()
	o.logEnd(ctx, t.report)
	failed := false
	if o.accord != nil {
		ctx, failed = o.accord.common, o.accord.failed != nil
	}
	if t.report.Stop == Cancelled || failed {
		return model, t.report, fmt.Errorf("train: after %d steps: %w", len(t.report.Steps)-1, context.Cause(ctx))
	}
	return model, t.report, nil
}

// tooEarly is the error of a fit that has no model yet.
func tooEarly(cause error) error {
	return fmt.Errorf("train: before the first evaluation: %w", cause)
}

// limited returns ctx with the deadline of a fit that began at start.
func (o *Options) limited(ctx context.Context, start time.Time) (context.Context, context.CancelFunc) {
	if o.TimeLimit == 0 {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, start.Add(o.TimeLimit), errTimeLimit)
}

// makeTrainer is newTrainer, which it leaves behind when ctx ends.
func makeTrainer(ctx context.Context, data *tables, o *Options, p plan) (*trainer, error) {
	// The trainer's memory may take seconds to make, which nothing can interrupt
	// (package solver does the same): it is left behind then, and ends with that.
	type result struct {
		t     *trainer
		err   error
		panic any
	}
	made := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			r.panic = recover()
			made <- r
		}()
		r.t, r.err = newTrainer(ctx, data, o, p)
	}()
	select {
	case r := <-made:
		if r.panic != nil {
			panic(r.panic)
		}
		return r.t, r.err
	case <-ctx.Done():
		return nil, errStopped
	}
}

// checkData returns the number of rows.
func checkData(x, y []float64, d int) (int, error) {
	if d < 1 || len(y) == 0 || len(x) < d || len(x)%d != 0 || len(y)%(len(x)/d) != 0 {
		return 0, fmt.Errorf("train: %d values and %d targets are not rows of %d features: %w", len(x), len(y), d, ErrShape)
	}
	n := len(x) / d
	if err := checkFinite(x, d); err != nil {
		return 0, err
	}
	for i, v := range y {
		if v-v != 0 {
			which := "target"
			if k := len(y) / n; k > 1 {
				which = fmt.Sprintf("target %d", i%k)
			}
			return 0, fmt.Errorf("train: %s of row %d is %v: %w", which, i/(len(y)/n), v, ErrNotFinite)
		}
	}
	return n, nil
}

// Bounds of options that nothing sensible exceeds.
const (
	maxWorkers     = 1 << 12
	maxSketchRatio = 1000
)

// resolve checks the options and fills in the defaults for n rows.
func (o *Options) resolve(n int) (*Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	bad := func(name string, v any, want string) error {
		return fmt.Errorf("train: %s is %v, want %s: %w", name, v, want, ErrOption)
	}
	for _, v := range []struct {
		name string
		v    float64
	}{{"SketchRatio", r.SketchRatio}, {"Ridge", r.Ridge}, {"Damping", r.Damping}, {"LearningRate", r.LearningRate}, {"Momentum", r.Momentum}, {"InnerTol", r.InnerTol}, {"TargetRMSE", r.TargetRMSE}, {"Validation", r.Validation}, {"Bias", r.Bias}} {
		if v.v-v.v != 0 {
			return nil, bad(v.name, v.v, "a finite value")
		}
	}
	switch {
	case r.Width < 0:
		return nil, bad("Width", r.Width, "at least 1")
	case r.Method < Auto || r.Method > GramCG:
		return nil, bad("Method", r.Method, "Auto, Exact, Sketched, MatrixFree or GramCG")
	case r.Sketch < AutoSketch || r.Sketch > FullSRHT:
		return nil, bad("Sketch", r.Sketch, "AutoSketch, KroneckerSRHT or FullSRHT")
	case r.Rank < 0 && r.Rank != NoPreconditioner:
		return nil, bad("Rank", r.Rank, "a positive number, 0 or NoPreconditioner")
	case r.Reducer != nil && r.Sketch == FullSRHT:
		return nil, bad("Sketch", r.Sketch, "KroneckerSRHT with a Reducer: the full one mixes the neurons of all ranks")
	case r.Rule < LevenbergMarquardt || r.Rule > Adam:
		return nil, bad("Rule", r.Rule, "LevenbergMarquardt, GaussNewton, GradientDescent or Adam")
	case r.Rule.firstOrder() && r.Method != Auto && r.Method != MatrixFree:
		return nil, bad("Method", r.Method, "Auto or MatrixFree with a first-order rule, which solves no system")
	case r.LearningRate < 0:
		return nil, bad("LearningRate", r.LearningRate, "at least 0")
	case r.Momentum != NoMomentum && !(r.Momentum >= 0 && r.Momentum < 1):
		return nil, bad("Momentum", r.Momentum, "at least 0 and below 1, or NoMomentum")
	case !r.Rule.firstOrder() && (r.LearningRate > 0 || r.Momentum != 0):
		return nil, bad("Rule", r.Rule, "GradientDescent or Adam with a learning rate or momentum")
	case r.Rule == GaussNewton && r.Ridge > 0:
		return nil, bad("Ridge", r.Ridge, "none with GaussNewton, which is undamped")
	case r.Ridge < 0 && r.Ridge != NoRidge:
		return nil, bad("Ridge", r.Ridge, "a positive value, 0 or NoRidge")
	case r.Damping < 0:
		return nil, bad("Damping", r.Damping, "at least 0")
	case r.Rule != LevenbergMarquardt && r.Damping > 0:
		return nil, bad("Damping", r.Damping, "none with GaussNewton, GradientDescent or Adam")
	case r.Workers < 0 || r.Workers > maxWorkers:
		return nil, bad("Workers", r.Workers, fmt.Sprintf("between 0 and %d", maxWorkers))
	case r.InnerTol < 0 || r.InnerTol >= 1:
		return nil, bad("InnerTol", r.InnerTol, "between 0 and 1")
	case r.SketchRatio != 0 && (r.SketchRatio < 1 || r.SketchRatio > maxSketchRatio):
		return nil, bad("SketchRatio", r.SketchRatio, fmt.Sprintf("between 1 and %d", maxSketchRatio))
	case r.MaxSteps < 0:
		return nil, bad("MaxSteps", r.MaxSteps, "at least 0")
	case r.TargetRMSE < 0:
		return nil, bad("TargetRMSE", r.TargetRMSE, "at least 0")
	case r.TimeLimit < 0:
		return nil, bad("TimeLimit", r.TimeLimit, "at least 0")
	case r.CheckpointSteps < 0:
		return nil, bad("CheckpointSteps", r.CheckpointSteps, "at least 0")
	case r.CheckpointInterval < 0:
		return nil, bad("CheckpointInterval", r.CheckpointInterval, "at least 0")
	case r.Patience < 0:
		return nil, bad("Patience", r.Patience, "at least 0")
	case r.Validation < 0:
		return nil, bad("Validation", r.Validation, "between 0 and 1")
	case r.Validation > 0 && (math.Round(r.Validation*float64(n)) < 1 || math.Round(r.Validation*float64(n)) > float64(n-1)):
		return nil, bad("Validation", r.Validation, fmt.Sprintf("a fraction that leaves rows on both sides of %d", n))
	case r.Bias < 0 && r.Bias != NoBias:
		return nil, bad("Bias", r.Bias, "a positive value, 0 or NoBias")
	}
	r.targets = 1
	if r.Width == 0 {
		r.Width = 4096
	}
	switch {
	case r.Rule == GaussNewton:
		r.Ridge = NoRidge
	case r.Ridge == 0:
		r.choose, r.Ridge = true, plannedRidge
	}
	if r.InnerTol == 0 {
		r.InnerTol, r.forcing = 1e-3, forcing
		if r.Rule == GaussNewton {
			r.InnerTol, r.forcing = 0.1, 0
		}
	}
	steps, patience := DefaultMaxSteps, 5
	if r.Rule.firstOrder() {
		steps, patience = DefaultGradientSteps, firstOrderWindow
		if r.Momentum == 0 {
			r.Momentum = 0.9
		}
	}
	if r.MaxSteps == 0 {
		r.MaxSteps = steps
	}
	if r.Patience == 0 {
		r.Patience = patience
	}
	if r.Bias == 0 {
		r.chooseBias, r.Bias = r.choose, 1
	}
	return &r, nil
}

// tables are the rows a trainer works on, standardised: the training part, and
// the validation part if there is one. Targets stand one after the other, each
// with all its rows.
type tables struct {
	scaler         *Scaler
	x, y           []float64
	xValid, yValid []float64
	order          []int     // the caller's rows, in the order of training and validation part
	root           []float64 // √ of the weights in this order, each part of mean 1; nil without weights
}

// target returns the rows of target j.
func (t *tables) target(j int) (y, yValid []float64) {
	n, nv := t.rows()
	return t.y[j*n : (j+1)*n], t.yValid[j*nv : (j+1)*nv]
}

func (t *tables) rows() (n, nValid int) {
	d := t.scaler.Width()
	return len(t.x) / d, len(t.xValid) / d
}

// prepare splits the rows, fits the scaling to the training part alone and
// applies it to both.
func prepare(ctx context.Context, x, y []float64, d, held int, o *Options) (*tables, error) {
	order, weights, err := o.weighted(len(x) / d)
	if err != nil {
		return nil, err
	}
	n := len(order)
	if held > 0 {
		moved, w := make([]int, n), make([]float64, len(weights))
		for i, j := range split(n, o.Seed) {
			moved[i] = order[j]
			if weights != nil {
				w[i] = weights[j]
			}
		}
		order = moved
		if weights != nil {
			weights = w
		}
	}
	k, targets := n-held, len(y)/(len(x)/d)
	px, py, pv := make([]float64, n*d), make([]float64, k*targets), make([]float64, held*targets)
	for i, j := range order {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, errStopped
		}
		copy(px[i*d:(i+1)*d], x[j*d:(j+1)*d])
		for t, v := range y[j*targets : (j+1)*targets] {
			if i < k {
				py[t*k+i] = v
			} else {
				pv[t*held+i-k] = v
			}
		}
	}
	training := weights
	if weights != nil {
		training = weights[:k]
	}
	scaler, err := fitScaler(ctx, px[:k*d], py, training, d, max(o.Bias, 0), !o.KeepSkew)
	if err != nil {
		return nil, err
	}
	for t := range targets {
		scaler.targets(py[t*k:(t+1)*k], py[t*k:(t+1)*k], t)
		scaler.targets(pv[t*held:(t+1)*held], pv[t*held:(t+1)*held], t)
	}
	if o.choose {
		var root []float64
		if weights != nil {
			root = roots(training)
		}
		if scaler, o.choice, err = choose(ctx, scaler, px[:k*d], py, root, o); err != nil {
			return nil, err
		}
		o.Ridge = o.choice.Ridge
	}
	w := scaler.Width()
	sx := make([]float64, n*w)
	run := max(1, 50000/d) // rows, below a few milliseconds
	for i := 0; i < n; i += run {
		if ctx.Err() != nil {
			return nil, errStopped
		}
		end := min(i+run, n)
		scaler.Apply(sx[i*w:end*w], px[i*d:end*d])
	}
	data := &tables{scaler: scaler, x: sx[:k*w], y: py, xValid: sx[k*w:], yValid: pv, order: order}
	if weights != nil {
		data.weigh(weights[:k], weights[k:])
	}
	return data, nil
}
