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
                     of , ; | and tab (auto)
  -header b          -header=false says that the CSV has no header line; its
                     columns are c1, c2, …
`

func (f *formatFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&f.sep, "sep", "auto", "")
	fs.BoolVar(&f.header, "header", true, "")
}

// set puts the flags into o.
func (f *formatFlags) set(o *table.Options) error {
	o.NoHeader = !f.header
	switch f.sep {
	case "auto":
		o.Comma = 0
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
	types                string
	onehot, missing      string
	encoder              table.EncoderOptions
}

const columnUsage = `
  -target a,b        columns to predict, each by a network of its own (the last one)
  -classes           the target holds classes to tell apart, though its labels are
                     numbers; texts and booleans are classes as they are
  -weight column     column of sample weights
  -drop a,b          columns not to look at
  -type a=t,b=u      what columns hold, instead of what they look like: number,
                     boolean, time, category, code (digits that are a name) or
                     ignored; day-first and month-first are times, with dates such
                     as 01/02/2025, of which no value may tell the order
  -onehot a,b        the same as a=category,b=category; auto for what they look like
  -categories n      a column of at most so many categories has a feature for each; of
                     more, what the target is on average stands for them (a
                     twentieth of the rows, from 20 to 64, of 8192 rows or more 32)
  -missing p         what to do where a feature has no value, or NA, null or the like
                     among numbers: indicator puts the median of the training rows
                     there and has a further feature tell, median has none, and
                     refuse fails (indicator)
`

func (f *columnFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&f.target, "target", "", "")
	fs.BoolVar(&f.classes, "classes", false, "")
	fs.StringVar(&f.weight, "weight", "", "")
	fs.StringVar(&f.drop, "drop", "", "")
	fs.StringVar(&f.types, "type", "", "")
	fs.StringVar(&f.onehot, "onehot", "", "")
	fs.IntVar(&f.encoder.Categories, "categories", 0, "")
	fs.StringVar(&f.missing, "missing", "indicator", "")
}

// policies are the values of -missing.
var policies = map[string]table.Missing{"indicator": table.ImputeIndicator, "median": table.ImputeMedian, "refuse": table.RefuseMissing}

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
	if f.encoder.Categories < 0 {
		return usagef("-categories %d is not a number of categories", f.encoder.Categories)
	}
	f.encoder.Indices = true
	var ok bool
	if f.encoder.Missing, ok = policies[f.missing]; !ok {
		return usagef("-missing %q is none of indicator, median, refuse", f.missing)
	}
	return f.setTypes(o)
}

// setTypes puts what -type and -onehot say into o.
func (f *columnFlags) setTypes(o *table.Options) error {
	o.Types = make(map[string]table.Type)
	if f.onehot != "auto" {
		names, err := columnList("onehot", f.onehot)
		if err != nil {
			return err
		}
		for _, name := range names {
			o.Types[name] = table.Category
		}
	}
	pairs, err := columnList("type", f.types)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		at := strings.LastIndexByte(pair, '=')
		if at < 1 {
			return usagef("-type %q names no type: write column=type", pair)
		}
		t, err := table.ParseType(pair[at+1:])
		if err != nil {
			return usagef("-type %q: %v", pair, bare{err})
		}
		o.Types[pair[:at]] = t
	}
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
// parts.
func encode(training, held *table.Table, o *table.EncoderOptions) (_, _ *table.Table, e *table.Encoder, err error) {
	if e, err = table.NewEncoder(training, o); err != nil {
		return nil, nil, nil, err
	}
	if training, err = e.Encode(training, 0); err != nil {
		return nil, nil, nil, fmt.Errorf("encoding: %w", err)
	}
	if held.Rows() == 0 {
		held.Features = training.Features
	} else if held, err = e.Encode(held, 0); err != nil {
		return nil, nil, nil, fmt.Errorf("encoding: %w", err)
	}
	return training, held, e, nil
}
