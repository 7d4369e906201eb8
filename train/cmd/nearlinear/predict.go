package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

const predictUsage = `usage: nearlinear predict -model file -data file [-out file]

Applies a model that fit has saved to a table, and writes one column of
predictions, in the units of the target, in the order of the rows.
The table must have the columns that the model was trained on, in any order, and
may have others. If it has the target, the error is told on standard error.

  -model file        model to use
  -data file         table to read, - for standard input
  -out file          write the predictions here (standard output, also as -),
                     as a NumPy array if the name ends in .npy, else as CSV
  -unknown p         what to do with a category that the model does not know:
                     refuse, or none to take it as none of those it knows (refuse)
` + formatUsage

func predict(ctx context.Context, args []string, std streams) error {
	var from, data, out, unknown string
	var format formatFlags
	var read train.ReadOptions
	fs := flag.NewFlagSet("predict", flag.ContinueOnError)
	fs.StringVar(&from, "model", "", "")
	fs.StringVar(&data, "data", "", "")
	fs.StringVar(&out, "out", "", "")
	fs.StringVar(&unknown, "unknown", "refuse", "")
	format.define(fs)
	if _, err := parse(fs, args); err != nil {
		return err
	}
	if err := format.set(&read); err != nil {
		return err
	}
	switch unknown {
	case "refuse":
	case "none":
		read.Unknown = true
	default:
		return usagef("-unknown %q is neither refuse nor none", unknown)
	}
	if from == "" {
		return usagef("-model is missing")
	}
	if data == "" {
		return usagef("-data is missing")
	}
	if out == "-" {
		out = ""
	}
	if err := checkOutputs([]string{from, data}, out); err != nil {
		return err
	}
	model, err := train.LoadModel(from)
	if err != nil {
		return err
	}
	if len(model.Features) == 0 {
		return fmt.Errorf("%s has no column names, so the columns of a table cannot be told apart: %w", from, train.ErrModel)
	}
	target := ""
	if len(model.Targets) > 0 {
		target = model.Targets[0]
	}
	var screen io.Writer
	if styleFor(std.err, false) == liveLine {
		screen = std.err
	}
	table, err := load(ctx, data, std, screen, &read, model.ReadTable)
	if err != nil {
		return err
	}
	predicted, err := predictRows(ctx, model, table.X)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		if strings.HasSuffix(out, ".npy") {
			return train.WriteNPY(w, predicted, 1)
		}
		return writePredictions(w, target, predicted)
	}
	if out == "" {
		err = write(std.out)
	} else {
		err = atomicfile.Write(out, write)
	}
	if err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	if table.Y != nil {
		if s := newScore(table.Y, predicted, model.Scaler.YStd[0]); s.Rows > 0 {
			fmt.Fprintf(std.err, "%s: %s\n", plain(target), s)
		}
	}
	return nil
}

// writePredictions writes numbers so that reading them gives the same bits.
func writePredictions(w io.Writer, target string, y []float64) error {
	name := "prediction"
	if target != "" {
		name = "predicted_" + target
	}
	c := csv.NewWriter(w)
	row := []string{name}
	if err := c.Write(row); err != nil {
		return err
	}
	for _, v := range y {
		row[0] = strconv.FormatFloat(v, 'g', -1, 64)
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
