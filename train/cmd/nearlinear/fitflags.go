package main

import (
	"flag"
	"math"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/fitflags"
	"github.com/nearlinear/nearlinear/train/table"
)

const fitUsage = `usage: nearlinear fit [flags]

Trains a network on a table, and tells the error on rows it held out. An
interrupt keeps, and saves, the best model so far.

  -data file         table to read, - for standard input (a built-in table)
  -out file          save the model here
  -report file       write a report here, one HTML page
  -importance        tell by how much the error rises if a column is permuted, as
                     with -report
  -json              print one JSON object a step, and one for the result
  -columns           list what the columns are taken for, a line each, and stop
  -v                 log sizes, plan and every step to standard error
  -cpuprofile file   write a profile of the processor here, for go tool pprof;
                     its label train.phase tells the parts of a step
  -memprofile file   write a profile of the allocations here
` + columnUsage + `
  -test f            fraction of the rows held out to test with (0.2)
  -balanced          every class weighs the same, however few rows it has; the
                     probabilities are those of rows with as many of each
  -decide m          tell classes so that m of rows out of fold is largest:
                     accuracy, balanced (accuracy), f1 (of two classes that of the
                     second by name, of more the mean); probabilities stay as they
                     are (probable: tells the most probable class)
` + fitflags.Usage + `  -width m           neurons (4096; of many rows up to 16384 where that costs little,
                     or down to 1024 where a step would take minutes)
  -members n         networks at most whose predictions are averaged, each of a shape
                     of the rows of its own, where that lowers the error out of
                     fold (4; one in any case above 8192 rows)
  -rate f            learning rate of gd and adam (gd: the inverse of the largest
                     curvature at the start; adam: the inverse root of the width)
  -momentum f        of gd and adam; 0 for none (0.9)
  -checkpoint file   keep the state of training here; the same command again goes
                     on from there, to the same bits, and removes the file in
                     the end; time of earlier runs counts for -timeout
  -checkpoint-every d
                     time between two writings (10s)
  -memory size       memory to plan for, such as 6GB or 512MiB; what is garbage is
                     collected before there is more (what the machine has left).
                     Of more rows than it holds some are drawn at random, and told
  -workers n         threads; changes the time, never the result (all)
` + formatUsage

// fitFlags is what fit was asked to do.
type fitFlags struct {
	data, out, report string
	format            formatFlags
	columns           columnFlags
	read              table.Options // what format and columns say
	json, verbose     bool
	list              bool // the columns, and no fit
	profiles          profiles
	test              float64
	decide            string
	memory            memorySize
	options           train.Options
}

func parseFit(args []string) (*fitFlags, error) {
	f := &fitFlags{}
	o := &f.options
	fs := flag.NewFlagSet("fit", flag.ContinueOnError)
	fs.StringVar(&f.data, "data", "", "")
	f.format.define(fs)
	f.columns.define(fs)
	shared := fitflags.Define(fs, o, 0)
	fs.StringVar(&f.out, "out", "", "")
	fs.StringVar(&f.report, "report", "", "")
	fs.DurationVar(&o.CheckpointInterval, "checkpoint-every", 0, "")
	fs.BoolVar(&o.Importance, "importance", false, "")
	fs.BoolVar(&f.list, "columns", false, "")
	fs.BoolVar(&f.json, "json", false, "")
	fs.BoolVar(&f.verbose, "v", false, "")
	fs.StringVar(&f.profiles.cpu, "cpuprofile", "", "")
	fs.StringVar(&f.profiles.mem, "memprofile", "", "")
	fs.Float64Var(&f.test, "test", 0.2, "")
	fs.BoolVar(&o.Balanced, "balanced", false, "")
	fs.StringVar(&f.decide, "decide", train.MostProbable.String(), "")
	fs.Var(&f.memory, "memory", "")
	fs.IntVar(&o.Members, "members", 0, "")
	fs.Float64Var(&o.LearningRate, "rate", 0, "")
	fs.Float64Var(&o.Momentum, "momentum", 0, "")
	given, err := parse(fs, args)
	if err != nil {
		return nil, err
	}
	if err := shared.Check(); err != nil {
		return nil, usageError{err}
	}
	if o.Decide, err = train.ParseMetric(f.decide); err != nil {
		return nil, usagef("-decide %q is none of probable, accuracy, balanced, f1", f.decide)
	}
	if err := f.format.set(&f.read); err != nil {
		return nil, err
	}
	if err := f.columns.set(&f.read); err != nil {
		return nil, err
	}
	f.read.Sample, f.read.Seed = true, o.Seed
	switch {
	case given["data"] && f.data == "":
		return nil, usagef("-data is empty")
	case !(f.test >= 0 && f.test < 1):
		return nil, usagef("-test %v is not a fraction from 0 to 1, 1 excluded", f.test)
	case !o.Rule.FirstOrder() && (given["rate"] || given["momentum"]):
		return nil, usagef("-rate and -momentum are for -rule gd and adam")
	case given["members"] && o.Members < 1:
		return nil, usagef("-members %d is not a number of networks", o.Members)
	case given["rate"] && !(o.LearningRate > 0 && o.LearningRate <= math.MaxFloat64):
		return nil, usagef("-rate %v is not a positive number", o.LearningRate)
	case !(o.Momentum >= 0 && o.Momentum < 1):
		return nil, usagef("-momentum %v is not a number from 0 to 1, 1 excluded", o.Momentum)
	case o.CheckpointInterval < 0:
		return nil, usagef("-checkpoint-every %v is negative", o.CheckpointInterval)
	case given["checkpoint-every"] && o.Checkpoint == "":
		return nil, usagef("-checkpoint-every is of no use without -checkpoint")
	}
	o.Importance = o.Importance || f.report != ""
	if given["momentum"] && o.Momentum == 0 { // none; in Options zero is the default
		o.Momentum = train.NoMomentum
	}
	return f, nil
}
