package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

const predictUsage = `usage: nearlinear predict -model file -data file [-out file]

Applies a model that fit has saved to a table, and writes one column of
predictions for each target, in its units, in the order of the rows. A model of
classes writes the class, and the probability of each, of which the largest tells
the class unless fit was told otherwise by -decide: p:NAME; a NumPy array has the
probabilities only. A model that was
trained without rows out of fold has none, but scores, of which the largest tells
the class; of two classes the score of the second, which tells by its sign.
The table must have the columns that the model was trained on, in any order, and
may have others. If it has the target, the error is told on standard error, and so is how
many rows have features outside their range in training, or differ in a column
that was constant there and therefore says nothing.

  -model file        model to use
  -data file         table to read, - for standard input
  -out file          write the predictions here (standard output, also as -),
                     as a NumPy array if the name ends in .npy, else as CSV
  -interval level    after each prediction write the ends of an interval, columns
                     lower_TARGET and upper_TARGET, for the targets of new rows: of
                     them a share level, such as 0.9, is to be inside; of targets that
                     the table has it is told which share is
  -unknown p         what to do with a category that the model does not know:
                     none to take it as none of those it knows, and tell how many
                     there are, or refuse (none)
` + formatUsage

func predict(ctx context.Context, args []string, std streams) error {
	var from, data, out, unknown string
	var format formatFlags
	var read table.Options
	fs := flag.NewFlagSet("predict", flag.ContinueOnError)
	fs.StringVar(&from, "model", "", "")
	fs.StringVar(&data, "data", "", "")
	fs.StringVar(&out, "out", "", "")
	fs.StringVar(&unknown, "unknown", "none", "")
	level := fs.Float64("interval", 0, "")
	format.define(fs)
	if _, err := parse(fs, args); err != nil {
		return err
	}
	if err := format.set(&read); err != nil {
		return err
	}
	switch unknown {
	case "none":
	case "refuse":
		read.Strict = true
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
	m, err := model.Load(from)
	if err != nil {
		return err
	}
	if len(m.Features) == 0 {
		return fmt.Errorf("%s has no column names, so the columns of a table cannot be told apart: %w", from, train.ErrModel)
	}
	if *level != 0 {
		if err := m.CheckLevel(*level); err != nil {
			return fmt.Errorf("-interval: %w", bare{err})
		}
	}
	var screen io.Writer
	if styleFor(std.err, false) == liveLine {
		screen = std.err
	}
	all := &answers{m: m, level: *level, part: 1 + partFloats/len(m.Features)}
	rows, err := load(ctx, data, std, screen, &read, all.read)
	if err != nil {
		return err
	}
	predicted := all.predicted
	names, numbers := all.columns()
	write := func(w io.Writer) error {
		if strings.HasSuffix(out, ".npy") {
			return table.WriteNPY(w, numbers, len(names)-classColumns(m))
		}
		return writePredictions(w, m, names, numbers, predicted)
	}
	if out == "" {
		err = write(std.out)
	} else {
		err = atomicfile.Write(out, write)
	}
	if err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	note(std.err, rows.Notices)
	all.outside.note(std.err, m)
	if rows.Y != nil {
		for _, s := range newScores(m, rows, predicted) {
			if s.Rows > 0 {
				fmt.Fprintln(std.err, s.named())
			}
		}
		if *level != 0 {
			noteCoverage(std.err, rows, numbers, *level)
		}
	}
	return nil
}

// answers are what a model says of a table that is read in parts.
type answers struct {
	m                       *model.Model
	level                   float64 // of intervals, 0 for none
	part                    int     // rows
	predicted, lower, upper []float64
	outside                 outside
}

// partFloats are the features of a part.
const partFloats = 1 << 22

// read predicts all rows of a table, and returns what it has beside features.
func (a *answers) read(ctx context.Context, r io.Reader, o *table.Options) (*table.Table, error) {
	return a.m.ReadParts(ctx, r, o, a.part, func(part *table.Table) error { return a.add(ctx, part.X) })
}

// add predicts further rows.
func (a *answers) add(ctx context.Context, x []float64) error {
	predicted, err := predictRows(ctx, a.m, x, a.outside.rows)
	if err != nil {
		return err
	}
	a.predicted = append(a.predicted, predicted...)
	if a.level != 0 {
		lower, upper, err := intervals(ctx, a.m, x, a.level)
		if err != nil {
			return err
		}
		a.lower, a.upper = append(a.lower, lower...), append(a.upper, upper...)
	}
	a.outside.add(a.m, x)
	return nil
}

// columns returns the names of what is written, and the numbers, row after row.
func (a *answers) columns() (names []string, numbers []float64) {
	names, numbers = columnNames(a.m), told(a.m, a.predicted)
	if a.level != 0 {
		names, numbers = withIntervals(names, numbers, a.lower, a.upper)
	}
	return names, numbers
}

// classColumns returns the number of columns that are no numbers: 1 with classes.
func classColumns(m *model.Model) int { return min(1, len(m.Classes)) }

// told returns the numbers that are written for predictions: themselves, or probabilities.
func told(m *model.Model, y []float64) []float64 {
	if m.Calibration == nil {
		return y
	}
	k, classes := len(m.Nets), m.Calibration.Classes()
	out := make([]float64, len(y)/k*classes)
	for i := range len(y) / k {
		m.Calibration.Probabilities(out[i*classes:(i+1)*classes], y[i*k:(i+1)*k])
	}
	return out
}

// writePredictions writes numbers so that reading them gives the same bits, and
// before them the class that the predictions y mean if there are classes.
func writePredictions(w io.Writer, m *model.Model, names []string, numbers, y []float64) error {
	c := csv.NewWriter(w)
	if err := c.Write(names); err != nil {
		return err
	}
	row, k, first := slices.Clone(names), len(m.Nets), classColumns(m)
	columns := len(row) - first
	for i := range len(y) / k {
		if first > 0 {
			row[0] = m.Classes[m.Class(y[i*k:(i+1)*k])]
		}
		for j, v := range numbers[i*columns : (i+1)*columns] {
			row[first+j] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// columnNames returns the header line of the predictions.
func columnNames(m *model.Model) []string {
	name := func(prefix string, j int) string {
		if j < len(m.Targets) && m.Targets[j] != "" {
			return prefix + "_" + m.Targets[j]
		}
		return prefix
	}
	if len(m.Classes) == 0 {
		var out []string
		for j := range m.Nets {
			out = append(out, name("predicted", j))
		}
		if len(m.Targets) == 0 {
			for j := range out {
				out[j] = "prediction"
				if len(out) > 1 {
					out[j] += fmt.Sprint("_", j+1)
				}
			}
		}
		return out
	}
	out, prefix, told := []string{name("predicted", 0)}, "p:", m.Classes
	if m.Calibration == nil {
		prefix, told = "score_", m.Classes[len(m.Classes)-len(m.Nets):]
	}
	for _, class := range told {
		out = append(out, prefix+class)
	}
	return out
}
