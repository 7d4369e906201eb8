package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/table"
)

// concrete is the table that fit takes when it is given none; README.md tells
// where it comes from.
//
//go:embed concrete.csv
var concrete []byte

const concreteName = "concrete.csv (built in)"

// readTable reads the file at path, the standard input if path is "-", or the
// built-in table if it is empty. It returns when ctx ends, even from a terminal
// on which nothing is typed.
func readTable(ctx context.Context, path string, stdin io.Reader, read func(io.Reader) (*table.Table, error)) (*table.Table, error) {
	var r io.Reader
	name := path
	switch path {
	case "":
		r, name = bytes.NewReader(concrete), concreteName
	case "-":
		r, name = stdin, "standard input"
	default:
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	type result struct {
		table *table.Table
		err   error
	}
	done := make(chan result, 1)
	go func() {
		table, err := read(&stoppable{ctx, r})
		done <- result{table, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("reading %s: %w", name, context.Cause(ctx))
	case got := <-done:
		if got.err != nil {
			return nil, fmt.Errorf("%s: %w", name, bare{got.err})
		}
		return got.table, nil
	}
}

// bare is an error whose text does not begin with the package that it is of: a user of the
// command has none.
type bare struct{ error }

func (b bare) Unwrap() error { return b.error }

func (b bare) Error() string {
	text := b.error.Error()
	for _, room := range []string{"train: ", "table: ", "features: ", "model: ", "page: "} {
		if rest, ok := strings.CutPrefix(text, room); ok {
			return rest
		}
	}
	return text
}

type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.r.Read(p)
}

// holdOut splits off a fraction of the rows, drawn by seed; of none the table itself is left. The order of the
// file is kept in both parts; rows are those of the file that are left to train on.
func holdOut(t *table.Table, fraction float64, seed uint64) (training, held *table.Table, rows []int) {
	n := t.Rows()
	k := min(int(math.Round(fraction*float64(n))), n-1)
	drawn := make([]bool, n)
	for _, i := range rand.New(rand.NewPCG(seed, 0x7465737420726f77)).Perm(n)[:k] {
		drawn[i] = true
	}
	var in, out []int
	for i, held := range drawn {
		if held {
			out = append(out, i)
		} else {
			in = append(in, i)
		}
	}
	if training = t; k > 0 {
		training = t.Select(in)
	}
	if rows = in; t.Origin != nil {
		rows = training.Origin
	}
	return training, t.Select(out), rows
}

// number is a float64 for JSON, which has no NaN and no infinity.
type number float64

func (v number) MarshalJSON() ([]byte, error) {
	if v-v != 0 {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(v), 'g', -1, 64), nil
}

// checkOutputs refuses output files that cannot be written, that are one of
// the inputs, or that are the same, before any work is done. Empty names are
// not used.
func checkOutputs(inputs []string, outputs ...string) error {
	for i, out := range outputs {
		if out == "" {
			continue
		}
		if err := atomicfile.Check(out); err != nil {
			return fmt.Errorf("cannot write %s: %w", out, err)
		}
		for _, in := range inputs {
			if atomicfile.Same(in, out) {
				return usagef("%s is read from: it cannot be written to as well", in)
			}
		}
		for _, other := range outputs[:i] {
			x, _ := filepath.Abs(other)
			if y, _ := filepath.Abs(out); x == y || atomicfile.Same(other, out) {
				return usagef("%s cannot take two outputs", out)
			}
		}
	}
	return nil
}

// plain makes names from a file safe for a terminal.
func plain(name string) string {
	for _, r := range name {
		if !strconv.IsPrint(r) {
			return strconv.Quote(name)
		}
	}
	return name
}
