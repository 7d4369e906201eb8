package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/nearlinear/nearlinear/train/table"
)

// formatFlags say how a table is written, for fit and predict alike.
type formatFlags struct {
	sep    string
	header bool
}

const formatUsage = `
The table is CSV, or a NumPy array (.npy) with columns c1, c2, …, and may be
compressed by gzip; the content tells, not the name.

  -sep c             separator of CSV: a character, tab, or auto for the likeliest
                     of , ; | and tab (,)
  -header b          -header=false says that the CSV has no header line; its
                     columns are c1, c2, …
`

func (f *formatFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&f.sep, "sep", ",", "")
	fs.BoolVar(&f.header, "header", true, "")
}

// set puts the flags into o.
func (f *formatFlags) set(o *table.Options) error {
	o.NoHeader = !f.header
	switch f.sep {
	case "auto":
		o.Comma = table.AutoComma
	case "tab", `\t`:
		o.Comma = '\t'
	default:
		r, n := utf8.DecodeRuneInString(f.sep)
		if n == 0 || n < len(f.sep) || strings.ContainsRune("\"\r\n \ufffd", r) {
			return usagef("-sep %q is neither a character that can separate fields, nor tab or auto", f.sep)
		}
		o.Comma = r
	}
	return nil
}

// columnFlags say what the columns are for, and how they become numbers.
type columnFlags struct {
	target, weight, drop string
	classes              bool
	onehot, missing      string
	categories           int

	policy table.Missing
}

const columnUsage = `
  -target a,b        columns to predict, each by a network of its own (the last one)
  -classes           the target holds classes, texts or numbers, to tell apart
  -weight column     column of sample weights
  -drop a,b          columns not to look at
  -onehot a,b        columns of categories, each of which becomes a feature of
                     zeros and ones; auto for all whose first value is no number
  -categories n      at most so many in a column (100)
  -missing p         what to do where a feature has no value, NA, NaN, null or ?:
                     refuse, median of the training rows, or indicator for the
                     median and a further feature that tells (refuse)
`

func (f *columnFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&f.target, "target", "", "")
	fs.BoolVar(&f.classes, "classes", false, "")
	fs.StringVar(&f.weight, "weight", "", "")
	fs.StringVar(&f.drop, "drop", "", "")
	fs.StringVar(&f.onehot, "onehot", "", "")
	fs.IntVar(&f.categories, "categories", table.DefaultMaxCategories, "")
	fs.StringVar(&f.missing, "missing", "refuse", "")
}

// set puts the flags into o.
func (f *columnFlags) set(o *table.Options) (err error) {
	if o.Targets, err = columnList("target", f.target); err != nil {
		return err
	}
	if o.Classes = f.classes; f.classes && len(o.Targets) > 1 {
		return usagef("-classes is for one target, not %d", len(o.Targets))
	}
	o.Weight = f.weight
	if o.Drop, err = columnList("drop", f.drop); err != nil {
		return err
	}
	if f.onehot == "auto" {
		o.AutoText = true
	} else if o.Text, err = columnList("onehot", f.onehot); err != nil {
		return err
	}
	if f.categories < 1 {
		return usagef("-categories %d is not a number of categories", f.categories)
	}
	o.MaxCategories = f.categories
	switch f.missing {
	case "refuse":
	case "median":
		f.policy = table.ImputeMedian
	case "indicator":
		f.policy = table.ImputeIndicator
	default:
		return usagef("-missing %q is none of refuse, median, indicator", f.missing)
	}
	o.Missing = f.policy != table.RefuseMissing
	return nil
}

// columnList splits a list of names, in which one with a comma stands in quotes.
func columnList(flag, text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	names, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return nil, usagef("-%s %q is not a list of columns: %v", flag, text, err)
	}
	for k, name := range names {
		if names[k] = strings.TrimSpace(name); names[k] == "" {
			return nil, usagef("-%s %q names an empty column", flag, text)
		}
	}
	return names, nil
}

// load reads the table at path with the given function, and shows progress on
// a terminal.
func load(ctx context.Context, path string, std streams, screen io.Writer, o *table.Options, read func(context.Context, io.Reader, *table.Options) (*table.Table, error)) (*table.Table, error) {
	p := newLoading(screen)
	o.Progress = p.show
	defer p.close()
	return readTable(ctx, path, std.in, func(r io.Reader) (*table.Table, error) { return read(ctx, r, o) })
}

// encode learns the encoding from the rows to train on and applies it to both
// parts. The encoder is nil if it would change nothing.
func encode(training, held *table.Table, policy table.Missing) (_, _ *table.Table, e *table.Encoder, err error) {
	if e, err = table.NewEncoder(training, policy); err != nil {
		return nil, nil, nil, err
	}
	if e.Plain() {
		return training, held, nil, nil
	}
	if training, err = e.Encode(training, 0); err == nil && held.Rows() > 0 {
		held, err = e.Encode(held, 0)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("encoding: %w", err)
	}
	return training, held, e, nil
}
