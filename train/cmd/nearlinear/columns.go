package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// note prints sentences about what was taken for granted, a line each.
func note(w io.Writer, sentences []string) {
	for _, s := range sentences {
		fmt.Fprintf(w, "note: %s\n", s)
	}
}

// columnTypes counts the columns of each type, as in "8 numbers, 2 categories".
func columnTypes(e *table.Encoder) string {
	var out []string
	for _, t := range []struct {
		of        table.Type
		one, more string
	}{{table.Number, "number", "numbers"}, {table.Boolean, "boolean", "booleans"}, {table.Time, "time", "times"}, {table.Category, "category", "categories"}, {table.Code, "code", "codes"}} {
		n := 0
		for j := range e.Columns {
			if e.Columns[j].Type == t.of {
				n++
			}
		}
		switch {
		case n == 1:
			out = append(out, "1 "+t.one)
		case n > 1:
			out = append(out, fmt.Sprintf("%d %s", n, t.more))
		}
	}
	return strings.Join(out, ", ")
}

// describeColumns tells, a line each, what the columns were taken for.
func describeColumns(e *table.Encoder) string {
	var b strings.Builder
	for j := range e.Columns {
		c := &e.Columns[j]
		parts := []string{c.Type.String() + valuesOf(c)}
		switch {
		case !c.Impute:
			parts = append(parts, "none may be missing")
		case c.Type == table.Number || c.Type == table.Time:
			parts = append(parts, valueOf(c, c.Fill)+" where missing")
		}
		if c.Indicator {
			parts = append(parts, "a feature tells where that is")
		}
		fmt.Fprintf(&b, "column   %s: %s\n", plain(c.Name), strings.Join(parts, "; "))
	}
	return b.String()
}

// categoriesShown is how many of a column's categories are named.
const categoriesShown = 12

// valuesOf tells what values a column had.
func valuesOf(c *table.EncodedColumn) string {
	switch c.Type {
	case table.Boolean:
		return ""
	case table.Number, table.Time:
		text := fmt.Sprintf(" from %s to %s", valueOf(c, c.Min), valueOf(c, c.Max))
		if f := c.Format.String(); f != "" {
			text += ", written as " + f
		}
		if c.TimeFormat != table.ISODate {
			text += ", written as " + c.TimeFormat.String()
		}
		return text
	}
	named, what := c.Categories, "with a feature each"
	if c.Indices > 0 {
		named, what = c.Rare, "told by averages of the target"
	}
	shown := named[:min(len(named), categoriesShown)]
	text := fmt.Sprintf(", %d %s: %s", len(named), what, plainList(shown))
	if len(shown) < len(named) {
		text += ", …"
	}
	switch {
	case c.Indices > 0:
		text += "; what occurs once is one more"
	case c.Counts != nil:
		text += fmt.Sprintf("; %d and what occurs once are rare", len(c.Rare))
	}
	return text
}

// valueOf writes a value as its column has it.
func valueOf(c *table.EncodedColumn, v float64) string {
	if c.Type == table.Time {
		return strings.TrimSuffix(time.Unix(int64(v), 0).UTC().Format("2006-01-02 15:04:05"), " 00:00:00")
	}
	return fmt.Sprintf("%.6g", v)
}

// trainedClasses returns the classes among the rows to train on, in the order of the model's,
// and a note of those that only rows held out have, which no model can tell.
func trainedClasses(training, held *table.Table) (classes, notes []string) {
	if training.Classes == nil {
		return nil, nil
	}
	seen := make([]bool, len(training.Classes))
	for _, y := range training.Y {
		seen[int(y)] = true
	}
	alone := make([]int, len(seen))
	for _, y := range held.Y {
		if !seen[int(y)] {
			alone[int(y)]++
		}
	}
	for k, name := range training.Classes {
		switch {
		case seen[k]:
			classes = append(classes, name)
		case alone[k] > 0:
			notes = append(notes, fmt.Sprintf("class %s occurs in no row to train on, only in %d of those held out: they count as wrong", plain(name), alone[k]))
		}
	}
	slices.Sort(classes)
	return classes, notes
}

// pooledNotes tells of columns with more categories than have a feature.
func pooledNotes(e *table.Encoder) (notes []string) {
	for j := range e.Columns {
		switch c := &e.Columns[j]; {
		case c.Indices > 0:
			notes = append(notes, fmt.Sprintf("column %s has many categories for the rows, %d: it is told by what the target is on average in each, and how often it occurs", plain(c.Name), len(c.Rare)))
		case c.Counts != nil:
			notes = append(notes, fmt.Sprintf("column %s has many categories for the rows: the %d most frequent have a feature each, the others share one, and one has how often each occurs", plain(c.Name), len(c.Categories)))
		}
	}
	return notes
}

// describeModelColumns is describeColumns for a model, nothing if it has no encoder.
func describeModelColumns(m *model.Model) string {
	if m.Encoder == nil {
		return ""
	}
	return describeColumns(m.Encoder)
}
