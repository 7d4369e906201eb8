// Package fitflags has what the commands that fit share: flags, and how a fit ends.
package fitflags

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"github.com/nearlinear/nearlinear/train"
)

// Usage describes the flags whose meaning is the same for all commands.
const Usage = `  -validation f      fraction of the rows to train on held out to choose the best
                     step with (0: none, the model is the last one accepted)
  -seed n            of the weights, the splits and the sketch (0)
  -rule r            lm, damped steps that only ever decrease the objective; gn,
                     the undamped steps of the paper; or, to compare with, gd or
                     adam, gradient steps over all rows (lm)
  -method s          exact, gram-cg, sketched, matrix-free, or auto for the one
                     that is expected to take the least time and fits (auto)
  -loss s            squared, or huber, for which no row pulls harder than one
                     that is 1.345 robust scales of the residuals off: for
                     numbers, a single target, lm, and a single process (squared)
  -effort e          quick, for half the time of small tables and a fifth less of
                     large ones, and a somewhat larger error; thorough, for two or
                     three times as long and a somewhat smaller one of more than
                     2048 rows; or default
  -ridge µ           weight of the distance from the initial weights; 0 or less
                     for none (chosen by rows out of fold, and with it how the
                     features are scaled)
  -steps n           at most so many steps (as many as pay on rows out of fold, at
                     most 60; gd and adam 2000)
  -timeout d         stop after this time, such as 30s or 5m, with the best model
`

// Flags are the flags of a fit on their way into options.
type Flags struct {
	fs                 *flag.FlagSet
	o                  *train.Options
	rule, method, loss string
	effort             string
}

// Define adds the flags to fs, whose values go to o: -width with the given default,
// -rule, -method, -loss, -effort, -ridge, -seed, -steps, -timeout, -validation, -workers and -checkpoint.
func Define(fs *flag.FlagSet, o *train.Options, width int) *Flags {
	f := &Flags{fs: fs, o: o}
	fs.IntVar(&o.Width, "width", width, "")
	fs.StringVar(&f.rule, "rule", "lm", "")
	fs.StringVar(&f.method, "method", "auto", "")
	fs.StringVar(&f.loss, "loss", "squared", "")
	fs.StringVar(&f.effort, "effort", "default", "")
	fs.Float64Var(&o.Ridge, "ridge", 0, "")
	fs.Uint64Var(&o.Seed, "seed", 0, "")
	fs.IntVar(&o.MaxSteps, "steps", 0, "")
	fs.DurationVar(&o.TimeLimit, "timeout", 0, "")
	fs.Float64Var(&o.Validation, "validation", 0, "")
	fs.IntVar(&o.Workers, "workers", 0, "")
	fs.StringVar(&o.Checkpoint, "checkpoint", "", "")
	return f
}

// Given returns which flags there were.
func Given(fs *flag.FlagSet) map[string]bool {
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	return given
}

// Check completes the options once the flags have been parsed. The error says which flag
// is wrong, and why.
func (f *Flags) Check() (err error) {
	o, given := f.o, Given(f.fs)
	if o.Rule, err = train.ParseRule(f.rule); err != nil {
		return fmt.Errorf("-rule %q is none of lm, gn, gd, adam", f.rule)
	}
	if o.Method, err = train.ParseMethod(f.method); err != nil {
		return fmt.Errorf("-method %q is none of auto, exact, gram-cg, sketched, matrix-free", f.method)
	}
	if o.Loss, err = train.ParseLoss(f.loss); err != nil {
		return fmt.Errorf("-loss %q is none of squared, huber", f.loss)
	}
	if o.Effort, err = train.ParseEffort(f.effort); err != nil {
		return fmt.Errorf("-effort %q is none of default, quick, thorough", f.effort)
	}
	for _, v := range []struct {
		wrong bool
		text  string
	}{
		{!(o.Validation >= 0 && o.Validation < 1), fmt.Sprintf("-validation %v is not a fraction from 0 to 1, 1 excluded", o.Validation)},
		{o.Ridge-o.Ridge != 0, fmt.Sprintf("-ridge %v is not a finite number", o.Ridge)},
		{o.Width < 1 && given["width"], fmt.Sprintf("-width %d is not a number of neurons", o.Width)},
		{o.Rule.FirstOrder() && o.Method != train.Auto && o.Method != train.MatrixFree, fmt.Sprintf("-rule %v solves no system: leave out -method", o.Rule)},
		{given["steps"] && o.MaxSteps < 1, fmt.Sprintf("-steps %d is not a number of steps", o.MaxSteps)},
		{o.TimeLimit < 0, fmt.Sprintf("-timeout %v is negative", o.TimeLimit)},
		{o.Workers < 0, fmt.Sprintf("-workers %d is negative", o.Workers)},
	} {
		if v.wrong {
			return fmt.Errorf("%s", v.text)
		}
	}
	// A zero that was asked for means none; in Options it means the default.
	if given["ridge"] && o.Ridge <= 0 {
		o.Ridge = train.NoRidge
	}
	return nil
}

// Stopped is the error of a fit that stopped early and left a model, which went to out unless
// there is an error of that too, or no file: it says what is left.
func Stopped(o *train.Options, out string, unsaved, stopped error) error {
	left := "saved"
	switch {
	case unsaved != nil:
		left = fmt.Sprintf("not saved (%v)", unsaved)
	case out == "":
		left = "not saved, for want of -out"
	}
	if _, err := os.Stat(o.Checkpoint); err == nil {
		left += ", and the same command again goes on from " + o.Checkpoint
	}
	return fmt.Errorf("stopped; the best model so far was %s: %w", left, stopped)
}

// RemoveCheckpoint removes the checkpoint, if one was written, of a fit that is done: after a
// time limit the same command, given more of it, goes on.
func RemoveCheckpoint(o *train.Options, r *train.Report) error {
	if o.Checkpoint == "" || r.Stop == train.TimedOut {
		return nil
	}
	if err := os.Remove(o.Checkpoint); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
