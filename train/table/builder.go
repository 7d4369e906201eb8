package table

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// builder collects the rows of a table. A reader calls begin with the names of
// all columns, then row for each row and fills in what layout says.
type builder struct {
	ctx    context.Context
	o      *Options
	source *source
	layout
	texts   []categories // of each feature, nil if all are numbers
	classes categories
	x, y, w blocks
	rows    int
	bytes   int64  // read so far, for Progress
	held    int    // numbers that the reader keeps beside the table
	named   uint64 // bytes of categories and their names
}

// row returns the next row's features, targets and weight (of length 0 or 1).
func (b *builder) row() (x, y, w []float64, err error) {
	if b.rows%1024 == 0 && b.rows > 0 {
		if b.ctx.Err() != nil {
			return nil, nil, nil, fmt.Errorf("table: %w", context.Cause(b.ctx))
		}
		if b.o.Progress != nil {
			b.o.Progress(b.rows, b.bytes)
		}
	}
	b.rows++
	x, y = b.x.take(len(b.features)), b.y.take(len(b.targets))
	if b.weight >= 0 {
		w = b.w.take(1)
	}
	return x, y, w, b.fits()
}

// fits returns ErrMemory if there is more than the limit.
func (b *builder) fits() error {
	// The blocks and the slices they are joined to.
	if need := 8*(2*uint64(b.x.size+b.y.size+b.w.size)+uint64(b.held)) + b.named; need > b.o.MemoryLimit {
		return fmt.Errorf("table: it takes more than %s at row %d, a memory limit of %s allows no more; drop columns, or read part of it: %w",
			memory.Megabytes(need), b.rows, memory.Megabytes(b.o.MemoryLimit), fault.ErrMemory)
	}
	return nil
}

func (b *builder) finish() (*Table, error) {
	if err := b.fits(); err != nil { // the last row may have had categories
		return nil, err
	}
	t := &Table{Features: b.featureNames, Targets: b.targetNames, Classes: b.classes.names}
	for _, part := range []struct {
		from *blocks
		to   *[]float64
	}{{&b.x, &t.X}, {&b.y, &t.Y}, {&b.w, &t.Weights}} {
		var err error
		if *part.to, err = part.from.join(b.ctx); err != nil {
			return nil, err
		}
	}
	for j := range b.texts {
		if c := &b.texts[j]; c.kind == isText {
			if t.Categories == nil {
				t.Categories = make([][]string, len(b.features))
			}
			t.Categories[j] = c.names
		}
	}
	return t, nil
}

// blocks is a slice that grows without copying: large tables spend more time
// in that than in parsing.
type blocks struct {
	full [][]float64
	last []float64
	size int // numbers that there is room for
}

// take returns room for n numbers.
func (b *blocks) take(n int) []float64 {
	if cap(b.last)-len(b.last) < n {
		if len(b.last) > 0 {
			b.full = append(b.full, b.last)
		}
		room := max(n, min(b.size, 1<<17))
		b.last = make([]float64, 0, room)
		b.size += room
	}
	at := len(b.last)
	b.last = b.last[:at+n]
	return b.last[at:]
}

// join returns all that was taken, nil if that is nothing, and lets go of it.
func (b *blocks) join(ctx context.Context) ([]float64, error) {
	n := len(b.last)
	for _, p := range b.full {
		n += len(p)
	}
	if n == 0 {
		return nil, nil
	}
	all := make([]float64, 0, n)
	for i, p := range b.full {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("table: %w", context.Cause(ctx))
		}
		all = append(all, p...)
		b.full[i] = nil
	}
	all = append(all, b.last...)
	b.last = nil
	return all, nil
}

// layout says what the columns of a file are for.
type layout struct {
	names    []string // of all columns
	features []int    // column of each feature
	targets  []int    // column of each target; empty if the file has none
	weight   int      // its column, or −1
	mayLack  []bool   // whether a feature may be missing

	featureNames, targetNames []string
}

// begin lays out the named columns as the options ask. It returns ErrData for
// columns that are not there, and for one that has two uses.
func (b *builder) begin(names []string, hint string) error {
	o := b.o
	b.layout = layout{names: names, weight: -1}
	place := make(map[string]int, len(names))
	for k, name := range names {
		place[name] = k
	}
	use := make(map[int]string)
	find := func(name, what string) (int, error) {
		k, ok := place[name]
		if !ok {
			return 0, fmt.Errorf("table: no %s column %s; it has %s%s: %w", what, fault.Clip(name), fault.List(names), hint, fault.ErrData)
		}
		if use[k] != "" {
			return 0, fmt.Errorf("table: column %s is asked for as %s and as %s: %w", fault.Clip(name), use[k], what, fault.ErrData)
		}
		use[k] = what
		return k, nil
	}
	b.classes = newCategories(isText, o.MaxCategories, "", &b.named)
	if o.Classes && len(o.Targets) > 1 {
		return fmt.Errorf("table: %d targets are asked for as classes, one can be: %w", len(o.Targets), fault.ErrOption)
	}
	if o.Encoder != nil {
		return b.follow(o.Encoder, place, find)
	}
	for _, name := range o.Drop {
		if _, err := find(name, "dropped"); err != nil {
			return err
		}
	}
	if o.Weight != "" {
		k, err := find(o.Weight, "weight")
		if err != nil {
			return err
		}
		b.weight = k
	}
	for _, name := range o.Targets {
		k, err := find(name, "target")
		if err != nil {
			return err
		}
		b.targets = append(b.targets, k)
	}
	for k := len(names) - 1; k >= 0 && len(b.targets) == 0; k-- {
		if use[k] == "" {
			use[k] = "target"
			b.targets = []int{k}
		}
	}
	for _, k := range b.targets {
		b.targetNames = append(b.targetNames, names[k])
	}
	for k, name := range names {
		if use[k] == "" {
			b.features = append(b.features, k)
			b.featureNames = append(b.featureNames, name)
		}
	}
	if len(b.features) == 0 {
		return fmt.Errorf("table: it has %s and no features%s: %w", fault.List(names), hint, fault.ErrData)
	}
	b.mayLack = slices.Repeat([]bool{o.Missing}, len(b.features))
	if len(o.Text) == 0 && !o.AutoText {
		return nil
	}
	b.texts = make([]categories, len(b.features))
	for j := range b.texts {
		b.texts[j] = newCategories(isNumber, o.MaxCategories, b.featureNames[j], &b.named)
		if o.AutoText {
			b.texts[j].kind = undecided
		}
	}
	for _, name := range o.Text {
		k, err := find(name, "text")
		if err != nil {
			return err
		}
		b.texts[slices.Index(b.features, k)].kind = isText
	}
	return nil
}

// follow lays out the columns that an encoder was fitted to.
func (b *builder) follow(e *Encoder, place map[string]int, find func(name, what string) (int, error)) error {
	b.texts = make([]categories, len(e.Columns))
	for j := range e.Columns {
		c := &e.Columns[j]
		k, err := find(c.Name, "feature")
		if err != nil {
			return err
		}
		b.features = append(b.features, k)
		b.featureNames = append(b.featureNames, c.Name)
		b.mayLack = append(b.mayLack, c.Impute)
		b.texts[j] = newCategories(isNumber, 0, c.Name, &b.named)
		if len(c.Categories) > 0 {
			b.texts[j].kind, b.texts[j].fixed, b.texts[j].unknown = isText, true, b.o.Unknown
			for _, text := range c.Categories {
				b.texts[j].add(text)
			}
		}
	}
	for _, name := range b.o.Targets {
		k, ok := place[name]
		if !ok {
			b.targets = nil
			break
		}
		b.targets = append(b.targets, k)
	}
	b.targetNames = slices.Clone(b.o.Targets)
	return nil
}

// positions names n columns c1, c2, …
func positions(n int) []string {
	names := make([]string, n)
	for k := range names {
		names[k] = "c" + strconv.Itoa(k+1)
	}
	return names
}
