package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"strconv"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

const predictUsage = `usage: nearlinear predict -model file -data file [-out file]

Applies a model that fit has saved to a CSV table with a header line, and writes
one column of predictions, in the units of the target, in the order of the rows.
The table must have the columns that the model was trained on, in any order, and
may have others. If it has the target, the error is told on standard error.

  -model file        model to use
  -data file         table to read, - for standard input
  -out file          write the predictions here (standard output, also as -)
`

func predict(ctx context.Context, args []string, std streams) error {
	var from, data, out string
	fs := flag.NewFlagSet("predict", flag.ContinueOnError)
	fs.StringVar(&from, "model", "", "")
	fs.StringVar(&data, "data", "", "")
	fs.StringVar(&out, "out", "", "")
	if _, err := parse(fs, args); err != nil {
		return err
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
	table, err := readTable(ctx, data, std.in, func(r io.Reader) (*train.Table, error) {
		return train.ReadFeaturesCSV(r, model.Features, target)
	})
	if err != nil {
		return err
	}
	predicted, err := predictRows(ctx, model, table.X)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return writePredictions(w, target, predicted) }
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
