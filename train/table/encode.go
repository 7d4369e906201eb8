package table

import (
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Encode returns the table with numbers for features, e.Features() of them, and shares all
// else with t, and X too if every column is a number that is there. A category that e does
// not know is none of its categories, or a rare one.
//
// It returns ErrShape for a table of other columns, ErrNotFinite with row and column for an
// infinite value, or a missing one that is not imputed, and ErrMemory if X would take
// more than memoryLimit bytes, 0 for what there is.
func (e *Encoder) Encode(t *Table, memoryLimit uint64) (*Table, error) {
	limit, source := memoryLimit, "the memory limit"
	if limit == 0 {
		limit, source = memory.Available()
	}
	if t.Rows() > 0 || len(t.X) > 0 {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	if len(t.Features) != len(e.Columns) {
		return nil, fmt.Errorf("table: %d features for an encoder of %d columns: %w", len(t.Features), len(e.Columns), fault.ErrShape)
	}
	d, same := len(e.Columns), true
	codes := make([][]int, d) // of t's categories, −1 for none
	for j := range e.Columns {
		c, column := &e.Columns[j], t.Column(j)
		if t.Features[j] != c.Name || column.Type != c.Type {
			return nil, fmt.Errorf("table: column %s of the table, a %v, is not what the encoder has as column %s, a %v: %w", fault.Clip(t.Features[j]), column.Type, fault.Clip(c.Name), c.Type, fault.ErrShape)
		}
		for _, name := range column.Categories {
			k, ok := c.find(name)
			if !ok {
				k = -1
			}
			codes[j] = append(codes[j], k)
		}
		same = same && c.Type == Number && !c.Indicator
	}
	out := &Table{Y: t.Y, Weights: t.Weights, Origin: t.Origin, Targets: t.Targets, Classes: t.Classes, Notices: t.Notices, Features: e.Features()}
	if same && fault.Finite(t.X, d) == nil {
		out.X = t.X
		return out, nil
	}
	width := len(out.Features)
	if uint64(t.Rows()) > limit/8/uint64(width) {
		return nil, fmt.Errorf("table: %d rows of %d features, after encoding, take %s, %s is %s; drop columns: %w",
			t.Rows(), width, memory.Megabytes(8*uint64(t.Rows())*uint64(width)), source, memory.Megabytes(limit), fault.ErrMemory)
	}
	out.X = make([]float64, t.Rows()*width)
	to := out.X
	for i := 0; i < len(t.X); i += d {
		for j, v := range t.X[i : i+d] {
			c := &e.Columns[j]
			if v != v && !c.Impute || math.IsInf(v, 0) {
				return nil, fmt.Errorf("table: row %d, column %s is %v: %w", i/d, fault.Clip(c.Name), v, fault.ErrNotFinite)
			}
			to = to[c.encode(to, v, codes[j]):]
		}
	}
	return out, nil
}

// encode writes the features of a value to zeros, and returns how many there are.
func (c *EncodedColumn) encode(to []float64, v float64, codes []int) int {
	width := c.width()
	missing := v != v
	if missing && c.Indicator {
		to[width-1] = 1
	}
	switch {
	case c.Type.named():
		k := -1
		if !missing {
			k = codes[int(v)]
		}
		if c.Indices > 0 {
			c.encodeIndex(to, k)
		} else if !missing {
			c.encodeCategory(to, k)
		}
		return width
	case c.Type == Boolean:
		if !missing {
			to[min(max(int(v), 0), 1)] = 1
		}
		return width
	case missing:
		v = c.Fill
	}
	if c.Type != Time {
		to[0] = v
		return width
	}
	to[0] = v / secondsOfDay
	at, n := clock(v), 1
	for _, p := range timeParts {
		if c.Parts&p.part != 0 {
			to[n] = float64(p.of(at))
			n++
		}
	}
	return width
}

// encodeIndex writes the indices and the count of category k, −1 for one that is not known.
func (c *EncodedColumn) encodeIndex(to []float64, k int) {
	for q := range c.Indices {
		to[q] = float64(k)
	}
	if k >= 0 {
		to[c.Indices] = portable.Log(float64(c.Counts[k]))
	}
}

// encodeCategory writes the features of category k, −1 for one that is not known.
func (c *EncodedColumn) encodeCategory(to []float64, k int) {
	own := len(c.Categories)
	if k >= 0 && k < own {
		to[k] = 1
	}
	if c.Counts == nil {
		return
	}
	if k < 0 || k >= own {
		to[own] = 1
	}
	if k >= 0 {
		to[own+1] = portable.Log(float64(c.Counts[k]))
	}
}
