package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/fitflags"
	"github.com/nearlinear/nearlinear/train/mpi"
	"github.com/nearlinear/nearlinear/train/table"
)

// job is what all ranks must have the same.
type job struct {
	data, target, out string
	options           train.Options
}

func parse(args []string) (*job, error) {
	wrong := func(format string, a ...any) error {
		return fmt.Errorf("%s (nearlinear-mpi fit -h tells the flags): %w", fmt.Sprintf(format, a...), errUsage)
	}
	if len(args) == 0 || args[0] != "fit" {
		return nil, fmt.Errorf("the one thing to do is fit\n\n%s%w", usage, errUsage)
	}
	j := &job{}
	o := &j.options
	flags := flag.NewFlagSet("fit", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&j.data, "data", "", "")
	flags.StringVar(&j.target, "target", "", "")
	flags.StringVar(&j.out, "out", "", "")
	flags.IntVar(&o.CheckpointSteps, "checkpoint-steps", 0, "")
	flags.BoolVar(&o.FastReduce, "fast", false, "")
	shared := fitflags.Define(flags, o, 65536)
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		return nil, fmt.Errorf("%s%w", usage, errUsage)
	case err != nil:
		return nil, wrong("%v", err)
	case flags.NArg() > 0:
		return nil, wrong("unknown argument %q", flags.Arg(0))
	case j.data == "":
		return nil, wrong("-data is missing")
	}
	if err := shared.Check(); err != nil {
		return nil, wrong("%v", err)
	}
	return j, nil
}

// reducer is what training sums by; tests put a fault there.
var reducer = func(world *mpi.World) jacobian.Reducer { return world }

func run(ctx context.Context, world *mpi.World, args []string) error {
	j, err := parse(args)
	if err != nil {
		return err
	}
	table, err := j.table(ctx, world)
	if err != nil {
		return err
	}
	if err := j.agree(world, table); err != nil {
		return err
	}
	if err := j.writable(world); err != nil {
		return err
	}
	o := &j.options
	o.Reducer = reducer(world)
	if world.Rank() == 0 {
		fmt.Printf("data     %s: %d rows, %d features, target %s\n", j.data, table.Rows(), len(table.Features), table.Targets[0])
		fmt.Printf("job      %d ranks, width %d\n", world.Size(), o.Width)
		o.Progress = func(s train.Step) bool {
			fmt.Printf("step %3d  loss %.6g  train RMSE %.4g  inner %d  %v\n", s.Index, s.Loss, s.TrainRMSE, s.InnerIters, s.Elapsed.Round(time.Millisecond))
			return true
		}
	}
	calls, bytes, spent := world.Traffic()
	model, report, err := train.Fit(ctx, table.X, table.Y, len(table.Features), o)
	if model == nil {
		return err
	}
	stopped := err
	model.Features, model.Targets = table.Features, table.Targets
	calls2, bytes2, spent2 := world.Traffic()
	unsaved := j.save(world, model)
	if world.Rank() == 0 {
		if report.Resumed > 0 {
			fmt.Printf("resumed  %d steps of the checkpoint\n", report.Resumed)
		}
		fmt.Printf("method   %s: %s\n", report.Method, report.Why)
		why := report.Stop.String()
		if stopped != nil { // the error tells by what
			why = "early"
		}
		fmt.Printf("stopped  %s after %d steps in %v\n", why, len(report.Steps)-1, report.Elapsed.Round(time.Millisecond))
		fmt.Printf("sums     %d, %.1f MiB, %v of it waiting and sending: %.1f %%\n", calls2-calls, float64(bytes2-bytes)/(1<<20), (spent2 - spent).Round(time.Millisecond), 100*(spent2-spent).Seconds()/report.Elapsed.Seconds())
		fmt.Printf("train    RMSE %.6g standard deviations\n", report.TrainRMSE)
	}
	if e := report.CheckpointErr; e != nil && world.Rank() == 0 {
		fmt.Fprintf(os.Stderr, "nearlinear-mpi: warning: %v\n", strings.TrimPrefix(e.Error(), "train: "))
	}
	if stopped != nil {
		return fitflags.Stopped(o, j.out, unsaved, stopped)
	}
	if unsaved != nil {
		return unsaved
	}
	if world.Rank() == 0 {
		err = fitflags.RemoveCheckpoint(o, report)
	}
	return shared(world, err)
}

// table reads the data on rank 0 and sends it to all.
func (j *job) table(ctx context.Context, world *mpi.World) (*table.Table, error) {
	type head struct {
		Rows     int
		Features []string
		Targets  []string
		Err      string
	}
	var h head
	table := &table.Table{}
	if world.Rank() == 0 {
		t, err := readTable(ctx, j.data, j.target)
		if err != nil {
			h.Err = err.Error()
		} else {
			table, h = t, head{Rows: t.Rows(), Features: t.Features, Targets: t.Targets}
		}
	}
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(text)))
	world.BroadcastBytes(size[:], 0)
	if world.Rank() != 0 {
		text = make([]byte, binary.LittleEndian.Uint64(size[:]))
	}
	world.BroadcastBytes(text, 0)
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, err
	}
	if h.Err != "" {
		return nil, errors.New(h.Err)
	}
	if world.Rank() != 0 {
		table.X, table.Y = make([]float64, h.Rows*len(h.Features)), make([]float64, h.Rows*len(h.Targets))
		table.Features, table.Targets = h.Features, h.Targets
	}
	world.Broadcast(table.X, 0)
	world.Broadcast(table.Y, 0)
	return table, nil
}

func readTable(ctx context.Context, path, target string) (*table.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o := &table.Options{}
	if target != "" {
		o.Targets = []string{target}
	}
	t, err := table.Read(ctx, f, o)
	if err == nil {
		err = numbersAlone(t)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// numbersAlone refuses a table that needs an encoder, which the ranks do not share.
func numbersAlone(t *table.Table) error {
	e, err := table.NewEncoder(t, &table.EncoderOptions{Missing: table.RefuseMissing})
	switch {
	case err != nil:
		return err
	case !e.Plain() || t.Classes != nil:
		return fmt.Errorf("this command takes numbers alone; write the table as such, or use nearlinear fit: %w", table.ErrData)
	}
	return nil
}

// agree compares data and options across the ranks: a rank that was started with
// others, or on whose way data were damaged, would train something else.
func (j *job) agree(world *mpi.World, table *table.Table) error {
	h := sha256.New()
	o := j.options // as text, without what a rank may have for itself
	o.Workers = 0
	fmt.Fprintf(h, "%+v\n%q\n%q\n%q\n", o, j.data, j.out, table.Features)
	var word [8]byte
	for _, list := range [][]float64{table.X, table.Y} {
		for _, v := range list {
			binary.LittleEndian.PutUint64(word[:], math.Float64bits(v))
			h.Write(word[:])
		}
	}
	all := world.GatherBytes(h.Sum(nil))
	var odd []int
	for k, sum := range all {
		if !slices.Equal(sum, all[0]) {
			odd = append(odd, k)
		}
	}
	if odd != nil {
		return fmt.Errorf("ranks %v have other data or options than rank 0", odd)
	}
	return nil
}
