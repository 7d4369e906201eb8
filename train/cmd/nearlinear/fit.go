package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/fitflags"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

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
	defer f.memory.limit()()
	style := styleFor(std.out, f.json)
	t, err := f.tables(ctx, std, style)
	if err != nil || f.list {
		return err
	}
	f.options.Encoder = t.encoder
	model, report, err := f.train(ctx, t.training, std, style)
	if model == nil {
		return err
	}
	if o := report.Outliers; o != nil {
		for i := range o.Largest {
			o.Largest[i].Row = t.rows[o.Largest[i].Row]
		}
	}
	model.Encoder = t.encoder
	r := &fitResult{flags: f, model: model, report: report, held: t.held, interrupted: err}
	r.test(ctx)
	err = r.save()
	if e := r.print(std.out); err == nil {
		err = e
	}
	if e := report.CheckpointErr; e != nil {
		fmt.Fprintf(std.err, "nearlinear fit: warning: %v\n", bare{e})
	}
	if err != nil {
		return err
	}
	return r.end()
}

// fitTables are the rows to train on and those held out, as numbers.
type fitTables struct {
	training, held *table.Table
	rows           []int // of the file, of those to train on
	encoder        *table.Encoder
}

// tables reads, splits and encodes the data, and tells what there is.
func (f *fitFlags) tables(ctx context.Context, std streams, style progressStyle) (*fitTables, error) {
	var screen io.Writer
	if style == liveLine {
		screen = std.out
	}
	all, err := load(ctx, f.data, std, screen, &f.read, table.Read)
	if err != nil {
		return nil, err
	}
	note(std.err, all.Notices)
	t := &fitTables{}
	t.training, t.held, t.rows = holdOut(all, f.test, f.options.Seed)
	classes, notes := trainedClasses(t.training, t.held)
	note(std.err, notes)
	if t.training, t.held, t.encoder, err = encode(t.training, t.held, &f.columns.encoder); err != nil {
		return nil, fmt.Errorf("%s: %w", f.dataName(), bare{err})
	}
	note(std.err, pooledNotes(t.encoder))
	if f.list {
		_, err := io.WriteString(std.out, describeColumns(t.encoder))
		return t, err
	}
	if f.json {
		return t, nil
	}
	fmt.Fprintf(std.out, "data     %s: %d rows, %d features, target %s\n", f.dataName(), all.Rows(), len(all.Features), plainList(all.Targets))
	if classes != nil {
		fmt.Fprintf(std.out, "classes  %d: %s\n", len(classes), plainList(classes))
	}
	if !plainNumbers(all) || len(t.training.Features) != len(all.Features) {
		fmt.Fprintf(std.out, "columns  %s\nencoded  %d features\n", columnTypes(t.encoder), len(t.training.Features))
	}
	fmt.Fprintf(std.out, "split    %d rows to train on, %d held out to test\n", t.training.Rows(), t.held.Rows())
	return t, nil
}

// plainNumbers tells whether all columns are numbers.
func plainNumbers(t *table.Table) bool {
	for j := range t.Columns {
		if t.Column(j).Type != table.Number {
			return false
		}
	}
	return true
}

// train fits, and shows the steps.
func (f *fitFlags) train(ctx context.Context, t *table.Table, std streams, style progressStyle) (*model.Model, *train.Report, error) {
	p := newProgress(std.out, style, f.options.MaxSteps)
	if f.options.Rule.FirstOrder() {
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
		return nil, nil, err
	}
	defer f.profiles.stop()
	defer p.close()
	return train.FitTable(ctx, t, &f.options)
}

// end removes the checkpoint of a fit that is done, and says what became of one that was
// interrupted.
func (r *fitResult) end() error {
	o := &r.flags.options
	if r.interrupted != nil {
		return fitflags.Stopped(o, r.flags.out, nil, r.interrupted)
	}
	return fitflags.RemoveCheckpoint(o, r.report)
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
