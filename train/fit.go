package train

import (
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"time"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/phase"
	"github.com/nearlinear/nearlinear/train/model"
)

// Fit trains on n rows of d features, x row-major n × d with n = len(x)/d, and
// k targets a row, y row-major n × k with k = len(y)/n, neither of which it
// changes, and returns the model with the smallest validation error (without
// validation rows: the smallest objective) and a report of every step. opts may
// be nil.
//
// Up to 8192 rows the model may be an average of networks of several shapes of the rows (see
// Options.Members); steps, progress and checkpoints are told of the first. What follows holds for each of them.
//
// Each target gets a network of its own, from the same initial weights and
// signs, and the same bits as from a Fit of that target alone with the ridge, bias and
// scales of all: where these are chosen, they are chosen once, for the mean square
// error over all targets. One network with
// k outputs would not do: its output signs are fixed, and J is a different
// matrix for each output row of them, so that no Gram matrix could be shared.
// The targets are trained one after the other in the memory of one. What they
// have in common is done once: the scaling of x, the initial weights, and at
// these the outputs, and the factor (Exact) or the preconditioner (MatrixFree, GramCG).
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
// 4mnd flops an inner iteration otherwise, or 8n² bytes read with GramCG. The
// result is the same for every number of workers and on every processor.
func Fit(ctx context.Context, x, y []float64, d int, opts *Options) (*model.Model, *Report, error) {
	return fit(ctx, x, y, d, opts, nil)
}

// fit is Fit, with the classes that the targets stand for, if they do.
func fit(ctx context.Context, x, y []float64, d int, opts *Options, c *classes) (*model.Model, *Report, error) {
	start := time.Now()
	cfg, err := newConfig(x, y, d, opts)
	if err != nil {
		return nil, nil, err
	}
	if err := cfg.checkClasses(c != nil); err != nil {
		return nil, nil, err
	}
	if cfg, err = cfg.sampled(opts); err != nil {
		return nil, nil, err
	}
	if cfg.ProfileLabels {
		defer pprof.SetGoroutineLabels(ctx)
		ctx = phase.WithLabels(ctx)
	}
	before, cancel := cfg.preparing(ctx, start)
	defer cancel()
	raw, err := gather(before, x, y, d, c.index(), cfg)
	if err != nil {
		return nil, nil, early(before, err)
	}
	data, p, err := prepare(before, raw, cfg)
	if err != nil {
		return nil, nil, early(before, err)
	}
	told, err := estimated(before, raw, cfg, data.scaler)
	if err != nil {
		return nil, nil, early(before, err)
	}
	points, saved, err := openCheckpoints(before, x, y, d, cfg, &p, data.scaler.Width())
	if err != nil {
		return nil, nil, early(before, err)
	}
	if saved != nil {
		start = start.Add(-saved.Elapsed)
	}
	ctx, cancel = cfg.withTimeLimit(ctx, start)
	defer cancel()
	if saved == nil { // else earlier runs do not end what comes before training
		before = cfg.follow(ctx)
	}
	t, err := makeTrainer(before, data, cfg, p)
	if err != nil {
		return nil, nil, early(before, err)
	}
	t.began, t.report.Estimate = start, told
	t.keepPoints(points)
	cfg.logStart(ctx, t.report)
	t.classify(c)
	if err := t.resumeTargets(before, saved); err != nil {
		return nil, nil, early(before, err)
	}
	if err := t.runTargets(ctx); err != nil {
		return nil, nil, early(before, err)
	}
	if err := t.further(ctx); err != nil {
		return nil, nil, err
	}
	if cfg.heldOf > 0 {
		_, held := cfg.split(raw)
		if t.report.Estimate, err = t.tellHeld(ctx, held); err != nil {
			return nil, nil, err
		}
	}
	model := t.finish()
	if err := t.tellDependence(ctx, model, raw.plain()); err != nil {
		return nil, nil, err
	}
	cfg.logEnd(ctx, t.report)
	return model, t.report, t.cut(ctx)
}

// estimated judges the fit by rows out of fold, and sets the number of steps.
func estimated(ctx context.Context, r *rawRows, cfg *config, s *features.Scaler) (*Estimate, error) {
	if !cfg.estimates() || cfg.heldOf > 0 {
		return nil, nil
	}
	training, _ := cfg.split(r)
	told, steps, err := newEstimator(training, cfg).estimate(ctx, s)
	if err == nil && cfg.stepsChosen && told != nil {
		cfg.MaxSteps = steps
	}
	return told, err
}

// early is the error of a fit that has no model yet.
func early(ctx context.Context, err error) error {
	if errors.Is(err, fault.ErrStopped) {
		return tooEarly(context.Cause(ctx))
	}
	return err
}

func tooEarly(cause error) error {
	return fmt.Errorf("train: before the first evaluation: %w", cause)
}

// cut is the error of a fit that was cut short, on this rank or another one.
func (t *trainer) cut(ctx context.Context) error {
	failed := false
	if t.cfg.group != nil {
		ctx, failed = t.cfg.group.Common()
	}
	if t.report.Stop == Cancelled || failed {
		return fmt.Errorf("train: after %d steps: %w", len(t.report.Steps)-1, context.Cause(ctx))
	}
	return nil
}

// makeTrainer is newTrainer, which it leaves behind when ctx ends.
func makeTrainer(ctx context.Context, data *dataset, cfg *config, p plan) (*trainer, error) {
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
		r.t, r.err = newTrainer(ctx, data, cfg, p)
	}()
	select {
	case r := <-made:
		if r.panic != nil {
			panic(r.panic)
		}
		return r.t, r.err
	case <-ctx.Done():
		return nil, fault.ErrStopped
	}
}
