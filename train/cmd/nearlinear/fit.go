package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

const fitUsage = `usage: nearlinear fit [flags]

Trains a network on a table, and tells the error on rows it held out. An
interrupt keeps, and saves, the best model so far.

  -data file         table to read, - for standard input (a built-in table)
  -out file          save the model here
  -report file       write a report here, one HTML page
  -json              print one JSON object a step, and one for the result
  -v                 log sizes, plan and every step to standard error
  -cpuprofile file   write a profile of the processor here, for go tool pprof;
                     its label train.phase tells the parts of a step
  -memprofile file   write a profile of the allocations here
` + columnUsage + `
  -test f            fraction of the rows held out to test with (0.2)
  -validation f      fraction of the other rows held out to choose the best step
                     with (0: none, the model is the last one accepted)
  -seed n            of the weights, the splits and the sketch (0)

  -width m           neurons (4096)
  -rule r            lm, damped steps that only ever decrease the objective; gn,
                     the undamped steps of the paper; or, to compare with, gd or
                     adam, gradient steps over all rows (lm)
  -rate f            learning rate of gd and adam (gd: the inverse of the largest
                     curvature at the start; adam: the inverse root of the width)
  -momentum f        of gd and adam; 0 for none (0.9)
  -method s          exact, gram-cg, sketched, matrix-free, or auto for the one
                     that is expected to take the least time and fits (auto)
  -ridge µ           weight of the distance from the initial weights; 0 or less
                     for none (chosen by leave-one-out, and with it how the
                     features are scaled)
  -steps n           at most so many steps (60; gd and adam 2000)
  -timeout d         stop after this time, such as 30s or 5m, with the best model
  -checkpoint file   keep the state of training here; the same command again goes
                     on from there, to the same bits, and removes the file in
                     the end; time of earlier runs counts for -timeout
  -checkpoint-every d
                     time between two writings (10s)
  -workers n         threads; changes the time, never the result (all)
` + formatUsage

// fitFlags is what fit was asked to do.
type fitFlags struct {
	data, out, report string
	format            formatFlags
	columns           columnFlags
	read              train.ReadOptions // what format and columns say
	json, verbose     bool
	profiles          profiles
	test              float64
	options           train.Options
}

func parseFit(args []string) (*fitFlags, error) {
	f := &fitFlags{}
	o := &f.options
	fs := flag.NewFlagSet("fit", flag.ContinueOnError)
	fs.StringVar(&f.data, "data", "", "")
	f.format.define(fs)
	f.columns.define(fs)
	fs.StringVar(&f.out, "out", "", "")
	fs.StringVar(&f.report, "report", "", "")
	fs.StringVar(&o.Checkpoint, "checkpoint", "", "")
	fs.DurationVar(&o.CheckpointInterval, "checkpoint-every", 0, "")
	fs.BoolVar(&f.json, "json", false, "")
	fs.BoolVar(&f.verbose, "v", false, "")
	fs.StringVar(&f.profiles.cpu, "cpuprofile", "", "")
	fs.StringVar(&f.profiles.mem, "memprofile", "", "")
	fs.Float64Var(&f.test, "test", 0.2, "")
	fs.Float64Var(&o.Validation, "validation", 0, "")
	fs.Uint64Var(&o.Seed, "seed", 0, "")
	fs.IntVar(&o.Width, "width", 4096, "")
	rule := fs.String("rule", "lm", "")
	method := fs.String("method", "auto", "")
	fs.Float64Var(&o.Ridge, "ridge", 0, "")
	fs.Float64Var(&o.LearningRate, "rate", 0, "")
	fs.Float64Var(&o.Momentum, "momentum", 0, "")
	fs.IntVar(&o.MaxSteps, "steps", 0, "")
	fs.DurationVar(&o.TimeLimit, "timeout", 0, "")
	fs.IntVar(&o.Workers, "workers", 0, "")
	given, err := parse(fs, args)
	if err != nil {
		return nil, err
	}
	if o.Rule, err = train.ParseRule(*rule); err != nil {
		return nil, usagef("-rule %q is none of lm, gn, gd, adam", *rule)
	}
	first := o.Rule == train.GradientDescent || o.Rule == train.Adam
	if !given["steps"] {
		o.MaxSteps = train.DefaultMaxSteps
		if first {
			o.MaxSteps = train.DefaultGradientSteps
		}
	}
	if o.Method, err = train.ParseMethod(*method); err != nil {
		return nil, usagef("-method %q is none of auto, exact, gram-cg, sketched, matrix-free", *method)
	}
	if err := f.format.set(&f.read); err != nil {
		return nil, err
	}
	if err := f.columns.set(&f.read); err != nil {
		return nil, err
	}
	switch {
	case given["data"] && f.data == "":
		return nil, usagef("-data is empty")
	case !(f.test >= 0 && f.test < 1):
		return nil, usagef("-test %v is not a fraction from 0 to 1, 1 excluded", f.test)
	case !(o.Validation >= 0 && o.Validation < 1):
		return nil, usagef("-validation %v is not a fraction from 0 to 1, 1 excluded", o.Validation)
	case o.Ridge-o.Ridge != 0:
		return nil, usagef("-ridge %v is not a finite number", o.Ridge)
	case o.Width < 1:
		return nil, usagef("-width %d is not a number of neurons", o.Width)
	case !first && (given["rate"] || given["momentum"]):
		return nil, usagef("-rate and -momentum are for -rule gd and adam")
	case first && o.Method != train.Auto && o.Method != train.MatrixFree:
		return nil, usagef("-rule %v solves no system: leave out -method", o.Rule)
	case given["rate"] && !(o.LearningRate > 0 && o.LearningRate <= math.MaxFloat64):
		return nil, usagef("-rate %v is not a positive number", o.LearningRate)
	case !(o.Momentum >= 0 && o.Momentum < 1):
		return nil, usagef("-momentum %v is not a number from 0 to 1, 1 excluded", o.Momentum)
	case o.MaxSteps < 1:
		return nil, usagef("-steps %d is not a number of steps", o.MaxSteps)
	case o.CheckpointInterval < 0:
		return nil, usagef("-checkpoint-every %v is negative", o.CheckpointInterval)
	case given["checkpoint-every"] && o.Checkpoint == "":
		return nil, usagef("-checkpoint-every is of no use without -checkpoint")
	case o.TimeLimit < 0:
		return nil, usagef("-timeout %v is negative", o.TimeLimit)
	case o.Workers < 0:
		return nil, usagef("-workers %d is negative", o.Workers)
	}
	// A zero that was asked for means none; in Options it means the default.
	if given["ridge"] && o.Ridge <= 0 {
		o.Ridge = train.NoRidge
	}
	if given["momentum"] && o.Momentum == 0 {
		o.Momentum = train.NoMomentum
	}
	return f, nil
}

// fit runs the command. Nothing is written before training has ended with a
// model, be it by an interrupt.
func fit(ctx context.Context, args []string, std streams) error {
	f, err := parseFit(args)
	if err != nil {
		return err
	}
	if err := checkOutputs([]string{f.data}, f.out, f.report, f.options.Checkpoint, f.profiles.cpu, f.profiles.mem); err != nil {
		return err
	}
	if f.options.Checkpoint != "" { // this command may have been killed before
		atomicfile.Sweep(f.out)
		atomicfile.Sweep(f.report)
	}
	style := styleFor(std.out, f.json)
	var screen io.Writer
	if style == liveLine {
		screen = std.out
	}
	table, err := load(ctx, f.data, std, screen, &f.read, train.ReadTable)
	if err != nil {
		return err
	}
	rest, held := holdOut(table, f.test, f.options.Seed)
	rest, held, encoder, err := encode(rest, held, f.columns.policy)
	if err != nil {
		return fmt.Errorf("%s: %w", f.dataName(), err)
	}
	say := func(format string, args ...any) {
		if !f.json {
			fmt.Fprintf(std.out, format, args...)
		}
	}
	say("data     %s: %d rows, %d features, target %s\n", f.dataName(), table.Rows(), len(table.Features), plainList(table.Targets))
	if table.Classes != nil {
		say("classes  %d: %s\n", len(table.Classes), plainList(table.Classes))
	}
	if encoder != nil {
		say("encoded  %d features\n", len(rest.Features))
	}
	say("split    %d rows to train on, %d held out to test\n", rest.Rows(), held.Rows())

	p := newProgress(std.out, style, f.options.MaxSteps)
	if r := f.options.Rule; r == train.GradientDescent || r == train.Adam {
		p.every = 50
	}
	f.options.Progress = func(s train.Step) bool {
		p.step(s)
		return true
	}
	if f.verbose {
		f.options.Logger = slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	f.options.ProfileLabels = f.profiles.cpu != ""
	if err := f.profiles.start(); err != nil {
		return err
	}
	f.options.Weights = rest.Weights
	model, report, err := trainOn(ctx, rest, &f.options)
	p.close()
	f.profiles.stop()
	if model == nil {
		return err
	}
	model.Features, model.Targets, model.Encoder = rest.Features, table.Targets, encoder
	r := &fitResult{flags: f, model: model, report: report, held: held, interrupted: err}
	r.test(ctx)
	err = r.save()
	if e := r.print(std.out); err == nil {
		err = e
	}
	if e := report.CheckpointErr; e != nil {
		fmt.Fprintf(std.err, "nearlinear fit: warning: %v\n", strings.TrimPrefix(e.Error(), "train: "))
	}
	if done := err == nil && r.interrupted == nil && report.Stop != train.TimedOut; done && f.options.Checkpoint != "" {
		err = os.Remove(f.options.Checkpoint)
		if errors.Is(err, os.ErrNotExist) { // never written
			err = nil
		}
	}
	if err == nil && r.interrupted != nil {
		kept := "saved"
		if f.out == "" {
			kept = "not saved, for want of -out"
		}
		if f.options.Checkpoint != "" {
			kept += ", and the same command again goes on"
		}
		err = fmt.Errorf("interrupted; the best model so far was %s: %w", kept, r.interrupted)
	}
	return err
}

func trainOn(ctx context.Context, t *train.Table, o *train.Options) (*train.Model, *train.Report, error) {
	if t.Classes == nil {
		return train.Fit(ctx, t.X, t.Y, len(t.Features), o)
	}
	labels := make([]string, len(t.Y))
	for i, at := range t.Y {
		labels[i] = t.Classes[int(at)]
	}
	return train.FitClasses(ctx, t.X, labels, len(t.Features), o)
}

func (f *fitFlags) dataName() string {
	switch f.data {
	case "":
		return concreteName
	case "-":
		return "standard input"
	}
	return f.data
}

// fitResult is what is left after training.
type fitResult struct {
	flags       *fitFlags
	model       *train.Model
	report      *train.Report
	held        *train.Table
	interrupted error // the reason, if training was cut short

	predicted []float64 // for held, nil if that was cut short
	scores    []score   // nil without predictions
	saved     []string  // files written
}

// test predicts the rows held out. After an interrupt there are 300 ms for it.
func (r *fitResult) test(ctx context.Context) {
	if len(r.held.Y) == 0 {
		return
	}
	if r.interrupted != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 300*time.Millisecond)
		defer cancel()
	}
	predicted, err := predictRows(ctx, r.model, r.held.X)
	if err != nil {
		if r.interrupted == nil {
			r.interrupted = err
		}
		return
	}
	r.predicted, r.scores = predicted, newScores(r.model, r.held, predicted)
}

func (r *fitResult) save() error {
	f := r.flags
	if f.out != "" {
		if err := r.model.Save(f.out); err != nil {
			return err
		}
		r.saved = append(r.saved, "model "+f.out)
	}
	saved, err := f.profiles.save()
	r.saved = append(r.saved, saved...)
	if err != nil || f.report == "" {
		return err
	}
	page := &train.Page{
		Title:  "nearlinear: " + plainList(r.model.Targets),
		Target: plain(r.model.Targets[0]),
		Facts:  []train.Fact{{Name: "Data", Value: f.dataName()}},
	}
	if len(r.model.Nets) == 1 && len(r.model.Classes) == 0 && r.predicted != nil {
		page.True, page.Predicted = r.held.Y, r.predicted
	}
	for _, s := range r.scores {
		name := "Test"
		if len(r.scores) > 1 {
			name += " of " + plain(s.Target)
		}
		page.Facts = append(page.Facts, train.Fact{Name: name, Value: s.String()})
	}
	if err := atomicfile.Write(f.report, func(w io.Writer) error { return r.report.WriteHTML(w, page) }); err != nil {
		return fmt.Errorf("saving report: %w", err)
	}
	r.saved = append(r.saved, "report "+f.report)
	return nil
}

// print tells the result, for people or as JSON.
func (r *fitResult) print(w io.Writer) error {
	rep := r.report
	if r.flags.json {
		return json.NewEncoder(w).Encode(r.object())
	}
	var b strings.Builder
	if rep.Choice != nil {
		fmt.Fprintf(&b, "ridge    %.3g: %v\n", rep.Ridge, rep.Choice)
	}
	fmt.Fprintf(&b, "method   %s: %s\n", rep.Method, rep.Why)
	fmt.Fprintf(&b, "plan     %.2g s a step on two cores of the machine it was calibrated on, %s\n", rep.StepTime.Seconds(), mebibytes(rep.Bytes))
	if rep.Resumed > 0 {
		fmt.Fprintf(&b, "resumed  after step %d\n", rep.Resumed-1)
	}
	if len(rep.Targets) == 1 {
		fmt.Fprintf(&b, "stopped  %s after %d steps in %s, the model is that of step %d\n", rep.Stop, max(0, len(rep.Steps)-1), clock(rep.Elapsed), rep.Best)
	} else {
		fmt.Fprintf(&b, "stopped  %s after %d steps of %d networks in %s\n", rep.Stop, len(rep.Steps)-len(rep.Targets), len(rep.Targets), clock(rep.Elapsed))
	}
	fmt.Fprintf(&b, "train    RMSE %.4g standard deviations", rep.TrainRMSE)
	if rep.NValid > 0 && !math.IsNaN(rep.ValidRMSE) {
		fmt.Fprintf(&b, ", validation %.4g (%d rows)", rep.ValidRMSE, rep.NValid)
	}
	if rep.TrainAccuracy == rep.TrainAccuracy {
		fmt.Fprintf(&b, "; accuracy %.2f %%", 100*rep.TrainAccuracy)
	}
	if rep.ValidAccuracy == rep.ValidAccuracy {
		fmt.Fprintf(&b, ", validation %.2f %%", 100*rep.ValidAccuracy)
	}
	b.WriteByte('\n')
	switch {
	case len(r.scores) == 1:
		fmt.Fprintf(&b, "test     %s\n", r.scores[0])
	case len(r.scores) > 1:
		for _, s := range r.scores {
			fmt.Fprintf(&b, "test     %s\n", s.named())
		}
	case len(r.held.Y) > 0:
		b.WriteString("test     not done because of the interrupt\n")
	}
	if len(r.saved) > 0 {
		fmt.Fprintf(&b, "saved    %s\n", strings.Join(r.saved, ", "))
	} else if r.flags.out == "" {
		b.WriteString("saved    nothing (-out keeps the model, -report a page about it)\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func mebibytes(b uint64) string { return fmt.Sprintf("%d MiB", (b+1<<20-1)>>20) }

// jsonResult is the last line of -json.
type jsonResult struct {
	Type        string   `json:"type"` // "result"
	Data        string   `json:"data"`
	Targets     []string `json:"targets"`
	Classes     []string `json:"classes,omitempty"`
	Features    []string `json:"features"`
	TrainRows   int      `json:"train_rows"`
	ValidRows   int      `json:"valid_rows"`
	Width       int      `json:"width"`
	Inputs      int      `json:"inputs"`
	Method      string   `json:"method"`
	Why         string   `json:"why"`
	Rule        string   `json:"rule"`
	Seed        uint64   `json:"seed"`
	Sketch      string   `json:"sketch"` // kind; "auto" unless sketched
	SketchRows  int      `json:"sketch_rows"`
	Rank        int      `json:"rank"`
	Ridge       number   `json:"ridge"`
	LeaveOneOut number   `json:"leave_one_out_rmse"` // null if the ridge was given
	Rate        number   `json:"learning_rate"`      // 0 unless the rule is gd or adam
	Momentum    number   `json:"momentum"`           // as learning_rate
	Kernels     string   `json:"kernels"`
	Bytes       uint64   `json:"bytes"`
	StepTime    number   `json:"planned_step_seconds"`
	Resumed     int      `json:"resumed_steps"`
	Steps       int      `json:"steps"`
	BestStep    int      `json:"best_step"`
	Stop        string   `json:"stop"`
	Interrupted bool     `json:"interrupted"`
	TrainRMSE   number   `json:"train_rmse"`
	ValidRMSE   number   `json:"valid_rmse"`
	TrainRight  number   `json:"train_accuracy"` // null without classes
	ValidRight  number   `json:"valid_accuracy"`
	Test        []score  `json:"test"` // one a target, one for classes; null if it was not done
	Elapsed     number   `json:"elapsed_seconds"`
	Saved       []string `json:"saved"`
}

// leaveOneOut returns the error by which the ridge was chosen, NaN if it was given.
func leaveOneOut(r *train.Report) number {
	if r.Choice == nil {
		return number(math.NaN())
	}
	return number(r.Choice.RMSE)
}

func (r *fitResult) object() jsonResult {
	p, m := r.report, r.model
	return jsonResult{"result", r.flags.dataName(), m.Targets, m.Classes, m.Features, p.N, p.NValid, p.Width, p.D, p.Method.String(), p.Why, p.Rule.String(), p.Seed, p.Sketch.String(), p.SketchRows, p.Rank, number(p.Ridge), leaveOneOut(p), number(p.LearningRate), number(p.Momentum), p.Kernels, p.Bytes, number(p.StepTime.Seconds()),
		p.Resumed, max(0, len(p.Steps)-1), p.Best, p.Stop.String(), r.interrupted != nil, number(p.TrainRMSE), number(p.ValidRMSE), number(p.TrainAccuracy), number(p.ValidAccuracy), r.scores, number(p.Elapsed.Seconds()), append([]string{}, r.saved...)}
}
